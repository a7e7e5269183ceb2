"""Declarations and views, which are only ever added."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from certify.db import desk_tables as t
from certify.db.completions import lock_candidate
from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there
from certify.impartiality.model import CaseView, Declaration


class SqlImpartiality:
    """Meets the port `Impartiality`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def declare(self, declaration: Declaration) -> None:
        """See `certify.ports.desk.Impartiality`; a decision on the same candidate waits until it is done."""
        lock_candidate(self._sql, declaration.candidate_id)
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.conflict_declaration).values(
                    {name: getattr(declaration, name) for name in declaration.__slots__}
                )
            )

    def declarations(self, candidate_id: str) -> Sequence[Declaration]:
        """See `certify.ports.desk.Impartiality`."""
        table = t.conflict_declaration.c
        query = (
            select(*(table[name] for name in Declaration.__slots__))
            .where(table.candidate_id == candidate_id)
            .order_by(table.position)
        )
        return [Declaration(**row) for row in self._sql.execute(query).mappings()]

    def add_view(self, view: CaseView) -> None:
        """See `certify.ports.desk.Impartiality`."""
        with own_errors(), self._sql.begin_nested():
            insert_unless_there(
                self._sql, t.case_view, **{name: getattr(view, name) for name in view.__slots__}
            )

    def digests_viewed(
        self, user_id: str, candidate_id: str, framework_id: str, role_id: str
    ) -> frozenset[str]:
        """See `certify.ports.desk.Impartiality`."""
        table = t.case_view.c
        query = select(table.digest).where(
            table.viewed_by == user_id,
            table.candidate_id == candidate_id,
            table.framework_id == framework_id,
            table.role_id == role_id,
        )
        return frozenset(self._sql.execute(query).scalars())
