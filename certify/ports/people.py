"""What the services need to know of people, as protocols; `certify.ports` has the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from certify.organisations.model import Sight
from certify.paging import Asked, Part
from certify.people.model import AdmissionRecord, Candidate, Cohort, CohortMember, Review, User, UserRole
from certify.signin.model import SignIn


class Users(Protocol):
    """People who can sign in, and their sessions."""

    def add(self, user: User) -> None:
        """Store a new user; Conflict where the e-mail address is taken (compared without case)."""

    def get(self, user_id: str) -> User:
        """Return a user, or raise NotFound."""

    def locked(self, user_id: str) -> User:
        """Return a user whom no other transaction that locks changes until this one ends, or raise NotFound."""

    def by_email(self, email: str) -> User | None:
        """Return the user with this address, compared without case."""

    def all(self) -> Sequence[User]:
        """Return every user by e-mail address."""

    def part(
        self, organisation_ids: Iterable[str] | None, asked: Asked, role: UserRole | None = None
    ) -> Part[User]:
        """Return a part of the users of organisations (None: of all), by e-mail address or by name.

        Args:
            role: Only those who have it.

        Raises:
            InvalidInput: The place to go on behind is none of this list's.
        """

    def with_role(self, role: UserRole, organisation_ids: Iterable[str]) -> Sequence[User]:
        """Return the active users of organisations who have a role, by e-mail address."""

    def counts(self) -> Mapping[str, int]:
        """Return how many users each organisation has, by its id."""

    def replace(self, user: User) -> None:
        """Store a user who was `locked` and changed; NotFound where there is none."""

    def open_session(self, session: SignIn) -> None:
        """Store a session."""

    def session(self, token_digest: str) -> SignIn | None:
        """Return the session with this token digest, expired or not."""

    def sessions(self, user_id: str) -> Sequence[SignIn]:
        """Return a user's sessions, expired or not, the one used last first."""

    def see_session(self, session_id: str, at: datetime) -> None:
        """Note when a session was used."""

    def close_session(self, token_digest: str) -> None:
        """Forget one session; nothing happens where there is none."""

    def close_sessions(self, user_id: str) -> None:
        """Forget every session of a user."""


class Candidates(Protocol):
    """Candidates and their reviewed prior qualifications."""

    def add(self, candidate: Candidate) -> None:
        """Store a new candidate; Conflict where the reference is taken."""

    def get(self, candidate_id: str) -> Candidate:
        """Return a candidate, or raise NotFound."""

    def locked(self, candidate_id: str) -> Candidate:
        """Return a candidate to be changed: nobody else changes them before this unit of work ends."""

    def by_reference(self, reference: str) -> Candidate | None:
        """Return the candidate with this reference."""

    def all(self) -> Sequence[Candidate]:
        """Return every candidate by reference."""

    def part(
        self, sight: Sight, asked: Asked, review: Review | None = None, reference: str = ""
    ) -> Part[Candidate]:
        """Return a part of the candidates whom somebody sees, by reference, by name or by id.

        Args:
            review: Only those whose prior qualification is at this point.
            reference: Only the one who has it.

        Raises:
            InvalidInput: The place to go on behind is none of this list's.
        """

    def count(self, sight: Sight, words: Sequence[str], review: Review | None, most: int) -> int:
        """Return how many candidates such a list has, counting no further than ``most``."""

    def admissions(self, candidate_ids: Iterable[str]) -> Mapping[str, AdmissionRecord]:
        """Return the latest admission records of these candidates, by one query; some have none."""

    def replace(self, candidate: Candidate) -> None:
        """Store a corrected name or address; issued certificates keep theirs."""

    def add_admission(self, record: AdmissionRecord) -> None:
        """Append a reviewed prior qualification."""

    def admission(self, candidate_id: str) -> AdmissionRecord | None:
        """Return the latest admission record."""


class Cohorts(Protocol):
    """Candidates who train together."""

    def add(self, cohort: Cohort) -> None:
        """Store a cohort; Conflict where the code is taken."""

    def get(self, cohort_id: str) -> Cohort:
        """Return a cohort, or raise NotFound."""

    def by_code(self, code: str) -> Cohort | None:
        """Return the cohort with this code."""

    def all(self) -> Sequence[Cohort]:
        """Return every cohort by code."""

    def part(
        self, organisation_ids: Iterable[str] | None, asked: Asked, trainer_id: str | None = None
    ) -> Part[Cohort]:
        """Return a part of the cohorts of organisations (None: of all), by code, title or first day.

        Args:
            trainer_id: Only those that this user trains.

        Raises:
            InvalidInput: The place to go on behind is none of this list's.
        """

    def any_with_trainer(self, framework_id: str) -> bool:
        """Tell whether anybody trains a cohort under a framework."""

    def sizes(self, cohort_ids: Iterable[str]) -> Mapping[str, int]:
        """Return how many memberships each of these cohorts has, by one query; those without any are left out."""

    def of_trainer(self, user_id: str) -> Sequence[Cohort]:
        """Return the cohorts that this user trains, by code."""

    def add_member(self, member: CohortMember) -> None:
        """Add a candidate to a cohort; adding the same again changes nothing."""

    def members(self, cohort_id: str) -> Sequence[CohortMember]:
        """Return the members by candidate reference."""

    def of_candidate(self, candidate_id: str) -> Sequence[CohortMember]:
        """Return the memberships of one candidate."""
