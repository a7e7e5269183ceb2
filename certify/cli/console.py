"""What commands print. Text that comes from data can never steer the terminal that shows it."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click

from certify.errors import CertifyError, FrameworkInvalid

_JOINERS = "\u200c\u200d"
"""Spelling in some scripts; every other formatting character could disguise or reorder what is read."""


def printable(text: str) -> str:
    """Return ``text`` with every control, formatting and separator character but joiners made visible.

    An escape sequence in a name or file name could otherwise clear the screen or print a verdict of its own.
    """
    return "".join(
        character
        if character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else f"<U+{ord(character):04X}>"
        for character in text
    )


def say(*lines: str, err: bool = False) -> None:
    """Print each line by itself, made harmless."""
    for line in lines:
        click.echo(printable(line), err=err)


def say_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print JSON in ASCII: control and bidirectional characters are escaped by its own rules."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True))


def say_error(error: CertifyError) -> None:
    """Print an error as ``certify: where: message (fix)``; every problem of a framework file by itself."""
    if isinstance(error, FrameworkInvalid) and error.problems:
        say(*(f"certify: {problem}" for problem in error.problems), err=True)
    else:
        say(f"certify: {error}", err=True)


def say_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns as wide as their longest cell."""
    cells = [[printable(cell) for cell in row] for row in (header, *rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _width(text: str) -> int:
    """Return how many columns a terminal gives a text: none for marks and joiners, two for wide letters."""
    return sum(
        0
        if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}
        else 1 + (unicodedata.east_asian_width(character) in {"W", "F"})
        for character in text
    )


def show_anything() -> None:
    """Let a terminal that cannot show a letter show its code instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
