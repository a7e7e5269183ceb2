"""What is wrong with a framework file, and where: a fault carries a key path, the file's marks give its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from certify.errors import FrameworkInvalid

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list positions from the top of the document to a value."""

SHOWN_IN_MESSAGE = 3
GIVE_A_FRAMEWORK = "give a framework file; docs/framework-format.md has an example to start from"
"""What to do about a file that is none at all."""
_QUOTED_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        path: Where in the document; empty for the document as a whole.
        message: What is wrong, as the rest of a sentence that begins with the path.
        fix: What to do about it.
        line: Line in the file where the path alone does not give it.
    """

    path: Path
    message: str
    fix: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from: its name, and for a file the line of every key and value."""

    name: str
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int | None:
        """Return the line of a path, or of the nearest part of the document around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None

    def sentence(self, fault: Fault) -> str:
        """Return ``file:line: key path: what is wrong (fix)``."""
        line = fault.line or self.line_of(fault.path)
        place = self.name if line is None else f"{self.name}:{line}"
        where = path_text(fault.path)
        return f"{place}: {where + ': ' if where else ''}{fault.message} ({fault.fix})"


def path_text(path: Path) -> str:
    """Write a path as a reader finds it, as ``roles[2].requires[7].level`` (positions count from 0)."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def quoted(value: object) -> str:
    """Write a value for a message: text in quotation marks, shortened, invisible characters as escapes."""
    if isinstance(value, str):
        short = value if len(value) <= _QUOTED_CHARACTERS else value[: _QUOTED_CHARACTERS - 1] + "…"
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)
        return f'"{shown}"'
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, Sequence) else str(value)[:_QUOTED_CHARACTERS]


def refuse(faults: Sequence[Fault], source: Source) -> FrameworkInvalid:
    """Return the error that lists every fault, in the order of the file."""
    ordered = sorted(
        set(faults), key=lambda fault: (fault.line or source.line_of(fault.path) or 0, str(fault.path))
    )
    problems = tuple(source.sentence(fault) for fault in ordered)
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    shown = "\n".join(f"  {problem}" for problem in problems[:SHOWN_IN_MESSAGE])
    more = len(problems) - SHOWN_IN_MESSAGE
    rest = f"\n  and {more} more" if more > 0 else ""
    return FrameworkInvalid(
        f"The framework has {count}:\n{shown}{rest}",
        problems=problems,
        where=source.name,
        fix="correct the file and run certify framework check again; docs/framework-format.md explains every key",
    )
