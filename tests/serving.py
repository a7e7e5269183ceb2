"""Real server processes of an installation, and questions to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import MappingProxyType

from installation import Installation

CERTIFY = Path(sys.executable).with_name("certify")


@contextmanager
def served(
    place: Installation,
    url: str,
    folder: Path,
    port: int,
    workers: int = 2,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[None]:
    """Run ``certify serve`` on an installation in ``folder`` until the block ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    environment |= {
        "CERTIFY_DATABASE_URL": url,
        "CERTIFY_PUBLIC_BASE": place.services.settings.public_base,
        "CERTIFY_KEY_DIRECTORY": str(folder / "keys"),
        "CERTIFY_FILE_DIRECTORY": str(folder / "files"),
        "CERTIFY_KEY_PASSPHRASE_FILE": str(folder / "passphrase"),
        "CERTIFY_CHECKED_FILE": str(folder / "checked.db"),
        "CERTIFY_REQUIRE_SECOND_FACTOR": "no",
    }
    environment |= more
    with (folder / f"serve-{port}.log").open("wb") as log:
        server = subprocess.Popen(
            [CERTIFY, "serve", "--port", str(port), "--workers", str(workers)],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                ask(port, "/health")
                break
            except OSError:
                assert time.monotonic() < deadline, (folder / f"serve-{port}.log").read_text()
                time.sleep(0.1)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Return status and body of one answer, over a connection of its own."""
    answer, body = ask_for(port, path, **headers)
    return answer.status, body.decode()


def ask_for(port: int, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    """Return one answer, whose headers can be read, and its body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()
