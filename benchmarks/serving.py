"""Two servers on loopback, a bare Flask hello and certify, and a client that costs them nothing.

Both run as ``certify serve`` does, with one worker, on one core; the client has another one where there is one.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from granian.constants import Interfaces

from certify.cli.server import server
from certify.web.front import THREADS

_CONNECTIONS = 8
_IN_FLIGHT = 8
"""Requests that wait on one connection (RFC 9112, 9.3.2), so that the server never waits for its client."""
_LONGEST_ANSWER = 100_000
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)

hello = Flask("hello")


@hello.get("/")
def greet() -> str:
    """Say hello, as the first page of Flask's documentation does."""
    return "<p>Hello, World!</p>"


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server: its port, and its processes."""

    port: int
    process: int

    def seconds_used(self) -> float:
        """Return the processor time of the server and its worker so far, in seconds."""
        used = 0
        for process in (self.process, *_children(self.process)):
            for thread in Path(f"/proc/{process}/task").iterdir():
                with suppress(FileNotFoundError, ProcessLookupError):  # a thread that just ended
                    used += int((thread / "schedstat").read_text().split()[0])
        return used / 1e9

    def ask(self, paths: Sequence[str], headers: Mapping[str, str], status: int) -> None:
        """Ask for each path once, over a few connections that stay open; every answer must have this status."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        asked = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode() for path in paths]
        expected = f"HTTP/1.1 {status} ".encode()
        batches = [asked[begin : begin + _IN_FLIGHT] for begin in range(0, len(asked), _IN_FLIGHT)]
        with _connections(self.port) as connections:
            for connection, batch in zip(connections, batches, strict=False):
                connection.socket.sendall(b"".join(batch))
            for number, batch in enumerate(batches):
                connection = connections[number % len(connections)]
                for request in batch:
                    answer = connection.read()
                    if not answer.startswith(expected):
                        raise RuntimeError(f"{request[:80]!r}: {answer[:200]!r}")
                # The next one at once, while the other connections' wait to be answered.
                for later in batches[number + len(connections) : number + len(connections) + 1]:
                    connection.socket.sendall(b"".join(later))


@contextmanager
def serving(
    application: str, interface: str, core: int | None, environment: Mapping[str, str]
) -> Iterator[Serving]:
    """Serve an application on a free port of this machine until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "benchmarks.serving",
        application,
        interface,
        str(port),
        "" if core is None else str(core),
    ]
    process = subprocess.Popen(  # noqa: S603 - this program
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield Serving(port, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


class _Connection:
    """A connection that stays open, and what was read of it and not looked at; answers are never copied as a whole."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(_IN_FLIGHT * _LONGEST_ANSWER)
        self._at, self._filled = 0, 0

    def read(self) -> bytes:
        """Return the head of the next answer; its body is read and dropped."""
        while (end := self._buffer.find(b"\r\n\r\n", self._at, self._filled)) < 0:
            self._more()
        head = bytes(self._buffer[self._at : end])
        found = _LENGTH.search(head)
        self._at = end + 4 + (int(found[1]) if found and b" 304 " not in head[:13] else 0)
        while self._filled < self._at:
            self._more()
        if self._at == self._filled:
            self._at = self._filled = 0
        return head

    def _more(self) -> None:
        count = self.socket.recv_into(memoryview(self._buffer)[self._filled :])
        if not count:
            raise RuntimeError("the server closed the connection, or answered at greater length")
        self._filled += count


@contextmanager
def _connections(port: int) -> Iterator[list[_Connection]]:
    opened = [_Connection(port) for _ in range(_CONNECTIONS)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.socket.close()


def _children(process: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        found += [int(item) for item in (thread / "children").read_text().split()]
    return found


if __name__ == "__main__":
    APPLICATION, INTERFACE, PORT, CORE = sys.argv[1:]
    if CORE:
        os.sched_setaffinity(0, {int(CORE)})
    # A Flask application is served as WSGI, with as many threads as certify has for what Flask answers.
    wsgi = (Interfaces.WSGI, THREADS) if INTERFACE == "wsgi" else ()
    server(APPLICATION, "127.0.0.1", int(PORT), 1, *wsgi).serve()
