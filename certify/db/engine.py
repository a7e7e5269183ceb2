"""Engines for the two databases that the register runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from certify.errors import DatabaseUnavailable, SettingInvalid

WAIT_SECONDS = 15
"""How long a writer waits for its turn, and a thread for a connection, before it gives up."""
WRITING = "certify_writing"
"""Execution option of a connection whose transactions write."""
_POOL: dict[str, Any] = {"pool_size": 16, "max_overflow": 16, "pool_timeout": WAIT_SECONDS}


def make_engine(url: str) -> Engine:
    """Return an engine for a SQLite file or a PostgreSQL database; a SQLite file's folder is made.

    Raises:
        SettingInvalid: The address is not of such a database. It may hold a password, so it is not repeated.
        DatabaseUnavailable: The folder cannot be made.
    """
    try:
        address = make_url(url.replace("postgresql://", "postgresql+psycopg://", 1))
    except ArgumentError:
        address = URL.create("unreadable")
    match address.drivername:
        case "sqlite" if address.database and address.database != ":memory:":
            return _sqlite(address, Path(address.database))
        case "postgresql+psycopg":
            return _postgresql(address)
    raise SettingInvalid(
        "The database's address is not one of a SQLite file or of PostgreSQL.",
        fix="write it like sqlite:///var/certify.db or postgresql+psycopg://user:password@host/name",
    )


def shown_address(url: str) -> str:
    """Return a database's address without its password and options; nothing where it cannot be taken apart."""
    try:
        address = make_url(url).set(query={})
    except (ArgumentError, ValueError):
        return ""
    # A password with a raw @ is cut at the first one: the rest of it would stand before the host.
    rest = f"{address.host or ''}{address.database or ''}"
    return "" if "@" in rest else address.render_as_string(hide_password=True)


def _sqlite(address: URL, file: Path) -> Engine:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"The database's folder cannot be made: {error.strerror}.", where=str(file.parent)
        ) from error
    engine = create_engine(
        address,
        hide_parameters=True,
        connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False},
        **_POOL,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own object
    # The driver's implicit transactions are switched off: this system says BEGIN itself.
    connection.isolation_level = None
    for pragma in (
        # Of a new database: a certificate then fills two pages or three, not four or five.
        "page_size = 8192",
        "journal_mode = WAL",
        # FULL, not NORMAL: a certificate that was answered for survives a power cut.
        "synchronous = FULL",
        "foreign_keys = ON",
        # Without it REPLACE would delete rows past the triggers that forbid it.
        "recursive_triggers = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes SQLite's lock at once and so waits its turn; a reader upgraded later could only fail.
    writing = bool(connection.get_execution_options().get(WRITING, False))
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _postgresql(address: URL) -> Engine:
    engine = create_engine(
        address,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "application_name": "certify"},
        **_POOL,
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own object
    connection.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
    connection.commit()
