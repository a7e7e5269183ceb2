"""Texts with slots, compiled from a text in which marks stand for what varies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Any

from certify.errors import CertifyError

# A mark is found again in the compiled text, so it is long and random-looking: no award holds it by chance, and
# `check_unmarked` refuses one that holds it on purpose.
_SEED = "3f1c9a52b7d84e06"


def mark(position: int) -> str:
    """Return the mark of a slot: letters and digits only, so that no syntax ever escapes it."""
    return f"m{_SEED}x{position:03d}z"


def number_mark(position: int) -> int:
    """Return the mark of a slot that holds a number."""
    return int(f"9{int(_SEED, 16)}{position:03d}9")


def check_unmarked(texts: Sequence[str]) -> None:
    """Refuse texts that hold what looks like a mark.

    Raises:
        CertifyError: One does; nothing that this system stores does so by chance.
    """
    if any(_SEED in text or str(int(_SEED, 16)) in text for text in texts):
        raise CertifyError("holds a text that this system keeps for itself.", where="award")


@dataclass(frozen=True, slots=True, eq=False)
class SlottedText:
    """A text in UTF-8 that is filled in one step; ``fill`` takes the values of all slots, in their common order."""

    _format: bytes
    _pick: Callable[[Sequence[bytes]], tuple[bytes, ...]]

    def fill(self, values: Sequence[bytes]) -> bytes:
        """Return the text with each slot's value in its places."""
        return self._format % self._pick(values)


def slotted(text: str, marks: Mapping[str, int]) -> SlottedText:
    """Compile a text; ``marks`` gives the position of each mark's value.

    Raises:
        CertifyError: No mark is in the text.
    """
    places = sorted((at, found) for found in marks for at in _all(text, found))
    pieces, end = [], 0
    for at, found in places:
        pieces.append(text[end:at].replace("%", "%%"))
        end = at + len(found)
    pieces.append(text[end:].replace("%", "%%"))
    order = [marks[found] for _, found in places]
    if not order:
        raise CertifyError("has nothing that varies.", where="template")
    pick: Callable[[Sequence[bytes]], Any] = itemgetter(*order)
    only = order[0]
    return SlottedText(
        "%b".join(pieces).encode("utf-8"), pick if len(order) > 1 else lambda values: (values[only],)
    )


def _all(text: str, found: str) -> list[int]:
    places, at = [], text.find(found)
    while at >= 0:
        places.append(at)
        at = text.find(found, at + 1)
    return places


@dataclass(frozen=True, slots=True, eq=False)
class SlottedHash:
    """The SHA-256 of a slotted text whose constant beginning is hashed once."""

    _begun: Any  # hashlib's hash object: its class has no public name
    _rest: SlottedText

    def fill(self, values: Sequence[bytes]) -> bytes:
        """Return the digest of the filled text."""
        state = self._begun.copy()
        state.update(self._rest.fill(values))
        digest: bytes = state.digest()
        return digest


def slotted_hash(lines: str, marks: Mapping[str, int]) -> SlottedHash:
    """Compile canonical N-Quads, whose lines stay sorted whatever the slots hold.

    Raises:
        CertifyError: The order of two lines would depend on a value.
    """
    _check_order(lines, marks)
    first = min(at for found in marks for at in _all(lines, found))
    constant = lines.rfind("\n", 0, first) + 1
    return SlottedHash(hashlib.sha256(lines[:constant].encode("utf-8")), slotted(lines[constant:], marks))


def _check_order(lines: str, marks: Mapping[str, int]) -> None:
    """Lines are compared up to where they first differ; if no slot stands there, no value moves them.

    Slots before that place are the same in both lines, so they hold the same value.
    """
    # A surrogate stands for each slot: no text that can be written as UTF-8 has one.
    slot_of = {found: chr(0xD800 + position) for found, position in marks.items()}
    for found, slot in slot_of.items():
        lines = lines.replace(found, slot)
    split = lines.split("\n")[:-1]
    slots = set(slot_of.values())
    for one, next_one in pairwise(split):
        at = next(
            (at for at, pair in enumerate(zip(one, next_one, strict=False)) if pair[0] != pair[1]), len(one)
        )
        if {one[at : at + 1], next_one[at : at + 1]} & slots or one[at:] >= next_one[at:]:
            raise CertifyError("has lines whose order depends on what varies.", where="template")
