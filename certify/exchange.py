"""One HTTP exchange with a server that may be slow, silent, endless or hostile: bounded in time and in size."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

_OK = 200
_RETRIED = {429, 500, 502, 503, 504}


class NoAnswer(Exception):
    """The server did not answer well; ``again`` where another try may help, ``status`` where it answered at all."""

    def __init__(self, reason: str, *, again: bool, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.status = status


def exchange(
    url: str,
    *,
    seconds: float,
    limit_bytes: int,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    elsewhere: bool = False,
) -> bytes:
    """Return the body of the answer to a POST, or to a GET where there is nothing to send.

    No redirect is followed, no cookie kept, no proxy asked: the answer is from this address or there is none.

    Args:
        seconds: For all of it, from connecting to the last byte, however the bytes drip.
        elsewhere: Ask no address of this machine or its own link, whatever its name, where others name the address.

    Raises:
        NoAnswer: No answer of status 200 and at most ``limit_bytes`` within that time.
    """
    parts = urlsplit(url)
    until = time.monotonic() + seconds
    try:
        with _Connection(url, seconds, elsewhere=elsewhere) as connection:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if body is None else "POST", path, body, dict(headers or {}))
            answer = connection.getresponse()
            if answer.status != _OK:
                raise NoAnswer(
                    f"It answered with status {answer.status}.",
                    again=answer.status in _RETRIED,
                    status=answer.status,
                )
            data = answer.read(limit_bytes + 1)
            if len(data) <= limit_bytes and (answer.length or time.monotonic() >= until):
                raise NoAnswer("Its answer broke off, or did not end in time.", again=True)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= until
        reason = "It did not answer in time." if late else f"It could not be asked: {type(error).__name__}."
        raise NoAnswer(reason, again=True) from error
    if len(data) > limit_bytes:
        raise NoAnswer(f"Its answer is larger than {limit_bytes:,} bytes.", again=False)
    return data


class _Connection:
    """A connection that is cut when its time is over, whatever it waits for then.

    A timeout of a socket starts anew with each byte that drips in, so a timer shuts the connection down. It
    holds a copy of the socket, because TLS takes the first one over, and http.client lets go of the second.
    """

    def __init__(self, url: str, seconds: float, *, elsewhere: bool) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        began = time.monotonic()
        plain = socket.create_connection((host, port), timeout=seconds)
        if elsewhere and _is_here(plain.getpeername()[0]):
            plain.close()
            raise NoAnswer("Its address is one of this machine.", again=False)
        self._copy = plain.dup()
        left = max(seconds - (time.monotonic() - began), 0.0)
        self._timer = threading.Timer(left, self._cut)
        self._timer.daemon = True
        self._timer.start()
        self._http = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(host, port)
        try:
            self._http.sock = (
                ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
            )
        except (OSError, ValueError):
            plain.close()
            self._close()
            raise

    def __enter__(self) -> http.client.HTTPConnection:
        return self._http

    def __exit__(self, *_: object) -> None:
        self._close()

    def _cut(self) -> None:
        with suppress(OSError):
            self._copy.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        self._timer.cancel()
        self._http.close()
        self._copy.close()


def _is_here(address: str) -> bool:
    """Tell whether an address that a connection has is this machine's or its link's, where services of clouds listen."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    real = getattr(parsed, "ipv4_mapped", None) or parsed
    return bool(real.is_loopback or real.is_link_local or real.is_unspecified)
