"""Letters for administrators: the queue, every text as it is read, and reminders with their list of readers first."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.audit.model import AuditAction, SubjectKind
from certify.errors import CertifyError, Conflict, NotFound
from certify.mail.model import KINDS, Letter, LetterKind, LetterState, letter
from certify.mail.reminders import ending, remind
from certify.settings import LANGUAGES
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import operator_only
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("letters", __name__, url_prefix="/admin/mail")
blueprint.before_request(operator_only)

WITHIN_DAYS = (30, 60, 90, 180)
_EXAMPLES = {
    "name": "Ana Specimen",
    "email": "ana@example.org",
    "title": "Smart City Project Developer",
    "number": "S4C-2026-7K3MQ-9XT2A-Y",
    "minutes": "15",
    "reason": "…",
    "ruling": "…",
}


@blueprint.get("")
def queue() -> str:
    """Show what waits, what was sent, and what was given up with why."""
    return _queue_page()


@blueprint.post("/<letter_id>/retry")
def retry(letter_id: str) -> ResponseReturnValue:
    """Let a letter that was given up be tried anew."""
    given = services()
    try:
        with given.database.writing() as unit:
            unit.outbox.retry(letter_id, given.clock())
            unit.trail.put(current_user().id, AuditAction.LETTER_RETRIED, SubjectKind.LETTER, letter_id)
    except CertifyError as error:
        return _queue_page(error), answer_to(error).problem.status
    return redirect(url_for("letters.queue"), 303)


@blueprint.get("/texts/<letter_kind>/<tag>")
def text(letter_kind: str, tag: str) -> str:
    """Show a letter as it would be read; nothing is sent or queued."""
    example = _example(letter_kind, tag)
    return render_template(
        "admin/letter.html",
        kind=example.kind,
        kinds=list(LetterKind),
        tag=tag,
        known_languages=LANGUAGES,
        optional=KINDS[example.kind].optional,
        words=services().mail_desk.words(example),
    )


@blueprint.get("/texts/<letter_kind>/<tag>/html")
def html(letter_kind: str, tag: str) -> Response:
    """Give the letter's HTML by itself, in a frame that may do nothing."""
    response = make_response(services().mail_desk.words(_example(letter_kind, tag)).html)
    response.mimetype = "text/html"
    return response


@blueprint.get("/reminders")
def reminders() -> str:
    """List whose certificates end soon, before anything is written."""
    return _reminders_page()


@blueprint.post("/reminders")
def send_reminders() -> ResponseReturnValue:
    """Queue letters for those who are ticked on the list."""
    given = services()
    try:
        if not given.sends_mail:
            raise Conflict("No mail server is set, so no letters are written.", fix="see docs/mail.md")
        with given.database.writing() as unit:
            count = remind(
                unit, current_user(), given.clock(), _within(), request.form.getlist("certificate")
            )
    except CertifyError as error:
        return _reminders_page(error), answer_to(error).problem.status
    return redirect(url_for("letters.reminders", within=_within(), queued=count), 303)


def _example(kind: str, tag: str) -> Letter:
    known = {item.value for item in LetterKind}
    if kind not in known or tag not in LANGUAGES:
        raise NotFound("There is no such letter.")
    given = services()
    values = _EXAMPLES | {
        "address": f"{given.settings.public_base}/…",
        "valid_until": today().replace(month=1, day=15).isoformat(),
    }
    of_kind = KINDS[LetterKind(kind)].values
    return letter(
        LetterKind(kind),
        _EXAMPLES["email"],
        given.clock(),
        {name: values[name] for name in of_kind},
        language=tag,
    )


def _within() -> int:
    typed = request.args.get("within") or fields.text("within")
    return int(typed) if typed in {str(days) for days in WITHIN_DAYS} else WITHIN_DAYS[1]


def _queue_page(error: CertifyError | None = None) -> str:
    given = services()
    state = request.args.get("state", "")
    chosen = LetterState(state) if state in set(LetterState) else None
    with given.database.reading() as unit:
        found = unit.outbox.recent(chosen)
    return render_template(
        "admin/mail.html",
        letters=found,
        chosen=chosen,
        states=list(LetterState),
        kinds=list(LetterKind),
        sends_mail=given.sends_mail,
        error=error,
    )


def _reminders_page(error: CertifyError | None = None) -> str:
    given = services()
    now = given.clock()
    with given.database.reading() as unit:
        found = ending(unit, now, _within())
    return render_template(
        "admin/reminders.html",
        reminders=[(item, item.proposed(now)) for item in found],
        within=_within(),
        choices=WITHIN_DAYS,
        queued=request.args.get("queued", ""),
        sends_mail=given.sends_mail,
        own_language=given.settings.mail_language,
        kind=LetterKind.CERTIFICATE_ENDS,
        error=error,
    )
