"""Requests for corrections: added open, ruled on once, never changed or deleted after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, true, update

from certify.corrections.model import Correction, CorrectionGround, CorrectionState
from certify.db import certificate_lists as lists
from certify.db import tables as t
from certify.db.completions import lock_candidate
from certify.db.faults import own_errors
from certify.errors import Conflict, NotFound
from certify.organisations.model import Sight
from certify.paging import Asked, Part
from certify.people.model import HolderName


class SqlCorrections:
    """Meets the port `Corrections`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, correction: Correction) -> None:
        """See `certify.ports.Corrections`."""
        lock_candidate(self._sql, correction.candidate_id)
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.correction).values(_values(correction)))

    def get(self, correction_id: str) -> Correction:
        """See `certify.ports.Corrections`."""
        found = self._where(t.correction.c.id == correction_id)
        if not found:
            raise NotFound("There is no such request for a correction.")
        return found[0]

    def rule(self, correction: Correction) -> None:
        """See `certify.ports.Corrections`."""
        table, values = t.correction, _values(correction)
        ruling = {name: values[name] for name in ("state", "ruling", "ruled_by", "ruled_at", "decision_id")}
        is_open = table.c.state == CorrectionState.OPEN.value
        with own_errors(), self._sql.begin_nested():
            done = self._sql.execute(update(table).where(table.c.id == correction.id, is_open).values(ruling))
        if done.rowcount == 0:
            raise Conflict("Somebody ruled on this request first.", fix="look at it again")

    def by_decision(self, decision_id: str) -> Correction | None:
        """See `certify.ports.Corrections`."""
        return next(iter(self._where(t.correction.c.decision_id == decision_id)), None)

    def of_candidate(self, candidate_id: str) -> Sequence[Correction]:
        """See `certify.ports.Corrections`."""
        return self._where(t.correction.c.candidate_id == candidate_id)

    def all(self) -> Sequence[Correction]:
        """See `certify.ports.Corrections`."""
        return self._where(true())

    def part(
        self, sight: Sight, oneself: str | None, asked: Asked, state: CorrectionState | None = None
    ) -> Part[Correction]:
        """See `certify.ports.Corrections`."""
        rows, after = lists.corrections(self._sql, sight, oneself, asked, state)
        return Part([_correction(row) for row in rows], after)

    def count(self, sight: Sight, oneself: str | None, state: CorrectionState | None, most: int) -> int:
        """See `certify.ports.Corrections`."""
        return lists.count_corrections(self._sql, sight, oneself, state, most)

    def _where(self, condition: ColumnElement[bool]) -> list[Correction]:
        rows = self._sql.execute(select(t.correction).where(condition).order_by(t.correction.c.position))
        return [_correction(row) for row in rows]


def _values(correction: Correction) -> dict[str, Any]:
    values = {name: getattr(correction, name) for name in correction.__slots__}
    name = values.pop("name")
    return values | {
        "ground": correction.ground.value,
        "state": correction.state.value,
        "native_name": name and name.native,
        "latin_name": name and name.latin,
        "printed_name": name and name.printed,
    }


def _correction(row: Row[Any]) -> Correction:
    values = {name: getattr(row, name) for name in Correction.__slots__ if name != "name"}
    values["ground"] = CorrectionGround(row.ground)
    values["state"] = CorrectionState(row.state)
    values["name"] = row.native_name and HolderName(
        native=row.native_name, latin=row.latin_name, printed=row.printed_name
    )
    return Correction(**values)
