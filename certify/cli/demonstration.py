"""``certify demo``: the main job on shipped records, in a folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from certify.cli.console import say
from certify.clock import system_clock
from certify.demo.run import Progress, run_demo


@click.command()
@click.option(
    "--into",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="An empty or new folder, or one that certify demo made: what it made there is made anew.",
)
@click.option(
    "--public-base",
    metavar="ADDRESS",
    default="http://localhost:8000",
    show_default=True,
    help="Address that QR codes lead to.",
)
def demo(into: Path, public_base: str) -> None:
    """Run the main job: from a cohort's records to certificates that a scan verifies."""
    run_demo(into, public_base, system_clock, say, _progress)


def _progress(label: str, length: int) -> Progress:
    """Return a progress bar; where nobody watches, only the label is printed."""
    return click.progressbar(length=length, label=label, file=sys.stdout, show_eta=False)
