"""What a framework must be beyond its structure: one function a rule, all of them in `RULES`.

Every rule takes the document as JSON values and must bear parts of the wrong kind, which the schema
reports: it looks only at what has the kind it needs. So one run names everything that is wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from certify.framework.countries import COUNTRIES
from certify.framework.faults import Fault, Path, quoted

Rule = Callable[[Mapping[str, Any]], Iterator[Fault]]
LISTED = 8
HIGHEST_LEVEL = 8  # of the EQF; the schema reports what lies beyond
_BIDIRECTIONAL_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_LISTS_WITH_IDS = ("phases", "areas", "competences", "roles")
_REFERENCES = (
    ("competences", "area", "areas"),
    ("roles", "phase", "phases"),
    ("modules", "participation", "participation_forms"),
    ("modules", "assessment", "assessment_types"),
)
_TITLED = ("phases", "areas", "competences", "roles")


def ids_are_unique(document: Mapping[str, Any]) -> Iterator[Fault]:
    """No two areas, phases, competences or roles share an id, whatever its capitals."""
    for name in _LISTS_WITH_IDS:
        seen: dict[str, int] = {}
        for position, item in _each(document, name):
            given = item.get("id")
            if not isinstance(given, str):
                continue
            first = seen.setdefault(given.casefold(), position)
            if first != position:
                yield Fault(
                    (name, position, "id"),
                    f"is {quoted(given)}, as {name}[{first}].id is.",
                    "give each its own id",
                )


def module_versions_are_unique(document: Mapping[str, Any]) -> Iterator[Fault]:
    """A module's version is described once, and its id keeps one spelling."""
    seen: dict[tuple[str, str], int] = {}
    spelling: dict[str, str] = {}
    for position, item in _each(document, "modules"):
        given, version = item.get("id"), item.get("version")
        if not isinstance(given, str) or not isinstance(version, str):
            continue
        first = seen.setdefault((given.casefold(), version.casefold()), position)
        if first != position:
            what = f"is {quoted(version)} of {quoted(given)}, as in modules[{first}]."
            yield Fault(("modules", position, "version"), what, "give the newer one another version")
        usual = spelling.setdefault(given.casefold(), given)
        if usual != given:
            what = f"is {quoted(given)}, but an earlier version is spelt {quoted(usual)}."
            yield Fault(("modules", position, "id"), what, "spell both alike")


def references_exist(document: Mapping[str, Any]) -> Iterator[Fault]:
    """An area, phase, form of participation or type of assessment that is named is defined in the file."""
    for where, key, target in _REFERENCES:
        known = _ids(document, target)
        for position, item in _each(document, where):
            named = item.get(key)
            if isinstance(named, str) and named not in known:
                yield Fault(
                    (where, position, key), f"is {quoted(named)}, which {target} does not define.", _of(known)
                )


def competences_exist(document: Mapping[str, Any]) -> Iterator[Fault]:
    """A competence that a role requires or a module addresses is defined in the file."""
    known = _ids(document, "competences")
    for path, item in _competence_levels(document):
        named = item.get("competence")
        if isinstance(named, str) and named not in known:
            what = f"is {quoted(named)}, which competences does not define."
            yield Fault((*path, "competence"), what, _of(known))


def competences_are_named_once(document: Mapping[str, Any]) -> Iterator[Fault]:
    """A role requires, and a module addresses, each competence at one level only."""
    seen: dict[tuple[Path, str], int | str] = {}
    for path, item in _competence_levels(document):
        named = item.get("competence")
        if not isinstance(named, str):
            continue
        first = seen.setdefault((path[:-1], named), path[-1])
        if first != path[-1]:
            what = f"is {quoted(named)}, which is there already at position {first}."
            yield Fault((*path, "competence"), what, "keep one of the two")


def ranges_are_ordered(document: Mapping[str, Any]) -> Iterator[Fault]:
    """The minimum of a level range is not above its maximum."""
    for name in ("levels", "admission"):
        bounds = _range(document, name)
        if bounds and bounds[0] > bounds[1]:
            what = f"is {bounds[0]}, above the maximum, {bounds[1]}."
            yield Fault((name, "minimum"), what, "exchange the two")


def levels_are_allowed(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Levels of units, and those that roles require and modules address, lie in the scheme's own range."""
    bounds = _range(document, "levels")
    if bounds is None or bounds[0] > bounds[1]:
        return
    given = [((*path, "level"), item.get("level")) for path, item in _competence_levels(document)]
    for path, value in (*given, *_unit_levels(document)):
        level = _level(value)
        if level is not None and 1 <= level <= HIGHEST_LEVEL and not bounds[0] <= level <= bounds[1]:
            what = f"is {level}, but this scheme's levels go from {bounds[0]} to {bounds[1]}."
            yield Fault(path, what, "give a level in that range, or change levels at the top of the file")


def texts_have_the_first_language(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Every text is there in the framework's first language, and in no language it does not declare."""
    languages = _languages(document)
    if not languages:
        return
    for path, texts in _texts(document):
        if languages[0] not in texts:
            what = f"has no text in {quoted(languages[0])}, the framework's first language."
            yield Fault(path, what, f"add {languages[0]}: ...")
    for path, texts in (*_texts(document), *_aliases(document)):
        for language in texts:
            if isinstance(language, str) and language not in languages:
                what = "is a language that languages does not declare."
                yield Fault((*path, language), what, "declare it at the top of the file, or remove this text")


def titles_have_every_language(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Titles of the framework and its phases, areas, competences and roles are there in every language."""
    titled: list[tuple[Path, object]] = [(("title",), document.get("title"))]
    for name in _TITLED:
        titled += [((name, position, "title"), item.get("title")) for position, item in _each(document, name)]
    for path, texts in titled:
        for language in _languages(document)[1:]:
            if isinstance(texts, dict) and language not in texts:
                yield Fault(path, f"has no title in {quoted(language)}.", f"add {language}: ...")


def texts_are_clean(document: Mapping[str, Any]) -> Iterator[Fault]:
    """No value hides a control character, reverses the direction of reading, or begins or ends with a space."""
    for path, value in _leaves((), document):
        if not isinstance(value, str):
            continue
        hidden = next((c for c in value if _is_hidden(c)), None)
        if hidden == "\n":
            yield Fault(path, "has a line break.", "write >- instead of > or |, or put the text on one line")
        elif hidden is not None:
            name = unicodedata.name(hidden, "a control character")
            yield Fault(path, f"has the invisible character U+{ord(hidden):04X} {name}.", "remove it")
        elif value != value.strip():
            yield Fault(path, "begins or ends with a space.", "remove it")
        elif not unicodedata.is_normalized("NFC", value):
            yield Fault(path, "is not in Unicode normalisation form C.", "normalise it")


def days_exist(document: Mapping[str, Any]) -> Iterator[Fault]:
    """A day written in the right form is a day of the calendar."""
    for position, item in _each(document, "modules"):
        for key in ("valid_from", "valid_until"):
            given = item.get(key)
            if isinstance(given, str) and len(given) == len("YYYY-MM-DD") and _day(given) is None:
                yield Fault(
                    ("modules", position, key),
                    f"is {quoted(given)}, which no calendar has.",
                    "correct the day",
                )


def validity_is_ordered(document: Mapping[str, Any]) -> Iterator[Fault]:
    """A module version's validity does not end before it begins, and versions are listed as they began."""
    versions: dict[str, list[tuple[int, date]]] = {}
    for position, item in _each(document, "modules"):
        begins, ends = _day(item.get("valid_from")), _day(item.get("valid_until"))
        if begins is None:
            continue
        if ends is not None and ends < begins:
            what = f"is {ends}, before valid_from, {begins}."
            yield Fault(("modules", position, "valid_until"), what, "exchange the two, or correct one")
        if isinstance(item.get("id"), str):
            versions.setdefault(item["id"], []).append((position, begins))
    for listed in versions.values():
        for (earlier, before), (later, after) in pairwise(listed):
            if after <= before:
                what = f"is {after}, not after {before}, when the version in modules[{earlier}] began."
                yield Fault(("modules", later, "valid_from"), what, "list a module's versions oldest first")


def amounts_are_positive(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Workload lies above 0 and at most 2000 hours, ECTS above 0 and at most 60."""
    for position, item in _each(document, "modules"):
        for key, most in (("workload_hours", 2000), ("ects", 60)):
            given = item.get(key)
            if not isinstance(given, str) or not given.replace(".", "", 1).isdecimal():
                continue
            if not 0 < float(given) <= most:
                what = f"is {given}, which is out of range."
                yield Fault(("modules", position, key), what, f"give more than 0 and at most {most}")


def country_is_known(document: Mapping[str, Any]) -> Iterator[Fault]:
    """The awarding body's country has a code in ISO 3166-1."""
    country = _mapping(_mapping(document.get("scheme")).get("awarding_body")).get("country")
    if isinstance(country, str) and country not in COUNTRIES:
        fix = (
            "write GR for Greece and GB for the United Kingdom" if country in {"EL", "UK"} else "as BG or NO"
        )
        what = f"is {quoted(country)}, which is not a country code of ISO 3166-1."
        yield Fault(("scheme", "awarding_body", "country"), what, fix)


def website_is_https(document: Mapping[str, Any]) -> Iterator[Fault]:
    """The awarding body's website is an https address of a host, without user name or spaces."""
    website = _mapping(_mapping(document.get("scheme")).get("awarding_body")).get("website")
    if not isinstance(website, str):
        return
    try:
        parts = urlsplit(website)
        host, fine = parts.hostname or "", parts.scheme == "https" and "@" not in parts.netloc
    except ValueError:
        host, fine = "", False
    if not fine or "." not in host or not website.isascii() or any(c in ' "<>\\' for c in website):
        what = f"is {quoted(website)}, which is not an https address."
        yield Fault(("scheme", "awarding_body", "website"), what, "write it as https://www.example.org")


RULES: Mapping[str, Rule] = {
    "ids-unique": ids_are_unique,
    "module-versions-unique": module_versions_are_unique,
    "references-exist": references_exist,
    "competences-exist": competences_exist,
    "competences-named-once": competences_are_named_once,
    "ranges-ordered": ranges_are_ordered,
    "levels-allowed": levels_are_allowed,
    "first-language": texts_have_the_first_language,
    "titles-in-every-language": titles_have_every_language,
    "texts-clean": texts_are_clean,
    "days-exist": days_exist,
    "validity-ordered": validity_is_ordered,
    "amounts-positive": amounts_are_positive,
    "country-known": country_is_known,
    "website-https": website_is_https,
}
"""Every rule by its name; `load` runs them all."""


def rule_faults(document: object) -> list[Fault]:
    """Return everything that breaks a rule; nothing where the document is no mapping (the schema says so)."""
    if not isinstance(document, dict):
        return []
    return [fault for rule in RULES.values() for fault in rule(document)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if isinstance(value, list):
        yield from ((position, item) for position, item in enumerate(value) if isinstance(item, dict))


def _each(document: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return _items(document.get(name))


def _competence_levels(document: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for name, key in (("roles", "requires"), ("modules", "addresses")):
        for position, holder in _each(document, name):
            for place, item in _items(holder.get(key)):
                yield (name, position, key, place), item


def _unit_levels(document: Mapping[str, Any]) -> Iterator[tuple[Path, object]]:
    for position, item in _each(document, "competences"):
        levels = item.get("unit_levels")
        if isinstance(levels, list):
            yield from (
                (("competences", position, "unit_levels", place), level) for place, level in enumerate(levels)
            )


def _ids(document: Mapping[str, Any], name: str) -> list[str]:
    value = document.get(name)
    if isinstance(value, dict):
        return list(value)
    return [item["id"] for _, item in _items(value) if isinstance(item.get("id"), str)]


def _of(known: list[str]) -> str:
    more = ", ..." if len(known) > LISTED else ""
    return "define it, or use one of: " + ", ".join(known[:LISTED]) + more if known else "define it"


def _level(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _range(document: Mapping[str, Any], name: str) -> tuple[int, int] | None:
    given = _mapping(document.get(name))
    low, high = _level(given.get("minimum")), _level(given.get("maximum"))
    return None if low is None or high is None else (low, high)


def _languages(document: Mapping[str, Any]) -> list[str]:
    given = document.get("languages")
    return [tag for tag in given if isinstance(tag, str)] if isinstance(given, list) else []


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _texts(document: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Find every text by language in the document."""
    scheme = _mapping(document.get("scheme"))
    body = _mapping(scheme.get("awarding_body"))
    found: list[tuple[Path, object]] = [(("title",), document.get("title"))]
    found += [(("scheme", "awarding_body", key), body.get(key)) for key in ("name", "signatory")]
    for key in ("quality_assurance", "assessment", "participation", "renewal"):
        found.append((("scheme", key), scheme.get(key)))
    for name in (*_TITLED, "modules"):
        for position, item in _each(document, name):
            found += [((name, position, key), item.get(key)) for key in ("title", "description")]
            outcomes = _mapping(item.get("learning_outcomes"))
            found += [
                ((name, position, "learning_outcomes", kind), texts) for kind, texts in outcomes.items()
            ]
    for name in ("participation_forms", "assessment_types"):
        found += [((name, key), texts) for key, texts in _mapping(document.get(name)).items()]
    yield from ((path, texts) for path, texts in found if isinstance(texts, dict))


def _aliases(document: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for position, role in _each(document, "roles"):
        yield ("roles", position, "aliases"), _mapping(role.get("aliases"))


def _leaves(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves((*path, str(key)), item)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _leaves((*path, position), item)
    else:
        yield path, value


def _is_hidden(character: str) -> bool:
    """Control characters, separators and surrogates, and those that turn the direction of reading (UAX #9, 2)."""
    return character in _BIDIRECTIONAL_CONTROLS or unicodedata.category(character) in {
        "Cc",
        "Zl",
        "Zp",
        "Cs",
        "Cn",
        "Co",
    }
