"""What an administrator should know of each key: whether it works, until when, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509

from certify.errors import KeysMissing
from certify.keyring.store import KeyInfo, list_keys
from certify.pades.algorithms import Use

SIGNER_NEAR = timedelta(days=90)
AUTHORITY_NEAR = timedelta(days=730)
"""What the authority signs ends with it, so the next one has to be there years before."""


class KeyOutlook(StrEnum):
    """RETIRED signs no more and verifies for ever; the others say whether there is something to do."""

    GOOD = "good"
    ENDS_SOON = "ends-soon"
    ENDED = "ended"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """A key with its outlook.

    Attributes:
        ends_at: When its certificate ends; None for a key without one, which stands until it is retired.
    """

    key: KeyInfo
    ends_at: datetime | None
    outlook: KeyOutlook


def key_states(directory: Path, now: datetime) -> tuple[KeyState, ...]:
    """Return the state of every key ever made here, oldest first; needs no passphrase.

    Raises:
        KeysMissing: There is no key store, or a certificate of its index is missing.
    """
    return tuple(_state(directory, key, now) for key in list_keys(directory))


def _state(directory: Path, key: KeyInfo, now: datetime) -> KeyState:
    ends_at = None
    if key.use != Use.CREDENTIAL_SIGNING.value:
        path = directory / f"{key.id}.pem"
        try:
            ends_at = x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc
        except (OSError, ValueError) as error:
            raise KeysMissing(
                "A key's certificate cannot be read.", where=str(path), fix="restore it from a backup"
            ) from error
    near = AUTHORITY_NEAR if key.use == Use.AUTHORITY.value else SIGNER_NEAR
    outlook = KeyOutlook.GOOD
    if key.retired_at:
        outlook = KeyOutlook.RETIRED
    elif ends_at is not None and ends_at <= now:
        outlook = KeyOutlook.ENDED
    elif ends_at is not None and ends_at - now <= near:
        outlook = KeyOutlook.ENDS_SOON
    return KeyState(key=key, ends_at=ends_at, outlook=outlook)
