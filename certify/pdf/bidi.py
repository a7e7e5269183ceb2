"""The order in which letters stand on a line (UAX #9), for texts without marks of direction, which nobody may enter.

Such a text has one isolating run (X10), so that the rules are walked once, over the whole line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_STRONG = {"L": "L", "R": "R", "AL": "R"}
_NUMBERS = {"EN", "AN"}
_NEUTRAL = {"B", "S", "WS", "ON", "ES", "ET", "CS"}
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}


def runs_right_to_left(text: str) -> bool:
    """Return whether a text's first letter of a direction says right to left (P2, P3)."""
    return next((kind != "L" for kind in map(unicodedata.bidirectional, text) if kind in _STRONG), False)


def levels(text: str, *, base: bool) -> list[int]:
    """Return each character's level, odd where it runs from right to left, on a line that does so as ``base`` says."""
    line = "R" if base else "L"
    kinds = _numbers(_letters(text, line), line)
    _brackets(text, kinds, line)
    _neutral(kinds, line)
    if base:
        found = [1 if kind == "R" else 2 for kind in kinds]
    else:
        found = [{"L": 0, "R": 1}.get(kind, 2) for kind in kinds]
    for at in range(len(text.rstrip()), len(text)):  # L1
        found[at] = int(base)
    return found


def seen(levels_of_runs: Sequence[int]) -> list[int]:
    """Return the places of runs as they are seen from left to right (L2)."""
    order = list(range(len(levels_of_runs)))
    for level in range(max(levels_of_runs, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels_of_runs[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order


def _letters(text: str, line: str) -> list[str]:
    """Return each character's kind; marks follow their letter, and numbers the letters before them (W1 to W3)."""
    kinds: list[str] = []
    strong, before = line, line
    for char in text:
        kind = unicodedata.bidirectional(char) or "L"
        now = before if kind in {"NSM", "BN"} else kind
        if now == "EN" and strong == "AL":
            now = "AN"
        elif now in _STRONG:
            strong = now
        before = now
        kinds.append(_STRONG.get(now, now))
    return kinds


def _numbers(kinds: list[str], line: str) -> list[str]:
    """Signs that belong to a number run with it, others are neutral (W4 to W7)."""
    for at in range(1, len(kinds) - 1):
        first, kind, last = kinds[at - 1 : at + 2]
        if first == last and ((kind == "CS" and first in _NUMBERS) or (kind == "ES" and first == "EN")):
            kinds[at] = first
    for places in (range(1, len(kinds)), range(len(kinds) - 2, -1, -1)):
        step = -places.step
        for at in places:
            if kinds[at] == "ET" and kinds[at + step] == "EN":
                kinds[at] = "EN"
    strong = line
    for at, kind in enumerate(kinds):
        if kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"
    return kinds


def _direction(kind: str) -> str:
    """Return a kind's direction where it has one: to neutrals a number is as a letter from right to left."""
    return "R" if kind in _NUMBERS else kind if kind in _STRONG else ""


def _brackets(text: str, kinds: list[str], line: str) -> None:
    """Both brackets of a pair run as what they enclose, or as what is before them (N0)."""
    opened: list[tuple[int, str]] = []
    pairs: list[tuple[int, int]] = []
    for at, char in enumerate(text):
        if char in _CLOSED_BY:
            opened.append((at, _CLOSED_BY[char]))
        elif any(char == closing for _, closing in opened):
            while opened:
                start, closing = opened.pop()
                if closing == char:
                    pairs.append((start, at))
                    break
    for start, end in sorted(pairs):
        inside = {_direction(kind) for kind in kinds[start + 1 : end]} - {""}
        if not inside:
            continue
        chosen = line
        if line not in inside:
            before = next((_direction(kind) for kind in reversed(kinds[:start]) if _direction(kind)), line)
            chosen = before if before in inside else line
        kinds[start] = kinds[end] = chosen


def _neutral(kinds: list[str], line: str) -> None:
    """What is neutral runs as what is on both sides of it, or as the line (N1, N2)."""
    at = 0
    while at < len(kinds):
        end = at
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        if end > at:
            before = _direction(kinds[at - 1]) if at else line
            after = _direction(kinds[end]) if end < len(kinds) else line
            kinds[at:end] = [before if before == after else line] * (end - at)
        at = end + 1
