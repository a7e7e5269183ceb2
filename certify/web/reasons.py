"""Why a row, a file or a form was refused, in the reader's language.

Rows are stored with the core's English, so it is found again by its sentence. What is not found whole, place, sentence and
remedy, is shown whole in English and marked so: no sentence is half translated. A test walks what the rooms of rows say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from flask import Flask
from markupsafe import Markup, escape

from certify.errors import CertifyError
from certify.web.i18n import N_, language, say

_MOST_CHARACTERS = 1_000
_MOST_BRACKETS = 8
_HEAD = re.compile(r"([^:]{1,40}): ")
_LINE = re.compile(r"file, line (\d+)")
_LINE_OF_FILE = N_("line %(line)s of the file")

PLACES: Mapping[str, str] = {
    "candidate": N_("candidate"),
    "trainer": N_("trainer"),
    "trainers": N_("trainers"),
    "module": N_("module"),
    "outcome": N_("outcome"),
    "date": N_("day"),
    "completed_on": N_("day of completion"),
    "workload": N_("hours"),
    "workload_hours": N_("hours"),
    "evidence": N_("evidence"),
    "reference": N_("code"),
    "name": N_("name"),
    "Latin name": N_("name in Latin letters"),
    "printed name": N_("name to print"),
    "display name": N_("name"),
    "e-mail": N_("e-mail address"),
    "e-mail address": N_("e-mail address"),
    "email": N_("e-mail address"),
    "qualification": N_("prior qualification"),
    "EQF level": N_("EQF level"),
    "eqf_level": N_("EQF level"),
    "accepted": N_("acceptance"),
    "cohort": N_("cohort"),
    "cohort code": N_("code"),
    "cohort title": N_("title"),
    "help contact": N_("Who helps its people"),
    "role": N_("role"),
    "roles": N_("roles"),
    "language": N_("language"),
    "file": N_("file"),
    "password": N_("password"),
    "People": N_("people"),
    "Records": N_("records"),
    "Columns": N_("columns"),
    "columns": N_("columns"),
    "Module of all rows": N_("module of all rows"),
    "reason": N_("reason"),
    "reason for the correction": N_("reason"),
    "reason for undoing it": N_("reason"),
    "subject": N_("subject"),
    "text": N_("text"),
    "superseded_by": N_("Replaced by"),
}
"""What an error is about, by the core's name for it."""

SENTENCES: Sequence[str] = (
    N_("names nobody."),
    N_("nobody has the reference %(told)s."),
    N_("nobody has the email %(told)s."),
    N_("nobody has the name %(told)s."),
    N_("%(number)s people have the reference %(told)s."),
    N_("%(number)s people have the email %(told)s."),
    N_("%(number)s people have the name %(told)s."),
    N_("nobody signs in as %(told)s."),
    N_("%(told)s does not name one module version."),
    N_("A password has %(fewest)s to %(most)s characters."),
    N_("A user has at least one role."),
    N_("%(told)s is not a day."),
    N_("%(told)s is not a number of hours (whole minutes, at most 2,000 hours)."),
    N_("%(told)s is not an outcome."),
    N_("says nothing."),
    N_("%(scheme)s has no module %(module)s version %(version)s."),
    N_("%(day)s lies in the future."),
    N_("must be more than 0 and at most 2,000 hours."),
    N_("The person named as trainer does not have that role."),
    N_("The trainer is of another organisation than the candidate."),
    N_("Nobody records their own training."),
    N_("A trainer records only what they trained themself."),
    N_("This candidate is in none of your cohorts."),
    N_("There is no such candidate."),
    N_("There is no such completion."),
    N_("There is no such user."),
    N_("There is no such cohort."),
    N_("This record has been corrected already."),
    N_("The correction changes nothing."),
    N_("A correction keeps the candidate."),
    N_("Another record is about the same module and day."),
    N_("This completion is on record."),
    N_("%(module)s version %(version)s on %(day)s is on record with other facts (it was undone)."),
    N_("%(module)s version %(version)s on %(day)s is on record with other facts (%(difference)s)."),
    N_("is not a SHA-256: 64 hexadecimal digits."),
    N_("is missing."),
    N_("is one line of at most %(most)s printable characters."),
    N_("Tick at least one person."),
    N_("Choose at least one record to undo."),
    N_("Choose a file first, one that is not empty."),
    N_("There is nothing here that you entered."),
    N_("There is no such file of yours."),
    N_("This file was recorded already."),
    N_("Two columns name the person."),
    N_("Two columns mean the same (%(meaning)s)."),
    N_("Some columns belong to one module and others to any."),
    N_("A column names the module already."),
    N_("is not a module and its version."),
    N_("is not what the columns of this table mean."),
    N_("lacks the column %(columns)s."),
    N_("has a column twice."),
    N_("has a column that is not understood: %(columns)s."),
    N_("has an unknown column: %(columns)s."),
    N_("holds no table."),
    N_("has a heading, and no row below it."),
    N_("has more than %(most)s columns."),
    N_("has more than %(most)s rows."),
    N_("holds zero bytes; it is not a text file."),
    N_("is damaged."),
    N_("is empty."),
    N_("has %(size)s bytes; at most %(most)s are read at once."),
    N_("has %(size)s bytes; at most %(most)s are kept."),
    N_("is a workbook of Excel 97 to 2003, or has a password."),
    N_("is far larger unpacked than any table."),
    N_("cannot be read as an Excel workbook."),
    N_("is cut short, or something was put behind its end."),
    N_("is neither a PDF nor a PNG or JPEG picture."),
    N_("has %(found)s fields where the heading has %(wanted)s"),
    N_("field %(place)s has %(found)s characters; at most %(most)s are read"),
    N_("%(told)s is not an EQF level."),
    N_("is an EQF level from 1 to 8, not %(told)s."),
    N_("An accepted qualification has an EQF level."),
    N_("%(told)s is neither yes nor no."),
    N_("the reference %(told)s is taken."),
    N_("the reference %(told)s belongs to somebody else, or the name changed."),
    N_("there is no cohort %(told)s."),
    N_("there is no role %(told)s."),
    N_("%(scheme)s has no role %(told)s."),
    N_("is empty or has no letter."),
    N_("has more than %(most)s characters."),
    N_("has %(size)s characters; at most %(most)s fit a certificate."),
    N_("has %(character)s, which is not a Latin letter."),
    N_("has %(character)s at position %(position)s, %(kind)s."),
    N_("mixes scripts within one word: %(letters)s."),
    N_("This is not an e-mail address."),
    N_("has 1 to 32 letters, digits, dots, dashes or underscores, starting with a letter or digit."),
    N_("is not a language of letters."),
    N_("This needs the role of %(role)s."),
    N_("has %(characters)s, which no font here can draw."),
    N_("is too long for the certificate, even on two lines."),
    N_("A record with the same key is there already."),
    N_("A value breaks a rule of the register."),
    N_("A record that this one names does not exist."),
    N_("A text or number given cannot be stored."),
)

REMEDIES: Sequence[str] = (
    N_("see the candidates' list"),
    N_("use the reference"),
    N_("write it as 2026-03-31"),
    N_("write it as 12 or 7.5"),
    N_("passed, failed or withdrawn"),
    N_("one of %(words)s"),
    N_("its versions are %(words)s"),
    N_("a few unrelated words make a good one"),
    N_("it has %(words)s"),
    N_("the columns are %(words)s"),
    N_("see the framework's modules"),
    N_("ask the trainer"),
    N_("ask that trainer"),
    N_("ask an administrator"),
    N_("correct that record instead"),
    N_("correct the latest record"),
    N_("correct that one"),
    N_("leave it empty if there is none"),
    N_("say which column it is"),
    N_("leave it out, or import the file in the browser and say what it means"),
    N_("choose the surer one"),
    N_("leave one of them out"),
    N_("leave it out"),
    N_("leave some out"),
    N_("choose either columns of modules, or the columns of a completion"),
    N_("upload it again to record it once more"),
    N_("export it again, with its heading"),
    N_("write a row for each completion below the heading, and upload it again"),
    N_("write a row for each candidate below the heading, and upload it again"),
    N_("export it again"),
    N_("export it as CSV or .xlsx"),
    N_("split it"),
    N_("choose the file that was exported"),
    N_("save it as .xlsx without a password, or as CSV"),
    N_("save it as CSV UTF-8 and try that"),
    N_("save it as CSV"),
    N_("save it again"),
    N_("put the table on the first sheet"),
    N_("scan or export it again"),
    N_("scan or export it as a PDF"),
    N_("scan it at a lower resolution, or split it"),
    N_("1 to 8, or empty"),
    N_("open it first"),
    N_("correct a registered person's name in the register, not by a file"),
    N_("give the person's name"),
    N_("shorten it"),
    N_("shorten it, for example to initials"),
    N_("remove it"),
    N_("write it as an apostrophe"),
    N_("write the word in one script"),
    N_("write it as in the passport's Latin line, perhaps %(name)s"),
    N_("write it as in the passport's Latin line"),
    N_("write it as name@example.org"),
    N_("remove characters that cannot be printed"),
    N_("print another form of the name"),
    N_("print a shorter form"),
    N_("mend the framework or the records"),
    N_("shorten it in the framework, or issue with another design"),
)

_KINDS = (
    N_("which nobody can see"),
    N_("an unusual space"),
    N_("which names are not written with"),
    N_("another shape of a plain letter"),
    N_("a mark with no letter before it"),
    N_("a control character"),
    N_("an invisible formatting character"),
    N_("half of a character (a surrogate)"),
    N_("a private-use character"),
    N_("a code point that no Unicode version this system knows has assigned"),
    N_("a line separator"),
    N_("a paragraph separator"),
    N_("a symbol"),
    N_("a currency sign"),
    N_("a mathematical sign"),
    N_("a free-standing accent"),
    N_("an enclosing mark"),
    N_("a digit"),
    N_("a number"),
    N_("one of more than 4 marks on one letter"),
)
_DIFFERENCES = (
    N_("outcome %(old)s, not %(new)s"),
    N_("workload in minutes %(old)s, not %(new)s"),
    N_("other evidence"),
    N_("another trainer"),
)
_WORDS = {
    "passed": N_("passed"),
    "failed": N_("failed"),
    "withdrawn": N_("withdrawn"),
    "trainer": N_("trainer"),
    "certifier": N_("certifier"),
    "administrator": N_("administrator"),
    "candidate": N_("candidate"),
}


def reason(text: str) -> Markup:
    """Say why a row was refused; in marked English where it is not known."""
    said = in_words(text)
    return escape(said) if said is not None else Markup('<span lang="en">{}</span>').format(text)


def plain_reason(text: str) -> str:
    """Say why a row was refused, for a file."""
    return in_words(text) or text


def in_words(text: str) -> str | None:
    """Return why a row was refused in the reader's language; None where it is not known."""
    if language().tag == "en":
        return text
    for where, what, fix in _readings(text) if len(text) <= _MOST_CHARACTERS else ():
        sentence = _said(what, SENTENCES)
        place = _place_said(where)
        remedy = _said(fix, REMEDIES) if fix else ""
        if sentence is not None and remedy is not None:
            head = f"{place}: {sentence}" if place else sentence
            return f"{head} ({remedy})" if remedy else head
    return None


def error_said(error: CertifyError) -> Markup:
    """Say what an error says, its place and sentence; in marked English where it is not known.

    English readers get the places' words too, where the core's name is one for programs.
    """
    place = _place_said(error.where)
    sentence = _said(error.message, SENTENCES) if language().tag != "en" else None
    if sentence is None:
        where = PLACES.get(error.where, error.where) if "_" in error.where else error.where
        return Markup('<span lang="en">{}{}</span>').format(f"{where}: " if where else "", error.message)
    return escape(f"{place}: {sentence}" if place else sentence)


def remedy_said(fix: str) -> Markup:
    """Say what to do about an error; in marked English where it is not known."""
    known = _said(fix, REMEDIES) if language().tag != "en" else None
    return Markup('<span lang="en">{}</span>').format(fix) if known is None else escape(known)


def _readings(text: str) -> Iterator[tuple[str, str, str]]:
    """Give the ways to read a reason as place, sentence and remedy: a sentence may hold colons and brackets itself."""
    head = _HEAD.match(text)
    for where, rest in ((head[1], text[head.end() :]), ("", text)) if head else (("", text),):
        yield where, rest, ""
        at = rest.rfind(" (") if rest.endswith(")") else -1
        for _ in range(_MOST_BRACKETS):
            if at < 0:
                break
            yield where, rest[:at], rest[at + 2 : -1]
            at = rest.rfind(" (", 0, at)


def _place_said(where: str) -> str:
    """Return a place in the reader's language; a record's identifier says nothing to a reader and is left out."""
    line = _LINE.fullmatch(where)
    if line is not None:
        return say(_LINE_OF_FILE, line=line[1])
    return say(PLACES[where]) if where in PLACES else ""


def _said(text: str, known: Sequence[str]) -> str | None:
    """Return a text of a table in the reader's language, with what stands in it."""
    for marked, pattern in _patterns(tuple(known)):
        found = pattern.fullmatch(text)
        if found is not None:
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            if None in values.values():
                return None
            return say(marked, **values)
    return None


def _value(name: str, value: str) -> str | None:
    """Return what stands in a text: as it is, or a phrase of the core's own in the reader's language."""
    match name:
        case "kind":
            return say(value) if value in _KINDS else None
        case "difference":
            parts = [_said(part, _DIFFERENCES) for part in value.split("; ")]
            return None if None in parts else "; ".join(filter(None, parts))
        case "old" | "new" | "role":
            return say(_WORDS[value]) if value in _WORDS else value
        case "words":
            return ", ".join(say(_WORDS[word]) if word in _WORDS else word for word in value.split(", "))
        case _:
            return value


@cache
def _patterns(known: tuple[str, ...]) -> Sequence[tuple[str, re.Pattern[str]]]:
    """Return how each text is recognised; the one with the most words of its own first."""
    found = []
    for marked in known:
        pieces = re.split(r"%\((\w+)\)s", marked)
        pattern = "".join(
            re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>.+?)" for place, piece in enumerate(pieces)
        )
        found.append((sum(map(len, pieces[::2])), marked, re.compile(pattern, re.DOTALL)))
    return [(marked, pattern) for _own, marked, pattern in sorted(found, key=lambda item: -item[0])]


def install(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(reason=reason, error_said=error_said, remedy_said=remedy_said)
