"""What a framework must hold beyond its form: one function a rule, each yielding (path, what is wrong)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

Problem = tuple[tuple[str | int, ...], str]
Rule = Callable[[Mapping[str, Any]], Iterator[Problem]]


def identifiers_are_unique(value: Mapping[str, Any]) -> Iterator[Problem]:
    """No two areas, phases, competences or roles share an id; no two modules id and version."""
    for kind in ("areas", "phases", "competences", "roles"):
        seen: set[str] = set()
        for index, item in enumerate(value[kind]):
            if item["id"] in seen:
                yield (kind, index, "id"), f"{item['id']!r} is there twice; give one another id"
            seen.add(item["id"])
    versions: set[tuple[str, str]] = set()
    for index, item in enumerate(value["modules"]):
        key = (item["id"], item["version"])
        if key in versions:
            yield (
                ("modules", index, "version"),
                f"{key[0]} version {key[1]} is there twice; give it a new version",
            )
        versions.add(key)


def references_exist(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Every area, phase and competence that a competence or role names is defined."""
    areas = {item["id"] for item in value["areas"]}
    phases = {item["id"] for item in value["phases"]}
    competences = {item["id"] for item in value["competences"]}
    for index, item in enumerate(value["competences"]):
        if item["area"] not in areas:
            yield ("competences", index, "area"), f"there is no area {item['area']!r}; define it under areas"
    for index, item in enumerate(value["roles"]):
        if item["phase"] not in phases:
            yield ("roles", index, "phase"), f"there is no phase {item['phase']!r}; define it under phases"
        for name in item["requires"]:
            if name not in competences:
                yield ("roles", index, "requires", name), f"there is no competence {name!r}"


def module_references_exist(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Every competence, form and type that a module names is defined."""
    competences = {item["id"] for item in value["competences"]}
    for index, item in enumerate(value["modules"]):
        for name in item["addresses"]:
            if name not in competences:
                yield ("modules", index, "addresses", name), f"there is no competence {name!r}"
        for key, kind in (("participation", "participation_forms"), ("assessment", "assessment_types")):
            if item[key] not in value[kind]:
                yield ("modules", index, key), f"there is no {item[key]!r} under {kind}; define it there"


def ranges_are_ordered(value: Mapping[str, Any]) -> Iterator[Problem]:
    """A range's minimum is not above its maximum."""
    for name in ("levels", "admission"):
        if value[name]["minimum"] > value[name]["maximum"]:
            yield (name,), "the minimum is above the maximum; swap them"


def levels_are_allowed(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Every required and addressed level lies in the framework's range."""
    low, high = value["levels"]["minimum"], value["levels"]["maximum"]
    for kind, key in (("roles", "requires"), ("modules", "addresses")):
        for index, item in enumerate(value[kind]):
            for name, level in item[key].items():
                if not low <= level <= high:
                    yield (
                        (kind, index, key, name),
                        f"level {level} is outside {low} to {high}; choose one within",
                    )


def days_are_days(value: Mapping[str, Any]) -> Iterator[Problem]:
    """A module's validity has real days in order."""
    for index, item in enumerate(value["modules"]):
        days = {}
        for key in ("valid_from", "valid_until"):
            if key in item:
                try:
                    days[key] = date.fromisoformat(item[key])
                except ValueError:
                    yield ("modules", index, key), f"{item[key]!r} is not a day; write it as 2026-01-31"
        if len(days) > 1 and days["valid_until"] < days["valid_from"]:
            yield ("modules", index, "valid_until"), "the validity ends before it begins"


def texts_are_complete(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Every text has the first language; titles that a certificate prints have every language."""
    languages = value["languages"]
    for path, texts in _texts(value, ()):
        asked = languages if path[-1] in {"title", "name"} and path[0] != "modules" else languages[:1]
        for language in asked:
            if language not in texts:
                yield path, f"the text in {language!r} is missing; add it"
        for language in texts:
            if language not in languages:
                yield (
                    (*path, language),
                    f"{language!r} is not among the languages; add it there or remove the text",
                )


def texts_are_printable(value: Mapping[str, Any]) -> Iterator[Problem]:
    """No text has control or bidirectional-control characters, and all are in NFC."""
    for path, texts in _texts(value, ()):
        for language, text in texts.items():
            bad = next(
                (char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs"}), None
            )
            if bad is not None:
                yield (
                    (*path, language),
                    f"has the character U+{ord(bad):04X}, which cannot be printed; remove it",
                )
            elif not unicodedata.is_normalized("NFC", text):
                yield (*path, language), "is not in Unicode normal form C; save it so"


_TEXT_KEYS = frozenset(
    {
        "title",
        "description",
        "knowledge",
        "skills",
        "responsibility_autonomy",
        "name",
        "signatory",
        "quality_assurance",
        "renewal",
    }
)


def _texts(
    value: Any,  # noqa: ANN401 - JSON
    path: tuple[str | int, ...],
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, str]]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            here = (*path, key)
            named = key in _TEXT_KEYS or (path and path[-1] in {"participation_forms", "assessment_types"})
            in_scheme = path == ("scheme",) and key in {"assessment", "participation"}
            if isinstance(item, Mapping) and (named or in_scheme):
                yield here, item
            else:
                yield from _texts(item, here)


RULES: tuple[Rule, ...] = (
    identifiers_are_unique,
    references_exist,
    module_references_exist,
    ranges_are_ordered,
    levels_are_allowed,
    days_are_days,
    texts_are_complete,
    texts_are_printable,
)
"""Every rule, in the order in which problems are reported."""


def unreachable(value: Mapping[str, Any]) -> list[str]:
    """Return each required competence and level that no module reaches: no programme could close that gap."""
    best: dict[str, int] = {}
    for module in value["modules"]:
        for name, level in module["addresses"].items():
            best[name] = max(level, best.get(name, 0))
    return [
        f"{role['id']}: {name} at level {level}"
        for role in value["roles"]
        for name, level in role["requires"].items()
        if best.get(name, 0) < level
    ]
