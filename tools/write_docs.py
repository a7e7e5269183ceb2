"""Write the reference pages that are made from the program: docs/errors.md and docs/commands.md.

Usage: python tools/write_docs.py [--check]
With --check nothing is written, and status 1 says that a page is not what the program says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from certify.cli import main
from certify.web import problems

DOCS = Path(__file__).parents[1] / "docs"
_HEAD = """\
# Commands

Every command as `certify COMMAND --help` explains it. Settings come from the environment ([settings](settings.md)).
This file is written by `make docs`.
"""


def commands() -> str:
    """Return ``docs/commands.md``."""
    return "\n".join([_HEAD, *_described(main, "certify", None)])


def _described(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=name.rsplit(" ", 1)[-1], parent=parent, terminal_width=100)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                yield from _described(found, f"{name} {child}", context)
    else:
        yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"


PAGES = {"errors.md": problems.documentation, "commands.md": commands}


def run(arguments: list[str]) -> int:
    """Write or check every page; return the exit status."""
    stale = [
        name
        for name, page in PAGES.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text("utf-8") != page()
    ]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/{name} is not what the program says; run: make docs", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(PAGES[name](), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
