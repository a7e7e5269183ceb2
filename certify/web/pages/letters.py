"""Letters for administrators: the queue, and reminders with their list of readers first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.errors import CertifyError, Conflict
from certify.mail.model import LetterKind, LetterState
from certify.mail.reminders import ending, remind
from certify.mail.service import try_again
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import operator_only
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("letters", __name__, url_prefix="/admin/mail")
blueprint.before_request(operator_only)

WITHIN_DAYS = (30, 60, 90, 180)


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
            try_again(unit, current_user(), letter_id, given.clock())
    except CertifyError as error:
        return _queue_page(error), answer_to(error).problem.status
    return redirect(url_for("letters.queue"), 303)


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
