"""``certify jobs``: what waits to be issued in the background, and a worker for it."""

from __future__ import annotations

import time

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, as_json, with_installation
from certify.clock import iso
from certify.jobs.model import ItemState

_SHOWN = 20


@click.group()
def jobs() -> None:
    """Certificates that are issued in the background. The website's own processes do it too."""


@jobs.command()
@click.option("--keep-on", is_flag=True, help="Wait for more, until stopped with Ctrl-C.")
@click.option(
    "--every",
    "seconds",
    type=click.IntRange(1, 3600),
    default=5,
    show_default=True,
    help="With --keep-on: seconds between two looks.",
)
@with_installation
def run(installation: Installation, seconds: int, *, keep_on: bool) -> None:
    """Do every job that waits. Several may run at once, on several machines: none does another's job."""
    worker = installation.services.worker
    done = worker.run_waiting()
    say(f"Jobs done: {done}.")
    while keep_on:
        time.sleep(seconds)
        if done := worker.run_waiting():
            say(f"Jobs done: {done}.")


@jobs.command("list")
@as_json
@with_installation
def list_them(installation: Installation, *, in_json: bool) -> None:
    """List the jobs asked for last, with how many of their certificates are issued or failed."""
    with installation.services.database.reading() as unit:
        found = [(job, unit.jobs.items(job.id)) for job in unit.jobs.last(_SHOWN)]
    rows = [
        {
            "id": job.id,
            "state": job.state.value,
            "requested_at": iso(job.requested_at),
            "certificates": len(items),
            "issued": sum(item.state is ItemState.DONE for item in items),
            "failed": sum(item.state is ItemState.FAILED for item in items),
        }
        for job, items in found
    ]
    if in_json:
        say_json(rows)
    else:
        say_table(
            ("job", "state", "asked at", "certificates", "issued", "failed"),
            [tuple(str(value) for value in row.values()) for row in rows],
        )
