"""The first run in the browser: organisation, keys, scheme, first people. Open to whoever has the terminal's code.

The code travels in a cookie of this path alone, which no other site's form can bring along. Once somebody has an
account, every address here is one that does not exist.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.errors import CertifyError, FrameworkInvalid, InvalidInput, NotAuthenticated, NotFound
from certify.framework.load import load_framework, published_scheme
from certify.organisations.service import change_organisation, publish_scheme
from certify.setup.service import FirstPerson, add_first_people, check_code, is_open
from certify.web.i18n import say
from certify.web.pages import fields
from certify.web.pages.installation import advice
from certify.web.pages.public import uploaded
from certify.web.problems import answer_to
from certify.web.state import services

blueprint = Blueprint("setup", __name__, url_prefix="/setup")

STEPS = ("organisation", "keys", "scheme", "people")
_DAY_SECONDS = 86_400


@blueprint.before_app_request
def lead_here() -> Response | None:
    """Lead whoever would sign in to an installation without people to its first run."""
    if request.endpoint != "auth.sign_in" or request.method != "GET":
        return None
    with services().database.reading() as unit:
        if not is_open(unit):
            return None
    return make_response(redirect(url_for("setup.wizard"), 303))


@blueprint.before_request
def guard() -> ResponseReturnValue | None:
    """Let nobody in without the code; and nobody at all once the installation is set up."""
    given = services()
    with given.database.reading() as unit:
        if not is_open(unit):
            raise NotFound("There is nothing here.")
        if request.endpoint == "setup.code":
            return None
        try:
            check_code(unit, given.clock, _code())
        except NotAuthenticated as error:
            wrong = error if _code() else None
            return render_template("setup/code.html", error=wrong), 401 if wrong else 200
    return None


@blueprint.get("")
def wizard() -> str:
    """Show the first step that is not done; until there are keys, the organisation's again where that is asked for."""
    return _page(again=request.args.get("step") == "organisation")


@blueprint.post("/code")
def code() -> ResponseReturnValue:
    """Take the code of the terminal."""
    given = services()
    typed = fields.text("code")[:100]
    try:
        with given.database.reading() as unit:
            check_code(unit, given.clock, typed)
    except CertifyError as error:
        return render_template("setup/code.html", error=error), answer_to(error).problem.status
    response = make_response(redirect(url_for("setup.wizard"), 303))
    secure = given.settings.secure_cookies
    response.set_cookie(
        "certify-setup",
        typed,
        max_age=_DAY_SECONDS,
        path="/setup",
        secure=secure,
        httponly=True,
        samesite="Strict",
    )
    return response


@blueprint.post("/organisation")
def organisation() -> ResponseReturnValue:
    """Name the organisation that runs the installation."""
    given = services()
    try:
        if not fields.text("country"):
            raise InvalidInput(
                "is not a country code.", where="country", fix="give two capital letters, as BG"
            )
        # The keys will name it, and by then it would be too late to say so.
        given.check_issuer(fields.text("name"), fields.text("country").upper())
        with given.database.reading() as unit:
            operator = unit.organisations.operator()
        change_organisation(
            given.database,
            None,
            operator.id,
            name=fields.text("name"),
            country=fields.text("country"),
            help_contact=fields.text("help_contact"),
        )
    except CertifyError as error:
        return _page(error), answer_to(error).problem.status
    return redirect(url_for("setup.wizard"), 303)


@blueprint.post("/keys")
def keys() -> ResponseReturnValue:
    """Make the certification authority and the signing keys; what is there stays."""
    given = services()
    try:
        with given.database.reading() as unit:
            operator = unit.organisations.operator()
        given.make_keys(operator.name, operator.country)
    except CertifyError as error:
        return _page(error), answer_to(error).problem.status
    return redirect(url_for("setup.wizard"), 303)


@blueprint.post("/scheme")
def scheme() -> ResponseReturnValue:
    """Publish the shipped scheme, or one's own file."""
    given = services()
    try:
        data = published_scheme() if fields.text("which") == "shipped" else uploaded()
        if not data:
            raise InvalidInput("Choose a file first, one that is not empty.", where="file")
        publish_scheme(given.database, given.clock, None, load_framework(data, "the file"))
    except FrameworkInvalid as error:
        return _page(error, faults=error.problems), 422
    except CertifyError as error:
        return _page(error), answer_to(error).problem.status
    return redirect(url_for("setup.wizard"), 303)


@blueprint.post("/people")
def people() -> ResponseReturnValue:
    """Add the first administrator and trainer; with that the first run is over."""
    given = services()
    try:
        # Without keys, organisation or scheme the last step cannot be taken, whoever sends it.
        if _step() != "people":
            raise InvalidInput("An earlier step is not done yet.", where="people")
        add_first_people(given.database, given.clock, _code(), _person("administrator"), _person("trainer"))
    except CertifyError as error:
        return _page(error), answer_to(error).problem.status
    response = make_response(redirect(url_for("auth.sign_in"), 303))
    response.delete_cookie("certify-setup", path="/setup")
    return response


def _code() -> str:
    return request.cookies.get("certify-setup", "")[:100]


def _person(role: str) -> FirstPerson:
    return FirstPerson(
        display_name=fields.text(f"{role}_name"),
        email=fields.text(f"{role}_email"),
        password=request.form.get(f"{role}_password", ""),
    )


def _step() -> str:
    """Return the first step that is not done, told by what is there."""
    given = services()
    with given.database.reading() as unit:
        named = bool(unit.organisations.operator().country)
        published = bool(unit.frameworks.all())
    try:
        has_keys = bool(given.key_states())
    except CertifyError:
        has_keys = False
    done = {"organisation": named, "keys": has_keys, "scheme": published}
    return next((step for step in STEPS if not done.get(step, False)), STEPS[-1])


def _page(error: CertifyError | None = None, faults: tuple[str, ...] = (), *, again: bool = False) -> str:
    given, step = services(), _step()
    told = advice("public_base", given.settings)
    with given.database.reading() as unit:
        operator = unit.organisations.operator()
    return render_template(
        "setup/wizard.html",
        step="organisation" if again and step == "keys" else step,
        steps=STEPS,
        advice=say(told) if told else "",
        operator=operator,
        settings=given.settings,
        error=error,
        faults=faults,
    )
