"""What a request asks for and an application answers, as far as answers below Flask are told by it (PEP 3333)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import WSGIEnvironment

Key = tuple[str, str, str, str]
"""Path, query, and the headers Accept and Accept-Language: all that a kept answer depends on."""


MAY_BE_KEPT = "certify.may-be-kept"
"""Set in a request's environment by what makes an answer that is everybody's. No header becomes a key of this form."""

_ENTITY_TAG = re.compile('"[^"]*"')


class Recorded:
    """Stands where the server's ``start_response`` stands."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.exception: tuple[Any, ...] = ()

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        *exception: Any,  # noqa: ANN401 - what sys.exc_info returns (PEP 3333)
    ) -> Callable[[bytes], object]:
        """Take the place of the server's function."""
        self.status, self.headers, self.exception = status, list(headers), exception
        return _no_writing

    @staticmethod
    def whole(body: Iterable[bytes]) -> bytes:
        """Return a body as one piece, and close it."""
        try:
            return b"".join(body)
        finally:
            if hasattr(body, "close"):
                body.close()


def key_of(asked: WSGIEnvironment) -> Key:
    """Return what a request asks for."""
    return (
        asked["PATH_INFO"],
        asked.get("QUERY_STRING", ""),
        asked.get("HTTP_ACCEPT", ""),
        asked.get("HTTP_ACCEPT_LANGUAGE", ""),
    )


def validator(body: bytes) -> str:
    """Return the ETag of an answer with this body (RFC 9110, 8.8.3): the same in every process."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def has_copy(if_none_match: str, etag: str) -> bool:
    """Say whether the reader's copy is this one: in a list, as ``*``, and where a proxy that compresses made the ETag weak.

    Args:
        if_none_match: The header's value, all its lines as one (RFC 9110, 13.1.2).
        etag: Of ours, as `validator` returns it.
    """
    return if_none_match == etag or if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)


def _no_writing(_data: bytes) -> object:
    raise RuntimeError("Flask returns its bodies and never writes them")
