"""The line to an organisation's identity provider: which addresses are asked, how long, and for how much.

A provider that hangs must not take the others' sign-in with it, so only a few are asked at once in one process.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote_plus, urlencode

from certify.errors import ProviderRefused, ProviderUnavailable
from certify.exchange import NoAnswer, exchange
from certify.signin.addresses import check_address

SECONDS = 5.0
MOST_BYTES = 500_000
AT_ONCE = 8
LINE_SECONDS = 2.0
"""How long a question waits until it is one of those."""

_REFUSALS = range(400, 500)


class HttpProviderWire:
    """Meets the port `ProviderWire`."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lines = BoundedSemaphore(AT_ONCE)

    def get(self, url: str, *, local: bool, bearer: str = "") -> dict[str, Any]:
        """See `certify.ports.signin.ProviderWire`."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self._asked(url, None, headers, local=local)

    def post(
        self, url: str, form: Mapping[str, str], *, local: bool, basic: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        """See `certify.ports.signin.ProviderWire`."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if basic:
            # RFC 6749, 2.3.1: each half is form-encoded before the two are joined.
            pair = ":".join(quote_plus(half) for half in basic)
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        return self._asked(url, urlencode(form).encode("ascii"), headers, local=local)

    def _asked(
        self, url: str, body: bytes | None, headers: Mapping[str, str], *, local: bool
    ) -> dict[str, Any]:
        check_address(url, local=local)
        if not self._lines.acquire(timeout=LINE_SECONDS):
            raise _unavailable("Too many wait for a provider just now.")
        try:
            answer = exchange(
                url,
                seconds=self._seconds,
                limit_bytes=MOST_BYTES,
                body=body,
                headers={"Accept": "application/json", **headers},
                elsewhere=not local,
            )
        except NoAnswer as error:
            if error.status in _REFUSALS:
                raise ProviderRefused(
                    f"The provider refused a question of ours with status {error.status}.",
                    fix="the administrator looks at the client and its secret",
                ) from error
            raise _unavailable(f"The provider does not answer as it should: {error.reason}") from error
        finally:
            self._lines.release()
        try:
            read = json.loads(answer)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise ProviderRefused("The provider's answer is no JSON object.")
        return read


def _unavailable(why: str) -> ProviderUnavailable:
    return ProviderUnavailable(why, fix="try again in a minute, or sign in another way")
