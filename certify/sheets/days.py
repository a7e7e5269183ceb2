"""Days as people and programs write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache

from babel import Locale

from certify.errors import InvalidInput


class DayOrder(StrEnum):
    """Which number comes first in ``04/05/2026``."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


_LANGUAGES = ("en", "bg", "de", "el", "es", "fr", "it", "nl", "pl", "pt", "ro", "ru", "tr", "uk")


@cache
def _months() -> dict[str, int]:
    """Every name and abbreviation of a month in the languages that files here come in."""
    return {
        name.rstrip(".").casefold(): number
        for language in _LANGUAGES
        for forms in Locale(language).months.values()
        for width in ("wide", "abbreviated")
        for number, name in forms[width].items()
    }


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[ ,T].*)?", re.ASCII)
_WORDS = re.compile(r"(?:\w+,?\s+)?(\d{1,2})\.?\s+(\w+)\.?,?\s+(\d{4})\b.*")
_WORDS_MONTH_FIRST = re.compile(r"(?:\w+,\s+)?([^\W\d]+)\.?\s+(\d{1,2}),?\s+(\d{4})\b.*")
_CENTURY = 2000


def read_day(text: str, order: DayOrder = DayOrder.DAY_FIRST) -> date:
    """Return the day that a text names; a time after it is not looked at.

    Understood: ``2026-03-31``, ``31.03.2026``, ``31/3/26``, ``Tuesday, 31 March 2026, 9:30 AM`` (Moodle),
    ``March 31, 2026``; months by their names in fourteen languages.

    Raises:
        InvalidInput: None of these, or no such day.
    """
    cleaned = " ".join(text.split())
    try:
        if found := _ISO.fullmatch(cleaned):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _NUMBERS.fullmatch(cleaned):
            first, second, year = int(found[1]), int(found[3]), int(found[4])
            year += _CENTURY if year < 100 else 0  # noqa: PLR2004 - two digits
            day, month = (first, second) if order is DayOrder.DAY_FIRST else (second, first)
            return date(year, month, day)
        if found := _WORDS.fullmatch(cleaned):
            return date(int(found[3]), _months()[found[2].casefold()], int(found[1]))
        if found := _WORDS_MONTH_FIRST.fullmatch(cleaned):
            return date(int(found[3]), _months()[found[1].casefold()], int(found[2]))
    except (ValueError, KeyError):
        pass
    raise InvalidInput(f"{text[:40]!r} is not a day.", where="date", fix="write it as 2026-03-31")


def order_of(texts: Iterable[str]) -> DayOrder:
    """Tell which number comes first in a column of days; day first where all would do for both."""
    month_first = False
    for text in texts:
        found = _NUMBERS.fullmatch(" ".join(text.split()))
        if found and int(found[1]) > 12:  # noqa: PLR2004 - no such month
            return DayOrder.DAY_FIRST
        month_first = month_first or bool(found and int(found[3]) > 12)  # noqa: PLR2004 - no such month
    return DayOrder.MONTH_FIRST if month_first else DayOrder.DAY_FIRST
