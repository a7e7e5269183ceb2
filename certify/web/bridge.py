"""Answers a request of Granian's own interface (RSGI) by a WSGI application (PEP 3333), in the calling thread."""

from __future__ import annotations

import asyncio
import io
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import suppress
from itertools import chain
from typing import Any
from typing import Protocol as Typed
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import ClientDisconnected

from certify.web.recorded import Recorded

_BARE = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_READ_BYTES = 65_536
_PART_SECONDS = 20
"""How long the next part of a body is waited for: whoever sends nothing holds a thread no longer."""
_BODY_SECONDS = 600
"""How long a whole body may take, however small its parts."""


class Headers(Typed):
    """A request's header lines, their names in small letters."""

    def __contains__(self, key: str) -> bool:
        """Say whether there is a line of this name."""

    def get(self, key: str, default: str | None = None) -> str | None:
        """Return the first value of a name."""

    def get_all(self, key: str) -> list[str]:
        """Return all values of a name."""

    def items(self) -> list[tuple[str, str]]:
        """Return all lines."""


class Scope(Typed):
    """What is asked, as Granian tells it; texts are decoded from UTF-8, the path from its percents too."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None

    @property
    def headers(self) -> Headers:
        """The header lines."""


class Stream(Typed):
    """An answer's body on its way."""

    def send_bytes(self, data: bytes) -> Awaitable[None]:
        """Send a part; awaiting it only tells whether anybody is still there."""


class Protocol(Typed):
    """The request's body, and where its answer goes."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the parts of the body."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Answer without a body."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer."""

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Stream:
        """Answer with a body that is not there yet."""


def answer(
    application: WSGIApplication, scope: Scope, protocol: Protocol, loop: asyncio.AbstractEventLoop
) -> None:
    """Let a WSGI application answer one request.

    Args:
        application: It may take its time: this is not the loop's thread.
        loop: The request's own loop, which runs in another thread.
    """
    told = Recorded()
    body = application(_environ(scope, protocol, loop), told.start_response)
    try:
        parts = iter(body)
        # An application may say its status as late as with the first part (PEP 3333).
        first = next(parts, b"")
        status = int(told.status[:3])
        if isinstance(body, list | tuple) or "content-length" in {name.lower() for name, _ in told.headers}:
            protocol.response_bytes(status, told.headers, b"".join((first, *parts)))
        else:
            _send(protocol.response_stream(status, told.headers), (first,), parts)
    finally:
        if hasattr(body, "close"):
            body.close()


def _send(stream: Stream, *bodies: Iterable[bytes]) -> None:
    for part in chain(*bodies):
        try:
            # It is sent when this returns; taking its one step tells whether anybody is still there.
            next(stream.send_bytes(part).__await__(), None)
        except RuntimeError:  # the server's word for it
            return


def _environ(scope: Scope, protocol: Protocol, loop: asyncio.AbstractEventLoop) -> WSGIEnvironment:
    server, _, port = scope.server.rpartition(":")
    headers = scope.headers
    asked: WSGIEnvironment = {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "Granian",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _as_wsgi(scope.path),
        "QUERY_STRING": _as_wsgi(scope.query_string),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BufferedReader(_Body(protocol, loop, headers), _READ_BYTES),
        # The body ends by itself, so one in chunks can be read to its end (werkzeug's word for it).
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if scope.authority and "host" not in headers:
        asked["HTTP_HOST"] = scope.authority  # HTTP/2 (RFC 9113, 8.3.1)
    for name, value in headers.items():
        if "_" in name:
            continue  # In the environment it would be the same as one with hyphens, which a proxy may vouch for.
        key = _BARE.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        between = ";" if key == "HTTP_COOKIE" else ","
        asked[key] = f"{asked[key]}{between}{value}" if key in asked else value
    return asked


def _as_wsgi(text: str) -> str:
    """Spell a text as PEP 3333 wants it: one character for each byte."""
    return text if text.isascii() else text.encode().decode("latin-1")


class _Body(io.RawIOBase):
    """A request's body, read from the loop part by part as it is asked for."""

    def __init__(self, protocol: Protocol, loop: asyncio.AbstractEventLoop, headers: Headers) -> None:
        self._protocol = protocol
        self._loop = loop
        length = headers.get("content-length", "")
        self._missing = int(length) if length and length.isdecimal() else 0
        self._chunked = "transfer-encoding" in headers
        self._parts: AsyncIterator[bytes] | None = None
        self._rest = b""
        self._ended = False
        self._until = time.monotonic() + _BODY_SECONDS

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        """Read as much as there is, up to the buffer's length; 0 at the end.

        Raises:
            ClientDisconnected: It ended before its end, nothing came for too long, or it takes too long in all.
        """
        while not (self._rest or self._ended):
            part = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            try:
                self._rest = part.result(min(_PART_SECONDS, max(self._until - time.monotonic(), 0)))
            except TimeoutError as error:
                part.cancel()
                raise ClientDisconnected from error
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    async def _next(self) -> bytes:
        if self._parts is None:
            self._parts = aiter(self._protocol)
        empty = 0
        with suppress(StopAsyncIteration):
            while True:
                part = await anext(self._parts)
                self._missing -= len(part)
                if part:
                    return part
                empty += 1
        self._ended = True
        # The server tells the end of a body by an empty part, and that it was cut off by another one before.
        if self._missing > 0 or (self._chunked and empty > 1):
            raise ClientDisconnected
        return b""
