"""Change what letters say: every version is kept, and a letter that is queued keeps the words it was queued with."""

from __future__ import annotations

from datetime import datetime

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import Conflict
from certify.mail.model import LetterKind
from certify.mail.own_text import LetterText, checked_words
from certify.organisations.service import require_operator
from certify.people.model import User
from certify.ports import Database, UnitOfWork


def reword(
    database: Database,
    clock: Clock,
    by: User | None,
    kind: LetterKind,
    language: str,
    words: tuple[str, str] | None,
    *,
    after: int | None = None,
) -> LetterText:
    """Append a version of a letter's subject and text, which counts for letters queued from now on.

    Args:
        by: An administrator of the installation; None for whoever runs commands on its machine.
        words: None for the shipped ones again.
        after: The version that was looked at; None to change whatever there is.

    Raises:
        NotPermitted: ``by`` administers one organisation only.
        InvalidInput: See `certify.mail.own_text.checked_words`.
        Conflict: Somebody changed it meanwhile.
    """
    subject, body = checked_words(kind, *words) if words else ("", "")
    with database.writing() as unit:
        require_operator(unit, by)
        known = unit.letter_texts.versions(kind, language)
        if after is not None and after != len(known):
            raise Conflict(
                "Somebody changed this letter meanwhile.", fix="look at their words, then save yours"
            )
        text = LetterText(
            kind=kind,
            language=language,
            version=len(known) + 1,
            subject=subject,
            body=body,
            changed_by=by.id if by else None,
            changed_at=clock(),
        )
        unit.letter_texts.add(text)
        unit.trail.put(
            text.changed_by,
            AuditAction.LETTER_REWORDED,
            SubjectKind.LETTER,
            f"{kind.value} {language}",
            f"version {text.version}" if words else "shipped text",
        )
    return text


def words_now(unit: UnitOfWork, kind: LetterKind, language: str) -> tuple[str, str] | None:
    """Return the subject and text that count for the next letter; None for the shipped ones."""
    known = unit.letter_texts.versions(kind, language)
    return known[-1].words if known else None


def words_at(database: Database, kind: LetterKind, language: str, at: datetime) -> tuple[str, str] | None:
    """Return the subject and text of a letter that was queued at a moment; None for the shipped ones."""
    with database.reading() as unit:
        found = unit.letter_texts.before(kind, language, at)
    return found.words if found else None
