"""Places in the status lists: drawn at random, reserved for ever, and what stands at each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import SystemRandom
from typing import Any

from sqlalchemy import Connection, Integer, Select, Text, and_, bindparam, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.sets import given_rows, rows_text
from certify.errors import Conflict
from certify.status.model import CertificateStatus, StatusAction, StatusEntry, StatusVersion
from certify.status.published import ENTRIES, FILL
from certify.status.rules import AFTER

_ROUNDS = 100
"""A list is at most half full, so each round places half of what is left: 100 in vain do not happen."""
_RESERVING = 20_261_125
"""PostgreSQL's lock of those who reserve; any number does that nothing else locks."""

_random = SystemRandom()


class SqlStatusLists:
    """Places in the status lists; meets the port `StatusLists`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def reserve(self, count: int) -> Sequence[StatusEntry]:
        """See `certify.ports.StatusLists`."""
        if self._sql.dialect.name == "postgresql":
            # Two batches that met in two places would wait for each other; SQLite has one writer anyway.
            self._sql.execute(select(func.pg_advisory_xact_lock(_RESERVING)))
        places: list[StatusEntry] = []
        number, reserved = self._latest()
        while len(places) < count:
            room = FILL - reserved
            if room > 0:
                indexes = self._draw(number, min(room, count - len(places)))
                places += [StatusEntry(number, index) for index in indexes]
            number, reserved = number + 1, 0
        return places

    def version(self) -> StatusVersion:
        """See `certify.ports.StatusLists`."""
        stored = t.status_version.c
        row = self._sql.execute(select(stored.number, stored.changed_at)).one()
        return StatusVersion(row.number, row.changed_at)

    def last(self) -> int:
        """See `certify.ports.StatusLists`."""
        return self._sql.execute(select(func.max(t.status_entry.c.status_list))).scalar_one() or 1

    def standing(self, list_number: int) -> Sequence[tuple[int, CertificateStatus]]:
        """See `certify.ports.StatusLists`."""
        rows = self._sql.execute(_standing(list_number))
        return [(row.status_index, AFTER[StatusAction(row.action)]) for row in rows]

    def _latest(self) -> tuple[int, int]:
        """Return the number of the last list, and how many of its places are reserved."""
        found = self._sql.execute(_LATEST).one_or_none()
        return (1, 0) if found is None else (found[0], found[1])

    def _draw(self, number: int, count: int) -> list[int]:
        placed: list[int] = []
        for _ in range(_ROUNDS):
            placed += self._take(number, _random.sample(range(ENTRIES), count - len(placed)))
            if len(placed) == count:
                return placed
        raise Conflict(
            "Every place drawn in the status list is taken.", where=f"list {number}", fix="try again"
        )

    def _take(self, number: int, drawn: list[int]) -> Sequence[int]:
        """Reserve those of the drawn indexes that are free, and return them."""
        given = {"list": number, "drawn": rows_text([index] for index in drawn)}
        with own_errors():
            return self._sql.execute(_taking(self._sql.dialect.name), given).scalars().all()


_NUMBER = t.status_entry.c.status_list
_LATEST = select(_NUMBER, func.count()).group_by(_NUMBER).order_by(_NUMBER.desc()).limit(1)


@cache
def _taking(dialect: str) -> ReturningInsert[Any]:
    """Reserve those of the rows ``drawn`` that are free in the ``list``."""
    wanted = given_rows(dialect, "drawn", [("status_index", Integer())], bindparam("drawn", type_=Text))
    own = postgresql if dialect == "postgresql" else sqlite
    statement: ReturningInsert[Any] = (
        own.insert(t.status_entry)
        .from_select(
            ["status_list", "status_index"],
            # SQLite reads ON CONFLICT as a join's unless a WHERE comes before it.
            select(bindparam("list", type_=Integer), wanted.c.status_index).where(true()),
        )
        .on_conflict_do_nothing()
        .returning(t.status_entry.c.status_index)
    )
    return statement


def _standing(list_number: int) -> Select[Any]:
    """The latest action on each certificate of a list; reads the events, which are few, before the certificates."""
    told, certificate = t.status_event.c, t.certificate.c
    latest = (
        select(told.certificate_id, func.max(told.sequence).label("sequence"))
        .group_by(told.certificate_id)
        .cte("latest")
    )
    return (
        select(certificate.status_index, told.action)
        .select_from(latest)
        .join(
            t.status_event,
            and_(told.certificate_id == latest.c.certificate_id, told.sequence == latest.c.sequence),
        )
        .join(t.certificate, certificate.id == latest.c.certificate_id)
        .where(certificate.status_list == list_number)
        .order_by(certificate.status_index)
    )
