"""What tells, for next to nothing, whether anything was committed since the last time."""

from __future__ import annotations

import threading

from sqlalchemy import Engine

from certify.db.held import HeldConnection
from certify.db.wal_index import WalIndex, wal_index

# SQLite counts the commits of all other connections to the file (PRAGMA data_version); PostgreSQL's snapshot
# names every transaction that is visible in it. Equal answers therefore mean the same committed data.
_QUESTIONS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}


class DataVersion:
    """Looks into SQLite's wal-index where it is mapped, and asks on a connection of its own elsewhere. Threads may share it.

    Attributes:
        local: The database is a file of this machine, so the answer is there in microseconds.
    """

    def __init__(self, engine: Engine) -> None:
        self.local = engine.dialect.name == "sqlite"
        self._file = engine.url.database if self.local else None
        self._held = HeldConnection(engine)
        self._question = _QUESTIONS[engine.dialect.name]
        # Nobody may look while the connection closes: what it has mapped goes with it.
        self._looking = threading.Lock()
        self._index: WalIndex | None = None

    def __call__(self) -> object | None:
        """Return what is another one after every commit; None where the database does not answer.

        It can be compared (``==``), and only with what the same object returned.
        """
        with self._looking:
            if self._index is None:
                opened, asked = self._held.times_opened, self._asked()
                if self._held.times_opened == opened:
                    return asked
                # Once for each connection, and only now that it has read something.
                self._index = wal_index(self._file)
                if self._index is None:
                    return asked
            header = self._index.header()
            return None if header is None else (self._held.times_opened, header)

    def _asked(self) -> object | None:
        try:
            row = self._held.ask(self._question)
        except ConnectionError:
            return None
        return None if row is None else (self._held.times_opened, row)

    def close(self) -> None:
        """Close the connection; asking again opens another."""
        with self._looking:
            self._index = None
            self._held.close()
