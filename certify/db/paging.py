"""One part of a list, by its keys: the database seeks to the place and reads no more than the part and one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Row,
    Select,
    and_,
    func,
    literal,
    select,
    true,
    tuple_,
)

from certify.paging import Asked, Place, no_place

_MOST_DIGITS = 18


def part_of(
    connection: Connection, query: Select[Any], keys: Sequence[ColumnElement[Any]], asked: Asked
) -> tuple[list[Row[Any]], Place]:
    """Return the rows of one part, and the place to go on behind; empty where nothing follows.

    Args:
        keys: What the list is ordered by, never null; the last is unique, or all are together.

    Raises:
        InvalidInput: The place to go on behind is none of this list's.
    """
    places = [key.label(f"place_{number}") for number, key in enumerate(keys)]
    query = query.add_columns(*places)
    if asked.after:
        behind = tuple_(*read_place(asked.after, *keys))
        here = tuple_(*keys)
        query = query.where(here < behind if asked.down else here > behind)
    query = query.order_by(*(key.desc() if asked.down else key for key in keys)).limit(asked.limit + 1)
    rows = list(connection.execute(query))
    if len(rows) <= asked.limit:
        return rows, ()
    rows.pop()
    return rows, tuple(str(getattr(rows[-1], place.name)) for place in places)


def with_words(
    connection: Connection, column: ColumnElement[str], words: Iterable[str]
) -> ColumnElement[bool]:
    """Return the condition that a folded text has all of these words somewhere."""
    find = func.strpos if connection.dialect.name == "postgresql" else func.instr
    return and_(true(), *(find(column, word) > 0 for word in words))


def count_up_to(connection: Connection, query: Select[Any], most: int) -> int:
    """Return how many rows a query has, counting no further than ``most``."""
    few = (
        query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(most).subquery()
    )
    return connection.execute(select(func.count()).select_from(few)).scalar_one()


def read_place(place: Place, *keys: ColumnElement[Any]) -> list[Any]:
    """Return a place as values of its keys' types.

    Raises:
        InvalidInput: It is none of this list's.
    """
    if len(place) != len(keys):
        raise no_place()
    return [_value(text, key) for text, key in zip(place, keys, strict=True)]


def _value(text: str, key: ColumnElement[Any]) -> Any:  # noqa: ANN401 - of the key's type
    if isinstance(key.type, Date):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise no_place() from None
    if isinstance(key.type, Integer):
        if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
            raise no_place()
        return int(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise no_place() from None
    if "\0" in text:
        raise no_place()
    return text
