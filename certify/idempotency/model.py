"""Idempotency keys and kept answers, as plain values (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from certify.errors import InvalidInput

_KEY = re.compile(r"[!#-\[\]-~]{1,200}")
"""Visible ASCII without quotation marks and backslashes, which a structured string would have to escape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer as it was given. A bearer of the same key gets it again, byte for byte."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """What became of a request that carried a key.

    Attributes:
        caller_id: The user who sent it; keys of different users never meet.
        fingerprint: SHA-256 of what was asked for.
        claim: Names the one attempt that may do the deed; another attempt has another.
        busy_until: Until then the attempt is taken to be running; afterwards it is given up for dead.
        done_at: When the deed was committed, in the same transaction as the deed.
        answer: What was answered; None while the attempt runs, and for ever where it died.
        forget_at: From then on the key is as if it had never been used.
    """

    caller_id: str
    key: str
    fingerprint: str
    claim: str
    busy_until: datetime
    done_at: datetime | None
    answer: KeptAnswer | None
    forget_at: datetime


def parse_key(text: str) -> str:
    """Read the header: a quoted string (RFC 9651, 3.3.3) as the draft asks, or the same without quotes.

    Raises:
        InvalidInput: It is neither.
    """
    key = text.strip()
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "An idempotency key has 1 to 200 visible ASCII characters.",
            where="Idempotency-Key",
            fix='draw a random one for each deed, like "8e03978e-40d5-43dd-bc93-6894a57f9324"',
        )
    return key
