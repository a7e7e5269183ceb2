"""What tells, for the price of one tiny question, whether anything was committed since the last time."""

from __future__ import annotations

from sqlalchemy import Engine

from certify.db.held import HeldConnection

# SQLite counts the commits of all other connections to the file (PRAGMA data_version); PostgreSQL's snapshot
# names every transaction that is visible in it. Equal answers therefore mean the same committed data.
_QUESTIONS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}


class DataVersion:
    """Asks on a connection of its own. Threads may share it.

    Attributes:
        local: The database is a file of this machine, so the answer is there in microseconds.
    """

    def __init__(self, engine: Engine) -> None:
        self.local = engine.dialect.name == "sqlite"
        self._held = HeldConnection(engine)
        self._question = _QUESTIONS[engine.dialect.name]

    def __call__(self) -> object | None:
        """Return what is another one after every commit; None where the database does not answer.

        It can be compared (``==``), and only with what the same object returned.
        """
        try:
            row = self._held.ask(self._question)
        except ConnectionError:
            return None
        return None if row is None else (self._held.times_opened, row)

    def close(self) -> None:
        """Close the connection; asking again opens another."""
        self._held.close()
