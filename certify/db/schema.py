"""Brings a database to this version's schema, and tells whether it has it."""

from __future__ import annotations

import sysconfig
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from certify.errors import DatabaseUnavailable

# Any number will do, so long as every process that migrates waits on the same one.
_ADVISORY_LOCK = 20_261_124
# Alembic keeps the running migration in globals of its modules.
_one_at_a_time = threading.Lock()


def upgrade(connection: Connection) -> None:
    """Run what is missing up to the newest revision, within the connection's transaction.

    Safe where several processes start at once: SQLite's writers queue anyway, and PostgreSQL's queue here.

    Raises:
        DatabaseUnavailable: The schema was made by a newer version of certify.
    """
    config = configuration()
    with _one_at_a_time:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise _made_by_another() from error


def require_head(connection: Connection) -> None:
    """Raise DatabaseUnavailable unless the schema is this version's."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = ScriptDirectory.from_config(configuration())
    needed = known.get_current_head()
    if found == needed:
        return
    if found is not None:
        try:
            known.get_revision(found)
        except CommandError as error:
            raise _made_by_another() from error
    raise DatabaseUnavailable(
        f"The database's schema is {found or 'empty'}; this version of certify needs {needed}.",
        fix="make a backup, then run: certify db migrate",
    )


def _made_by_another() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "The database was made by another, probably newer version of certify.",
        fix="start that version, or restore the backup that goes with this one",
    )


def configuration() -> Config:
    """Return Alembic's configuration, for a checkout or an installed package.

    Raises:
        DatabaseUnavailable: The migrations are in neither place.
    """
    checkout = Path(__file__).resolve().parents[2] / "migrations"
    installed = Path(sysconfig.get_path("data")) / "share" / "certify" / "migrations"
    for folder in (checkout, installed):
        if (folder / "env.py").is_file():
            config = Config()
            # A percent sign would be read as the start of a substitution.
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            return config
    raise DatabaseUnavailable("The folder migrations/ is missing.", fix="install certify anew")
