"""A certificate's status: an append-only history of events folded into what stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StatusAction(StrEnum):
    """What a certifier may do to an issued certificate."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"


class CertificateStatus(StrEnum):
    """What stands now. Expiry is a matter of dates, not of status."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class ListedStatus(StrEnum):
    """What a list of certificates may be narrowed down to."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    PREPARED = "prepared"


class StatusReason(StrEnum):
    """Why, for the record and the holder; the public is told a category (`certify.status.public`)."""

    UNDER_INVESTIGATION = "under_investigation"
    SURVEILLANCE_OVERDUE = "surveillance_overdue"
    HOLDER_REQUEST = "holder_request"
    INVESTIGATION_CLOSED = "investigation_closed"
    CONDITION_MET = "condition_met"
    MISCONDUCT = "misconduct"
    OBTAINED_BY_FRAUD = "obtained_by_fraud"
    ISSUED_IN_ERROR = "issued_in_error"
    REQUIREMENTS_NO_LONGER_MET = "requirements_no_longer_met"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """One step in a certificate's life; ``sequence`` counts from 1 and is unique per certificate.

    Attributes:
        note: For the record only, never shown to the public.
        superseded_by: The certificate that replaces this one, where the reason is SUPERSEDED.
    """

    id: str
    certificate_id: str
    sequence: int
    action: StatusAction
    reason: StatusReason
    note: str
    acted_by: str
    acted_at: datetime
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """A certificate's place in the status lists: the same number and index for every purpose."""

    list_number: int
    index: int


@dataclass(frozen=True, slots=True)
class StatusVersion:
    """What the register's status events add up to: another number whenever anything changed.

    Attributes:
        number: Counts the events of all certificates; committed with the event, so what is read after a
            revocation was answered for is never older than it.
        changed_at: When the latest event was; None while there was none.
    """

    number: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStatus:
    """What stands now, since when and why; reason and time are None while nothing ever happened."""

    status: CertificateStatus
    since: datetime | None = None
    reason: StatusReason | None = None
    superseded_by: str | None = None
