"""A JSON document with one thing changed: every leaf in turn, every member and item left out, one added anywhere."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]
Changed = Iterator[tuple[str, dict[str, Any]]]


def places(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value in a document with its path, the document itself included."""
    yield path, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*path, key))


def leaves(document: object) -> Iterator[tuple[Path, object]]:
    return ((path, value) for path, value in places(document) if not isinstance(value, dict | list))


def leaf_changed(document: dict[str, Any]) -> Changed:
    """Each leaf as another value of its own type; a text stays as like itself as can be."""
    for path, _ in leaves(document):
        yield (
            f"{_said(path)} changed",
            _with(document, path, lambda at, key: at.__setitem__(key, _other(at[key]))),
        )


def part_removed(document: dict[str, Any]) -> Changed:
    """Each member and each item left out."""
    for path, _ in places(document):
        if path:
            yield f"{_said(path)} removed", _with(document, path, lambda at, key: at.__delitem__(key))


def part_added(document: dict[str, Any], member: str, value: object) -> Changed:
    """One more member in each object that does not have it, and each list's last item once more."""
    for path, found in places(document):
        if isinstance(found, dict) and member not in found:
            yield (
                f"{_said((*path, member))} added",
                _at(document, path, lambda at: at.__setitem__(member, value)),
            )
        elif isinstance(found, list):
            yield (
                f"{_said(path)} has its last twice",
                _at(document, path, lambda at: at.append(copy.deepcopy(at[-1]))),
            )


def leaf_retyped(document: dict[str, Any]) -> Changed:
    """Each leaf as what JSON-LD may read as the same statement: a number as text, a text as a list of it."""
    for path, value in leaves(document):
        if isinstance(value, str):
            other: object = [value]
        else:
            other = str(value).lower() if isinstance(value, bool) else str(value)
        yield (
            f"{_said(path)} retyped",
            _with(document, path, lambda at, key, other=other: at.__setitem__(key, other)),
        )


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    assert isinstance(value, str)
    # The last letter or digit, so that an address, a day or a number keeps its form.
    at = max(position for position, symbol in enumerate(value) if symbol.isalnum() or position == 0)
    old = value[at]
    new = str((int(old) + 1) % 10) if old.isdecimal() else {"z": "y", "Z": "Y"}.get(old, chr(ord(old) + 1))
    return value[:at] + new + value[at + 1 :]


def _with(document: dict[str, Any], path: Path, change: Callable[[Any, Any], None]) -> dict[str, Any]:
    return _at(document, path[:-1], lambda at: change(at, path[-1]))


def _at(document: dict[str, Any], path: Path, change: Callable[[Any], None]) -> dict[str, Any]:
    made = copy.deepcopy(document)
    at: Any = made
    for key in path:
        at = at[key]
    change(at)
    return made


def _said(path: Path) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
