"""A letter's subject and text as an administrator wrote them, checked: plain text with named slots, and nothing else.

There is no template language: a slot is a bare name in braces, filled in one pass with one line of text.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from datetime import datetime

from certify.errors import InvalidInput
from certify.mail.model import KINDS, LetterKind, one_line
from certify.mail.wording import DAYS, LINK, paragraphs, texts

MOST_SUBJECT_CHARACTERS = 150
MOST_TEXT_CHARACTERS = 10_000
_TARGET = re.compile(r"(?:https://|\{base\}/)[^\s{}]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterText:
    """One version of a letter's words; append-only, and the last one counts for letters queued after it.

    Attributes:
        version: From 1, for each kind and language.
        subject, body: Both empty where the shipped text counts again.
        changed_by: The user who wrote it; None for whoever runs commands on the installation's machine.
    """

    kind: LetterKind
    language: str
    version: int
    subject: str
    body: str
    changed_by: str | None
    changed_at: datetime

    @property
    def words(self) -> tuple[str, str] | None:
        """Return subject and text; None where the shipped ones count, also where this program has other slots."""
        if not self.subject:
            return None
        try:
            return checked_words(self.kind, self.subject, self.body)
        except InvalidInput:
            return None


def slots_of(kind: LetterKind) -> tuple[str, ...]:
    """Return the names that may stand in braces in letters of a kind."""
    return (*sorted(KINDS[kind].values), "base")


def links_of(kind: LetterKind) -> tuple[str, ...]:
    """Return the links that letters of a kind must have, as the shipped text writes them."""
    found = (LINK.fullmatch(text) for text in paragraphs(texts("en")[kind.value]["body"]))
    return tuple(link[2] for link in found if link)


def checked_words(kind: LetterKind, subject: str, body: str) -> tuple[str, str]:
    """Return subject and text as they are kept.

    Raises:
        InvalidInput: One is empty, too long, has an unknown slot, lacks what letters of this kind must say, or
            has a link that is no line of its own. The subject is one line, so that it begins no header of its
            own (RFC 5322, 2.2), and holds no link, which is often secret and shows on locked screens.
    """
    title = subject.strip()
    if not title:
        raise InvalidInput("is missing.", where="subject")
    if not one_line(title) or len(title) > MOST_SUBJECT_CHARACTERS:
        raise InvalidInput(f"is one line of at most {MOST_SUBJECT_CHARACTERS} characters.", where="subject")
    said = "\n\n".join(paragraphs(body))
    if not said:
        raise InvalidInput("is missing.", where="text")
    if len(said) > MOST_TEXT_CHARACTERS or not all(one_line(line) for line in said.split("\n")):
        raise InvalidInput(f"has at most {MOST_TEXT_CHARACTERS:,} characters of plain text.", where="text")
    in_subject = _slots(kind, title, "subject")
    if "address" in in_subject:
        raise InvalidInput(
            "A link does not stand in the subject.", where="subject", fix="leave {address} out"
        )
    used = in_subject | _slots(kind, said, "text")
    for name in sorted(KINDS[kind].must_say - used):
        raise InvalidInput(f"must say {{{name}}}.", where="text", fix=f"put {{{name}}} where it belongs")
    targets = {_target(kind, text) for text in paragraphs(said)}
    for needed in links_of(kind):
        if needed not in targets:
            raise InvalidInput(
                f"must keep its link to {needed}.", where="text", fix=f"write a line: [words]({needed})"
            )
    return title, said


def _slots(kind: LetterKind, text: str, where: str) -> set[str]:
    """Return the slots that a text has, each known, bare, and written as a day only where it is one."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise InvalidInput(
            "has a brace without its other one.", where=where, fix="write {{ or }} for a brace itself"
        ) from error
    known = slots_of(kind)
    names = set()
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in known:
            raise InvalidInput(
                f"has the unknown slot {{{name}}}.",
                where=where,
                fix="use " + ", ".join(f"{{{item}}}" for item in known),
            )
        if conversion or (form and not (form == "day" and name in DAYS)):
            raise InvalidInput(
                f"The slot {{{name}}} is written bare.",
                where=where,
                fix=f"write {{{name}}}, or {{{name}:day}} for a day",
            )
        names.add(name)
    return names


def _target(kind: LetterKind, paragraph: str) -> str:
    """Return where a paragraph links to; empty where it is words."""
    if "](" not in paragraph:
        return ""
    link = LINK.fullmatch(paragraph)
    if link is None or "](" in link[1]:
        raise InvalidInput(
            "A link is a paragraph of its own.",
            where="text",
            fix="write [words](address) between two empty lines",
        )
    if link[2] not in links_of(kind) and not _TARGET.fullmatch(link[2]):
        raise InvalidInput(
            f"The link to {link[2][:100]} leads nowhere safe.",
            where="text",
            fix="link to {address}, {base}/... or https://...",
        )
    return link[2]
