"""Holds what a file says against what the register says, fact by fact. Pure; the texts come from a stranger."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date

from certify.award.record import AwardRecord
from certify.credential.binding import matches
from certify.credential.rdf import parse
from certify.errors import CertifyError, InvalidIdentifier
from certify.identifiers import parse_certificate_number, parse_identifier
from certify.verification.inspection import Difference, Seen

WrittenDay = Callable[[date, str], str]
"""Writes a day as certificates in a language do."""

_ADDRESS = re.compile(r"/v/([A-Za-z2-7]{26})")
_NUMBER = re.compile(r"[A-Z0-9]{2,12}-\d{4}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]")
_MOST_NAMED = 20
_CREDENTIAL = "credential.json"


def identifiers_named(seen: Seen) -> tuple[str, ...]:
    """Return the certificate ids that codes, then text, name; each once, the first few."""
    found: dict[str, None] = {}
    for text in (*seen.codes, _joined(seen.text)):
        for match in _ADDRESS.finditer(text):
            try:
                found[parse_identifier(match[1])] = None
            except InvalidIdentifier:
                continue
    return tuple(found)[:_MOST_NAMED]


def numbers_named(seen: Seen) -> tuple[str, ...]:
    """Return the certificate numbers that the text names and that pass their own check."""
    found: dict[str, None] = {}
    for match in _NUMBER.finditer(seen.text):
        try:
            found[parse_certificate_number(match[0])] = None
        except InvalidIdentifier:
            continue
    return tuple(found)[:_MOST_NAMED]


def differences(award: AwardRecord, seen: Seen, written_day: WrittenDay) -> tuple[Difference, ...]:
    """Name every fact that the file states otherwise than the register, or does not state at all."""
    found = list(_on_the_pages(award, _Page(seen.text), written_day)) if seen.text.strip() else []
    for name, data in seen.attachments:
        if name == _CREDENTIAL:
            found += _in_the_credential(award, data)
    return tuple(found)


def _on_the_pages(award: AwardRecord, page: _Page, written_day: WrittenDay) -> Iterator[Difference]:
    holder = award.holder
    for fact, text in (("holder.printed", holder.printed), ("holder.latin", holder.latin)):
        if not page.says(text):
            yield Difference(fact=fact, registered=text, found="")
    if not page.says(award.role_title):
        yield Difference(fact="role_title", registered=award.role_title, found="")
    if not page.says(award.number):
        others = [text for text in _NUMBER.findall(page.lines) if text != award.number]
        yield Difference(fact="number", registered=award.number, found=others[0] if others else "")
    for fact, day in (
        ("valid_from", award.valid_from),
        ("valid_until", award.valid_until),
        ("decided_on", award.decided_on),
    ):
        text = written_day(day, award.language)
        if not page.says(text):
            yield Difference(fact=fact, registered=text, found="")
    for item in award.competences:
        level = page.level_of(item.title)
        if level != str(item.level):
            told = f"{item.title}: EQF {item.level}"
            yield Difference(fact=f"competence:{item.id}", registered=told, found=level and f"EQF {level}")


def _in_the_credential(award: AwardRecord, data: bytes) -> Iterator[Difference]:
    try:
        told = matches(parse(data), award)
    except CertifyError:
        yield Difference(fact="credential", registered="a readable credential", found="")
        return
    for line in told:
        fact, _, rest = line.partition(": ")
        found, _, registered = rest.partition(" in the credential, ")
        yield Difference(
            fact=f"credential.{fact}", registered=registered.removesuffix(" in the award"), found=found
        )


class _Page:
    """The text of a file's pages, made comparable."""

    def __init__(self, text: str) -> None:
        self.lines = unicodedata.normalize("NFKC", text)
        self._flat = _flat(text)
        # A reader may give right-to-left text in either order: such a line is known by its letters.
        self._letters = {"".join(sorted(_flat(line))) for line in text.splitlines()}

    def says(self, text: str) -> bool:
        """Tell whether the pages hold a text, however it is broken into lines."""
        flat = _flat(text)
        return flat in self._flat or flat[::-1] in self._flat or "".join(sorted(flat)) in self._letters

    def level_of(self, title: str) -> str:
        """Return the level that stands beside a competence's title; empty where none does."""
        flat = re.escape(_flat(title))
        found = re.search(flat + r"eqf(\d)", self._flat) or re.search(r"eqf(\d)" + flat, self._flat)
        return found[1] if found else ""


def _flat(text: str) -> str:
    """Letters and digits alone, in one case: line breaks, spaces and hyphens differ from reader to reader."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum() or unicodedata.category(letter) == "Mn")


def _joined(text: str) -> str:
    """An address may be broken over lines."""
    return re.sub(r"\s+", "", text)
