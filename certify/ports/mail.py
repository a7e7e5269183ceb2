"""What letters need of the outside: a queue in the register, and somebody who carries them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from certify.mail.model import Letter, LetterKind, LetterState, QueuedLetter
from certify.mail.own_text import LetterText


class Outbox(Protocol):
    """Letters to be sent. A letter is queued by the transaction of the deed that it tells of, or not at all."""

    @property
    def is_open(self) -> bool:
        """Tell whether letters are kept: false where no mail server is set, so that none lie in wait for one."""

    def put(self, letter: Letter) -> None:
        """Queue a letter; nothing happens where the outbox is not open."""

    def due(self, now: datetime) -> bool:
        """Tell whether a letter waits to be sent now."""

    def lease(self, lease: str, now: datetime, until: datetime) -> QueuedLetter | None:
        """Take the next letter that is due; nobody else gets it before ``until``, or before it is given back."""

    def settle(self, letter_id: str, lease: str, state: LetterState, at: datetime, error: str = "") -> bool:
        """End a letter whose lease this still is; return whether it was. What it said is forgotten."""

    def postpone(self, letter_id: str, lease: str, due_at: datetime, error: str) -> bool:
        """Count a failed attempt and give the letter back until ``due_at``; return whether the lease held."""

    def retry(self, letter_id: str, now: datetime) -> None:
        """Let a letter that was given up be tried anew.

        Raises:
            NotFound: No such letter.
            Conflict: It was not given up, or carried a secret that is forgotten.
        """

    def get(self, letter_id: str) -> QueuedLetter:
        """Return a letter, or raise NotFound."""

    def recent(self, state: LetterState | None = None, most: int = 500) -> Sequence[QueuedLetter]:
        """Return letters in one state or any, the newest first."""

    def to(self, email: str) -> Sequence[QueuedLetter]:
        """Return the letters to an address, however its letters are cased, the oldest first."""

    def forget(self, before: datetime) -> int:
        """Delete letters that were settled before this moment, and return how many."""

    def stop(self, email: str, kind: LetterKind, at: datetime) -> None:
        """Keep that an address wants no more letters of a kind; doing it again changes nothing."""

    def start(self, email: str, kind: LetterKind) -> None:
        """Forget that an address wanted no letters of a kind."""

    def stopped(self, email: str, kind: LetterKind) -> bool:
        """Tell whether an address wants no letters of a kind; compared without case."""


class LetterTexts(Protocol):
    """Letters' words as administrators wrote them; append-only."""

    def add(self, text: LetterText) -> None:
        """Append a version.

        Raises:
            Conflict: Somebody else appended the same version first.
        """

    def versions(self, kind: LetterKind, language: str) -> Sequence[LetterText]:
        """Return every version, the oldest first."""

    def last(self) -> Sequence[LetterText]:
        """Return the last version of each kind and language that has any."""

    def before(self, kind: LetterKind, language: str, at: datetime) -> LetterText | None:
        """Return the version that counted just before a moment."""


class Carriage(Protocol):
    """An open connection to a mail server."""

    def carry(self, to: str, message: bytes) -> None:
        """Hand over one message.

        Raises:
            MailRefused: The server will never take it.
            MailUnavailable: It may take it later.
        """


class Carrier(Protocol):
    """Reaches a mail server."""

    @property
    def sender(self) -> str:
        """Who letters are from: an address, with or without a name."""

    def reach(self) -> AbstractContextManager[Carriage]:
        """Open a connection.

        Raises:
            MailUnavailable: There is none to be had.
        """
