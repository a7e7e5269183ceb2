"""Sign in and out by API. The token goes into ``Authorization: Bearer``; no cookie is set or read."""

from __future__ import annotations

from flask import request

from certify.errors import InvalidInput, NotAuthenticated, SecondStepMissing
from certify.people.model import User
from certify.signin.model import Method, Pending
from certify.signin.second_factor import check_code, pending_after
from certify.signin.service import check_password, sign_out
from certify.signin.service import open_session as begin
from certify.web.api import schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.shapes import Json, user_shape
from certify.web.sessions import caller_address, current_user, token_given
from certify.web.state import services

blueprint = ApiBlueprint("api-sessions", __name__, description="Sign in and out.")


@blueprint.on("POST", "/sessions", public=True)
@blueprint.takes(schemas.Credentials)
@blueprint.answers(201, schemas.SessionShape)
def open_session(credentials: Json) -> Json:
    """Open a session and return its token."""
    given = services()
    hours = given.settings.session_hours
    user = check_password(
        given.database,
        given.clock,
        credentials["email"],
        credentials["password"],
        address=caller_address(),
    )
    with given.database.reading() as unit:
        required = given.settings.require_second_factor
        pending = pending_after(unit, user, Method.PASSWORD, required=required)
    if pending:
        _check_second_factor(user, pending, credentials["code"])
    with given.database.writing() as unit:
        token = begin(unit, given.clock, user, Method.PASSWORD, hours, request.headers.get("User-Agent", ""))
    return {"token": token, "hours": hours, "user": user_shape(user)}


@blueprint.on("DELETE", "/sessions/current")
@blueprint.answers(204)
def close_session() -> None:
    """End the session whose token came with the request."""
    token = token_given()
    if token:
        sign_out(services().database, token)


@blueprint.on("GET", "/me")
@blueprint.answers(200, schemas.UserShape)
def me() -> Json:
    """Say who is signed in."""
    return user_shape(current_user())


def _check_second_factor(user: User, pending: Pending, code: str) -> None:
    given = services()
    if pending is Pending.ENROLMENT:
        raise SecondStepMissing(
            "This account needs a second factor first.", fix="sign in on the pages once, or use a token"
        )
    if not code:
        raise SecondStepMissing("This account asks for a second factor.", fix="send its code as 'code'")
    try:
        check_code(given.database, given.clock, given.vault, user, code)
    except InvalidInput as error:
        raise NotAuthenticated(error.message, fix=error.fix) from error
