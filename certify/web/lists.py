"""A list on a page: what is asked for in its address, and the addresses of its other parts and orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from flask import request, url_for

from certify.paging import MOST_COUNTED, Asked, Part, Place, words_of
from certify.web.api.paging import from_cursor, to_cursor

Entry = TypeVar("Entry")
Word = TypeVar("Word", bound=StrEnum)

ROWS = (50, 200, 1000)
"""How many rows a page may have; the last is for paper."""
_MOST_TYPED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[Entry]):
    """One part of a list with all that its page shows.

    Attributes:
        rows: What is shown, the part's entries or what was made of them.
        count: How many the list has; None where that is more than `MOST_COUNTED`.
        query: What was asked for, by field: what the form shows, and links keep.
        beginning: The first part is shown.
        following: The address of the next part; empty on the last.
        endpoint: The page itself.
        down: The order is turned round.
    """

    rows: Sequence[Entry]
    count: int | None
    query: Mapping[str, str]
    beginning: bool
    following: str
    endpoint: str
    down: bool

    @property
    def narrowed(self) -> bool:
        """Whether only some of the list was asked for."""
        return any(value for name, value in self.query.items() if name not in {"order", "rows"})

    def address(self, **changed: str) -> str:
        """Return the address of the first part with something else asked for."""
        return _address(self.endpoint, {**self.query, **changed})

    def by(self, order: str) -> str:
        """Return the address of the same list in an order; turned round where that is the order it has."""
        turned = self.query["order"] == order
        return self.address(order=f"-{order}" if turned else order)

    def sorted_by(self, order: str) -> str:
        """Return what ``aria-sort`` says of a column; empty where the list is not ordered by it."""
        own = self.query["order"]
        return {order: "ascending", f"-{order}": "descending"}.get(own, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a list is asked for by the address of its page."""

    asked: Asked
    query: Mapping[str, str]
    endpoint: str

    def listed(self, part: Part[Any], count: int, rows: Sequence[Entry]) -> Listed[Entry]:
        """Return what the page shows of the part that was asked for."""
        following = ""
        if part.after:
            following = _address(self.endpoint, {**self.query, "after": to_cursor(part.after)})
        return Listed(
            rows=rows,
            count=count if count < MOST_COUNTED else None,
            query=self.query,
            beginning=not self.asked.after,
            following=following,
            endpoint=self.endpoint,
            down=self.asked.down,
        )


def asked_for(endpoint: str, orders: Mapping[str, str], *narrow: str, usual: str = "") -> Request:
    """Read from the address what a list is asked for; what it does not know is as if it were not there.

    Args:
        orders: The name in the address of each order, and its name in the list; with a minus it is turned round.
        narrow: Other fields that narrow the list down.
        usual: The order where none is chosen; empty for the first.
    """
    typed = {name: _typed(name) for name in ("q", *narrow)}
    order, wanted = _typed("order"), _typed("rows")
    if order.removeprefix("-") not in orders:
        order = usual or next(iter(orders))
    rows = int(wanted) if wanted in map(str, ROWS) else ROWS[0]
    return Request(
        asked=Asked(
            limit=rows,
            after=_place(_typed("after")),
            order=orders[order.removeprefix("-")],
            down=order.startswith("-"),
            words=words_of(typed["q"]),
        ),
        query={**typed, "order": order, "rows": str(rows)},
        endpoint=endpoint,
    )


def one_of(kind: type[Word], text: str) -> Word | None:
    """Return the word of an enumeration; None for any other text."""
    return next((word for word in kind if word.value == text), None)


def _typed(name: str) -> str:
    return (request.args.get(name) or "").strip()[: 2000 if name == "after" else _MOST_TYPED]


def _place(cursor: str) -> Place:
    return from_cursor(cursor) if cursor else ()


def _address(endpoint: str, query: Mapping[str, str]) -> str:
    usual = {"rows": str(ROWS[0])}
    said: dict[str, Any] = {
        name: value for name, value in query.items() if value and usual.get(name) != value
    }
    return url_for(endpoint, **said)
