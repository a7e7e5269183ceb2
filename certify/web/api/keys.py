"""``Idempotency-Key``: what is sent twice with the same key is done once and answered alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, make_response, request

from certify.errors import CertifyError
from certify.idempotency.model import KeptAnswer, parse_key
from certify.idempotency.service import DeedDatabase, claim, keep, release
from certify.web.access import ACCESS, PUBLIC
from certify.web.problems import answer_to
from certify.web.sessions import current_user
from certify.web.state import services, work_on

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

REPEATABLE = frozenset({
    "api-training.record",
    "api-training.record_batch",
    "api-certification.apply",
    "api-sessions.close_session",
})  # fmt: skip
"""Endpoints where doing it twice is the same as doing it once; a lost answer is found again by asking again."""

_FAULT = 500

View = Callable[..., Any]


def install(app: Flask) -> None:
    """Listen to the header on every write of the API that somebody signed in may make."""
    for rule in app.url_map.iter_rules():
        name = rule.endpoint
        if name.startswith("api-") and (rule.methods or set()) & WRITES and ACCESS.get(name) is not PUBLIC:
            app.view_functions[name] = _once(app.view_functions[name], repeatable=name in REPEATABLE)


def _once(view: View, *, repeatable: bool) -> View:
    @wraps(view)
    def keyed(**values: Any) -> Any:  # noqa: ANN401 - any view
        text = request.headers.get(HEADER)
        if text is None:
            return view(**values)
        given = services()
        attempt = claim(
            given.database,
            given.clock,
            current_user().id,
            parse_key(text),
            fingerprint(),
            repeatable=repeatable,
        )
        if attempt.answer is not None:
            return _again(attempt.answer)
        deed = DeedDatabase(given.database, given.clock, attempt)
        work_on(deed)
        answer, refused = None, False
        try:
            response = make_response(view(**values))
            answer = _kept(response)
        except CertifyError as error:
            refused = answer_to(error).problem.status < _FAULT
            raise
        finally:
            if answer is None:
                release(given.database, given.clock, attempt, refused=refused)
            else:
                keep(given.database, attempt, answer)
        return response

    return keyed


def _kept(response: Response) -> KeptAnswer:
    return KeptAnswer(
        status=response.status_code, content_type=response.content_type or "", body=response.get_data()
    )


def _again(answer: KeptAnswer) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type or None)
    response.headers[REPLAYED] = "true"
    return response


def fingerprint() -> str:
    """Return the SHA-256 of what the request asks for: its method, address and body, a form's parts one by one."""
    parts = [request.method.encode(), request.full_path.encode(), request.mimetype.encode()]
    if request.mimetype == "multipart/form-data":
        # The boundary between parts is drawn anew by many clients each time they send. A part may have no name.
        fields = [
            (str(name), value.encode(errors="surrogatepass"))
            for name, value in request.form.items(multi=True)
        ]
        for name, file in request.files.items(multi=True):
            fields.append((f"{name} {file.filename}", hashlib.sha256(file.read()).digest()))
            file.seek(0)
        for name, value in sorted(fields):
            parts += [name.encode(errors="surrogatepass"), value]
    else:
        parts.append(request.get_data())
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()
