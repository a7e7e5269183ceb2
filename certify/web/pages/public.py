"""What anybody may see: the question, the certificate's page, and a file checked. No page here sets a cookie."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotAcceptable

from certify.errors import CredentialNotPublic, InvalidIdentifier, NotFound
from certify.identifiers import as_typed, encode_identifier, parse_certificate_number, parse_identifier
from certify.issuing.credentials import credential_json
from certify.publicity.service import is_public
from certify.verification.answer import Answer, answer
from certify.verification.batch import LONGEST_LINE, certificate_named
from certify.verification.document import report_json, report_schema
from certify.verification.report import Report
from certify.web.badge import badge as draw_badge
from certify.web.given import compared, named, said_file
from certify.web.i18n import N_, asked_for, gettext, language, say
from certify.web.problems import PROBLEMS, wants_json
from certify.web.state import services, today
from certify.web.verdicts import CHECKS, Verdict, said_checks, verdict

blueprint = Blueprint("public", __name__)
CHOOSE_FIRST = N_("Choose the PDF file you were given first.")
NOBODYS = encode_identifier(bytes(16))
"""An identifier that is never drawn: one in 2^128."""

REPORTS = ("text/html", "application/json")
CREDENTIALS = ("application/vc+jwt", "application/vc")
"""The signed credential's media types (VC Data Model 2.0, 6.2; VC-JOSE-COSE, 6.1.1)."""

STRANGERS_SEND = ("public.verify_upload", "public.verify_number", "public.certificate_file")


@blueprint.get("/")
def home() -> str:
    """Ask for a number or a file."""
    return render_template("home.html")


@blueprint.get("/verify")
def verify() -> str:
    """Ask for a number or a file."""
    return render_template("verify.html")


@blueprint.post("/verify")
def verify_upload() -> ResponseReturnValue:
    """Verify a file and show the report."""
    data = uploaded()
    if not data:
        return render_template("verify.html", fault=say(CHOOSE_FIRST)), 422
    answered = services().file_verifier.answer(data)
    reason = answered.inspection.reason if answered.inspection is not None else ""
    return page_of(
        answered.report, said=said_file(answered), named=named(answered), unread=reason, from_file=True
    )


@blueprint.post("/verify/number")
def verify_number() -> ResponseReturnValue:
    """Find a certificate by its number or address. Posted, so that the number reaches no log or history."""
    typed = request.form.get("number", "")[:LONGEST_LINE]
    if (meant := certificate_named(typed)) is not None:
        return redirect(url_for("public.certificate", certificate_id=meant), 303)
    try:
        entry = services().register.by_number(parse_certificate_number(typed))
    except InvalidIdentifier:
        fault = gettext("This is not a certificate number, or it was mistyped. Copy it from the certificate.")
        return render_template("verify.html", number_fault=fault, number=typed), 422
    if entry is None:
        return _nothing_found()
    return redirect(url_for("public.certificate", certificate_id=entry.award.certificate_id), 303)


@blueprint.get("/v/<certificate_id>")
def certificate(certificate_id: str) -> ResponseReturnValue:
    """Show a certificate's report, as a page or as JSON: the address in the QR code."""
    if (meant := _pasted(certificate_id)) is not None:
        tag = language().tag if asked_for() else None
        return redirect(url_for("public.certificate", certificate_id=meant, lang=tag), 301)
    report = report_on(certificate_id)
    if report is None:
        return _nothing_found()
    wanted = representation()
    if wanted in CREDENTIALS and not _is_public(report.subject):
        wanted = _instead()
    if wanted in CREDENTIALS:
        response = Response(_credential(report.subject, wanted), content_type=wanted)
        response.vary.add("Accept")
        return response
    if wanted == "application/json":
        response = jsonify(report_json(report))
        response.headers["Link"] = (
            f'<{url_for("public.schema")}>; rel="describedby"; type="application/schema+json"'
        )
    else:
        response = Response(page_of(report))
    response.vary.add("Accept")
    return response


@blueprint.get("/v/<certificate_id>/badge.svg")
def badge(certificate_id: str) -> ResponseReturnValue:
    """Draw the answer in a word or two, for a link on another site; it says nothing about the holder."""
    report = _looked_up(certificate_id)
    found: Answer | None = answer(report) if report is not None else None
    response = Response(draw_badge(found), 404 if found is None else 200, mimetype="image/svg+xml")
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/schemas/verification-report-1.json")
def schema() -> Response:
    """Describe the JSON report, for programs that check what they read."""
    response = Response(report_schema(), mimetype="application/schema+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _is_public(certificate_id: str) -> bool:
    with services().database.reading() as unit:
        return is_public(unit, certificate_id)


def _instead() -> str:
    """Return the media type of the report that is had where the credential is not; the reader may accept none."""
    accepted = request.accept_mimetypes.best_match(REPORTS)
    if accepted is None:
        raise CredentialNotPublic(
            "The holder of this certificate has not made its signed credential public.",
            fix="ask the holder for it, or for the report as text/html or application/json",
        )
    return accepted


def _credential(certificate_id: str, wanted: str) -> bytes | str:
    with services().database.reading() as unit:
        row = unit.certificates.get(certificate_id)
        if wanted == CREDENTIALS[1]:
            return credential_json(unit, row)
    return services().tokens.of(row)


def representation() -> str:
    """Return the media type that the reader likes best of those a certificate has.

    Raises:
        NotAcceptable: They accept none of them.
    """
    accepts = request.accept_mimetypes
    if not accepts:
        return REPORTS[0]
    best = accepts.best_match([*REPORTS, *CREDENTIALS])
    if best is None:
        raise NotAcceptable
    return best


@blueprint.post("/v/<certificate_id>/file")
def certificate_file(certificate_id: str) -> ResponseReturnValue:
    """Compare a file somebody was given with the one that was issued."""
    report = report_on(certificate_id)
    if report is None:
        return _nothing_found()
    data = uploaded()
    comparison = None
    if data:
        entry = services().register.entry(report.subject)
        comparison = compared(services().file_verifier.answer(data), data, entry)
    return page_of(report, comparison=comparison, fault="" if data else say(CHOOSE_FIRST))


@blueprint.get("/checks")
def checks() -> str:
    """Explain how a certificate is checked."""
    said = [(say(title), say(meaning)) for title, meaning in CHECKS.values()]
    return render_template("checks.html", checks=said)


@blueprint.get("/problems")
def problems() -> str:
    """List every error code."""
    table: Mapping[str, object] = PROBLEMS
    return render_template("problems.html", problems=table)


@blueprint.get("/health")
def health() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


def uploaded() -> bytes:
    """Return the uploaded file's bytes; empty where none was chosen."""
    upload = request.files.get("file")
    return upload.read() if upload else b""


def report_on(certificate_id: str) -> Report | None:
    """Verify a registered certificate; None where there is none, however the identifier is wrong.

    A program gets the same as a problem document, so for it the NotFound passes.
    """
    report = _looked_up(certificate_id)
    if report is None and wants_json():
        raise NotFound("The register holds no certificate with this identifier.")
    return report


def _pasted(certificate_id: str) -> str | None:
    """Return the identifier in an address that was pasted with its sentence's full stop or the like; None where it is clean.

    Whether there is such a certificate has no part in it.
    """
    meant = as_typed(certificate_id)
    if meant == certificate_id:
        return None
    try:
        return parse_identifier(meant)
    except InvalidIdentifier:
        return None


def _looked_up(certificate_id: str) -> Report | None:
    try:
        known = parse_identifier(certificate_id)
    except InvalidIdentifier:
        # Asked for nobody's certificate, the register does the same work as for an unknown one: how long an
        # answer takes tells nothing about how near a guess came.
        known = NOBODYS
    try:
        return services().verifier.verify_certificate(known)
    except NotFound:
        return None


def page_of(report: Report, said: Verdict | None = None, **more: object) -> str:
    """Return the page of a report.

    Args:
        said: The verdict in words, where it is not the report's own.
        more: What else the page shows.
    """
    return render_template(
        "report.html",
        report=report,
        verdict=said or verdict(report),
        checks=said_checks(report),
        host=urlsplit(services().settings.public_base).hostname,
        today=today(),
        **more,
    )


def _nothing_found() -> ResponseReturnValue:
    return render_template("nothing_found.html"), 404
