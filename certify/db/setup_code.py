"""The code that lets somebody set up the installation, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Connection, Integer, Table, delete, insert, select

from certify.db import tables as t
from certify.db.columns import UtcDateTime, digest_type, metadata

setup_code = Table(
    "setup_code",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", digest_type(), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    CheckConstraint("id = 1", name="id"),
)


class SqlSetup:
    """Meets the port `Setup`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def has_people(self) -> bool:
        """See `certify.ports.setup.Setup`."""
        return self._sql.execute(select(t.user.c.id).limit(1)).first() is not None

    def keep(self, digest: str, until: datetime) -> None:
        """See `certify.ports.setup.Setup`."""
        self._sql.execute(delete(setup_code))
        self._sql.execute(insert(setup_code).values(id=1, digest=digest, until=until))

    def code(self) -> tuple[str, datetime] | None:
        """See `certify.ports.setup.Setup`."""
        row = self._sql.execute(select(setup_code)).one_or_none()
        return None if row is None else (row.digest, row.until)

    def use(self, digest: str) -> bool:
        """See `certify.ports.setup.Setup`."""
        return self._sql.execute(delete(setup_code).where(setup_code.c.digest == digest)).rowcount == 1
