"""Stop letters of a kind, by the signed link in one of them: no account, one button (RFC 8058 for programs)."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from certify.mail.service import letter_to_stop, stop_letters
from certify.web.state import services

blueprint = Blueprint("mail", __name__, url_prefix="/mail")

STRANGERS_SEND = ("mail.stop_submit",)
"""Endpoints that take a form of anybody who has a letter."""


@blueprint.get("/stop/<stop_token>")
def stop(stop_token: str) -> str:
    """Ask before anything is stopped: link checkers open every address in a letter."""
    given = services()
    letter = letter_to_stop(given.database, given.stop_key(), stop_token)
    with given.database.reading() as unit:
        stopped = unit.outbox.stopped(letter.to, letter.kind)
    return render_template("mail/stop.html", kind=letter.kind, stop_token=stop_token, stopped=stopped)


@blueprint.post("/stop/<stop_token>")
def stop_submit(stop_token: str) -> str:
    """Stop them, or let them come again."""
    given = services()
    again = request.form.get("again") == "yes"
    kind = stop_letters(given.database, given.clock, given.stop_key(), stop_token, again=again)
    return render_template("mail/stop.html", kind=kind, stop_token=stop_token, stopped=not again)
