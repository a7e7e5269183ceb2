"""Transactions: a consistent view for reading, and one that is committed whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event

from certify.db.certificates import SqlCertificates
from certify.db.engine import make_engine, own_errors
from certify.db.people import SqlCandidates, SqlCohorts, SqlUsers
from certify.db.records import SqlCompletions, SqlDecisions, SqlFrameworks
from certify.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_WRITING = "certify_writing"


class SqlUnitOfWork:
    """One transaction's view of the database; meets the port `UnitOfWork`."""

    def __init__(self, connection: Connection) -> None:
        self.users = SqlUsers(connection)
        self.candidates = SqlCandidates(connection)
        self.cohorts = SqlCohorts(connection)
        self.frameworks = SqlFrameworks(connection)
        self.completions = SqlCompletions(connection)
        self.decisions = SqlDecisions(connection)
        self.certificates = SqlCertificates(connection)


class SqlDatabase:
    """The register on SQLite or PostgreSQL; meets the port `Database`."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = make_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[SqlUnitOfWork]:
        """Open a consistent view that writes nothing."""
        options = {} if self._engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with own_errors(), self._engine.connect().execution_options(**options) as connection:
            yield SqlUnitOfWork(connection)

    @contextmanager
    def writing(self) -> Iterator[SqlUnitOfWork]:
        """Open a transaction, committed when the block ends well and rolled back when it raises."""
        with (
            own_errors(),
            self._engine.connect().execution_options(**{_WRITING: True}) as connection,
            connection.begin(),
        ):
            yield SqlUnitOfWork(connection)

    def migrate(self) -> None:
        """Bring the schema to this version's; several processes may do it at once."""
        config = _alembic()
        with (
            own_errors(),
            self._engine.connect().execution_options(**{_WRITING: True}) as connection,
            connection.begin(),
        ):
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20260101)")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check(self) -> None:
        """Raise DatabaseUnavailable unless the database answers and has this version's schema."""
        with own_errors(), self._engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        if found != ScriptDirectory.from_config(_alembic()).get_current_head():
            raise DatabaseUnavailable(
                "The database's schema is not this version's.", fix="run: certify db migrate"
            )

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _alembic() -> Config:
    if not (MIGRATIONS / "env.py").exists():
        raise DatabaseUnavailable("The folder migrations/ is missing.", where=str(MIGRATIONS))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _begin(connection: Connection) -> None:
    # A writer takes SQLite's lock at once and so waits its turn; upgraded later, it could only fail.
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
