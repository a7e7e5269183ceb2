"""A connection that is held for as long as the process lives, for questions of one statement each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class HeldConnection:
    """Never writes and never holds a transaction. Threads may share it.

    Attributes:
        times_opened: How often it had to be opened; what two connections say may not be compared.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._held: Any = None
        self._ask: Any = None
        self.times_opened = 0

    def ask(self, question: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """Return the first row of the answer, and None where it has none.

        Raises:
            ConnectionError: The database does not answer.
        """
        with self._lock:
            for _ in range(2):  # a connection that a restarted server has ended is opened once more
                try:
                    if self._held is None:
                        self._open()
                    row: tuple[Any, ...] | None = self._ask(question, values).fetchone()
                except (DBAPIError, PoolTimeoutError, self._engine.dialect.loaded_dbapi.Error):
                    self.close()
                else:
                    return row
        raise ConnectionError

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
        else:
            driver.execute("PRAGMA mmap_size = 1000000000")
            # Readers wait for nobody (WAL) but where a file is being recovered; whoever asks here has another way.
            driver.execute("PRAGMA busy_timeout = 100")
        self._held, self._ask = connection, driver.execute
        self.times_opened += 1
