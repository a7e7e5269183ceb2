"""Sets of plain values as one parameter of a statement, however many they are.

A list in the statement's text would be planned anew for every length, and both databases limit how long
it may be; one JSON array is always one parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Connection,
    Text,
    bindparam,
    cast,
    func,
    select,
    type_coerce,
)
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
    return given_rows(connection.dialect.name, name, columns, bindparam(None, rows_text(rows), Text))


def given_rows(
    dialect: str, name: str, columns: Sequence[tuple[str, TypeEngine[Any]]], given: BindParameter[str]
) -> CTE:
    """Return what `json_rows` does, of the parameter ``given``, which is a `rows_text`.

    Args:
        dialect: The database's name, so that a statement can be made once and kept.
    """
    if dialect == "postgresql":
        item = func.jsonb_array_elements(cast(given, JSONB)).column_valued("item")
        return select(
            *(
                cast(func.jsonb_extract_path_text(item, str(index)), kind).label(label)
                for index, (label, kind) in enumerate(columns)
            )
        ).cte(name)
    each = func.json_each(given).table_valued("value")
    # SQLite's own types are those of JSON, and its days are texts: a cast would make numbers of them.
    return select(
        *(
            type_coerce(func.json_extract(each.c.value, f"$[{index}]"), kind).label(label)
            for index, (label, kind) in enumerate(columns)
        )
    ).cte(name)


def among(connection: Connection, column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these texts."""
    return among_given(connection.dialect.name, column, bindparam(None, texts(values), Text))


def among_given(dialect: str, column: ColumnElement[str], given: BindParameter[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of the texts of the parameter ``given``, which is a `texts`.

    Args:
        dialect: The database's name, so that a statement can be made once and kept.
    """
    if dialect == "postgresql":
        item = func.jsonb_array_elements_text(cast(given, JSONB)).column_valued("item")
        return column.in_(select(item))
    return column.in_(select(func.json_each(given).table_valued("value").c.value))


def rows_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as the one parameter that `given_rows` reads."""
    return json.dumps([list(row) for row in rows], default=date.isoformat)


def texts(values: Iterable[str]) -> str:
    """Return texts as the one parameter that `among_given` reads."""
    return json.dumps(list(values))
