"""What recording has to know and to write: asked one by one, or for a whole table at once.

Both answer alike. For a table everything is read by a few queries once its people are locked, so that nobody can
record for them meanwhile, and written by one statement at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from certify.completions.model import CompletionRecord, NaturalKey
from certify.errors import NotFound
from certify.organisations.service import administered
from certify.people.model import Candidate, User
from certify.ports import UnitOfWork


class Books(Protocol):
    """What recording asks, on behalf of one person."""

    def candidate(self, candidate_id: str) -> Candidate:
        """Return a candidate, or raise NotFound."""

    def user(self, user_id: str) -> User:
        """Return a user, or raise NotFound."""

    def administers(self, organisation_id: str) -> bool:
        """Tell whether the person administers an organisation."""

    def trains(self, candidate_id: str) -> bool:
        """Tell whether the person trains a cohort of the candidate."""

    def record(self, completion_id: str) -> CompletionRecord:
        """Return a record, or raise NotFound."""

    def with_key(self, key: NaturalKey) -> Sequence[CompletionRecord]:
        """Return all records with this natural key, superseded ones too, oldest first."""

    def is_superseded(self, completion_id: str) -> bool:
        """Tell whether another record supersedes this one."""

    def add(self, record: CompletionRecord) -> None:
        """Append a record; CompletionConflict where another was there first."""


class OpenBooks:
    """Asks the database each time."""

    def __init__(self, unit: UnitOfWork, by: User) -> None:
        self._unit = unit
        self._by = by

    def candidate(self, candidate_id: str) -> Candidate:
        """See `Books`."""
        return self._unit.candidates.get(candidate_id)

    def user(self, user_id: str) -> User:
        """See `Books`."""
        return self._unit.users.get(user_id)

    def administers(self, organisation_id: str) -> bool:
        """See `Books`."""
        return organisation_id in administered(self._unit, self._by)

    def trains(self, candidate_id: str) -> bool:
        """See `Books`."""
        trained = {cohort.id for cohort in self._unit.cohorts.of_trainer(self._by.id)}
        return any(member.cohort_id in trained for member in self._unit.cohorts.of_candidate(candidate_id))

    def record(self, completion_id: str) -> CompletionRecord:
        """See `Books`."""
        return self._unit.completions.get(completion_id)

    def with_key(self, key: NaturalKey) -> Sequence[CompletionRecord]:
        """See `Books`."""
        return self._unit.completions.with_key(key)

    def is_superseded(self, completion_id: str) -> bool:
        """See `Books`."""
        return self._unit.completions.superseded_by(completion_id) is not None

    def add(self, record: CompletionRecord) -> None:
        """See `Books`."""
        self._unit.completions.add(record)


class ReadBooks:
    """Has read everything about some candidates; `post` writes what was added, in the same transaction."""

    def __init__(self, unit: UnitOfWork, by: User, candidates: Iterable[Candidate]) -> None:
        self._unit = unit
        self._candidates = {person.id: person for person in candidates}
        self._administered = administered(unit, by)
        self._trained = frozenset(
            member.candidate_id
            for cohort in unit.cohorts.of_trainer(by.id)
            for member in unit.cohorts.members(cohort.id)
        )
        self._users: dict[str, User] = {}
        self._records: dict[NaturalKey, list[CompletionRecord]] = {}
        self._by_id: dict[str, CompletionRecord] = {}
        self._superseded: set[str] = set()
        self._added: list[CompletionRecord] = []
        unit.completions.lock(self._candidates)
        known = unit.completions.of_candidates(self._candidates)
        for record in sorted(known, key=lambda record: (record.recorded_at, record.id)):
            self._enter(record)

    def candidate(self, candidate_id: str) -> Candidate:
        """See `Books`."""
        try:
            return self._candidates[candidate_id]
        except KeyError:
            raise NotFound("There is no such candidate.") from None

    def user(self, user_id: str) -> User:
        """See `Books`."""
        if user_id not in self._users:
            self._users[user_id] = self._unit.users.get(user_id)
        return self._users[user_id]

    def administers(self, organisation_id: str) -> bool:
        """See `Books`."""
        return organisation_id in self._administered

    def trains(self, candidate_id: str) -> bool:
        """See `Books`."""
        return candidate_id in self._trained

    def record(self, completion_id: str) -> CompletionRecord:
        """See `Books`."""
        try:
            return self._by_id[completion_id]
        except KeyError:
            raise NotFound("There is no such completion.") from None

    def with_key(self, key: NaturalKey) -> Sequence[CompletionRecord]:
        """See `Books`."""
        return self._records.get(key, ())

    def is_superseded(self, completion_id: str) -> bool:
        """See `Books`."""
        return completion_id in self._superseded

    def add(self, record: CompletionRecord) -> None:
        """See `Books`."""
        self._enter(record)
        self._added.append(record)

    def post(self) -> None:
        """Write what was added.

        Raises:
            CompletionConflict, Conflict: Another record was there first, although the people are locked.
        """
        self._unit.completions.add_all(self._added)
        self._added.clear()

    def _enter(self, record: CompletionRecord) -> None:
        self._records.setdefault(record.natural_key, []).append(record)
        self._by_id[record.id] = record
        if record.supersedes is not None:
            self._superseded.add(record.supersedes)


def colleagues(unit: UnitOfWork, by: User) -> frozenset[str]:
    """Return the organisations whose people ``by`` may hear of: the own one and those administered."""
    return administered(unit, by) | {by.organisation_id}


def known_people(unit: UnitOfWork, by: User) -> Sequence[Candidate]:
    """Return the candidates that ``by`` may hear of; whether they may record for them is another question."""
    own = colleagues(unit, by)
    return [person for person in unit.candidates.all() if person.organisation_id in own]
