"""Days, hours and outcomes as people and other programs write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from certify.completions.model import CompletionOutcome
from certify.errors import InvalidInput

_ISO_DATE_LENGTH = 10
_MAX_HOURS = 2_000
_NOT_DONE = frozenset(
    {"", "-", "–", "0", "not completed", "not yet completed", "incomplete", "незавършено", "не"}
)
_OUTCOMES = {
    CompletionOutcome.PASSED: (
        "passed", "pass", "complete", "completed", "completed (achieved pass grade)", "yes", "y", "1", "x", "✓",
        "да", "завършено", "завършил", "издържал", "ναι", "ολοκληρώθηκε",
    ),
    CompletionOutcome.FAILED: (
        "failed", "fail", "completed (did not achieve pass grade)", "did not pass", "неиздържал",
    ),
    CompletionOutcome.WITHDRAWN: ("withdrawn", "withdrew", "dropped out", "отказал се"),
}  # fmt: skip
_OUTCOME = {word: outcome for outcome, words in _OUTCOMES.items() for word in words}


def parse_day(text: str, where: str) -> date:
    """Read an ISO 8601 calendar day, as ``2026-03-31``, or raise InvalidInput."""
    try:
        if len(text) == _ISO_DATE_LENGTH and text.isascii():
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput(f"{text[:40]!r} is not a day.", where=where, fix="write it as 2026-03-31")


def parse_hours(text: str, where: str = "workload_hours") -> int | None:
    """Read decimal hours as whole minutes; None for an empty text.

    Raises:
        InvalidInput: Not a number, not a whole number of minutes, or out of range.
    """
    if not text:
        return None
    try:
        hours = Decimal(text.replace(",", "."))
        minutes = hours * 60 if hours.is_finite() and 0 < hours <= _MAX_HOURS else Decimal(0)
    except InvalidOperation:
        minutes = Decimal(0)
    if minutes <= 0 or minutes != int(minutes):
        raise InvalidInput(
            f"{text[:40]!r} is not a number of hours (whole minutes, at most 2,000 hours).",
            where=where,
            fix="write it as 12 or 7.5",
        )
    return int(minutes)


def is_not_done(text: str) -> bool:
    """Tell whether a learning platform says, in any of its words, that a module is not done yet."""
    return " ".join(text.split()).casefold() in _NOT_DONE


def parse_outcome(text: str) -> CompletionOutcome | None:
    """Read an outcome in the words of this system or of a learning platform; None where nothing is done yet.

    Raises:
        InvalidInput: Another word.
    """
    if is_not_done(text):
        return None
    word = " ".join(text.split()).casefold()
    try:
        return _OUTCOME[word]
    except KeyError:
        known = ", ".join(outcome.value for outcome in CompletionOutcome)
        raise InvalidInput(
            f"{text[:40]!r} is not an outcome.", where="outcome", fix=f"one of {known}"
        ) from None
