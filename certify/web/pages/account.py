"""One's own account: where one is signed in, and the tokens of one's programs."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from certify.errors import CertifyError, InvalidInput
from certify.people.model import UserRole
from certify.signin import service as signin
from certify.signin.model import Scope
from certify.signin.proof import proof_needed, prove
from certify.signin.second_factor import may_remove
from certify.signin.tokens import MOST_DAYS, make_token, revoke_token, tokens_of
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.sessions import current_session, current_user
from certify.web.state import services

blueprint = Blueprint("account", __name__, url_prefix="/account")

SCOPES_OF = {
    UserRole.TRAINER: (Scope.READ, Scope.RECORD),
    UserRole.CERTIFIER: (Scope.READ, Scope.CERTIFY),
    UserRole.ADMINISTRATOR: (Scope.READ, Scope.RECORD, Scope.ADMINISTER),
    UserRole.CANDIDATE: (Scope.READ,),
}
"""What is offered to whom: a scope that one's roles cannot use would only puzzle."""


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
_MOST_DEVICE_CHARACTERS = 40


def device_name(device: str) -> str:
    """Say what a browser calls itself so that its owner knows it again: ``Firefox, Windows``."""
    found = [next((name for mark, name in names if mark in device), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found)) or device[:_MOST_DEVICE_CHARACTERS] or "–"  # noqa: RUF001 - a dash for nothing


@blueprint.get("")
def overview() -> str:
    """Show one's sessions and tokens."""
    return page()


@blueprint.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> Response:
    """End one of one's sessions."""
    signin.end_session(services().database, current_user(), session_id)
    return redirect(url_for("account.overview", _anchor="sessions"), 303)


@blueprint.post("/sessions/end-others")
def end_others() -> Response:
    """Sign out everywhere but here."""
    signin.end_other_sessions(services().database, current_user().id, current_session().token_digest)
    return redirect(url_for("account.overview", _anchor="sessions"), 303)


@blueprint.post("/tokens")
def add_token() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    given, user = services(), current_user()
    try:
        scopes = [fields.choice(Scope, name, "Scopes") for name in request.form.getlist("scope")]
        days = fields.whole_number("days", "Days")
        if days is None:
            raise InvalidInput(f"is 1 to {MOST_DAYS} days.", where="days")
        show_again()
        secret, token = make_token(
            given.database, given.clock, user, name=fields.text("name"), scopes=scopes, days=days, by=user
        )
    except CertifyError as error:
        return page(error), answer_to(error).problem.status
    return render_template("account/token.html", secret=secret, token=token)


@blueprint.post("/tokens/<token_id>/revoke")
def end_token(token_id: str) -> Response:
    """End one of one's tokens."""
    given, user = services(), current_user()
    revoke_token(given.database, given.clock, user, token_id, by=user)
    return redirect(url_for("account.overview", _anchor="tokens"), 303)


def show_again() -> None:
    """Ask the form for the proof that the person is still there; see `certify.signin.proof.prove`."""
    given = services()
    shown = request.form.get("present", "")
    prove(given.database, given.clock, given.vault, current_user(), current_session(), shown)


def page(error: CertifyError | None = None) -> str:
    """Show the account, and what went wrong."""
    given, user = services(), current_user()
    now = given.clock()
    offered = {scope for role in user.roles for scope in SCOPES_OF[role]}
    with given.database.reading() as unit:
        enrolled = unit.factors.of_user(user.id) is not None
        codes_left = unit.factors.recovery_codes_left(user.id)
        passkeys = unit.passkeys.of_user(user.id)
        removable = may_remove(unit, user, required=given.settings.require_second_factor)
        proof = proof_needed(unit, user, current_session(), now)
    return render_template(
        "account/overview.html",
        enrolled=enrolled,
        codes_left=codes_left,
        passkeys=passkeys,
        removable=removable,
        proof=proof,
        sessions=signin.sessions_of(given.database, user.id, now),
        here=current_session(),
        tokens=tokens_of(given.database, user.id),
        now=now,
        device_name=device_name,
        scopes=[scope for scope in Scope if scope in offered],
        error=error,
    )
