"""Organisations: who trains here, who certifies, and who helps their people."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from certify.errors import CertifyError, NotPermitted
from certify.organisations.service import (
    add_organisation,
    administered,
    change_organisation,
    require_operator,
)
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("organisations", __name__, url_prefix="/admin/organisations")


@blueprint.get("")
def all_of_them() -> str:
    """List the organisations that the person administers."""
    return _page()


@blueprint.post("")
def add() -> ResponseReturnValue:
    """Add one."""
    try:
        add_organisation(services().database, current_user(), **_typed())
    except CertifyError as error:
        return _page(error), answer_to(error).problem.status
    return redirect(url_for("organisations.all_of_them"), 303)


@blueprint.post("/<organisation_id>")
def change(organisation_id: str) -> ResponseReturnValue:
    """Change one's particulars."""
    try:
        change_organisation(services().database, current_user(), organisation_id, **_typed())
    except CertifyError as error:
        return _page(error), answer_to(error).problem.status
    return redirect(url_for("organisations.all_of_them"), 303)


def _typed() -> dict[str, str]:
    return {name: fields.text(name) for name in ("name", "country", "help_contact")}


def _page(error: CertifyError | None = None) -> str:
    user = current_user()
    with services().database.reading() as unit:
        own = administered(unit, user)
        people = unit.users.counts()
        bodies = unit.organisations.bodies()
        listed = [
            (
                organisation,
                people.get(organisation.id, 0),
                sorted(name for name, body in bodies.items() if body == organisation.id),
            )
            for organisation in unit.organisations.all()
            if organisation.id in own
        ]
        try:
            require_operator(unit, user)
            operator = True
        except NotPermitted:
            operator = False
    return render_template("admin/organisations.html", organisations=listed, operator=operator, error=error)
