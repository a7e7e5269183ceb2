"""The repositories of a trainer's desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select

from certify.completions.entered import Batch, BatchLine, Draft, Upload
from certify.completions.model import CompletionOutcome
from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there
from certify.evidence.model import EvidenceFile, EvidenceKind
from certify.imports import RowResult


class SqlBatches:
    """Meets the port `Batches`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, batch: Batch) -> bool:
        """See `certify.ports.training.Batches`."""
        with own_errors():
            return insert_unless_there(self._sql, t.batch, **_values(batch))

    def add_lines(self, batch_id: str, lines: Sequence[BatchLine]) -> None:
        """See `certify.ports.training.Batches`."""
        rows = [
            {"batch_id": batch_id, "position": position, **_line_values(line)}
            for position, line in enumerate(lines)
        ]
        if rows:
            with own_errors(), self._sql.begin_nested():
                self._sql.execute(insert(t.batch_line), rows)

    def find(self, batch_id: str) -> Batch | None:
        """See `certify.ports.training.Batches`."""
        row = self._sql.execute(select(t.batch).where(t.batch.c.id == batch_id)).mappings().one_or_none()
        return None if row is None else Batch(**row)

    def lines(self, batch_id: str) -> Sequence[BatchLine]:
        """See `certify.ports.training.Batches`."""
        table = t.batch_line
        query = select(table).where(table.c.batch_id == batch_id).order_by(table.c.position)
        return [_line(row) for row in self._sql.execute(query)]

    def entered_by(self, user_id: str, most: int) -> Sequence[Batch]:
        """See `certify.ports.training.Batches`."""
        table = t.batch
        query = (
            select(table)
            .where(table.c.entered_by == user_id)
            .order_by(table.c.entered_at.desc(), table.c.id)
            .limit(most)
        )
        return [Batch(**row) for row in self._sql.execute(query).mappings()]

    def superseded(self, batch_id: str) -> frozenset[str]:
        """See `certify.ports.training.Batches`."""
        line, later = t.batch_line, t.completion
        query = (
            select(line.c.completion_id)
            .join(later, later.c.supersedes == line.c.completion_id)
            .where(line.c.batch_id == batch_id)
        )
        return frozenset(found for found in self._sql.execute(query).scalars() if found is not None)


class SqlDrafts:
    """Meets the port `Drafts`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def keep(self, draft: Draft) -> None:
        """See `certify.ports.training.Drafts`."""
        self.drop(draft.user_id, draft.form)
        with own_errors():
            # Two tabs that save at once: whichever comes second waits, and finds the other's there.
            insert_unless_there(self._sql, t.draft, **_values(draft))

    def find(self, user_id: str, form: str) -> Draft | None:
        """See `certify.ports.training.Drafts`."""
        table = t.draft
        query = select(table).where(table.c.user_id == user_id, table.c.form == form)
        row = self._sql.execute(query).mappings().one_or_none()
        return None if row is None else Draft(**row)

    def drop(self, user_id: str, form: str) -> None:
        """See `certify.ports.training.Drafts`."""
        table = t.draft
        self._sql.execute(delete(table).where(table.c.user_id == user_id, table.c.form == form))

    def of_user(self, user_id: str) -> Sequence[Draft]:
        """See `certify.ports.training.Drafts`."""
        table = t.draft
        query = select(table).where(table.c.user_id == user_id).order_by(table.c.kept_at.desc())
        return [Draft(**row) for row in self._sql.execute(query).mappings()]

    def remember_columns(self, user_id: str, layout: str, mapping: str, at: datetime) -> None:
        """See `certify.ports.training.Drafts`."""
        table = t.column_mapping
        self._sql.execute(delete(table).where(table.c.user_id == user_id, table.c.layout == layout))
        with own_errors():
            insert_unless_there(self._sql, table, user_id=user_id, layout=layout, mapping=mapping, kept_at=at)

    def columns(self, user_id: str, layout: str) -> str | None:
        """See `certify.ports.training.Drafts`."""
        table = t.column_mapping
        query = select(table.c.mapping).where(table.c.user_id == user_id, table.c.layout == layout)
        return self._sql.execute(query).scalar_one_or_none()

    def colleagues_columns(self, user_id: str, layout: str) -> str | None:
        """See `certify.ports.training.Drafts`."""
        table, account = t.column_mapping, t.user.c
        own = select(account.organisation_id).where(account.id == user_id).scalar_subquery()
        query = (
            select(table.c.mapping)
            .join(t.user, account.id == table.c.user_id)
            .where(table.c.layout == layout, account.organisation_id == own)
            .order_by(table.c.kept_at.desc(), table.c.user_id)
            .limit(1)
        )
        return self._sql.execute(query).scalar_one_or_none()


class SqlUploads:
    """Meets the port `Uploads`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def hold(self, file_digest: str) -> None:
        """See `certify.ports.training.Uploads`."""
        # SQLite has one writer at a time.
        if self._sql.dialect.name == "postgresql":
            self._sql.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(file_digest, 0))))

    def keep(self, upload: Upload) -> None:
        """See `certify.ports.training.Uploads`."""
        self._sql.execute(delete(t.upload).where(t.upload.c.id == upload.id))
        values = _values(upload) | {"trial": _trial_text(upload.trial)}
        with own_errors():
            insert_unless_there(self._sql, t.upload, **values)

    def find(self, upload_id: str) -> Upload | None:
        """See `certify.ports.training.Uploads`."""
        row = self._sql.execute(select(t.upload).where(t.upload.c.id == upload_id)).mappings().one_or_none()
        return None if row is None else Upload(**{**row, "trial": _trial(row["trial"])})

    def of_user(self, user_id: str) -> Sequence[Upload]:
        """See `certify.ports.training.Uploads`."""
        return self._without_trials(t.upload.c.uploaded_by == user_id)

    def before(self, at: datetime) -> Sequence[Upload]:
        """See `certify.ports.training.Uploads`."""
        return self._without_trials(t.upload.c.uploaded_at < at)

    def _without_trials(self, condition: ColumnElement[bool]) -> Sequence[Upload]:
        table = t.upload
        columns = [column for column in table.c if column.name != "trial"]
        query = select(*columns).where(condition).order_by(table.c.uploaded_at.desc(), table.c.id)
        return [Upload(**row) for row in self._sql.execute(query).mappings()]

    def drop(self, upload_id: str) -> bool:
        """See `certify.ports.training.Uploads`."""
        table = t.upload
        digest = self._sql.execute(select(table.c.file_digest).where(table.c.id == upload_id)).scalar()
        self._sql.execute(delete(table).where(table.c.id == upload_id))
        others = select(func.count()).where(table.c.file_digest == digest)
        return digest is not None and self._sql.execute(others).scalar_one() == 0


class SqlEvidenceFiles:
    """Meets the port `EvidenceFiles`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, file: EvidenceFile) -> None:
        """See `certify.ports.training.EvidenceFiles`."""
        values = _values(file)
        values["media_type"] = values.pop("kind").value
        with own_errors():
            insert_unless_there(self._sql, t.evidence_file, **values)

    def find(self, digest: str, added_by: str) -> EvidenceFile | None:
        """See `certify.ports.training.EvidenceFiles`."""
        table = t.evidence_file
        query = select(table).where(table.c.digest == digest, table.c.added_by == added_by)
        row = self._sql.execute(query).mappings().one_or_none()
        if row is None:
            return None
        values = dict(row)
        return EvidenceFile(kind=EvidenceKind(values.pop("media_type")), **values)


def _values(record: Batch | Draft | Upload | EvidenceFile) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def _line_values(line: BatchLine) -> dict[str, Any]:
    values = {name: getattr(line, name) for name in line.__slots__}
    values["result"] = line.result.value
    values["outcome"] = line.outcome and line.outcome.value
    return values


def _line(row: Row[Any]) -> BatchLine:
    values = {name: getattr(row, name) for name in BatchLine.__slots__}
    values["result"] = RowResult(row.result)
    values["outcome"] = row.outcome and CompletionOutcome(row.outcome)
    return BatchLine(**values)


def _trial_text(trial: Sequence[BatchLine] | None) -> str:
    if trial is None:
        return ""
    rows = [
        {**_line_values(line), "completed_on": line.completed_on and line.completed_on.isoformat()}
        for line in trial
    ]
    return json.dumps([list(row.values()) for row in rows], ensure_ascii=False)


def _trial(text: str) -> tuple[BatchLine, ...] | None:
    if not text:
        return None
    lines = []
    for row in json.loads(text):
        values = dict(zip(BatchLine.__slots__, row, strict=True))
        values["result"] = RowResult(values["result"])
        values["outcome"] = values["outcome"] and CompletionOutcome(values["outcome"])
        values["completed_on"] = values["completed_on"] and date.fromisoformat(values["completed_on"])
        lines.append(BatchLine(**values))
    return tuple(lines)
