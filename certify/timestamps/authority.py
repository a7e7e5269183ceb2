"""The timestamp authority of this installation: asked over HTTP (RFC 3161, 3.4), believed only as far as checked."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certify.clock import Clock
from certify.errors import FileUnreadable, TimestampUnavailable
from certify.exchange import NoAnswer, exchange
from certify.pades import timestamp
from certify.verification.timestamps import Distrusted, trusted_chain

ATTEMPTS = 3
REST_SECONDS = 30.0
"""After no answer at all, how long the authority is left alone, so that a batch does not wait for each file."""
_FIRST_PAUSE_SECONDS = 0.25
_MAX_ANSWER_BYTES = 64_000
_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


class TimestampAuthority:
    """Gets timestamps; meets the port `certify.ports.TimestampAuthority`.

    Args:
        url: Where it answers, http or https: its tokens are signed, so the way to it need not be trusted.
        anchors: The certificates that its chain must end in.
        clock: Says what now is; a token from the future is refused.
        wait_seconds: The most that one timestamp may take, all attempts together.
        pause: Waits between attempts.
    """

    def __init__(
        self,
        url: str,
        anchors: Sequence[x509.Certificate],
        clock: Clock,
        wait_seconds: float,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self._anchors = tuple(anchors)
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._pause = pause
        self._rests_until = 0.0

    def stamp(self, imprint: bytes) -> bytes:
        """Return a checked token over a SHA-256, in the form that files hold.

        Raises:
            TimestampUnavailable: The authority did not answer in time, refused, or answered with what is
                not a trusted token over this very imprint.
        """
        # 8 bytes with the highest bit clear and the next one set: a positive INTEGER in its shortest form.
        nonce = (secrets.randbits(62) | 1 << 62).to_bytes(8, "big")
        answer = self._ask(timestamp.request(imprint, nonce))
        try:
            token = timestamp.parse(timestamp.token_of(answer))
            if token.nonce != nonce:
                raise self._unavailable("It answered another request: the nonce differs.")
            chain = trusted_chain(token, imprint, self._anchors, self._clock())
        except FileUnreadable as error:
            raise self._unavailable(f"Its answer cannot be used. {error}") from error
        except Distrusted as error:
            raise self._unavailable(f"Its answer is not to be trusted. {error.reason}") from error
        between = [certificate.public_bytes(Encoding.DER) for certificate in chain[1:-1]]
        normal = timestamp.normal(token, between)
        if len(normal) > timestamp.TOKEN_ROOM_BYTES:
            raise self._unavailable(
                f"Its token takes {len(normal)} bytes and there is room for {timestamp.TOKEN_ROOM_BYTES}."
            )
        return normal

    def stamp_or_nothing(self, imprint: bytes) -> bytes:
        """Return a token as `stamp` does, or nothing where the authority gives none."""
        try:
            return self.stamp(imprint)
        except TimestampUnavailable:
            return b""

    def _ask(self, request: bytes) -> bytes:
        until = time.monotonic() + self._wait_seconds
        if time.monotonic() < self._rests_until:
            raise self._unavailable("It did not answer a moment ago.")
        reason = ""
        for attempt in range(ATTEMPTS):
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                return exchange(
                    self._url,
                    seconds=left / (ATTEMPTS - attempt),
                    limit_bytes=_MAX_ANSWER_BYTES,
                    body=request,
                    headers=_HEADERS,
                )
            except NoAnswer as error:
                reason = error.reason
                if not error.again:
                    raise self._unavailable(reason) from error
            if attempt + 1 < ATTEMPTS:
                self._pause(min(_FIRST_PAUSE_SECONDS * 2**attempt, max(until - time.monotonic(), 0)))
        self._rests_until = time.monotonic() + REST_SECONDS
        raise self._unavailable(reason)

    def _unavailable(self, reason: str) -> TimestampUnavailable:
        return TimestampUnavailable(
            f"The timestamp authority gave no timestamp. {reason}",
            where=self._url,
            fix="try again later; what is prepared is kept",
        )
