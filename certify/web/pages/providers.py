"""Sign in at an organisation's own provider: away, and back again."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from certify.errors import NoAccountHere, ProviderRefused, ProviderUnavailable
from certify.signin.model import Method, Pending
from certify.signin.provider_desk import ProviderDesk
from certify.web.pages.auth import begin, safe_path
from certify.web.problems import RETRY_AFTER_SECONDS, answer_to
from certify.web.state import services

blueprint = Blueprint("providers", __name__, url_prefix="/sign-in/with")
STRANGERS_ASK = ("providers.start", "providers.back")
"""Endpoints that ask a provider on behalf of anybody."""

STATE = "provider"
"""Under this key the browser's form cookie holds the state of its one attempt with a provider."""

_SHOWN = (ProviderRefused, NoAccountHere, ProviderUnavailable)


@blueprint.get("/<organisation_id>")
def start(organisation_id: str) -> ResponseReturnValue:
    """Send the browser to the provider."""
    try:
        address, state = _desk().begin(organisation_id, safe_path(request.args.get("next", "")))
    except _SHOWN as error:
        return _refusal(organisation_id, error)
    session[STATE] = state
    return redirect(address, 303)


@blueprint.get("/<organisation_id>/back")
def back(organisation_id: str) -> ResponseReturnValue:
    """Take the browser back, and begin a session."""
    try:
        found = _desk().finish(organisation_id, str(session.pop(STATE, "")), request.args.to_dict())
    except _SHOWN as error:
        return _refusal(organisation_id, error)
    pending = Pending.NOTHING if found.both_factors else None
    then = safe_path(found.then) or url_for("auth.work")
    return begin(found.user, Method.PROVIDER, then, pending=pending)


def _desk() -> ProviderDesk:
    given = services()
    return ProviderDesk(
        given.database, given.clock, given.provider_wire, given.vault, given.settings.public_base
    )


def _refusal(
    organisation_id: str, error: ProviderRefused | NoAccountHere | ProviderUnavailable
) -> ResponseReturnValue:
    with services().database.reading() as unit:
        organisation = unit.organisations.get(organisation_id)
    answer = answer_to(error)
    page = render_template(
        "sign_in/provider_refusal.html",
        organisation=organisation,
        answer=answer,
        known=isinstance(error, NoAccountHere),
    )
    if answer.code in RETRY_AFTER_SECONDS:
        g.retry_after = RETRY_AFTER_SECONDS[answer.code]
    return page, answer.problem.status
