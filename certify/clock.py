"""The only place that asks what time it is. Times are aware UTC and end in ``_at``; days end in ``_on``."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime in whole seconds."""


def system_clock() -> datetime:
    """Return now in UTC, cut to whole seconds (certificates state seconds, so nothing finer is kept)."""
    return datetime.now(UTC).replace(microsecond=0)


@lru_cache(256)
def utc_day(moment: datetime) -> date:
    """Return the UTC calendar day of an aware ``moment``."""
    return moment.astimezone(UTC).date()


@lru_cache(256)
def iso(moment: datetime) -> str:
    """Write an aware datetime as RFC 3339 in UTC with seconds, as in ``2026-11-23T17:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(256)
def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later; a day that month lacks becomes its last day.

    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    _, last = monthrange(year, month0 + 1)
    return date(year, month0 + 1, min(day.day, last))
