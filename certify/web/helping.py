"""Who helps: said on every refusal, so that nobody stands before a closed door without a name to ask for."""

from __future__ import annotations

from flask import Flask, g

from certify.organisations.model import Organisation
from certify.people.model import User
from certify.web.i18n import gettext
from certify.web.state import services

HELPED = frozenset({
    "not-permitted",
    "not-authenticated",
    "second-step-missing",
    "too-many-tries",
    "four-eyes",
    "not-found",
})  # fmt: skip
"""Codes of refusals that a person can do something about: the others are told to the operator."""


def helper(organisation: Organisation | None = None) -> str:
    """Say who helps: an organisation; by default that of the person who asks, or the one that runs the installation."""
    organisation = organisation or _organisation()
    if organisation.help_contact:
        return gettext(
            "%(organisation)s helps you: %(contact)s.",
            organisation=organisation.name,
            contact=organisation.help_contact,
        )
    return gettext("An administrator of %(organisation)s helps you.", organisation=organisation.name)


def helper_on(code: str) -> str:
    """Say who helps where a refusal has this code; nothing where nobody could do anything about it.

    Strangers are told without asking the register: it does no work on account of a mistyped address.
    """
    if code not in HELPED:
        return ""
    if getattr(g, "user", None) is None:
        return gettext("Whoever gave you this address helps you. If you have an account here, sign in first.")
    return helper()


def _organisation() -> Organisation:
    user: User | None = getattr(g, "user", None)
    with services().database.reading() as unit:
        return unit.organisations.get(user.organisation_id) if user else unit.organisations.operator()


def install(app: Flask) -> None:
    """Give the templates their helper, and which ways in there are."""
    app.jinja_env.globals.update(
        helper=helper, helper_on=helper_on, sends_mail=_sends_mail, with_sign_in=_with_sign_in
    )


def _sends_mail() -> bool:
    return services().sends_mail


def _with_sign_in() -> list[Organisation]:
    """Return the organisations that have a sign-in of their own, by name."""
    with services().database.reading() as unit:
        having = frozenset(unit.providers.organisations())
        found = [item for item in unit.organisations.all() if item.id in having] if having else []
    return sorted(found, key=lambda item: item.name.casefold())
