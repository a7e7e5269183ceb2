"""Schemes: what is published, what is missing for issuing, and a new version: tried first, then published."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.errors import CertifyError, FrameworkInvalid, InvalidInput
from certify.framework.coverage import coverage
from certify.framework.load import load_framework
from certify.framework.model import Framework
from certify.organisations.service import assign_scheme, body_of, publish_scheme
from certify.people.model import UserRole
from certify.ports import UnitOfWork
from certify.web.i18n import gettext
from certify.web.pages import fields
from certify.web.pages.public import uploaded
from certify.web.problems import answer_to
from certify.web.scope import operator_only
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("schemes", __name__, url_prefix="/admin/schemes")
blueprint.before_request(operator_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """One thing that issuing needs, whether it is there, and what to do where it is not."""

    title: str
    there: bool
    to_do: str


@blueprint.get("")
def all_of_them() -> str:
    """List schemes by what was published last."""
    return _list_page()


@blueprint.post("/try")
def trial() -> ResponseReturnValue:
    """Read a file as publishing it would, and show every fault or what it says; nothing is published."""
    data = uploaded() or request.form.get("text", "").encode()
    try:
        if not data:
            raise InvalidInput("Choose a file first, one that is not empty.", where="file")
        text = _text(data)
        framework = load_framework(data, _source())
    except FrameworkInvalid as error:
        return _list_page(error, faults=error.problems), 422
    except CertifyError as error:
        return _list_page(error), answer_to(error).problem.status
    with services().database.reading() as unit:
        known = [item for item in unit.frameworks.all() if item[0] == framework.id]
    return render_template(
        "admin/scheme_tried.html",
        framework=framework,
        text=text,
        unreached=coverage(framework, today()),
        versions=[version for _, version, _ in known],
    )


@blueprint.post("/publish")
def publish() -> ResponseReturnValue:
    """Publish a file that was tried; it is read anew."""
    given = services()
    try:
        framework = load_framework(request.form.get("text", "").encode(), _source())
        publish_scheme(given.database, given.clock, current_user(), framework)
    except FrameworkInvalid as error:
        return _list_page(error, faults=error.problems), 422
    except CertifyError as error:
        return _list_page(error), answer_to(error).problem.status
    return redirect(url_for("schemes.one", framework_id=framework.id), 303)


@blueprint.get("/<framework_id>")
def one(framework_id: str) -> str:
    """Show a scheme, its versions, and what is missing for issuing."""
    return _page(framework_id)


@blueprint.post("/<framework_id>/body")
def assign(framework_id: str) -> ResponseReturnValue:
    """Say who certifies under a scheme."""
    try:
        if not fields.text("organisation"):
            raise InvalidInput("Choose an organisation.", where="organisation")
        assign_scheme(services().database, current_user(), framework_id, fields.text("organisation"))
    except CertifyError as error:
        return _page(framework_id, error), answer_to(error).problem.status
    return redirect(url_for("schemes.one", framework_id=framework_id), 303)


def _source() -> str:
    upload = request.files.get("file")
    return (upload.filename if upload and upload.filename else "the file")[-80:]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text.", where="file") from error


def _list_page(error: CertifyError | None = None, faults: tuple[str, ...] = ()) -> str:
    with services().database.reading() as unit:
        latest = {item[0]: unit.frameworks.latest(item[0]) for item in unit.frameworks.all()}
        listed = [(framework, body_of(unit, framework.id)) for framework in latest.values()]
        missing = {
            name: [item for item in _ready(unit, item) if not item.there] for name, item in latest.items()
        }
    return render_template("admin/schemes.html", schemes=listed, missing=missing, error=error, faults=faults)


def _page(framework_id: str, error: CertifyError | None = None) -> str:
    with services().database.reading() as unit:
        framework = unit.frameworks.latest(framework_id)
        return render_template(
            "admin/scheme.html",
            framework=framework,
            versions=[item for item in unit.frameworks.all() if item[0] == framework_id],
            body=body_of(unit, framework_id),
            organisations=unit.organisations.all(),
            ready=_ready(unit, framework),
            unreached=coverage(framework, today()),
            error=error,
        )


def _ready(unit: UnitOfWork, framework: Framework) -> list[Readiness]:
    """Return what issuing under a scheme needs."""
    given = services()
    body = body_of(unit, framework.id)
    certifiers = unit.users.with_role(UserRole.CERTIFIER, [body.id])
    has_cohort = unit.cohorts.any_with_trainer(framework.id)
    try:
        has_keys = any(not state.key.retired_at for state in given.key_states())
    except CertifyError:
        has_keys = False
    return [
        Readiness(
            title=gettext("Keys to sign with"), there=has_keys, to_do=gettext("Run: certify keys init")
        ),
        Readiness(
            title=gettext("A certifier of its certification body"),
            there=bool(certifiers),
            to_do=gettext("Add an account with the role of certifier."),
        ),
        Readiness(
            title=gettext("A cohort with a trainer"),
            there=has_cohort,
            to_do=gettext("Form a cohort and name its trainers."),
        ),
        Readiness(
            title=gettext("Training for every requirement"),
            there=not coverage(framework, today()),
            to_do=gettext("Publish a version whose modules reach what is listed below."),
        ),
        Readiness(
            title=gettext("A scheme of your own"),
            there=not framework.illustrative,
            to_do=gettext("This one is illustrative: what is issued under it says that it is a specimen."),
        ),
    ]
