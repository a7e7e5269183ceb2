"""One table: every error code with its HTTP status and title, and how an error is answered.

Programs get an RFC 9457 problem document, people a page. What the table does not know is a 500 that says
nothing but a correlation id, under which the log has the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from flask import (
    Flask,
    Response,
    g,
    has_request_context,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]  # ships no types
from werkzeug.exceptions import HTTPException, TooManyRequests

from certify.errors import CertifyError, FrameworkInvalid, NotAuthenticated, SecondStepMissing, TooManyTries
from certify.web import held
from certify.web.logs import frames_of

log = structlog.get_logger("certify.web")
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its HTTP status, its title, and what it means in a sentence or two."""

    status: int
    title: str
    meaning: str


PROBLEMS: Mapping[str, Problem] = {
    "error": Problem(500, "Something went wrong", "A fault of this system. Give the reference to its operator."),
    "invalid-input": Problem(422, "Something in what you sent needs mending", "A value does not have the form asked for. Nothing was recorded."),
    "invalid-identifier": Problem(422, "This is not an identifier", "Identifiers have 26 letters A-Z and digits 2-7; a certificate number has a check character. It was mistyped or cut short."),
    "invalid-name": Problem(422, "This name cannot be used", "A name is empty, has a character that cannot be printed, or could mislead a reader. The detail names the character."),
    "not-found": Problem(404, "Nothing was found here", "No record has this identifier, or it is not yours to see."),
    "conflict": Problem(409, "The record is not as you expect", "It exists already, or somebody changed it first. Read it again."),
    "not-permitted": Problem(403, "This is not yours to do", "You are signed in, but not with a role that may do this."),
    "not-authenticated": Problem(401, "Please sign in", "The session is missing or over, or the address and password do not match."),
    "second-step-missing": Problem(401, "The second step is missing", "This account asks for a second factor: the code of an authenticator app, or a passkey."),
    "provider-refused": Problem(403, "Your organisation's sign-in did not let you in", "What came back from it did not pass a check, or was no answer to this browser. Begin again; if it stays so, tell who helps you what is said here."),
    "no-account-here": Problem(403, "You have no account here", "Your organisation's sign-in knows you, but no account of this organisation has an e-mail address that it vouches for. An administrator makes accounts."),
    "provider-unavailable": Problem(503, "Your organisation's sign-in does not answer", "Try again in a minute, or sign in another way."),
    "too-many-tries": Problem(429, "Too many tries", "Signing in was tried too often without success. It is not locked: wait as long as is said, then try again."),
    "framework-invalid": Problem(422, "The framework file has faults", "Each fault is listed with its place in the file."),
    "framework-published": Problem(409, "This framework version is published", "A published version never changes. Publish a new version instead."),
    "completion-conflict": Problem(409, "This completion is on record with other facts", "Correct the existing record; both stay on file."),
    "four-eyes": Problem(403, "Somebody else has to decide this", "Whoever trained a candidate or recorded what a decision relies on does not decide on their certification (ISO/IEC 17024)."),
    "conflict-undeclared": Problem(403, "Declare your interest first", "Whoever decides on a certification first declares whether they have a conflict of interest in the candidate (ISO/IEC 17024)."),
    "case-not-viewed": Problem(409, "Open the case first", "Several cases are decided at once only where each was opened by the person who decides, and has not changed since."),
    "not-eligible": Problem(409, "A requirement is not met", "A certification cannot be granted while a rule is not met."),
    "already-decided": Problem(409, "This case is decided already", "The certification was granted before, or a colleague was faster."),
    "lint-failed": Problem(422, "The certificate breaks a rule", "Nothing was signed. The detail names the rule."),
    "unprintable-name": Problem(422, "The name cannot be printed", "No font has one of the name's characters. Nothing was signed; correct the name and issue again."),
    "design-invalid": Problem(500, "A certificate design cannot be used", "The installation's designs or labels are at fault; nothing was signed. Tell the operator."),
    "self-check-failed": Problem(500, "The finished certificate did not verify", "The bytes just made were not stored and no certificate was handed out. Tell the operator."),
    "status-transition": Problem(409, "This step is not possible now", "The certificate's status does not allow it. Revocation is final."),
    "timestamp-unavailable": Problem(503, "The timestamp authority gives no timestamp", "Nothing was issued without one. What is prepared is kept and can be issued later."),
    "mail-unavailable": Problem(503, "The mail server does not answer", "Letters stay in the queue and are tried again by themselves."),
    "mail-refused": Problem(422, "The mail server refuses this letter", "It will not be sent. The detail says what the server answered."),
    "keys-missing": Problem(503, "The keys are not there", "The operator restores the key directory from its backup or, where nothing was ever issued, makes keys with 'certify keys init'. Certificates can be verified and decisions issued afterwards."),
    "key-store-locked": Problem(503, "The signing key is locked", "Its passphrase is missing or wrong. Decisions are kept and can be issued afterwards."),
    "credential-not-public": Problem(406, "The credential is not public", "Its holder has not made the signed credential public. Ask the holder for it. The report about it is there for anybody, as a page and as JSON."),
    "file-unreadable": Problem(422, "The file cannot be read", "It is missing, too large, or not of the kind asked for."),
    "idempotency-key-reused": Problem(422, "This idempotency key is used", "It came with another request before. Draw a new key for each deed; nothing was done."),
    "idempotency-key-busy": Problem(409, "The first request is still running", "A request with the same idempotency key has not been answered yet. Wait as long as Retry-After says and send it again."),
    "idempotency-answer-lost": Problem(409, "It was done, but the answer was lost", "The server stopped between the deed and its answer. Read the record that the request was to change; it is not done again."),
    "setting-invalid": Problem(500, "The system is set up wrongly", "A setting has no usable value; the operator finds it in the log."),
    "database-unavailable": Problem(503, "The register does not answer", "Nothing was changed. Try again in a minute."),
    "bad-request": Problem(400, "The request cannot be read", "It is not a proper HTTP request, form or JSON document."),
    "form-expired": Problem(400, "The form is out of date", "It was not sent from a page of this site that is still open, or its cookie is gone. Open the page again and send it once more."),
    "method-not-allowed": Problem(405, "Not that way", "This address does not answer to that HTTP method."),
    "not-acceptable": Problem(406, "Not in that form", "This address has no answer in the media type asked for."),
    "too-large": Problem(413, "That is too large", "At most 20 MB are read at once. A certificate is far smaller."),
    "unsupported-media-type": Problem(415, "Not in that form", "Send JSON, a form, or a PDF, as the documentation of the address says."),
    "too-many-requests": Problem(429, "Too many attempts", "Wait as long as the Retry-After header says, then try again."),
}  # fmt: skip
"""Every code. The last group comes from HTTP itself and has no `CertifyError`."""

RETRY_AFTER_SECONDS: Mapping[str, int] = {
    "idempotency-key-busy": 1,
    "database-unavailable": 60,
    "provider-unavailable": 60,
    "timestamp-unavailable": 60,
}
"""Codes of refusals that time alone mends."""

_HTTP_CODES = {
    400: "bad-request",
    401: "not-authenticated",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-input",
    429: "too-many-requests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An error as it is told: ``errors`` lists single faults where there are several."""

    code: str
    problem: Problem
    detail: str = ""
    where: str = ""
    fix: str = ""
    errors: tuple[str, ...] = ()


def answer_to(error: Exception) -> Answer:
    """Turn any exception into what may be told about it; the default is closed."""
    if isinstance(error, TooManyTries) and has_request_context():
        # Here and not in `respond`: pages that show the refusal themselves say when, too.
        g.retry_after = error.seconds
    if isinstance(error, CertifyError):
        code = error.code if error.code in PROBLEMS else "error"
        problem = PROBLEMS[code]
        if problem.status >= _SERVER_ERROR:
            return Answer(code=code, problem=problem)
        faults = error.problems if isinstance(error, FrameworkInvalid) else ()
        return Answer(
            code=code, problem=problem, detail=error.message, where=error.where, fix=error.fix, errors=faults
        )
    if isinstance(error, CSRFError):
        return Answer(code="form-expired", problem=PROBLEMS["form-expired"])
    if isinstance(error, HTTPException):
        code = getattr(error, "certify_code", None) or _HTTP_CODES.get(error.code or _SERVER_ERROR, "error")
        return Answer(code=code, problem=PROBLEMS[code], errors=_faults(error))
    return Answer(code="error", problem=PROBLEMS["error"])


def _faults(error: HTTPException) -> tuple[str, ...]:
    """Return marshmallow's findings, flattened to ``field.path: what is wrong``."""
    data = getattr(error, "data", None) or {}
    found: list[str] = []

    def walk(path: str, value: object) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(f"{path}.{key}" if path else str(key), item)
        elif isinstance(value, list):
            found.extend(f"{path}: {item}" for item in value)

    # webargs puts the place first: json, query, files.
    for place in (data.get("messages") or {}).values():
        walk("", place)
    return tuple(found[:50])


def problem_json(answer: Answer, correlation: str) -> dict[str, object]:
    """Return the RFC 9457 members, with ours: code, where, fix, errors, correlation_id."""
    document: dict[str, object] = {
        "type": f"/problems#{answer.code}",
        "title": answer.problem.title,
        "status": answer.problem.status,
        "code": answer.code,
        "correlation_id": correlation,
    }
    extra = {
        "detail": answer.detail,
        "where": answer.where,
        "fix": answer.fix,
        "errors": list(answer.errors),
    }
    return document | {name: value for name, value in extra.items() if value}


def wants_json() -> bool:
    """Tell whether a program asks: on the API always, elsewhere if it prefers JSON to a page, or wants no page."""
    if request.path.startswith("/api/"):
        return True
    accepts = request.accept_mimetypes
    page = accepts.quality("text/html")
    json_too = max(accepts.quality("application/json"), accepts.quality("application/problem+json"))
    return json_too > page or (bool(accepts) and not page)


def respond(error: Exception) -> ResponseReturnValue:
    """Answer an exception; log those that are a fault of ours."""
    answer = answer_to(error)
    if answer.problem.status >= _SERVER_ERROR:
        cause = getattr(error, "original_exception", None) or error
        log.error(
            "failed",
            code=answer.code,
            correlation_id=g.correlation,
            exception=type(cause).__name__,
            frames=frames_of(cause),
        )
    if wants_json():
        response = Response(
            json.dumps(problem_json(answer, g.correlation), ensure_ascii=False),
            answer.problem.status,
            content_type="application/problem+json",
        )
        if answer.problem.status == PROBLEMS["not-authenticated"].status:
            response.headers["WWW-Authenticate"] = 'Bearer realm="certify"'
    elif isinstance(error, NotAuthenticated) and request.endpoint not in {
        "auth.sign_in",
        "auth.sign_in_submit",
    }:
        door = request.path.startswith("/sign-in")
        back = "" if door else request.path if request.method == "GET" else held.keep_unsent()
        step = "factors.second_step" if isinstance(error, SecondStepMissing) else "auth.sign_in"
        return redirect(url_for(step, next=back or None), 303)
    elif isinstance(error, CSRFError) and (page := held.keep_unsent()):
        # Signed in again in another tab: the form is shown once more with what was typed.
        return redirect(page, 303)
    else:
        response = make_response(
            render_template("problem.html", answer=answer, correlation=g.correlation), answer.problem.status
        )
    if answer.code in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[answer.code])
    if isinstance(error, HTTPException):
        _keep_headers(error, response)
    return response


def _keep_headers(error: HTTPException, response: Response) -> None:
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    if isinstance(error, TooManyRequests) and "Retry-After" not in response.headers:
        response.headers["Retry-After"] = "60"


def install(app: Flask) -> None:
    """Answer every error of ``app`` by this module."""
    for kind in (CertifyError, HTTPException, Exception):
        app.register_error_handler(kind, respond)


def documentation() -> str:
    """Return ``docs/errors.md``, written from the table; a test holds the file to it."""
    lines = [
        "# Errors",
        "",
        "Every error has a stable code. Programs get it in an RFC 9457 problem document",
        "(`application/problem+json`: `type`, `title`, `status`, `code`, `correlation_id`, and where they say",
        "something `detail`, `where`, `fix`, `errors`); people get a page with the same title. The list is also",
        "served at `/problems`. This file is written by `make docs`.",
        "",
        "| code | HTTP status | title | meaning |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{code}` | {problem.status} | {problem.title} | {problem.meaning} |"
        for code, problem in PROBLEMS.items()
    ]
    return "\n".join([*lines, ""])
