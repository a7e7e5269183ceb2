"""One log line a request, without anything personal: no path, query, name, address, identifier or token.

What is answered below Flask (`kept`, `quick`) has no line: it does nothing, cannot go wrong in ways of its own, and
writing the line would take several times as long as the answer. A proxy in front counts those.
"""

from __future__ import annotations

import secrets
import time
import traceback

import structlog
from flask import Flask, Response, g, request

from certify.web.present import PUBLISHED

log = structlog.get_logger("certify.web")
_CORRELATION_BYTES = 8


def frames_of(error: BaseException) -> list[str]:
    """Return where an exception came from, innermost last, without its message.

    The message stays out: a database's error quotes the row, and a row holds names.
    """
    return [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]


def install(app: Flask) -> None:
    """Give every request a correlation id, and log one line when it is answered."""

    @app.before_request
    def begin() -> None:
        g.correlation = secrets.token_hex(_CORRELATION_BYTES)
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.correlation
        if PUBLISHED in app.config:  # nobody asked: it is written into a file
            return response
        log.info(
            "answered",
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.began) * 1000, 1),
            correlation_id=g.correlation,
        )
        return response
