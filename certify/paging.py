"""Parts of long lists: asked for by the place where the part before ended, so that no list is ever read whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from certify.errors import InvalidInput

Entry = TypeVar("Entry")
Place = tuple[str, ...]
"""Where an entry stands in its list: what the list is ordered by, as texts, the last of them unique."""

MOST_WORDS = 8
MOST_COUNTED = 1_000
"""Beyond so many entries a page says "more than", so that nobody waits for a count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which part of a list is asked for.

    Attributes:
        limit: How many entries at most.
        after: The place of the last entry of the part before; empty for the first part.
        order: What the list is ordered by, a word that the list knows; empty for its own order.
        down: Whether the order is turned round.
        words: Folded words that an entry's text has, each of them somewhere (`words_of`).
    """

    limit: int
    after: Place = ()
    order: str = ""
    down: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part(Generic[Entry]):
    """A part of a list.

    Attributes:
        after: The place to ask for the next part by; empty where nothing follows.
    """

    entries: Sequence[Entry]
    after: Place = ()


def folded(text: str) -> str:
    """Return a text as it is searched and sorted: without case, accents and double spaces, in every script.

    Databases fold by their locale, and SQLite folds ASCII only; so what is searched is folded before it is stored.
    """
    apart = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def words_of(text: str) -> tuple[str, ...]:
    """Return the words to search for that somebody typed: the first few, folded."""
    shown = "".join(sign for sign in folded(text) if sign.isprintable())
    return tuple(dict.fromkeys(shown.split()))[:MOST_WORDS]


def no_place() -> InvalidInput:
    """Return the error for a place that is none of this list's."""
    return InvalidInput("This is not a cursor.", where="cursor", fix="follow 'next' of the page before")


def whole(part: Callable[[Asked], Part[Entry]], limit: int = 500) -> Iterator[Entry]:
    """Give every entry of a list, reading a part at a time."""
    after: Place = ()
    while True:
        found = part(Asked(limit=limit, after=after))
        yield from found.entries
        after = found.after
        if not after:
            return
