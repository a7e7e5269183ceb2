"""Insert a row unless one with the same key is there, without a gap between look and insert."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_unless_there(connection: Connection, table: Table, **row: object) -> bool:
    """Return whether the row was added; where another transaction is adding it, wait for that one first."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**row).on_conflict_do_nothing()
    # A cursor that returned no rows is closed, and its count with it, unless it is asked for.
    counted = statement.execution_options(preserve_rowcount=True)
    return connection.execute(counted).rowcount == 1
