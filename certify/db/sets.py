"""Sets of plain values as one parameter of a statement, however many they are.

A list in the statement's text would be planned anew for every length, and both databases limit how long
it may be; one JSON array is always one parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Text, bindparam, cast, func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Cell = str | int | date | None


def json_rows(
    connection: Connection,
    name: str,
    columns: Sequence[tuple[str, TypeEngine[Any]]],
    rows: Iterable[Sequence[Cell]],
) -> CTE:
    """Return a table expression ``name`` of ``rows``, with the labels and types of ``columns``."""
    document = bindparam(None, json.dumps([list(row) for row in rows], default=date.isoformat), Text)
    if connection.dialect.name == "postgresql":
        item = func.jsonb_array_elements(cast(document, JSONB)).column_valued("item")
        return select(
            *(
                cast(func.jsonb_extract_path_text(item, str(index)), kind).label(label)
                for index, (label, kind) in enumerate(columns)
            )
        ).cte(name)
    each = func.json_each(document).table_valued("value")
    # SQLite's own types are those of JSON, and its days are texts: a cast would make numbers of them.
    return select(
        *(
            type_coerce(func.json_extract(each.c.value, f"$[{index}]"), kind).label(label)
            for index, (label, kind) in enumerate(columns)
        )
    ).cte(name)


def among(connection: Connection, column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these texts."""
    document = bindparam(None, json.dumps(list(values)), Text)
    if connection.dialect.name == "postgresql":
        item = func.jsonb_array_elements_text(cast(document, JSONB)).column_valued("item")
        return column.in_(select(item))
    return column.in_(select(func.json_each(document).table_valued("value").c.value))
