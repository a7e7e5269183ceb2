"""Deliver what waits, and stop what is not wanted.

    1 lease the next letter that is due: its row is this worker's until the lease ends
    2 settle it unsent where it is too late, or where its reader stopped letters of its kind
    3 write it and hand it to the mail server
    4 settle it as sent; put it off where the server may take it later, give it up where it never will

A crash between 3 and 4 sends a letter twice, with one Message-ID. Nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import CertifyError, InvalidInput, MailUnavailable
from certify.identifiers import new_identifier
from certify.mail.message import message
from certify.mail.model import KINDS, LIFETIME, Letter, LetterKind, LetterState, QueuedLetter, letter
from certify.mail.stopping import letter_of, stop_token
from certify.mail.wording import Wording, wording
from certify.people.model import User
from certify.ports import Database, UnitOfWork
from certify.ports.mail import Carriage, Carrier

LEASE = timedelta(minutes=15)
"""Longer than any attempt takes: the connection's own waits end long before."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""How long a letter rests after each failed attempt; after the one behind the last pause it is given up."""

KEPT = timedelta(days=180)
"""How long a settled letter's row is kept: to whom, of which kind, when. Its link to stop works as long."""

_MOST_ERROR_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one pass did."""

    sent: int = 0
    postponed: int = 0
    given_up: int = 0
    unsent: int = 0


def _shipped(_kind: LetterKind, _language: str, _at: datetime) -> None:
    """Know no other words than the shipped ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Writes letters.

    Attributes:
        base: The installation's address.
        language: For people who chose none.
        key: Returns the key of the links that stop letters.
        own_words: Returns this installation's own subject and text of a kind in a language as they were at a
            moment; None for the shipped ones.
    """

    base: str
    language: str
    key: Callable[[], bytes]
    own_words: Callable[[LetterKind, str, datetime], tuple[str, str] | None] = _shipped

    def stop_address(self, letter: Letter) -> str:
        """Return where letters of this kind are stopped; empty where they cannot be."""
        return (
            f"{self.base}/mail/stop/{stop_token(self.key(), letter.id)}"
            if KINDS[letter.kind].optional
            else ""
        )

    def words(self, letter: Letter) -> Wording:
        """Return what the letter says: in the words that counted when it was queued."""
        language = letter.language or self.language
        return self.worded(letter, self.own_words(letter.kind, language, letter.queued_at))

    def worded(self, letter: Letter, own: tuple[str, str] | None) -> Wording:
        """Return what the letter says in a subject and text; None for the shipped ones."""
        return wording(
            letter.kind,
            letter.language or self.language,
            letter.values,
            base=self.base,
            stop_address=self.stop_address(letter),
            own=own,
        )

    def written(self, letter: Letter, sender: str, at: datetime) -> bytes:
        """Return the letter as a message."""
        return message(
            letter, self.words(letter), sender=sender, sent_at=at, stop_address=self.stop_address(letter)
        )


class Postman:
    """Delivers letters. Several, in several processes, never deliver one letter at the same time."""

    def __init__(self, database: Database, clock: Clock, carrier: Carrier, desk: Desk) -> None:
        self._database = database
        self._clock = clock
        self._carrier = carrier
        self._desk = desk

    def deliver(self, most: int = 200) -> Delivered:
        """Deliver what is due, at most so many letters; a server that does not answer ends the pass."""
        with self._database.reading() as unit:
            if not unit.outbox.due(self._clock()):
                return Delivered()
        counts = Delivered()
        with ExitStack() as stack:
            carriage: Carriage | None = None
            for _ in range(most):
                lease = new_identifier()
                queued = self._lease(lease)
                if queued is None:
                    break
                unsent = self._why_not(queued.letter)
                if unsent is not None:
                    self._settle(queued, lease, unsent)
                    counts = replace(counts, unsent=counts.unsent + 1)
                    continue
                try:
                    written = self._desk.written(queued.letter, self._carrier.sender, self._clock())
                    carriage = carriage or stack.enter_context(self._carrier.reach())
                    carriage.carry(queued.letter.to, written)
                except MailUnavailable as error:
                    given_up = self._put_off(queued, lease, error)
                    counts = replace(
                        counts,
                        postponed=counts.postponed + (not given_up),
                        given_up=counts.given_up + given_up,
                    )
                    break
                except CertifyError as error:
                    self._settle(queued, lease, LetterState.GIVEN_UP, _told(error))
                    counts = replace(counts, given_up=counts.given_up + 1)
                else:
                    self._settle(queued, lease, LetterState.SENT)
                    counts = replace(counts, sent=counts.sent + 1)
        with self._database.writing() as unit:
            unit.outbox.forget(self._clock() - KEPT)
        return counts

    def _lease(self, lease: str) -> QueuedLetter | None:
        now = self._clock()
        with self._database.writing() as unit:
            return unit.outbox.lease(lease, now, now + LEASE)

    def _why_not(self, letter: Letter) -> LetterState | None:
        if letter.not_after <= self._clock():
            return LetterState.EXPIRED
        if KINDS[letter.kind].optional:
            with self._database.reading() as unit:
                if unit.outbox.stopped(letter.to, letter.kind):
                    return LetterState.UNWANTED
        return None

    def _settle(self, queued: QueuedLetter, lease: str, state: LetterState, error: str = "") -> None:
        with self._database.writing() as unit:
            unit.outbox.settle(queued.letter.id, lease, state, self._clock(), error)

    def _put_off(self, queued: QueuedLetter, lease: str, error: CertifyError) -> bool:
        """Return whether it was tried often enough and is given up."""
        if queued.attempts >= len(PAUSES):
            self._settle(queued, lease, LetterState.GIVEN_UP, _told(error))
            return True
        due_at = self._clock() + PAUSES[queued.attempts]
        with self._database.writing() as unit:
            unit.outbox.postpone(queued.letter.id, lease, due_at, _told(error))
        return False


def tell(
    unit: UnitOfWork,
    kind: LetterKind,
    to: str | None,
    at: datetime,
    values: Mapping[str, str],
    language: str | None,
    lifetime: timedelta = LIFETIME,
) -> None:
    """Queue a letter in the transaction of the deed it tells of.

    News never holds up the deed: who has no address, or one that no letter can go to, is not written to.
    """
    if not (to and unit.outbox.is_open):
        return
    with suppress(InvalidInput):
        unit.outbox.put(letter(kind, to, at, values, language=language, lifetime=lifetime))


def try_again(unit: UnitOfWork, by: User, letter_id: str, now: datetime) -> None:
    """Let a letter that was given up be tried anew.

    Raises:
        NotFound: No such letter.
        Conflict: It was not given up, or carried a secret that is forgotten.
    """
    unit.outbox.retry(letter_id, now)
    unit.trail.put(by.id, AuditAction.LETTER_RETRIED, SubjectKind.LETTER, letter_id)


def stop_letters(
    database: Database, clock: Clock, key: bytes, token: str, *, again: bool = False
) -> LetterKind:
    """Stop letters of the kind of the letter that a link came with, or let them come again.

    Raises:
        NotFound: The link is not one of ours, or too old.
    """
    came_with = letter_to_stop(database, key, token)
    with database.writing() as unit:
        if again:
            unit.outbox.start(came_with.to, came_with.kind)
        else:
            unit.outbox.stop(came_with.to, came_with.kind, clock())
    return came_with.kind


def letter_to_stop(database: Database, key: bytes, token: str) -> Letter:
    """Return the letter that a link came with, or raise NotFound."""
    with database.reading() as unit:
        return unit.outbox.get(letter_of(key, token)).letter


def _told(error: CertifyError) -> str:
    """Return why, as one line that is safe to show."""
    said = "".join(character if character.isprintable() else " " for character in str(error))
    return said[:_MOST_ERROR_CHARACTERS]
