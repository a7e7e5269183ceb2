"""A share as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NameForm(StrEnum):
    """Which form of the certified name a share shows."""

    NONE = "none"
    PRINTED = "printed"
    NATIVE = "native"
    LATIN = "latin"


class SharedFact(StrEnum):
    """What a share may show of each certificate; whether it stands is always shown."""

    ROLE = "role"
    COMPETENCES = "competences"
    HOURS = "hours"
    DATES = "dates"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one address shows.

    Attributes:
        id: The secret in the address: 128 random bits.
        certificate_ids: Of the holder's own certificates, in the order in which they are shown.
        expires_at: When it ends by itself; None for when it is withdrawn.
    """

    id: str
    candidate_id: str
    name_form: NameForm
    facts: frozenset[SharedFact]
    certificate_ids: tuple[str, ...]
    made_at: datetime
    expires_at: datetime | None

    def works(self, at: datetime) -> bool:
        """Tell whether it shows anything at a time."""
        return self.expires_at is None or at < self.expires_at
