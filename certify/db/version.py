"""What tells, for the price of one tiny question, whether anything was committed since the last time."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# SQLite counts the commits of all other connections to the file (PRAGMA data_version); PostgreSQL's snapshot
# names every transaction that is visible in it. Equal answers therefore mean the same committed data.
_QUESTIONS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}


class DataVersion:
    """Asks on a connection of its own, which never writes and never holds a transaction. Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._question = _QUESTIONS[engine.dialect.name]
        self._lock = threading.Lock()
        self._held: Any = None
        self._ask: Any = None
        self._times_opened = 0

    def __call__(self) -> str | None:
        """Return a text that is another one after every commit; None where the database does not answer.

        It can be compared only with what the same object returned.
        """
        with self._lock:
            for _ in range(2):  # a connection that a restarted server has ended is opened once more
                try:
                    if self._held is None:
                        self._open()
                    return f"{self._times_opened}:{self._ask(self._question).fetchone()[0]}"
                except (DBAPIError, PoolTimeoutError, self._engine.dialect.loaded_dbapi.Error):
                    self.close()
            return None

    def close(self) -> None:
        """Close the connection; asking again opens another."""
        held, self._held = self._held, None
        if held is not None:
            with suppress(self._engine.dialect.loaded_dbapi.Error):
                held.close()

    def _open(self) -> None:
        connection = self._engine.raw_connection()
        # Out of the pool: it is kept for as long as the process lives.
        connection.detach()
        driver: Any = connection.dbapi_connection
        if self._engine.dialect.name == "postgresql":
            driver.autocommit = True
        self._held, self._ask = connection, driver.execute
        self._times_opened += 1
