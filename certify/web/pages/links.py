"""Links in letters: to sign in, for candidates, and to choose a password, for whoever forgot theirs or has none yet.

A link's secret is taken out of the address before a page is shown: from then on it is in the browser's form cookie, so
that it stands in no history, is on no page, and goes to nobody whom the page names. What spends it is a button.
"""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from certify.errors import CertifyError, InvalidInput, NotAuthenticated, TooManyTries
from certify.signin.links import LINK_LIFETIME, ask_for_link, choose_password, follow_link, whose_link
from certify.signin.model import Method, Purpose
from certify.web.i18n import gettext
from certify.web.pages import fields
from certify.web.pages.auth import begin
from certify.web.problems import answer_to
from certify.web.sessions import caller_address
from certify.web.state import services

blueprint = Blueprint("links", __name__, url_prefix="/sign-in")

STRANGERS_SEND = (
    "links.ask_submit",
    "links.confirm_submit",
    "links.forgot_submit",
    "links.new_password_submit",
)
"""Endpoints that take a form of anybody who has an address or a link."""

ANSWER_SECONDS = 0.4
"""How long an answer about an e-mail address takes, whether somebody has it or not."""

_KEPT = {Purpose.SIGN_IN_LINK: "sign-in-link", Purpose.PASSWORD_LINK: "password-link"}
"""Under these keys the browser's form cookie holds the secret of a link that was followed."""

_MOST_CHARACTERS = 100
_NOT_SENT = 404


@blueprint.get("/link")
def ask() -> ResponseReturnValue:
    """Ask a candidate for the address to write to."""
    return _asking(Purpose.SIGN_IN_LINK)


@blueprint.post("/link")
def ask_submit() -> ResponseReturnValue:
    """Write to a candidate; the answer is the same for every address."""
    return _asked(Purpose.SIGN_IN_LINK)


@blueprint.get("/link/<secret>")
def follow(secret: str) -> Response:
    """Take the secret out of the address; nothing is spent."""
    return _keep(Purpose.SIGN_IN_LINK, secret, "links.confirm")


@blueprint.get("/by-link")
def confirm() -> ResponseReturnValue:
    """Ask whether to sign in, and say as whom."""
    given = services()
    user = whose_link(given.database, given.clock, Purpose.SIGN_IN_LINK, _kept(Purpose.SIGN_IN_LINK))
    return render_template("sign_in/by_link.html", person=user, sends_mail=given.sends_mail)


@blueprint.post("/by-link")
def confirm_submit() -> ResponseReturnValue:
    """Sign in by the link, which no longer works then."""
    given = services()
    try:
        user = follow_link(given.database, given.clock, _kept(Purpose.SIGN_IN_LINK), address=caller_address())
    except NotAuthenticated as error:
        page = render_template("sign_in/by_link.html", person=None, sends_mail=given.sends_mail)
        return page, answer_to(error).problem.status
    return begin(user, Method.LINK, url_for("auth.work"))


@blueprint.get("/password")
def forgot() -> ResponseReturnValue:
    """Ask who forgot their password for the address to write to."""
    return _asking(Purpose.PASSWORD_LINK)


@blueprint.post("/password")
def forgot_submit() -> ResponseReturnValue:
    """Write to whoever has the address; the answer is the same for every address."""
    return _asked(Purpose.PASSWORD_LINK)


@blueprint.get("/password/<secret>")
def follow_password(secret: str) -> Response:
    """Take the secret out of the address; nothing is spent."""
    return _keep(Purpose.PASSWORD_LINK, secret, "links.new_password")


@blueprint.get("/new-password")
def new_password() -> ResponseReturnValue:
    """Ask for a new password, and say whose."""
    return _new_password()


@blueprint.post("/new-password")
def new_password_submit() -> ResponseReturnValue:
    """Set it, which spends the link and ends every session, and go on as after signing in with it."""
    given = services()
    new, again = (request.form.get(name, "") for name in ("new", "again"))
    if new != again:
        return _new_password(gettext("The two new passwords differ.")), 422
    try:
        user = choose_password(
            given.database, given.clock, _kept(Purpose.PASSWORD_LINK), new, address=caller_address()
        )
    except InvalidInput as error:
        return _new_password(error=error), answer_to(error).problem.status
    except NotAuthenticated as error:
        return _new_password(), answer_to(error).problem.status
    return begin(user, Method.PASSWORD, url_for("auth.work"))


def _asking(purpose: Purpose, fault: str = "", *, email: str = "", asked: bool = False) -> tuple[str, int]:
    given = services()
    page = render_template(
        "sign_in/ask_for_link.html",
        forgot=purpose is Purpose.PASSWORD_LINK,
        sends_mail=given.sends_mail,
        email=email,
        asked=asked,
        minutes=int(LINK_LIFETIME.total_seconds()) // 60,
        fault=fault,
    )
    return page, 200 if given.sends_mail or request.method == "GET" else _NOT_SENT


def _asked(purpose: Purpose) -> ResponseReturnValue:
    given, began, email = services(), time.monotonic(), fields.text("email")[:320]
    if not given.sends_mail:
        return _asking(purpose)
    try:
        ask_for_link(
            given.database,
            given.clock,
            given.settings.public_base,
            purpose,
            email,
            address=caller_address(),
        )
    except TooManyTries as error:
        wait = gettext(
            "Too many letters were asked for. Wait %(seconds)s seconds, then try again.",
            seconds=error.seconds,
        )
        return _asking(purpose, wait, email=email)[0], answer_to(error).problem.status
    finally:
        time.sleep(max(began + ANSWER_SECONDS - time.monotonic(), 0))
    return _asking(purpose, email=email, asked=True)


def _keep(purpose: Purpose, secret: str, then: str) -> Response:
    session[_KEPT[purpose]] = secret if len(secret) <= _MOST_CHARACTERS else ""
    return redirect(url_for(then), 303)


def _kept(purpose: Purpose) -> str:
    kept = session.get(_KEPT[purpose], "")
    return kept if isinstance(kept, str) else ""


def _new_password(fault: str = "", error: CertifyError | None = None) -> str:
    given = services()
    user = whose_link(given.database, given.clock, Purpose.PASSWORD_LINK, _kept(Purpose.PASSWORD_LINK))
    return render_template(
        "sign_in/new_password.html", person=user, sends_mail=given.sends_mail, fault=fault, error=error
    )
