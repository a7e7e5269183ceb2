"""``certify status-lists``: the status lists as files for a plain web host."""

from __future__ import annotations

from pathlib import Path

import click

from certify.cli.console import say, say_json
from certify.cli.installation import Installation, as_json, with_installation
from certify.status.files import write_files


@click.group("status-lists")
def status_lists() -> None:
    """The signed lists of what was suspended and revoked, which certificates name."""


@status_lists.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@as_json
@with_installation
def write(installation: Installation, directory: Path, *, in_json: bool) -> None:
    """Write every list below DIRECTORY, at the path of its address below the public base.

    Each file is replaced whole; one that is as it should be is left alone. The lists are good for a week: write
    them every day, and again after each suspension, reinstatement and revocation.
    """
    written = write_files(installation.services.status_lists.all(), directory)
    if in_json:
        say_json({"changed": written.changed, "unchanged": written.unchanged})
    else:
        say(
            f"{written.changed} files written, {written.unchanged} were as they should be: {directory}/status/"
        )
