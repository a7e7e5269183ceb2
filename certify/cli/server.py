"""``certify serve`` and ``certify db``: run the web application, keep its schema."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import nullcontext, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click
from granian import Granian, loops
from granian.constants import Interfaces
from granian.server.common import AbstractServer

from certify.cli.console import say
from certify.cli.eager import make_loop
from certify.cli.installation import Installation, with_installation
from certify.cli.setup import prepare, waits
from certify.demo.folder import read_environment
from certify.errors import CertifyError
from certify.files import in_use
from certify.setup.service import new_code

_MOST_CONNECTIONS = 128
"""Of one worker; more wait to be accepted."""
_LAST_SECONDS = 30
"""How long a worker that is stopped may take to end what it is answering."""


def _numeric(_context: click.Context, _option: click.Parameter, host: str) -> str:
    """Return an address in numbers, the only ones that the server below takes."""
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise click.BadParameter("an address in numbers is needed, such as 127.0.0.1 or 0.0.0.0.") from error


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, callback=_numeric, help="Address to listen on."
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Server processes.")
@click.option(
    "--demo",
    "demo_folder",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    help="Serve a folder made by certify demo, with its own settings.",
)
@with_installation
def serve(installation: Installation, host: str, port: int, workers: int, demo_folder: Path | None) -> None:
    """Serve the pages and the API until stopped."""
    if demo_folder is not None:
        # Workers are processes of their own: they learn their settings from the environment.
        os.environ.update(read_environment(demo_folder))
    _warn_of_unknown(installation)
    # First of all: a code that is printed voids the one of a server that runs already.
    _require_free(host, port)
    prepare(installation)
    services = installation.services
    code = new_code(services.database, services.clock) if waits(installation) else ""
    services.database.close()
    shown = f"[{host}]" if ":" in host else host
    say(
        f"certify serves http://{shown}:{port}/ and writes {installation.settings.public_base}/v/ into QR codes."
    )
    if demo_folder is not None:
        say(f"Sign-ins are in {demo_folder / 'README.txt'}.")
    if code:
        # Until there are keys, each process would have its own key for forms.
        workers = 1
        say("", f"Nobody has an account yet. Open http://{shown}:{port}/setup and type this code:", "")
        say(f"    {code}", "")
    say("Stop it with Ctrl-C.")
    os.register_at_fork(after_in_child=_can_be_stopped)
    # A demonstration that is made anew meanwhile would leave the server with files that are gone.
    with in_use(demo_folder) if demo_folder is not None else nullcontext():
        server("certify.web.rsgi:front", host, port, workers).serve()


def _warn_of_unknown(installation: Installation) -> None:
    """Name in one line what looks like a setting and is none, as ``certify doctor`` finds it; a value may be a secret."""
    named = [
        f"{name} (did you mean {meant}?)" if meant else name
        for name, meant in installation.unknown_variables.items()
    ]
    if named:
        say(f"certify: no settings, so nothing reads them: {', '.join(named)}", err=True)


def _require_free(host: str, port: int) -> None:
    """Raise CertifyError where nobody, or somebody else, can listen.

    The server below would share the port with another one of its kind: each would get a part of the requests.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CertifyError(
                f"cannot be listened on: {error.strerror}.",
                where=f"{host} port {port}",
                fix="stop what listens there, or choose another --port or --host",
            ) from error


def server(
    application: str,
    host: str,
    port: int,
    workers: int,
    interface: Interfaces = Interfaces.RSGI,
    threads: int = 1,
) -> AbstractServer[Any]:
    """Return the server of an application, ``module:name``: the benchmark's Flask application has the same, as WSGI.

    Args:
        threads: That call the application. Of RSGI there can be one; `certify.web.front` has its own behind it.
    """
    loops.register("auto")(make_loop)
    _work_in_batches()
    return Granian(
        application,
        address=host,
        port=port,
        interface=interface,
        workers=workers,
        blocking_threads=threads,
        backpressure=_MOST_CONNECTIONS,
        workers_kill_timeout=_LAST_SECONDS,
        # One that is killed, for want of memory say, must not end the others; one that cannot start still ends all.
        respawn_failed_workers=True,
        websockets=False,
        log_access=False,
    )


def _work_in_batches() -> None:
    """Let no thread of a worker interrupt another that it wakes.

    A worker's two threads, that of the network and that of the answers, wake each other for each request. Scheduled as usual, the
    one that is woken takes the core at once; like this, several are taken in, and several answered, before they change places.
    """
    # On Linux; processes and threads that are started later inherit it. Whoever chose another policy meant it.
    if hasattr(os, "SCHED_BATCH") and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with suppress(OSError):  # a container may forbid it, and all works without
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _can_be_stopped() -> None:
    """End a worker that is told to while it still loads: until it serves, it has the main process's handlers, which do nothing."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@click.group()
def db() -> None:
    """The database."""


@db.command()
@with_installation
def migrate(installation: Installation) -> None:
    """Bring the schema to this version's; doing it again changes nothing."""
    installation.unchecked.database.migrate()
    say("The database has this version's schema.")


@db.command()
@with_installation
def check(installation: Installation) -> None:
    """Say whether the database answers and has this version's schema."""
    installation.services.database.check()
    say("The database answers and has this version's schema.")
