"""What holders made public."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select, true

from certify.db import tables as t
from certify.db.faults import own_errors
from certify.publicity.model import PublicityEvent


class SqlPublicity:
    """Meets the port `Publicity`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, event: PublicityEvent) -> None:
        """See `certify.ports.Publicity`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.publicity).values({name: getattr(event, name) for name in event.__slots__})
            )

    def last(self, certificate_id: str) -> PublicityEvent | None:
        """See `certify.ports.Publicity`."""
        table = t.publicity
        query = (
            select(table)
            .where(table.c.certificate_id == certificate_id)
            .order_by(table.c.sequence.desc())
            .limit(1)
        )
        row = self._sql.execute(query).mappings().one_or_none()
        return None if row is None else PublicityEvent(**row)

    def history(self, certificate_id: str) -> Sequence[PublicityEvent]:
        """See `certify.ports.Publicity`."""
        table = t.publicity
        query = select(table).where(table.c.certificate_id == certificate_id).order_by(table.c.sequence)
        return [PublicityEvent(**row) for row in self._sql.execute(query).mappings()]

    def public_ids(self) -> Sequence[str]:
        """See `certify.ports.Publicity`."""
        table = t.publicity
        latest = (
            select(table.c.certificate_id, func.max(table.c.sequence).label("sequence"))
            .group_by(table.c.certificate_id)
            .subquery()
        )
        query = (
            select(table.c.certificate_id)
            .join(
                latest,
                (latest.c.certificate_id == table.c.certificate_id) & (latest.c.sequence == table.c.sequence),
            )
            .where(table.c.public == true())
            .order_by(table.c.certificate_id)
        )
        return list(self._sql.execute(query).scalars())
