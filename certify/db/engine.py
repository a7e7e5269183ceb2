"""Engines for the two databases that the register runs on, and their errors as this system's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from certify.errors import (
    AlreadyDecided,
    CompletionConflict,
    Conflict,
    DatabaseUnavailable,
    FourEyes,
    NotFound,
    StatusTransition,
)

BUSY_SECONDS = 15


def make_engine(url: str) -> Engine:
    """Return an engine for a SQLite file or a PostgreSQL database.

    SQLite runs in WAL mode with full synchronisation: a certificate that was answered for survives a power
    cut. Writers take the lock when they begin, so they queue instead of failing half-way.
    """
    address = make_url(url.replace("postgresql://", "postgresql+psycopg://", 1))
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True)
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own object
    # The driver's implicit transactions are switched off: this system says BEGIN itself.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


_BY_CONSTRAINT = (
    ("four_eyes", FourEyes, "The certifier trained or recorded what the decision relies on."),
    ("uq_completion_", CompletionConflict, "This completion was recorded or corrected meanwhile."),
    ("completion.supersedes", CompletionConflict, "This record was corrected meanwhile."),
    ("completion.candidate_id", CompletionConflict, "This completion was recorded meanwhile."),
    ("uq_decision_candidate", AlreadyDecided, "Somebody decided this case first."),
    ("decision.candidate_id", AlreadyDecided, "Somebody decided this case first."),
    ("status_event", StatusTransition, "Somebody changed this certificate's status first."),
    ("FOREIGN KEY", NotFound, "A record that this one names does not exist."),
    ("foreign key", NotFound, "A record that this one names does not exist."),
)


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn the driver's errors into this system's; what a message quotes of the data stays out of it."""
    try:
        yield
    except IntegrityError as error:
        text = str(error.orig)
        for mark, kind, message in _BY_CONSTRAINT:
            if mark in text:
                raise kind(message) from error
        raise Conflict("A record with the same key is there already.") from error
    except DBAPIError as error:
        raise DatabaseUnavailable(
            "The database does not answer as it should.", fix="see the server's log"
        ) from error
