"""The repository of training records, which are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, insert, select

from certify.completions.model import CompletionOutcome, CompletionRecord, NaturalKey
from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.sets import among
from certify.db.standings import standings
from certify.eligibility.model import Standing
from certify.errors import CompletionConflict, InvalidInput, NotFound
from certify.framework.model import Framework


class SqlCompletions:
    """Append-only training records."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, record: CompletionRecord) -> None:
        """See `certify.ports.Completions`; InvalidInput where a correction changes the candidate."""
        lock_candidate(self._sql, record.candidate_id)
        if record.supersedes is not None and self.get(record.supersedes).candidate_id != record.candidate_id:
            raise InvalidInput("A correction keeps the candidate.", where="candidate")
        # The unique index sees roots alone; a record that stands as a correction has the key too.
        later = t.completion.alias("later")
        rival = (
            _with_key(record.natural_key)
            .where(~exists().where(later.c.supersedes == t.completion.c.id))
            .where(t.completion.c.id != (record.supersedes or ""))
        )
        if self._sql.execute(rival).first() is not None:
            raise CompletionConflict("This completion is on record.", fix="correct that record instead")
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.completion).values(_values(record)))

    def lock(self, candidate_ids: Iterable[str]) -> None:
        """See `certify.ports.Completions`; in one order, so that two tables never wait for each other."""
        wanted = sorted(set(candidate_ids))
        query = (
            select(t.candidate.c.id)
            .where(among(self._sql, t.candidate.c.id, wanted))
            .order_by(t.candidate.c.id)
            .with_for_update()
        )
        if len(self._sql.execute(query).all()) < len(wanted):
            raise NotFound("There is no such candidate.")

    def add_all(self, records: Sequence[CompletionRecord]) -> None:
        """See `certify.ports.Completions`."""
        if records:
            with own_errors(), self._sql.begin_nested():
                self._sql.execute(insert(t.completion), [_values(record) for record in records])

    def get(self, completion_id: str) -> CompletionRecord:
        """See `certify.ports.Completions`."""
        row = self._sql.execute(select(t.completion).where(t.completion.c.id == completion_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such completion.")
        return _completion(row)

    def with_key(self, key: NaturalKey) -> Sequence[CompletionRecord]:
        """See `certify.ports.Completions`."""
        query = _with_key(key).order_by(t.completion.c.recorded_at, t.completion.c.id)
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
        query = (
            select(t.completion)
            .where(among(self._sql, t.completion.c.candidate_id, candidate_ids))
            .order_by(t.completion.c.completed_on, t.completion.c.id)
        )
        return [_completion(row) for row in self._sql.execute(query)]

    def standings(
        self, framework: Framework, role_id: str, on: date, candidate_ids: Iterable[str] | None = None
    ) -> Sequence[Standing]:
        """See `certify.ports.Completions`."""
        return standings(self._sql, framework, role_id, on, candidate_ids)


def lock_candidate(connection: Connection, candidate_id: str) -> None:
    """Stand in the queue of one candidate's writers until the transaction ends, or raise NotFound.

    PostgreSQL locks the row; SQLite, which has one writer at a time, ignores FOR UPDATE.
    """
    query = select(t.candidate.c.id).where(t.candidate.c.id == candidate_id).with_for_update()
    if connection.execute(query).one_or_none() is None:
        raise NotFound("There is no such candidate.")


def _with_key(key: NaturalKey) -> Select[Any]:
    table = t.completion.c
    return select(t.completion).where(
        table.candidate_id == key.candidate_id,
        table.module_id == key.module_id,
        table.module_version == key.module_version,
        table.completed_on == key.completed_on,
    )


def _values(record: CompletionRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in record.__slots__}
    return values | {"outcome": record.outcome.value}


def _completion(row: Row[Any]) -> CompletionRecord:
    values = {name: getattr(row, name) for name in CompletionRecord.__slots__}
    values["outcome"] = CompletionOutcome(row.outcome)
    return CompletionRecord(**values)
