"""One HTTP exchange with a server that may be slow, silent, endless or hostile: bounded in time and in size."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

_OK = 200
_RETRIED = {429, 500, 502, 503, 504}


class NoAnswer(Exception):
    """The server did not answer well; ``again`` where another try may help."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


def exchange(
    url: str,
    *,
    seconds: float,
    limit_bytes: int,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return the body of the answer to a POST, or to a GET where there is nothing to send.

    No redirect is followed, no cookie kept, no proxy asked: the answer is from this address or there is none.

    Args:
        seconds: For all of it, from connecting to the last byte, however the bytes drip.

    Raises:
        NoAnswer: No answer of status 200 and at most ``limit_bytes`` within that time.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    until = time.monotonic() + seconds
    # A timeout of the socket starts anew with each byte, so this ends the exchange whatever it waits for.
    watchdog = threading.Timer(seconds, _hang_up, (connection,))
    watchdog.daemon = True
    watchdog.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "GET" if body is None else "POST", path, body, {"Connection": "close", **(headers or {})}
        )
        answer = connection.getresponse()
        if answer.status != _OK:
            raise NoAnswer(f"It answered with status {answer.status}.", again=answer.status in _RETRIED)
        data = answer.read(limit_bytes + 1)
        if len(data) <= limit_bytes and (answer.length or time.monotonic() >= until):
            raise NoAnswer("Its answer broke off, or did not end in time.", again=True)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= until
        reason = "It did not answer in time." if late else f"It could not be asked: {type(error).__name__}."
        raise NoAnswer(reason, again=True) from error
    finally:
        watchdog.cancel()
        connection.close()
    if len(data) > limit_bytes:
        raise NoAnswer(f"Its answer is larger than {limit_bytes:,} bytes.", again=False)
    return data


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
