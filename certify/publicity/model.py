"""A holder's word on one certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicityEvent:
    """One step of a certificate's publicity; append-only, the last one counts, none means private.

    Attributes:
        sequence: From 1 for each certificate, so that two steps at once cannot both be the next.
        public: Whether the signed credential is handed to anybody who has its address, and published.
        acted_by: The user who is the holder.
    """

    certificate_id: str
    sequence: int
    public: bool
    acted_by: str
    acted_at: datetime
