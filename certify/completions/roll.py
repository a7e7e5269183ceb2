"""Finds the people of a class in pasted lines: references, addresses and names, as lists and sign-up sheets have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from certify.people.model import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCall:
    """Who was found, in the order of the lines, and the lines that name nobody or more than one."""

    found: tuple[str, ...]
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]


def call_roll(lines: Iterable[str], people: Sequence[Candidate]) -> RollCall:
    """Find each line's person: the whole line first, then its parts between tabs, semicolons and commas."""
    known: dict[str, set[str]] = {}
    for person in people:
        name = person.name
        for text in (person.reference, person.email or "", name.native, name.latin, name.printed):
            if folded := _folded(text):
                known.setdefault(folded, set()).add(person.id)
                # "Ли, Ана" and "Ли Ана" are the same person as "Ана Ли".
                known.setdefault(_turned(folded), set()).add(person.id)
    found: dict[str, None] = {}
    unknown: list[str] = []
    ambiguous: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        matches = _matches(line, known)
        if len(matches) == 1:
            found[matches.pop()] = None
        else:
            (ambiguous if matches else unknown).append(line.strip())
    return RollCall(found=tuple(found), unknown=tuple(unknown), ambiguous=tuple(ambiguous))


def _matches(line: str, known: dict[str, set[str]]) -> set[str]:
    whole = known.get(_turned(_folded(line.replace(",", " "))), set()) | known.get(_folded(line), set())
    if whole:
        return set(whole)
    parts = line.replace(";", "\t").replace(",", "\t").replace("<", "\t").replace(">", "\t").split("\t")
    several = [known[_folded(part)] for part in parts if _folded(part) in known]
    # An address beside a name that two people have says which of them it is.
    return set.intersection(*several) or set.union(*several) if several else set()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _turned(folded: str) -> str:
    return " ".join(sorted(folded.split()))
