"""Sign in, sign out, choose a password, and find one's own work."""

from __future__ import annotations

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from certify.errors import InvalidInput, NotAuthenticated, TooManyTries
from certify.people.model import User, UserRole
from certify.people.service import set_password
from certify.signin.model import Method, Pending
from certify.signin.second_factor import pending_after
from certify.signin.service import check_own_password, check_password, open_session, token_digest
from certify.signin.service import sign_out as close_session
from certify.web.i18n import gettext
from certify.web.sessions import (
    caller_address,
    current_session,
    current_user,
    forget,
    known_device,
    remember,
    remember_device,
    token_given,
)
from certify.web.state import services

blueprint = Blueprint("auth", __name__)
_DESKS = {
    UserRole.TRAINER: "trainer.cohorts",
    UserRole.CERTIFIER: "certifier.queue",
    UserRole.ADMINISTRATOR: "administration.home",
    UserRole.CANDIDATE: "candidate.overview",
}


@blueprint.get("/sign-in")
def sign_in() -> str:
    """Ask for address and password."""
    return render_template("sign_in.html", next=safe_path(request.args.get("next", "")))


@blueprint.post("/sign-in")
def sign_in_submit() -> ResponseReturnValue:
    """Open a session; one answer for every way it can fail."""
    email = request.form.get("email", "")[:320]
    given = services()
    back = safe_path(request.form.get("next", ""))
    try:
        user = check_password(
            given.database,
            given.clock,
            email,
            request.form.get("password", ""),
            address=caller_address(),
            device=known_device(email),
        )
    except NotAuthenticated:
        fault = gettext("The address and the password do not match.")
        return render_template("sign_in.html", next=back, email=email, fault=fault), 401
    except TooManyTries as error:
        return render_template("sign_in.html", next=back, email=email, fault=_wait(error)), 429
    return begin(user, Method.PASSWORD, back or url_for("auth.work"))


def begin(
    user: User, method: Method, then: str, *, pending: Pending | None = None, page: str = ""
) -> Response:
    """Open a session in this browser, in the place of any that it had, and go on.

    Args:
        then: Where to go on to; through the second step where one is needed.
        pending: What the session still needs, where the caller knows it.
        page: Shown instead of going on.
    """
    given, earlier = services(), token_given()
    with given.database.writing() as unit:
        if earlier:
            unit.users.close_session(token_digest(earlier))
        if pending is None:
            required = given.settings.require_second_factor
            pending = pending_after(unit, user, method, required=required)
        token = open_session(
            unit,
            given.clock,
            user,
            method,
            given.settings.session_hours,
            request.headers.get("User-Agent", ""),
            pending,
        )
    if pending:
        then = url_for("factors.second_step", next=then)
    response = make_response(page or redirect(then, 303))
    remember(response, token)
    if not pending:
        remember_device(response, user.email)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session, here and in the database."""
    token = token_given()
    if token:
        close_session(services().database, token)
    response = make_response(redirect(url_for("public.home"), 303))
    forget(response)
    return response


@blueprint.get("/work")
def work() -> Response:
    """Go to the desk of one's first role."""
    roles = current_user().roles
    return redirect(url_for(next(desk for role, desk in _DESKS.items() if role in roles)), 303)


@blueprint.get("/password")
def password() -> str:
    """Ask for a new password."""
    return render_template("password.html")


@blueprint.post("/password")
def password_submit() -> ResponseReturnValue:
    """Change one's own password, which ends every session, and begin a new one."""
    user, given = current_user(), services()
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    fault = ""
    try:
        check_own_password(given.database, given.clock, user, old)
    except InvalidInput:
        return render_template("password.html", fault=gettext("The present password is wrong.")), 422
    except TooManyTries as error:
        return render_template("password.html", fault=_wait(error)), 429
    if new != again:
        fault = gettext("The two new passwords differ.")
    else:
        try:
            set_password(given.database, user.id, new, by=user)
        except InvalidInput as error:
            fault = str(error)
    if fault:
        return render_template("password.html", fault=fault), 422
    return begin(user, current_session().method, url_for("auth.work"), pending=Pending.NOTHING)


def _wait(error: TooManyTries) -> str:
    g.retry_after = error.seconds
    return gettext(
        "Too many tries went wrong. Wait %(seconds)s seconds, then try again.", seconds=error.seconds
    )


def safe_path(path: str) -> str:
    """Return a path of this site to go on to, or nothing: never another site's address."""
    one_slash = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if one_slash and path.isprintable() and "\\" not in path else ""
