"""What a design may show: texts that every award of a kind shares, and slots that differ from holder to holder."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from certify.award.record import AwardRecord

Words = Mapping[str, Any]
"""A language's labels."""

CONSTANT: dict[str, Callable[[AwardRecord], object]] = {
    "role_title": lambda award: award.role_title,
    "description": lambda award: award.description,
    "phase": lambda award: award.phase,
    "framework_id": lambda award: award.framework_id,
    "framework_title": lambda award: award.framework_title,
    "framework_version": lambda award: award.framework_version,
    "framework_digest": lambda award: award.framework_digest,
    "competence_count": lambda award: len(award.competences),
    "level_minimum": lambda award: award.level_minimum,
    "level_maximum": lambda award: award.level_maximum,
    "awarding_body": lambda award: award.awarding_body,
    "country": lambda award: award.country,
    "website": lambda award: award.website,
    "signatory": lambda award: award.signatory,
    "assessment": lambda award: award.assessment,
    "participation": lambda award: award.participation,
    "quality_assurance": lambda award: award.quality_assurance,
    "renewal": lambda award: award.renewal,
}
"""Named in braces in a design's texts and in labels; none reads a field that varies."""

SLOTS: dict[str, Callable[[AwardRecord, Words], str]] = {
    "number": lambda award, _: award.number,
    "decided_on": lambda award, words: written_date(award.decided_on, words),
    "issued_on": lambda award, words: written_date(award.issued_at.date(), words),
    "validity": lambda award, words: words["valid_value"].format(
        start=written_date(award.valid_from, words), end=written_date(award.valid_until, words)
    ),
    "workload": lambda award, words: words["hours"].format(hours=hours(award.workload_minutes, words)),
}
"""What a design's facts may show of a single award."""

SPELLED = frozenset({"number"})
"""Slots of upper-case letters, digits and hyphens, different in every award."""

_FIELD = re.compile(r"\{([a-z_.]*)\}")
_LABEL = "label."


def written_date(day: date, words: Words) -> str:
    """Write a day with its month in words."""
    return str(words["date"]).format(day=day.day, month=words["months"][day.month - 1], year=day.year)


def hours(minutes: int, words: Words) -> str:
    """Write minutes as hours with at most one decimal."""
    return f"{minutes / 60:.1f}".removesuffix(".0").replace(".", words["decimal"])


def samples(slot: str, words: Words) -> list[str]:
    """Return texts that together have every letter which a slot can ever show, in every shape."""
    if slot == "workload":
        return [words["hours"].format(hours=hours(6 * count, words)) for count in range(0, 1000, 7)]
    days = [date(2001 + day, month, day) for month in range(1, 13) for day in range(1, 29)]
    if slot == "validity":
        return [
            words["valid_value"].format(start=written_date(day, words), end=written_date(other, words))
            for day, other in zip(days, reversed(days), strict=True)
        ]
    return [written_date(day, words) for day in days]


def expand(template: str, award: AwardRecord, words: Words) -> str:
    """Return a design's text with its fields filled in; labels may name fields themselves."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith(_LABEL):
            return expand(str(words[_label(name.removeprefix(_LABEL), award)]), award, words)
        return str(CONSTANT[name](award))

    return _FIELD.sub(value, template)


def _label(name: str, award: AwardRecord) -> str:
    """Return the label's name, or that of its form for competences of one level."""
    return "levels_same" if name == "levels" and award.level_minimum == award.level_maximum else name


def unknown_fields(template: str, label_names: frozenset[str]) -> list[str]:
    """Return the fields of a text that there are not."""
    return [
        name
        for name in _FIELD.findall(template)
        if name not in CONSTANT and not (name.startswith(_LABEL) and name.removeprefix(_LABEL) in label_names)
    ]
