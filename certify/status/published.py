"""Where status lists are published, and for what purposes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from certify.status.model import CertificateStatus


class StatusPurpose(StrEnum):
    """The purposes of Bitstring Status List 1.0 (2.1) that certificates need; each has lists of its own."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


ENTRIES = 131_072
"""Entries in a status list: the least that hides which one is asked for (Bitstring Status List 1.0, 6.1)."""

FILL = ENTRIES // 2
"""Entries reserved in a list before the next one is opened: a random index is then free every other time."""

SETS: dict[StatusPurpose, frozenset[CertificateStatus]] = {
    StatusPurpose.REVOCATION: frozenset({CertificateStatus.REVOKED}),
    # A revoked certificate is not to be accepted either, and a reader of this list alone must learn it.
    StatusPurpose.SUSPENSION: frozenset({CertificateStatus.SUSPENDED, CertificateStatus.REVOKED}),
}
"""The standing that sets a certificate's bit, by list."""


def status_list_url(public_base: str, purpose: StatusPurpose, number: int) -> str:
    """Return a status list's address; it ends in ``.json`` so that a plain file host serves it rightly."""
    return f"{public_base}/status/{purpose.value}/{number}.json"


def indexes_set(purpose: StatusPurpose, standing: Iterable[tuple[int, CertificateStatus]]) -> list[int]:
    """Return the indexes whose bit is set, given (index, standing status) of a list's certificates."""
    return sorted(index for index, status in standing if status in SETS[purpose])
