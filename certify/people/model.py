"""The people of a scheme, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class UserRole(StrEnum):
    """What a signed-in person may do; one person may hold several, but see `certification` for four eyes."""

    TRAINER = "trainer"
    CERTIFIER = "certifier"
    CANDIDATE = "candidate"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderName:
    """A person's name in the three forms a certificate needs.

    Attributes:
        native: As the person writes it, in their own script.
        latin: The Latin-script form, as in a passport's machine-readable zone but with case and accents.
        printed: The form to print large on the certificate; either of the two, or another the person chose.
    """

    native: str
    latin: str
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person before (and after) the decision.

    Attributes:
        reference: The scheme operator's own short code for the person, unique, as used in files.
        language: Of letters to them (`certify.mail.model.LANGUAGES`); None for the installation's own.
        organisation_id: Where they train; who certifies them follows from the scheme.
    """

    id: str
    reference: str
    name: HolderName
    email: str | None
    registered_by: str
    registered_at: datetime
    organisation_id: str
    language: str | None = None


class Review(StrEnum):
    """How far the review of a candidate's prior qualification is."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not-accepted"
    DOCUMENT = "document"
    """A document was brought that no review names yet, whatever was reviewed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionRecord:
    """A reviewed prior qualification; append-only, the latest of a candidate counts.

    Attributes:
        qualification: Its title as written on the evidence; empty where the person holds none.
        eqf_level: EQF level of the qualification, 1-8; None where there is none or it is not known.
        evidence_digest: SHA-256 of the evidence seen, 64 lower-case hex digits; None where none was given.
        accepted: Whether the reviewer accepts the evidence as genuine. The level rule is separate.
    """

    id: str
    candidate_id: str
    qualification: str
    eqf_level: int | None
    evidence_digest: str | None
    accepted: bool
    reviewed_by: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who can sign in.

    Attributes:
        email: Unique, compared without case.
        password_hash: An argon2id hash in PHC form.
        organisation_id: Whose people and records their roles are about.
        candidate_id: The candidate this user is, where they are one.
        language: Of letters to them (`certify.mail.model.LANGUAGES`); None for the installation's own.
    """

    id: str
    email: str
    display_name: str
    roles: frozenset[UserRole]
    password_hash: str
    organisation_id: str
    candidate_id: str | None = None
    active: bool = True
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Candidates who train together for a role of one framework.

    Attributes:
        starts_on: First day of training.
        organisation_id: Of its trainers and of its members.
        trainer_ids: Users who may see the cohort and log its completions.
    """

    id: str
    code: str
    title: str
    framework_id: str
    starts_on: date
    organisation_id: str
    trainer_ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortMember:
    """One candidate in a cohort and the role they seek."""

    cohort_id: str
    candidate_id: str
    role_id: str
