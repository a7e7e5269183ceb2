"""Units that candidates asked to be certified for; only ever added."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from certify.certification.model import Application
from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there


class SqlApplications:
    """Meets the port `Applications`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, application: Application) -> None:
        """See `certify.ports.Applications`; NotFound where the candidate or the user does not exist."""
        with own_errors(), self._sql.begin_nested():
            insert_unless_there(
                self._sql,
                t.application,
                **{name: getattr(application, name) for name in application.__slots__},
            )

    def of_candidate(self, candidate_id: str) -> Sequence[Application]:
        """See `certify.ports.Applications`."""
        table = t.application
        query = select(table).where(table.c.candidate_id == candidate_id).order_by(table.c.position)
        return [
            Application(**{name: getattr(row, name) for name in Application.__slots__})
            for row in self._sql.execute(query)
        ]
