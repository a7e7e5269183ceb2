"""An organisation's own sign-in: which provider, and how this installation is registered there."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.errors import CertifyError, ProviderRefused, ProviderUnavailable
from certify.signin.proof import proof_needed
from certify.signin.provider_desk import redirect_address
from certify.signin.providers import provider_of, remove_provider, set_provider
from certify.web.pages import account, fields
from certify.web.problems import answer_to
from certify.web.sessions import current_session, current_user
from certify.web.state import services

blueprint = Blueprint(
    "organisation_sign_in", __name__, url_prefix="/admin/organisations/<organisation_id>/sign-in"
)


@blueprint.get("")
def one(organisation_id: str) -> str:
    """Show the provider, or how to set one."""
    return _page(organisation_id)


@blueprint.post("")
def change(organisation_id: str) -> ResponseReturnValue:
    """Set the provider, which is asked whether it is one; whoever does shows again who they are."""
    given = services()
    try:
        account.show_again()
        set_provider(
            given.database,
            given.provider_wire,
            given.vault,
            current_user(),
            organisation_id,
            issuer=fields.text("issuer"),
            client_id=fields.text("client_id"),
            secret=fields.text("secret"),
            domains=fields.text("domains").replace(",", " ").split(),
        )
    except CertifyError as error:
        return _page(organisation_id, error), answer_to(error).problem.status
    return redirect(url_for("organisation_sign_in.one", organisation_id=organisation_id, saved="yes"), 303)


@blueprint.post("/remove")
def remove(organisation_id: str) -> ResponseReturnValue:
    """Take the provider away."""
    try:
        account.show_again()
        remove_provider(services().database, current_user(), organisation_id)
    except CertifyError as error:
        return _page(organisation_id, error), answer_to(error).problem.status
    return redirect(url_for("organisation_sign_in.one", organisation_id=organisation_id), 303)


def _page(organisation_id: str, error: CertifyError | None = None) -> str:
    given, user = services(), current_user()
    provider = provider_of(given.database, user, organisation_id)
    with given.database.reading() as unit:
        organisation = unit.organisations.get(organisation_id)
        proof = proof_needed(unit, user, current_session(), given.clock())
    return render_template(
        "admin/organisation_sign_in.html",
        organisation=organisation,
        provider=provider,
        redirect_address=redirect_address(given.settings.public_base, organisation_id),
        proof=proof,
        typed=request.form,
        error=error,
        # The provider's own fault is told in full: who sets it up has to mend it.
        fault=str(error) if isinstance(error, ProviderRefused | ProviderUnavailable) else "",
    )
