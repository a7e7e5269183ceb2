"""The page behind a certificate's code at its first asking, made below Flask.

Nearly every certificate that is asked for is genuine and in force, and its page is that of every other of its kind but
for a few facts. So the page of a kind is rendered once by the same templates, with marks where those facts stand, and
then filled. Only what is wholly ordinary is answered here; everything else, and whatever is not understood, is Flask's:

    1 the address is a certificate's, asked for as a page, in one of the languages
    2 the register holds it, its status never changed, nothing was added to its file, its holder is called the same
    3 the file's SHA-256, taken now, is the register's (check 9), and these very bytes passed checks 1 to 7
    4 the credential in it was found to be that of this very award (checks 8 and 10)
    5 today lies in its period (check 11); it is neither suspended nor revoked, because of 2 (check 12)

A page made so is the same, byte for byte, as Flask's: when a kind is learned both are made and compared.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, g
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from certify.award.canonical import halves_digest
from certify.bootstrap import Services
from certify.clock import utc_day
from certify.errors import CertifyError
from certify.identifiers import new_identifier, parse_identifier
from certify.parts import Parted
from certify.people.model import HolderName
from certify.ports.stored import StoredCertificate
from certify.verification.checks import REQUIRED
from certify.verification.memory import FileFound
from certify.verification.report import CheckOutcome, Report
from certify.web.i18n import language
from certify.web.pages.public import NOBODYS, REPORTS, page_of, representation
from certify.web.present import PUBLISHED, day, hours
from certify.web.recorded import MAY_BE_KEPT, Key, Recorded, key_of, validator

_ADDRESS = re.compile(r"/v/([A-Z2-7]{26})", re.ASCII)
_ASKED = re.compile(r"/v/[^/]*")
_QUERY = re.compile(r"|lang=[a-zA-Z-]{2,8}", re.ASCII)
_MOST_PAGES = 512
_MOST_READERS = 512
_MOST_SAID = 8_192
_LONGEST_HEADER = 300
_DAYS = ("decided_on", "issued_at", "valid_from", "valid_until", "claimed_at", "proven_at")
_SPECIAL = re.compile("[&<>'\"]")
_MADE_ANEW = frozenset({"Content-Length", "ETag", "X-Request-Id"})


@dataclass(frozen=True, slots=True)
class _Page:
    """A page with marks: the constant pieces, and what stands between them.

    Attributes:
        marks: The names of what stands between, each once.
    """

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]

    def filled(self, facts: dict[str, bytes]) -> bytes:
        """Return the page of one certificate."""
        parts = [b""] * (2 * len(self.names) + 1)
        parts[::2] = self.pieces
        parts[1::2] = [facts[name] for name in self.names]
        return b"".join(parts)


_UNKNOWN = _Page((), (), (), ())
_FLASKS = _Page((), (), (), ())
"""A page that is not as it was understood, so Flask makes it each time."""


@dataclass(frozen=True, slots=True)
class _Ordinary:
    """A certificate of which nothing out of the ordinary is known, with its facts, and what names its kind.

    Attributes:
        today: The day on which it was looked at, which its page says; ISO 8601.
    """

    id: str
    found: FileFound
    facts: dict[str, str]
    kind: str
    today: str

    def key(self, reader: tuple[str, str]) -> tuple[object, ...]:
        """Return what its page shares with others."""
        facts = self.found.facts
        same_name = self.facts["printed"] == self.facts["latin"]
        # What is said of the signer is all in its certificate.
        signer = facts.signer.certificate_sha256 if facts.signer else ""
        return (self.kind, reader, same_name, signer, facts.level.value, facts.proven_at is None, self.today)


class QuickPages:
    """The WSGI application between `kept.KeptAnswers` and Flask's."""

    def __init__(self, app: Flask, application: WSGIApplication, services: Services) -> None:
        self._app = app
        self._application = application
        self._services = services
        self._pages: dict[tuple[object, ...], _Page] = {}
        self._readers: dict[tuple[str, str, str], tuple[str, str] | None] = {}
        self._said: dict[tuple[str, str, str], bytes] = {}

    def __call__(self, asked: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        """Answer for an ordinary certificate; otherwise let Flask answer, and learn from it where that helps."""
        simple = asked["REQUEST_METHOD"] == "GET" and not asked.get("SCRIPT_NAME")
        found = self._found(key_of(asked), None) if simple else None
        if found is None:
            return self._application(asked, start_response)
        ordinary, key, page = found
        if page is _UNKNOWN:
            return self._learned(asked, start_response, key, ordinary)
        if not page.pieces:
            return self._application(asked, start_response)
        body, headers = self._filled(ordinary, key, page)
        asked[MAY_BE_KEPT] = True
        start_response("200 OK", headers)
        return (body,)

    def answer(self, asked: Key, version: object) -> tuple[bytes, list[tuple[str, str]]] | None:
        """Return the body and headers for an ordinary certificate; None where `__call__` has to be asked.

        Args:
            version: Of the data, told just before.
        """
        found = self._found(asked, version)
        return self._filled(*found) if found is not None and found[2].pieces else None

    def _found(
        self, asked: Key, version: object | None
    ) -> tuple[_Ordinary, tuple[object, ...], _Page] | None:
        reader = self._reader(asked)
        try:
            ordinary = None if reader is None else self._ordinary(asked[0], version)
        except CertifyError:  # no key store, say: Flask meets it, too, and tells it as every other error
            return None
        if reader is None or ordinary is None:
            return None
        key = ordinary.key(reader)
        return ordinary, key, self._pages.get(key, _UNKNOWN)

    def _filled(
        self, found: _Ordinary, key: tuple[object, ...], page: _Page
    ) -> tuple[bytes, list[tuple[str, str]]]:
        body = page.filled(self._facts(language_of(key), found, page.marks))
        return body, [*page.headers, ("Content-Length", str(len(body))), ("ETag", validator(body))]

    def _reader(self, asked: Key) -> tuple[str, str] | None:  # 1
        """Return the language of who asks for a page, with the query; None where it is not so simple."""
        path, query = asked[:2]
        accepts = asked[1:]
        if accepts in self._readers:
            known = self._readers[accepts]
        elif (
            max(map(len, accepts)) > _LONGEST_HEADER
            or not _QUERY.fullmatch(query)
            or not _ASKED.fullmatch(path)
        ):
            return None
        else:
            with self._app.request_context(_environ(*asked)):
                try:
                    known = (language().tag, query) if representation() == REPORTS[0] else None
                except HTTPException:  # nothing here is what they accept: Flask says so
                    return None
            _make_room(self._readers, _MOST_READERS)
            self._readers[accepts] = known
        return known if PUBLISHED not in self._app.config else None

    def _ordinary(self, path: str, version: object | None) -> _Ordinary | None:
        if not _ASKED.fullmatch(path):
            return None
        address = _ADDRESS.fullmatch(path)
        # What is no identifier costs the same question as an unknown one, here as in Flask's page.
        stored = self._services.database.at_once(address[1] if address else NOBODYS, version)
        if stored is None or address is None or not (stored.plain and stored.award_kind):  # 2
            return None
        sha256 = Parted(stored.head, stored.tail).sha256
        if sha256 != stored.sha256:  # 3
            return None
        award = halves_digest(stored.award_kind, stored.award)
        found = self._services.memory.recall(sha256, stored.credential_sha256, award)  # 3 and 4
        facts = _facts_in(stored.award) if found is not None else None
        today = utc_day(self._services.clock()).isoformat()
        if found is None or facts is None or not _stands(stored, facts, address[1], today):
            return None
        return _Ordinary(address[1], found, facts, stored.award_kind, today)

    def _facts(self, tag: str, found: _Ordinary, marks: Iterable[str]) -> dict[str, bytes]:
        """Return what fills the marks, escaped as the templates escape it."""
        signature, facts = found.found.facts, {}
        for name in marks:
            if name == "workload_minutes":
                facts[name] = self._spoken(tag, "hours", found.facts[name])
            elif name == "claimed_at":
                facts[name] = self._spoken(tag, "day", utc_day(signature.claimed_at).isoformat())
            elif name == "proven_at" and signature.proven_at is not None:
                facts[name] = self._spoken(tag, "day", utc_day(signature.proven_at).isoformat())
            elif name in _DAYS:
                facts[name] = self._spoken(tag, "day", found.facts[name][:10])
            else:
                facts[name] = _escaped(found.facts[name])
        return facts

    def _spoken(self, tag: str, how: str, text: str) -> bytes:
        said = self._said.get((tag, how, text))
        if said is None:
            with self._app.request_context(_environ("/", f"lang={tag}", "", "")):
                written = day(date.fromisoformat(text)) if how == "day" else hours(int(text))
            _make_room(self._said, _MOST_SAID)
            said = self._said[tag, how, text] = str(escape(written)).encode()
        return said

    def _learned(
        self, asked: WSGIEnvironment, start_response: StartResponse, key: tuple[object, ...], found: _Ordinary
    ) -> Iterable[bytes]:
        """Let Flask answer, and keep a page with marks if it gives the same."""
        own = dict(asked)
        made = Recorded()
        body = made.whole(self._application(asked, made.start_response))
        marked = self._marked(own, key, found, tuple(made.headers)) if made.status.startswith("200") else None
        same = (
            marked is not None and marked.filled(self._facts(language_of(key), found, marked.marks)) == body
        )
        _make_room(self._pages, _MOST_PAGES)
        self._pages[key] = marked if marked is not None and same else _FLASKS
        start_response(made.status, made.headers, *made.exception)
        return (body,)

    def _marked(
        self,
        asked: WSGIEnvironment,
        key: tuple[object, ...],
        found: _Ordinary,
        headers: tuple[tuple[str, str], ...],
    ) -> _Page | None:
        try:
            report = self._services.verifier.verify_certificate(found.id)
        except CertifyError:
            return None
        if report.verdict is not CheckOutcome.PASSED or len(report.checks) != len(REQUIRED):
            return None
        same_name = bool(key[2])
        marked, marks = _with_marks(report, same_name=same_name)
        with self._app.request_context(dict(asked)):
            g.user = None
            written = {mark: write() for mark, write in marks.items()}
            text = page_of(marked)
        names = {said: name.partition(" ")[0] for name, said in written.items()}
        pieces = re.split("(" + "|".join(re.escape(said) for said in names) + ")", text)
        if any(said in piece for said in names for piece in pieces[::2]):
            return None
        constant = tuple(piece.encode() for piece in pieces[::2])
        marked_as = tuple(names[piece] for piece in pieces[1::2])
        return _Page(
            pieces=constant,
            names=marked_as,
            headers=tuple(item for item in headers if item[0] not in _MADE_ANEW),
            marks=tuple(dict.fromkeys(marked_as)),
        )


def _stands(stored: StoredCertificate, facts: dict[str, str], certificate_id: str, today: str) -> bool:
    return (
        facts["certificate_id"] == certificate_id
        and stored.holder_now == (facts["native"], facts["latin"], facts["printed"])  # 2
        and facts["valid_from"] <= today <= facts["valid_until"]  # 5
    )


def _environ(path: str, query: str, accept: str, accept_language: str) -> WSGIEnvironment:
    """Return as much of a request as a reader's language and media type are told from."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_ACCEPT": accept,
        "HTTP_ACCEPT_LANGUAGE": accept_language,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
    }


def language_of(key: tuple[object, ...]) -> str:
    """Return the language's tag in a page's key."""
    reader = key[1]
    assert isinstance(reader, tuple)
    return str(reader[0])


def _with_marks(report: Report, *, same_name: bool) -> tuple[Report, dict[str, Callable[[], str]]]:
    """Return a report with marks for its varying facts, and how each mark is written on the page.

    The marks are drawn at random, so no text of a scheme or a holder can hold one.
    """
    award, signature = report.award, report.signature
    assert award is not None
    assert signature is not None
    texts = {name: f"mark{secrets.token_hex(12)}" for name in ("latin", "native", "printed", "number")}
    if same_name:
        texts["printed"] = texts["latin"]
    texts["verification_url"] = f"https://{secrets.token_hex(12)}.invalid/"
    texts["certificate_id"] = parse_identifier(new_identifier())
    # Years that no certificate has, and days of which none begins as another ends.
    first = 2700 + secrets.randbelow(90)
    days = {name: date(first + 10 * place, 11, 11 + place) for place, name in enumerate(_DAYS)}
    numbers = {name: 10**11 + secrets.randbelow(10**11) for name in ("status_list", "status_index")}
    minutes = 60 * (10**9 + secrets.randbelow(10**9))
    made = replace(
        award,
        holder=HolderName(native=texts["native"], latin=texts["latin"], printed=texts["printed"]),
        number=texts["number"],
        certificate_id=texts["certificate_id"],
        verification_url=texts["verification_url"],
        decided_on=days["decided_on"],
        issued_at=_noon(days["issued_at"]),
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
        workload_minutes=minutes,
        status_list=numbers["status_list"],
        status_index=numbers["status_index"],
    )
    proven = signature.proven_at and _noon(days["proven_at"])
    seen = replace(signature, claimed_at=_noon(days["claimed_at"]), proven_at=proven)
    marks: dict[str, Callable[[], str]] = {name: (lambda text=text: text) for name, text in texts.items()}  # type: ignore[misc]
    marks |= {name: (lambda number=number: str(number)) for name, number in numbers.items()}  # type: ignore[misc]
    marks |= {name: (lambda value=value: day(value)) for name, value in days.items()}  # type: ignore[misc]
    marks["workload_minutes"] = lambda: hours(minutes)
    if same_name:
        del marks["printed"]
    return replace(report, subject=made.certificate_id, award=made, signature=seen), marks


def _facts_in(award: str) -> dict[str, str] | None:
    """Return the facts in what varies from award to award; None where it corrects another."""
    said = json.loads(award)
    holder: dict[str, str] = said.pop("holder")
    return None if said.pop("supersedes") is not None else holder | {name: str(said[name]) for name in said}


def _escaped(text: str) -> bytes:
    # Nearly nothing needs it, and to look costs a third of doing it.
    return (str(escape(text)) if _SPECIAL.search(text) else text).encode()


def _noon(of: date) -> datetime:
    return datetime(of.year, of.month, of.day, 12, tzinfo=UTC)


def _make_room(known: dict[Any, Any], most: int) -> None:
    if len(known) >= most:
        known.clear()
