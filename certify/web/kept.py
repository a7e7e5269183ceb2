"""Answers kept below Flask: an unchanged public page is served again without being made again.

An answer is kept with the version of the data it was made from (`certify.db.version`) and given out only while
that version stands, so a revocation shows in the very next answer of every worker process. Nothing is kept that
depends on who asks: only routes in `KEPT`, which are public and look at no cookie.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request

from certify.bootstrap import Services
from certify.clock import utc_day
from certify.web.access import ACCESS, PUBLIC
from certify.web.quick import QuickPages
from certify.web.recorded import MAY_BE_KEPT, Key, Recorded, has_copy, key_of, validator

KEPT = frozenset({
    "identity.achievement",
    "identity.framework",
    "identity.issuer",
    "public.certificate",
    "public.badge",
    "public.home",
    "public.verify",
    "public.checks",
    "public.problems",
    "reference.page",
    "offline.page",
    "status_lists.as_json",
    "status_lists.as_jwt",
})  # fmt: skip
"""Endpoints whose answers depend on nothing but the data, the day, the address and what the reader accepts."""

CACHE_CONTROL = "no-cache"
"""Keep a copy, but ask each time whether it still stands (RFC 9111, 5.2.2.4)."""

_ROOM_BYTES = 64_000_000
_LONGEST_KEY = 600
_MOST_MADE_ONCE = 4_096
_NOT_REPEATED = frozenset({"X-Request-Id"})
_OF_UNCHANGED = frozenset({"Cache-Control", "ETag", "Vary", "Access-Control-Allow-Origin"})
"""What a 304 says (RFC 9110, 15.4.5); all else stands with the copy that the reader has."""

EXTENSION = "certify-kept"
"""Under this name an application has its `KeptAnswers`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes out again; ``version`` is that of the data and the day."""

    version: object
    etag: str
    body: bytes
    headers: list[tuple[str, str]]
    headers_unchanged: list[tuple[str, str]]


class KeptAnswers:
    """The WSGI application in front of Flask's.

    Args:
        application: What makes the answers.
        version: Tells the version of what answers are made from; None means unknown, and nothing kept is used.
        quick: Makes the body and headers of some answers without the application; None where it cannot.
        room_bytes: How much to keep; the oldest answers make room for new ones.
    """

    def __init__(
        self,
        application: WSGIApplication,
        version: Callable[[], object | None],
        quick: Callable[[Key, object], tuple[bytes, list[tuple[str, str]]] | None] = lambda _, __: None,
        room_bytes: int = _ROOM_BYTES,
    ) -> None:
        self._application = application
        self._version = version
        self._quick = quick
        self._room = room_bytes
        self._used = 0
        self._answers: dict[Key, Answer] = {}
        self._made_once: set[Key] = set()
        self._lock = threading.Lock()

    def __call__(self, asked: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        """Answer from what is kept, or let the application answer and keep that where it may be kept."""
        if asked["REQUEST_METHOD"] != "GET" or asked.get("SCRIPT_NAME"):
            return self._application(asked, start_response)
        key = key_of(asked)
        version = self._version()
        answer = self._standing(key, version)
        if answer is None:
            return self._make(asked, start_response, key, version)
        if has_copy(asked.get("HTTP_IF_NONE_MATCH", ""), answer.etag):
            start_response("304 NOT MODIFIED", answer.headers_unchanged)
            return ()
        start_response("200 OK", answer.headers)
        return (answer.body,)

    def at_once(self, key: Key) -> Answer | None:
        """Return the answer to a GET, if it can be had in a fraction of a millisecond; None where `__call__` is to answer."""
        return self._standing(key, self._version())

    def _standing(self, key: Key, version: object | None) -> Answer | None:
        if version is None:
            return None
        answer = self._answers.get(key)
        if answer is not None and answer.version == version:
            return answer
        made = self._quick(key, version)
        if made is None:
            return None
        answer = _answer(version, *made)
        if key in self._made_once:
            self._keep(key, answer)
        else:
            if len(self._made_once) >= _MOST_MADE_ONCE:
                self._made_once.clear()
            self._made_once.add(key)
        return answer

    def _make(
        self, asked: WSGIEnvironment, start_response: StartResponse, key: Key, version: object | None
    ) -> Iterable[bytes]:
        made = Recorded()
        asked.pop(MAY_BE_KEPT, None)
        body = self._application(asked, made.start_response)
        if not _may_be_kept(asked, made) or version is None or sum(map(len, key)) > _LONGEST_KEY:
            start_response(made.status, made.headers, *made.exception)
            return body
        whole = made.whole(body)
        answer = _answer(version, whole, made.headers)
        self._keep(key, answer)
        if has_copy(asked.get("HTTP_IF_NONE_MATCH", ""), answer.etag):
            start_response("304 NOT MODIFIED", answer.headers_unchanged)
            return ()
        start_response(made.status, made.headers)
        return (whole,)

    def _keep(self, key: Key, answer: Answer) -> None:
        with self._lock:
            known = self._answers.pop(key, None)
            self._used += len(answer.body) - (len(known.body) if known else 0)
            self._answers[key] = answer
            for oldest in list(_while_over(self._answers, self._used - self._room)):
                self._used -= len(self._answers.pop(oldest).body)


def _answer(version: object, body: bytes, headers: list[tuple[str, str]]) -> Answer:
    repeated = [(name, value) for name, value in headers if name not in _NOT_REPEATED]
    unchanged = [item for item in repeated if item[0] in _OF_UNCHANGED]
    return Answer(version, dict(headers)["ETag"], body, repeated, unchanged)


def _while_over(answers: dict[Key, Answer], too_much: int) -> Iterator[Key]:
    for key, answer in answers.items():
        if too_much <= 0:
            return
        too_much -= len(answer.body)
        yield key


def _may_be_kept(asked: WSGIEnvironment, made: Recorded) -> bool:
    """Only what was marked as everybody's. It may have failed, or been given a cookie, after that."""
    good = MAY_BE_KEPT in asked and made.status.startswith("200")
    return good and all(name.lower() != "set-cookie" for name, _ in made.headers)


def install(app: Flask, services: Services) -> None:
    """Keep the answers of ``app``'s public pages.

    Raises:
        RuntimeError: A route whose answers would be kept is not public.
    """
    if personal := sorted(name for name in KEPT if ACCESS[name] is not PUBLIC):
        raise RuntimeError(f"certify.web.kept: not public: {personal}")

    @app.after_request
    def validate(response: Response) -> Response:
        if request.method in {"GET", "HEAD"} and request.endpoint in KEPT and response.status_code == 200:  # noqa: PLR2004
            request.environ[MAY_BE_KEPT] = True
            response.headers["Cache-Control"] = CACHE_CONTROL
            response.headers["ETag"] = etag = validator(response.get_data())
            # A GET is compared where its answer is kept.
            if request.method == "HEAD" and has_copy(request.headers.get("If-None-Match", ""), etag):
                response.status_code = 304
        return response

    asked, clock = services.database.version, services.clock

    def version_today() -> object | None:
        """What public answers are made from: the register's data and the day."""
        version = asked()
        return None if version is None else (version, utc_day(clock()))

    quick = QuickPages(app, app.wsgi_app, services)
    keeper = app.extensions[EXTENSION] = KeptAnswers(quick, version_today, quick.answer)
    app.wsgi_app = keeper  # type: ignore[assignment, method-assign]  # werkzeug's own way to wrap
