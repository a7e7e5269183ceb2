"""What `statement.js` does in the browser, in the same steps: is this statement the issuer's, and for this address?"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from certify.clock import utc_day
from certify.credential.model import PublishedKey
from certify.errors import InvalidInput
from certify.statement.address import external_aad, from_text
from certify.statement.cose import ACCEPTED, holds, kid_of, parse
from certify.statement.payload import Statement, decode_payload


class Refusal(StrEnum):
    """Why a statement is not believed; the page says each in words of its own."""

    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown-key"
    WRONG_ALGORITHM = "wrong-algorithm"
    ALTERED = "altered"
    RETIRED_KEY = "retired-key"


def verify_statement(certificate_id: str, text: str, keys: Iterable[PublishedKey]) -> Statement | Refusal:
    """Return what the issuer signed for this certificate, or why there is no such thing.

    1 read the text, strictly; 2 find the key that it names; 3 the algorithm must be one of that key's kind;
    4 the signature must hold over the payload and this certificate's id; 5 the key must have been in use on
    the day of issue. Whether the certificate still stands only the register knows.

    Args:
        text: What stands after ``#`` in the address.
        keys: Every key that the issuer ever published.

    Raises:
        InvalidIdentifier: The id is none.
    """
    aad = external_aad(certificate_id)
    try:
        signed = parse(from_text(text))
        statement = decode_payload(signed.payload)
    except InvalidInput:
        return Refusal.UNREADABLE
    key = next((key for key in keys if kid_of(key) == signed.kid), None)
    if key is None:
        return Refusal.UNKNOWN_KEY
    if signed.algorithm not in ACCEPTED[key.kind]:
        return Refusal.WRONG_ALGORITHM
    if not holds(signed, key, aad):
        return Refusal.ALTERED
    if key.retired_at is not None and statement.issued_on > utc_day(key.retired_at):
        return Refusal.RETIRED_KEY
    return statement
