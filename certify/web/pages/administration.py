"""An administrator's first page: what there is to look after, and what needs looking at now."""

from __future__ import annotations

from flask import Blueprint, render_template

from certify.errors import CertifyError, NotPermitted
from certify.mail.model import LetterState
from certify.organisations.service import administered, require_operator
from certify.web.i18n import gettext
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("administration", __name__, url_prefix="/admin")


@blueprint.get("/")
def home() -> str:
    """Show the desk."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        own = administered(unit, user)
        people = sum(count for name, count in unit.users.counts().items() if name in own)
        organisations = len(own)
        schemes = len({item[0] for item in unit.frameworks.all()})
        try:
            require_operator(unit, user)
            operator = True
        except NotPermitted:
            operator = False
        given_up = len(unit.outbox.recent(LetterState.GIVEN_UP))
    return render_template(
        "admin/home.html",
        keys_warning=_about_keys() if operator else "",
        people=people,
        organisations=organisations,
        schemes=schemes,
        operator=operator,
        given_up=given_up,
        sends_mail=given.sends_mail,
    )


def _about_keys() -> str:
    """Return what is to be done about keys; empty where nothing is."""
    try:
        states = services().key_states()
    except CertifyError:
        return gettext("There are no keys yet.")
    to_do = any(state.outlook.value in {"ends-soon", "ended"} for state in states)
    return gettext("A key ends soon.") if to_do else ""
