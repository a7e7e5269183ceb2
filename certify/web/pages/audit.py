"""The audit trail for administrators of the installation: searched, filtered, and taken away as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from certify.audit.export import as_csv
from certify.audit.model import AuditAction, AuditEntry, AuditFilter, AuditPlace, SubjectKind, read_place
from certify.clock import iso
from certify.errors import CertifyError, InvalidIdentifier, InvalidInput
from certify.identifiers import parse_certificate_number
from certify.paging import Asked, words_of
from certify.ports import UnitOfWork
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import operator_only
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("audit", __name__, url_prefix="/admin/audit")
blueprint.before_request(operator_only)

PAGE = 50
MOST_EXPORTED = 100_000
_MOST_NAMED = 500
_HEAD = ("at", "who", "who_id", "action", "subject_kind", "subject", "subject_id", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry with the names of today for what it names by identifier.

    Attributes:
        actor: Empty for whoever runs commands, or where nobody is known.
        subject: What people call it; its identifier where it has no such name.
        link: The page about it; empty where there is none.
    """

    entry: AuditEntry
    actor: str
    subject: str
    link: str


@blueprint.get("")
def trail() -> tuple[str, int] | str:
    """Show one page of the trail."""
    try:
        with services().database.reading() as unit:
            asked = _asked(unit)
            found = (
                []
                if asked is None
                else unit.trail.search(asked, PAGE + 1, _after(request.args.get("after", "")))
            )
            lines = _lines(unit, found[:PAGE])
    except CertifyError as error:
        return _page([], error=error), answer_to(error).problem.status
    more = ""
    if len(found) > PAGE:
        kept: dict[str, Any] = {
            name: value for name, value in request.args.items() if name != "after" and value
        }
        more = url_for("audit.trail", **kept, after=_cursor(found[PAGE - 1]))
    return _page(lines, more=more, unknown=asked is None)


@blueprint.post("/export")
def export() -> Response | tuple[str, int]:
    """Hand out all that is asked for as CSV, and keep that it was handed out."""
    given = services()
    try:
        with given.database.writing() as unit:
            asked = _asked(unit)
            found = [] if asked is None else unit.trail.search(asked, MOST_EXPORTED + 1)
            if len(found) > MOST_EXPORTED:
                raise InvalidInput(
                    f"More than {MOST_EXPORTED:,} lines are asked for.",
                    where="export",
                    fix="ask for a shorter span",
                )
            lines = _lines(unit, found)
            unit.trail.put(
                current_user().id,
                AuditAction.EXPORTED,
                SubjectKind.INSTALLATION,
                "audit trail",
                f"{len(lines)} lines",
            )
    except CertifyError as error:
        return _page([], error=error), answer_to(error).problem.status
    rows = [
        (
            iso(line.entry.at),
            line.actor,
            line.entry.actor_id or "",
            line.entry.action.value,
            line.entry.subject_kind.value,
            line.subject,
            line.entry.subject_id,
            line.entry.detail,
        )
        for line in lines
    ]
    response = make_response(as_csv([_HEAD, *rows]))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="audit-trail.csv"'
    return response


def _page(
    lines: Sequence[Line], *, more: str = "", unknown: bool = False, error: CertifyError | None = None
) -> str:
    asked = {name: _given(name) for name in ("q", "action", "since", "until")}
    return render_template(
        "admin/audit.html",
        lines=lines,
        asked=asked,
        actions=sorted(AuditAction),
        more=more,
        unknown=unknown,
        error=error,
    )


def _given(name: str) -> str:
    """A field of the search, or of the form that repeats it."""
    return (request.args.get(name) or request.form.get(name) or "").strip()[:200]


def _asked(unit: UnitOfWork) -> AuditFilter | None:
    """Return what is asked for; None where it names somebody or something that is not known."""
    about = _about(unit, _given("q")) if _given("q") else frozenset()
    if about is None:
        return None
    action = fields.choice(AuditAction, _given("action"), "action") if _given("action") else None
    until = _moment("until")
    return AuditFilter(
        action=action, about=about, since=_moment("since"), until=until and until + timedelta(days=1)
    )


def _moment(name: str) -> datetime | None:
    text = _given(name)
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise InvalidInput("is not a day, as 2026-03-31.", where=name) from None


def _about(unit: UnitOfWork, text: str) -> frozenset[str] | None:
    """Return the identifiers of what a text names: a person, a candidate's reference, a certificate's number."""
    named = unit.users.part(None, Asked(limit=_MOST_NAMED, words=words_of(text)))
    found = {user.id for user in named.entries}
    candidate = unit.candidates.by_reference(text)
    found |= {candidate.id} if candidate else set()
    try:
        row = unit.certificates.by_number(parse_certificate_number(text))
        found |= {row.id} if row else set()
    except InvalidIdentifier:
        pass
    cohort = unit.cohorts.by_code(text)
    found |= {cohort.id} if cohort else set()
    return frozenset(found) or None


def _lines(unit: UnitOfWork, entries: Sequence[AuditEntry]) -> list[Line]:
    actors: dict[str, str] = {}
    names: dict[tuple[SubjectKind, str], tuple[str, str]] = {}
    lines = []
    for entry in entries:
        key = entry.subject_kind, entry.subject_id
        if key not in names:
            names[key] = _named(unit, *key)
        acted_by = entry.actor_id or ""
        if acted_by not in actors:
            actors[acted_by] = _actor(unit, acted_by)
        subject, link = names[key]
        lines.append(Line(entry=entry, actor=actors[acted_by], subject=subject, link=link))
    return lines


def _actor(unit: UnitOfWork, user_id: str) -> str:
    try:
        return unit.users.get(user_id).display_name
    except CertifyError:
        return ""


def _named(unit: UnitOfWork, kind: SubjectKind, name: str) -> tuple[str, str]:
    """Return what people call a subject, and where its page is."""
    try:
        if kind in _NAMES:
            return _NAMES[kind](unit, name)
    except CertifyError:
        # Erased since; the trail stays.
        pass
    return name, ""


def _page_of_a_letter(name: str) -> str:
    """Return the page of a kind's words, named by kind and language; a letter that was sent has no page."""
    kind, found, language = name.partition(" ")
    return url_for("letter_texts.one", letter_kind=kind, tag=language) if found else ""


_NAMES: Mapping[SubjectKind, Callable[[UnitOfWork, str], tuple[str, str]]] = {
    SubjectKind.CANDIDATE: lambda unit, name: (
        unit.candidates.get(name).reference,
        url_for("admin.candidate", candidate_id=name),
    ),
    SubjectKind.CERTIFICATE: lambda unit, name: (
        unit.certificates.get(name).award.number,
        url_for("public.certificate", certificate_id=name),
    ),
    SubjectKind.USER: lambda unit, name: (
        unit.users.get(name).display_name,
        url_for("accounts.one", user_id=name),
    ),
    SubjectKind.COHORT: lambda unit, name: (
        unit.cohorts.get(name).code,
        url_for("admin.cohort", cohort_id=name),
    ),
    SubjectKind.ORGANISATION: lambda unit, name: (unit.organisations.get(name).name, ""),
    SubjectKind.LETTER: lambda _unit, name: (name, _page_of_a_letter(name)),
}


def _cursor(entry: AuditEntry) -> str:
    return f"{entry.at.isoformat()}~{entry.id}"


def _after(text: str) -> AuditPlace | None:
    at, found, entry_id = text.partition("~")
    return read_place(at, entry_id, "after") if found else None
