"""One person's account: what they may do, their language, and whether they may sign in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.errors import CertifyError
from certify.people import service as people
from certify.people.model import UserRole
from certify.settings import LANGUAGES
from certify.signin import providers
from certify.signin.links import LINK_LIFETIME, send_password_link
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("accounts", __name__, url_prefix="/admin/users")


@blueprint.get("/<user_id>")
def one(user_id: str) -> str:
    """Show somebody's account."""
    return _page(user_id)


@blueprint.post("/<user_id>")
def change(user_id: str) -> ResponseReturnValue:
    """Change roles, name and language."""
    given = services()
    try:
        people.change_user(
            given.database,
            current_user(),
            user_id,
            display_name=fields.text("display_name"),
            roles=[fields.choice(UserRole, name, "roles") for name in request.form.getlist("role")],
            language=fields.text("language") or None,
        )
    except CertifyError as error:
        return _page(user_id, error), answer_to(error).problem.status
    return redirect(url_for("accounts.one", user_id=user_id), 303)


@blueprint.post("/<user_id>/password-link")
def send_link(user_id: str) -> ResponseReturnValue:
    """Write to somebody how they choose a password."""
    given = services()
    try:
        send_password_link(given.database, given.clock, given.settings.public_base, current_user(), user_id)
    except CertifyError as error:
        return _page(user_id, error), answer_to(error).problem.status
    return redirect(url_for("accounts.one", user_id=user_id, sent="yes", _anchor="signing-in"), 303)


@blueprint.post("/<user_id>/unlink")
def unlink(user_id: str) -> ResponseReturnValue:
    """Forget who somebody is at their organisation's own provider."""
    try:
        providers.unlink(services().database, current_user(), user_id)
    except CertifyError as error:
        return _page(user_id, error), answer_to(error).problem.status
    return redirect(url_for("accounts.one", user_id=user_id, _anchor="signing-in"), 303)


def _page(user_id: str, error: CertifyError | None = None) -> str:
    with services().database.reading() as unit:
        user = people.user_for(unit, current_user(), user_id)
        organisation = unit.organisations.get(user.organisation_id)
        candidate = unit.candidates.get(user.candidate_id) if user.candidate_id else None
        cohorts = unit.cohorts.of_trainer(user.id)
        linked = unit.providers.of_user(user.id)
    roles = [role for role in UserRole if role is not UserRole.CANDIDATE or candidate]
    return render_template(
        "admin/user.html",
        person=user,
        organisation=organisation,
        candidate=candidate,
        cohorts=cohorts,
        linked=linked,
        roles=roles,
        known_languages=LANGUAGES,
        minutes=int(LINK_LIFETIME.total_seconds()) // 60,
        error=error,
    )
