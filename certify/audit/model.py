"""The audit trail as plain values.

What the register keeps as history anyway (decisions, status events, corrections, reviews) is read from there and
not written twice. The rest is an event of its own, appended by the transaction that does it. An event names
people and records by their identifiers and holds no secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from certify.errors import InvalidInput


class AuditAction(StrEnum):
    """What was done. The first group is read from the register's own history."""

    DECISION_GRANTED = "decision-granted"
    DECISION_REFUSED = "decision-refused"
    CERTIFICATE_ISSUED = "certificate-issued"
    CERTIFICATE_SUSPENDED = "certificate-suspended"
    CERTIFICATE_REINSTATED = "certificate-reinstated"
    CERTIFICATE_REVOKED = "certificate-revoked"
    CORRECTION_REQUESTED = "correction-requested"
    CORRECTION_APPROVED = "correction-approved"
    CORRECTION_REFUSED = "correction-refused"
    CORRECTION_WITHDRAWN = "correction-withdrawn"
    QUALIFICATION_ACCEPTED = "qualification-accepted"
    QUALIFICATION_REFUSED = "qualification-refused"
    UNIT_APPLIED_FOR = "unit-applied-for"
    CANDIDATE_REGISTERED = "candidate-registered"
    RECORD_CORRECTED = "record-corrected"

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    ACCOUNT_MADE = "account-made"
    ACCOUNT_CHANGED = "account-changed"
    ACCOUNT_SWITCHED_OFF = "account-switched-off"
    ACCOUNT_SWITCHED_ON = "account-switched-on"
    ACCOUNT_CLOSED = "account-closed"
    PERSON_ERASED = "person-erased"
    SIGN_IN_LINK_SENT = "sign-in-link-sent"
    PASSWORD_LINK_SENT = "password-link-sent"  # noqa: S105 - an action, no password
    PASSWORD_SET = "password-set"  # noqa: S105 - as above
    PROVIDER_SET = "provider-set"
    PROVIDER_REMOVED = "provider-removed"
    IDENTITY_LINKED = "identity-linked"
    IDENTITY_UNLINKED = "identity-unlinked"
    TOKEN_MADE = "token-made"  # noqa: S105 - as above
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - as above
    SECOND_FACTOR_SET = "second-factor-set"
    SECOND_FACTOR_ENDED = "second-factor-ended"
    RECOVERY_CODE_USED = "recovery-code-used"
    RECOVERY_CODES_MADE = "recovery-codes-made"
    PASSKEY_MADE = "passkey-made"
    PASSKEY_ENDED = "passkey-ended"
    COHORT_FORMED = "cohort-formed"
    COHORT_JOINED = "cohort-joined"
    SCHEME_PUBLISHED = "scheme-published"
    SCHEME_ASSIGNED = "scheme-assigned"
    ORGANISATION_ADDED = "organisation-added"
    ORGANISATION_CHANGED = "organisation-changed"
    LETTERS_QUEUED = "letters-queued"
    LETTER_RETRIED = "letter-retried"
    LETTER_REWORDED = "letter-reworded"
    DOCUMENT_BROUGHT = "document-brought"
    DOCUMENT_TAKEN_BACK = "document-taken-back"
    EXPORTED = "exported"
    SET_UP = "set-up"


class SubjectKind(StrEnum):
    """Of what an entry's subject is the identifier."""

    CANDIDATE = "candidate"
    CERTIFICATE = "certificate"
    USER = "user"
    COHORT = "cohort"
    ORGANISATION = "organisation"
    SCHEME = "scheme"
    LETTER = "letter"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the trail.

    Attributes:
        id: Unique in the trail, and its order within a moment.
        actor_id: The user who did it; None for a command on the installation's machine, or nobody known.
        subject_id: What it was done to; a scheme's is ``id version``.
        candidate_id: Whom it is about, where it is about a candidate.
        detail: A few words of the system's own (a role, a reason, a count), never free text.
    """

    id: str
    at: datetime
    actor_id: str | None
    action: AuditAction
    subject_kind: SubjectKind
    subject_id: str
    candidate_id: str | None
    detail: str


class AuditPlace(NamedTuple):
    """Where an entry stands in the trail: entries are ordered by their moment, and within it by their id."""

    at: datetime
    id: str


def read_place(at: str, entry_id: str, where: str) -> AuditPlace:
    """Return the place that an address or a cursor names.

    Raises:
        InvalidInput: The moment is none, or names no time zone.
    """
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInput(
            "is not a place in the trail.", where=where, fix="follow the link of the page before"
        )
    return AuditPlace(moment, entry_id[:64])


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are asked for; what is None or empty asks for all.

    Attributes:
        about: Identifiers of which an entry names one: as actor, subject or candidate. Empty for any;
            None of them known is for the asker to notice.
        since, until: The first and the first no longer wanted moment.
    """

    action: AuditAction | None = None
    about: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
