"""A timestamp behind an issued file, as the register keeps it: only the bytes that it added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveUpdate:
    """One later update of one file. Issued bytes and updates, in order, are the file as it is handed out.

    Attributes:
        sequence: From 1, without gaps.
        content: The bytes to put behind the issued ones and the updates before.
        sha256: Of the whole file with this update, 64 hex digits.
        with_evidence: The file holds what proves its signatures (B-LTA); without, it is a timestamp alone (B-T).
        stamped_at: What the timestamp says.
        renew_before: When the certificate of the authority that stamped it ends.
        added_at: When it was stored.
    """

    certificate_id: str
    sequence: int
    content: bytes
    sha256: str
    with_evidence: bool
    stamped_at: datetime
    renew_before: datetime
    added_at: datetime
