"""The link that stops letters of a kind: signed, good without an account, and saying nothing about its reader."""

from __future__ import annotations

import hashlib
import hmac

from certify.errors import InvalidIdentifier, NotFound
from certify.identifiers import encode_identifier, parse_identifier

_LABEL = b"certify stop letters 1"


def stop_token(key: bytes, letter_id: str) -> str:
    """Return the link's last part: the letter's random id and a signature over it."""
    return letter_id + _signature(key, letter_id)


def letter_of(key: bytes, token: str) -> str:
    """Return the letter's id.

    Raises:
        NotFound: The link was cut short, changed, or signed with another key.
    """
    half = len(token) // 2
    try:
        letter_id, given = parse_identifier(token[:half]), parse_identifier(token[half:])
    except InvalidIdentifier as error:
        raise NotFound("This link is not complete.", fix="copy the whole address") from error
    if not hmac.compare_digest(given, _signature(key, letter_id)):
        raise NotFound("This link is not one of ours.", fix="open the one in the letter")
    return letter_id


def _signature(key: bytes, letter_id: str) -> str:
    return encode_identifier(hmac.new(key, _LABEL + letter_id.encode(), hashlib.sha256).digest()[:16])
