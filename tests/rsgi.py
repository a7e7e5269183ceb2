"""Requests in Granian's own interface, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Lines:
    """Header lines, their names in small letters."""

    def __init__(self, lines: Iterable[tuple[str, str]]) -> None:
        self._lines = [(name.lower(), value) for name, value in lines]

    def __contains__(self, key: str) -> bool:
        return any(name == key for name, _ in self._lines)

    def get(self, key: str, default: str | None = None) -> str | None:
        return next((value for name, value in self._lines if name == key), default)

    def get_all(self, key: str) -> list[str]:
        return [value for name, value in self._lines if name == key]

    def items(self) -> list[tuple[str, str]]:
        return list(self._lines)


@dataclass
class Asked:
    """A scope."""

    method: str = "GET"
    path: str = "/"
    query_string: str = ""
    lines: Iterable[tuple[str, str]] = ()
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "127.0.0.1:1234"
    scheme: str = "http"
    authority: str | None = None

    @property
    def headers(self) -> Lines:
        return Lines(self.lines)


@dataclass
class Answered:
    """A protocol that notes what it is told, and reads a body from parts."""

    parts: list[bytes] = field(default_factory=list)
    gone_after: int = 1_000
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def __aiter__(self) -> Answered:
        return self

    async def __anext__(self) -> bytes:
        if not self.parts:
            raise StopAsyncIteration
        return self.parts.pop(0)

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, headers

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.sent = status, headers, [body]

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Answered:
        self.status, self.headers = status, headers
        return self

    async def send_bytes(self, data: bytes) -> None:
        if len(self.sent) >= self.gone_after:
            raise RuntimeError("nobody is there")
        self.sent.append(data)


def ask_front(front: Any, method: str, path: str, query: str, headers: Mapping[str, str]) -> Answered:
    """Return the answer of an RSGI application."""
    answered = Answered()
    asyncio.run(front.__rsgi__(Asked(method, path, query, headers.items()), answered))
    return answered
