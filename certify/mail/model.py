"""A letter as plain values: of which kind, to whom, in which language, with what in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from enum import StrEnum

from certify.errors import InvalidInput
from certify.identifiers import new_identifier
from certify.settings import LANGUAGES

LIFETIME = timedelta(days=7)
"""After so long without delivery a letter is no longer sent: late news would confuse more than none."""

_MOST_CHARACTERS = 2_000
_MOST_ADDRESS_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3


class LetterKind(StrEnum):
    """Why somebody is written to."""

    ACCOUNT_MADE = "account-made"
    INVITATION = "invitation"
    PASSWORD_LINK = "password-link"  # noqa: S105 - a kind of letter, no password
    SIGN_IN_LINK = "sign-in-link"
    CERTIFICATE_ISSUED = "certificate-issued"
    CERTIFICATE_ENDS = "certificate-ends"
    CORRECTION_APPROVED = "correction-approved"
    CORRECTION_REFUSED = "correction-refused"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """What is so of every letter of a kind.

    Attributes:
        values: What its words are filled with, each of them.
        optional: News that its reader may do without: every such letter can be stopped (RFC 8058). The others
            answer what somebody asked for or are part of the service itself (GDPR, Article 6(1)(b)).
        secret: It carries a secret, which is forgotten as soon as the letter is settled.
        must_say: Values that an administrator's own words may not leave out; its links they must keep anyway.
    """

    values: frozenset[str]
    optional: bool = False
    secret: bool = False
    must_say: frozenset[str] = frozenset()


KINDS: Mapping[LetterKind, KindFacts] = {
    LetterKind.ACCOUNT_MADE: KindFacts(values=frozenset({"name", "email"})),
    LetterKind.INVITATION: KindFacts(values=frozenset({"name", "email", "address", "days"}), secret=True),
    LetterKind.PASSWORD_LINK: KindFacts(values=frozenset({"name", "address", "minutes"}), secret=True),
    LetterKind.SIGN_IN_LINK: KindFacts(values=frozenset({"name", "address", "minutes"}), secret=True),
    LetterKind.CERTIFICATE_ISSUED: KindFacts(
        values=frozenset({"name", "title", "number", "valid_until", "address"}), optional=True
    ),
    LetterKind.CERTIFICATE_ENDS: KindFacts(
        values=frozenset({"name", "title", "number", "valid_until", "address"}), optional=True
    ),
    LetterKind.CORRECTION_APPROVED: KindFacts(values=frozenset({"name", "reason"})),
    LetterKind.CORRECTION_REFUSED: KindFacts(
        values=frozenset({"name", "reason", "ruling"}), must_say=frozenset({"ruling"})
    ),
    LetterKind.TRIAL: KindFacts(values=frozenset({"name"})),
}


class LetterState(StrEnum):
    """WAITING is in the queue; the others are final. UNWANTED: the reader stopped letters of this kind."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given-up"
    EXPIRED = "expired"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to one person; make it with `letter`, which checks it.

    Attributes:
        to: An e-mail address.
        language: One of LANGUAGES; None for the installation's own.
        values: What its words are filled with: one-line texts; days as ISO 8601, written out in the letter.
        not_after: When it is no longer worth sending.
    """

    id: str
    kind: LetterKind
    to: str
    language: str | None
    values: Mapping[str, str]
    queued_at: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedLetter:
    """A letter with what became of it.

    Attributes:
        letter: Its values are empty once it is settled, unless it was given up and may be tried again.
        attempts: How often its delivery was tried.
        due_at: When it is tried next, while it waits.
        error: Why the last attempt failed; empty where none did.
        settled_at: When it was sent, or no longer had to be.
    """

    letter: Letter
    state: LetterState
    attempts: int
    due_at: datetime
    error: str
    settled_at: datetime | None


def letter(
    kind: LetterKind,
    to: str,
    at: datetime,
    values: Mapping[str, str],
    *,
    language: str | None = None,
    lifetime: timedelta = LIFETIME,
) -> Letter:
    """Make a letter of what was given, checked.

    Raises:
        InvalidInput: The address is none, a value is missing, unknown, too long or not one line of text, so
            that nothing given can begin a header of its own (RFC 5322, 2.2).
    """
    if set(values) != KINDS[kind].values:
        raise InvalidInput(f"A letter of the kind {kind} has other values.", where="letter")
    for name, value in values.items():
        if len(value) > _MOST_CHARACTERS or not one_line(value):
            raise InvalidInput(f"is one line of at most {_MOST_CHARACTERS} characters.", where=name)
    if language is not None and language not in LANGUAGES:
        raise InvalidInput("is not a language of letters.", where="language", fix=", ".join(LANGUAGES))
    return Letter(
        id=new_identifier(),
        kind=kind,
        to=checked_address(to),
        language=language,
        values=dict(values),
        queued_at=at,
        not_after=at + lifetime,
    )


def checked_address(text: str) -> str:
    """Return one e-mail address that a letter can go to, or raise InvalidInput."""
    fault = InvalidInput("This is not an e-mail address.", where="e-mail", fix="write it as name@example.org")
    if len(text) > _MOST_ADDRESS_CHARACTERS or not one_line(text) or " " in text:
        raise fault
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError) as error:
        raise fault from error
    if not address.username or not address.domain:
        raise fault
    return text


def one_line(text: str) -> bool:
    """Tell whether a text has no control character and no line or paragraph separator."""
    return not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)
