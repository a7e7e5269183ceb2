"""Read typed values from a form; whatever cannot be read is an InvalidInput that names the field."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeVar

from flask import request

from certify.completions.values import parse_day
from certify.errors import InvalidInput

Choice = TypeVar("Choice", bound=StrEnum)


def text(name: str) -> str:
    """Return a field without spaces around it; empty where it was not sent."""
    return request.form.get(name, "").strip()


def flag(name: str) -> bool:
    """Return a yes or no.

    Raises:
        InvalidInput: It is neither.
    """
    value = text(name)
    if value not in {"yes", "no"}:
        raise InvalidInput("must be yes or no.", where=name)
    return value == "yes"


def day(name: str, where: str) -> date:
    """Return a calendar day."""
    return parse_day(text(name), where)


def choice(kind: type[Choice], value: str, where: str) -> Choice:
    """Return a member of an enumeration."""
    try:
        return kind(value)
    except ValueError:
        raise InvalidInput("Choose one of the values on offer.", where=where) from None


def whole_number(name: str, where: str) -> int | None:
    """Return a small whole number; None where the field is empty."""
    typed = text(name)
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):  # noqa: PLR2004 - fits 32 bits
        raise InvalidInput("is not a whole number.", where=where)
    return int(typed)


def page(count: int, size: int) -> tuple[int, int]:
    """Return the page asked for (``?page=``), from 1 and never beyond the last, and how many there are."""
    pages = max(1, -(-count // size))
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1  # noqa: PLR2004 - no list has so many
    return min(max(number, 1), pages), pages
