"""Repositories of frameworks, completions and decisions: rows that are only ever added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.orm import aliased

from certify.certification.model import CertificationDecision, DecisionOutcome
from certify.completions.model import CompletionOutcome, CompletionRecord, NaturalKey
from certify.db import tables as t
from certify.db.engine import own_errors
from certify.db.standings import standings
from certify.eligibility import codec
from certify.eligibility.model import Standing
from certify.errors import FrameworkPublished, NotFound
from certify.framework.load import from_document
from certify.framework.model import Framework

_loaded: dict[tuple[str, str, str], Framework] = {}


class SqlFrameworks:
    """Published framework versions."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def publish(self, framework: Framework, document: bytes, at: datetime) -> bool:
        """See `certify.ports.Frameworks`."""
        table = t.framework.c
        query = select(table.digest).where(
            table.framework_id == framework.id, table.version == framework.version
        )
        known = self._sql.execute(query).scalar_one_or_none()
        if known == framework.digest:
            return False
        if known is not None:
            raise FrameworkPublished(
                f"{framework.id} {framework.version} is published with other contents.",
                fix="a published version never changes: give the file a new version",
            )
        with own_errors():
            self._sql.execute(
                insert(t.framework).values(
                    framework_id=framework.id,
                    version=framework.version,
                    digest=framework.digest,
                    document=document,
                    published_at=at,
                )
            )
        return True

    def get(self, framework_id: str, version: str) -> Framework:
        """See `certify.ports.Frameworks`."""
        table = t.framework.c
        query = select(t.framework).where(table.framework_id == framework_id, table.version == version)
        return _framework(self._sql.execute(query).one_or_none(), f"{framework_id} {version}")

    def latest(self, framework_id: str) -> Framework:
        """See `certify.ports.Frameworks`."""
        query = (
            select(t.framework)
            .where(t.framework.c.framework_id == framework_id)
            .order_by(t.framework.c.position.desc())
            .limit(1)
        )
        return _framework(self._sql.execute(query).one_or_none(), framework_id)

    def all(self) -> Sequence[tuple[str, str, datetime]]:
        """See `certify.ports.Frameworks`."""
        rows = self._sql.execute(select(t.framework).order_by(t.framework.c.position))
        return [(row.framework_id, row.version, row.published_at) for row in rows]


def _framework(row: Row[Any] | None, what: str) -> Framework:
    if row is None:
        raise NotFound(f"The framework {what} is not published here.", fix="see: certify framework load")
    key = (row.framework_id, row.version, row.digest)
    if key not in _loaded:
        _loaded[key] = from_document(json.loads(row.document))
    return _loaded[key]


class SqlCompletions:
    """Append-only training records."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, record: CompletionRecord) -> None:
        """See `certify.ports.Completions`."""
        # The candidate's row is the queue in which PostgreSQL's writers of one person's records stand.
        self._sql.execute(
            select(t.candidate.c.id).where(t.candidate.c.id == record.candidate_id).with_for_update()
        )
        values = {name: getattr(record, name) for name in record.__slots__}
        values["outcome"] = record.outcome.value
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.completion).values(values))

    def get(self, completion_id: str) -> CompletionRecord:
        """See `certify.ports.Completions`."""
        row = self._sql.execute(select(t.completion).where(t.completion.c.id == completion_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such completion.")
        return _completion(row)

    def with_key(self, key: NaturalKey) -> Sequence[CompletionRecord]:
        """See `certify.ports.Completions`."""
        table = t.completion.c
        query = (
            select(t.completion)
            .where(
                table.candidate_id == key.candidate_id,
                table.module_id == key.module_id,
                table.module_version == key.module_version,
                table.completed_on == key.completed_on,
            )
            .order_by(table.recorded_at, table.id)
        )
        return [_completion(row) for row in self._sql.execute(query)]

    def superseded_by(self, completion_id: str) -> CompletionRecord | None:
        """See `certify.ports.Completions`."""
        query = select(t.completion).where(t.completion.c.supersedes == completion_id)
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _completion(row)

    def of_candidate(self, candidate_id: str) -> Sequence[CompletionRecord]:
        """See `certify.ports.Completions`."""
        return self.of_candidates([candidate_id])

    def of_candidates(self, candidate_ids: Iterable[str]) -> Sequence[CompletionRecord]:
        """See `certify.ports.Completions`."""
        table = t.completion.c
        query = (
            select(t.completion)
            .where(table.candidate_id.in_(list(candidate_ids)))
            .order_by(table.completed_on, table.id)
        )
        return [_completion(row) for row in self._sql.execute(query)]

    def standings(
        self, framework: Framework, role_id: str, on: date, candidate_ids: Iterable[str] | None = None
    ) -> Sequence[Standing]:
        """See `certify.ports.Completions`."""
        return standings(self._sql, framework, role_id, on, candidate_ids)


def _completion(row: Row[Any]) -> CompletionRecord:
    values = {name: getattr(row, name) for name in CompletionRecord.__slots__}
    values["outcome"] = CompletionOutcome(row.outcome)
    return CompletionRecord(**values)


class SqlDecisions:
    """Append-only certification decisions."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, decision: CertificationDecision) -> None:
        """See `certify.ports.Decisions`."""
        values = {name: getattr(decision, name) for name in decision.__slots__}
        values["outcome"] = decision.outcome.value
        values["assessment"] = codec.encode(decision.assessment)
        relied_on = t.completion.c
        reliance = select(relied_on.id, relied_on.trainer_id, relied_on.recorded_by).where(
            relied_on.id.in_(decision.assessment.relied_on)
        )
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.decision).values(values))
            for row in self._sql.execute(reliance).all():
                self._sql.execute(
                    insert(t.decision_reliance).values(
                        decision_id=decision.id,
                        completion_id=row.id,
                        decided_by=decision.decided_by,
                        trainer_id=row.trainer_id,
                        recorded_by=row.recorded_by,
                    )
                )

    def get(self, decision_id: str) -> CertificationDecision:
        """See `certify.ports.Decisions`."""
        row = self._sql.execute(select(t.decision).where(t.decision.c.id == decision_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such decision.")
        return _decision(row)

    def of_case(self, candidate_id: str, framework_id: str, role_id: str) -> Sequence[CertificationDecision]:
        """See `certify.ports.Decisions`."""
        table = t.decision.c
        query = (
            select(t.decision)
            .where(
                table.candidate_id == candidate_id,
                table.framework_id == framework_id,
                table.role_id == role_id,
            )
            .order_by(table.sequence)
        )
        return [_decision(row) for row in self._sql.execute(query)]

    def of_candidate(self, candidate_id: str) -> Sequence[CertificationDecision]:
        """See `certify.ports.Decisions`."""
        query = (
            select(t.decision)
            .where(t.decision.c.candidate_id == candidate_id)
            .order_by(t.decision.c.decided_at, t.decision.c.id)
        )
        return [_decision(row) for row in self._sql.execute(query)]

    def granted_without_certificate(self) -> Sequence[str]:
        """See `certify.ports.Decisions`."""
        issued = aliased(t.certificate)
        query = (
            select(t.decision.c.id)
            .outerjoin(issued, (issued.c.decision_id == t.decision.c.id) & (issued.c.state == "issued"))
            .where(t.decision.c.outcome == "granted", issued.c.id.is_(None))
            .order_by(t.decision.c.decided_at, t.decision.c.id)
        )
        return self._sql.execute(query).scalars().all()


def _decision(row: Row[Any]) -> CertificationDecision:
    values = {name: getattr(row, name) for name in CertificationDecision.__slots__}
    values["outcome"] = DecisionOutcome(row.outcome)
    values["assessment"] = codec.decode(row.assessment)
    return CertificationDecision(**values)
