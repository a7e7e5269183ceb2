"""Attacks on the answers made and kept below Flask: whatever was asked before, each reader gets what Flask would say.

One application keeps and fills; the other is the same installation's Flask alone. Both are asked the same hostile
questions in a row, so that an answer which one question left behind would show in the next.
"""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from installation import install
from rsgi import ask_front
from sqlalchemy import event
from werkzeug.test import EnvironBuilder, run_wsgi_app

from certify.bootstrap import build
from certify.identifiers import new_identifier
from certify.people.model import Candidate, HolderName
from certify.people.service import review_admission
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status
from certify.web.app import create_app
from certify.web.front import Front
from certify.web.kept import KeptAnswers
from certify.web.quick import QuickPages
from certify.web.state import EXTENSION

EVIL = "evil.example"
# Letters that change the direction are in none: no font of ours draws them, so no certificate is made with one.
NAMES = (
    "Ana Li",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %} ${x} %(name)s %s",
    "\" onload='x' & &amp; &#39; </title> -->",
    "Ана О'Брайен &lt;b&gt;",
    "mark0123456789abcdef \\1 \\g<0>",
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "FOO")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = install(tmp_path_factory.mktemp("kept"))
    services = place.services
    rows = []
    for number, native in enumerate((*NAMES, "Ana Li", "Ana Li")):
        name = HolderName(native=native, latin=NAMES[0] if number % 2 else native, printed=native)
        # The services refuse most of these names; they came into the database by another way.
        person = Candidate(
            id=new_identifier(),
            reference=f"K-{number}",
            name=name,
            email=None,
            registered_by=place.administrator.id,
            registered_at=services.clock(),
            organisation_id=place.administrator.organisation_id,
        )
        _admitted(place, person)
        place.passes(person, "A5")
        place.passes(person, "B6")
        rows.append(services.issuer.issue(place.grants(person).id))
    for row in rows:
        services.verifier.verify_certificate(row.id)
    services.checked_files.flush()
    for row, action, reason in (
        (rows[-1], StatusAction.REVOKE, StatusReason.MISCONDUCT),
        (rows[-2], StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION),
    ):
        change_status(services.database, services.clock, place.certifier, row.id, action, reason)
    keeping, alone = (create_app(build(services.settings, services.clock)) for _ in range(2))
    alone.wsgi_app._application = _flask_below(alone)
    front = Front(keeping, at_once=True)
    yield SimpleNamespace(keeping=keeping, front=front, alone=alone, ids=[row.id for row in rows])
    front.__rsgi_del__(None)
    services.database.close()


def _admitted(place, person):
    services = place.services
    with services.database.writing() as unit:
        unit.candidates.add(person)
    review_admission(
        services.database,
        services.clock,
        place.administrator,
        person.id,
        qualification="MSc",
        eqf_level=7,
        evidence_digest=None,
        accepted=True,
    )
    place.declares(place.certifier, person.id)


def _flask_below(app):
    layer = app.wsgi_app._application
    while isinstance(layer, KeptAnswers | QuickPages):
        layer = layer._application
    return layer


def _ask(app, method, path, query, headers):
    if isinstance(app, Front):
        told = ask_front(app, method, path, query, headers)
        return f"{told.status}", b"".join(told.sent), {k: v for k, v in told.headers if k != "X-Request-Id"}
    builder = EnvironBuilder(method=method, headers=headers)
    environ = builder.get_environ()
    environ["PATH_INFO"] = path.encode().decode("latin-1")
    environ["QUERY_STRING"] = query
    environ["REQUEST_URI"] = environ["RAW_URI"] = path
    body, status, told = run_wsgi_app(app.wsgi_app, environ, buffered=True)
    return status[:3], b"".join(body), {k: v for k, v in told if k != "X-Request-Id"}


@st.composite
def questions(draw):
    which = draw(st.integers(0, len(NAMES) + 1))
    path = draw(
        st.sampled_from((
            "/v/{}", "/v/{}", "/v/{}", "/v/{}", "/v/{}/", "//v/{}", "/v//{}", "/v/{}/badge.svg", "/v/./{}", "/v/{}\0",
            "/v/%41{}", "/v/{}\n", "/v/{}é", "/v/{}" + "A" * 5000, "/", "/checks", "/verify",
        ))
    )  # fmt: skip
    query = draw(
        st.sampled_from((
            "", "", "", "lang=bg", "lang=el", "lang=xx", "lang=BG", "lang=bg&lang=el", "x=<script>", "lang=bg\n", "lang=%62g",
            "utm=" + "a" * 700, "_method=POST", "lang=<b>",
        ))
    )  # fmt: skip
    headers = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "Host": st.sampled_from((EVIL, f"{EVIL}:80", "certificates.example.org")),
                "X-Forwarded-Host": st.just(EVIL),
                "X-Forwarded-Proto": st.just("gopher"),
                "X-Forwarded-Prefix": st.just(f"/{EVIL}"),
                "X-Original-URL": st.just(f"/{EVIL}"),
                "X-HTTP-Method-Override": st.just("POST"),
                "Forwarded": st.just(f"host={EVIL};proto=http"),
                "Cookie": st.sampled_from(("session=x", "lang=el", "certify=x; certify-form=y")),
                "Authorization": st.just("Bearer x"),
                "Range": st.sampled_from(("bytes=0-10", "bytes=5-", "lines=1")),
                "If-None-Match": st.sampled_from(("*", '"x"', "W/", "own", "own-weak")),
                "If-Modified-Since": st.just("Tue, 24 Nov 2099 00:00:00 GMT"),
                "Accept": st.sampled_from((
                    "*/*", "text/html", "application/json", "text/html;q=0, application/json;q=1", "image/png",
                    "application/vc+jwt", "text/html;q=x", ",,;;==", "text/html" * 60, "application/json, text/html",
                )),
                "Accept-Language": st.sampled_from((
                    "bg", "el,en;q=0.5", "xx", "*", "bg;q=0, en", "en\tbg", "bg-" + "x" * 400, ";;=,", "BG",
                )),
                "Origin": st.just(f"https://{EVIL}"),
            },
        )
    )  # fmt: skip
    return draw(st.sampled_from(("GET",) * 8 + _METHODS)), path, which, query, headers


@settings(max_examples=25, deadline=None)
@given(asked=st.lists(questions(), min_size=4, max_size=8))
def test_whatever_was_asked_before_the_answer_is_flasks_byte_for_byte(site, asked):
    for method, path, which, query, headers in asked:
        address, sent = path.format(site.ids[which]), dict(headers)
        plain = {name: value for name, value in sent.items() if name != "If-None-Match"}
        expected = _ask(site.alone, method, address, query, plain)
        if (wanted := sent.get("If-None-Match", "")).startswith("own"):
            own = expected[2].get("ETag", '"none"')
            sent["If-None-Match"] = own if wanted == "own" else f"W/{own}"
        for app in (site.front, site.keeping):
            _as_flask(_ask(app, method, address, query, sent), expected, sent)


def _as_flask(answer, expected, sent):
    if answer[0] == "304":
        etag = expected[2]["ETag"]
        assert (sent["If-None-Match"] in {etag, f"W/{etag}", "*"}, expected[0]) == (True, "200")
        assert answer[1] == b""
        assert answer[2].items() <= expected[2].items()
    elif "correlation" in answer[1].decode("utf-8", "replace") or expected[0] not in {"200", "304"}:
        # An error names itself by a number of its own; it is never kept.
        assert answer[0] == expected[0]
        assert "ETag" not in answer[2]
        assert answer[2].get("Cache-Control") == expected[2].get("Cache-Control")
    else:
        assert answer == expected, sent
    assert EVIL not in f"{answer[1].decode('utf-8', 'replace')}{answer[2]}", sent


@pytest.mark.parametrize("language", ["en", "bg", "el"])
def test_a_hostile_name_in_any_state_is_text_and_the_same_below_flask_and_in_it(site, language):
    headers = {"Accept-Language": language}
    for certificate_id in site.ids:
        answer = _ask(site.keeping, "GET", f"/v/{certificate_id}", "", headers)
        assert answer == _ask(site.alone, "GET", f"/v/{certificate_id}", "", headers)
        assert answer[0] == "200"
        assert b"<script>alert" not in answer[1]
        assert b"onload='" not in answer[1]
        assert b" 49 " not in answer[1]


@pytest.mark.parametrize(
    "path", ["/v//{}", "//v/{}", "/v/{}/", "/verify//", "//", "/work//", "//work", "/api//v1/me"]
)
def test_no_address_that_is_printed_or_led_to_is_that_of_a_forged_host(site, path):
    forged = {
        "Host": EVIL,
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Prefix": f"/{EVIL}",
    }
    for app in (site.keeping, site.alone):
        _, body, told = _ask(app, "GET", path.format(site.ids[0]), "", forged)
        assert EVIL not in f"{body.decode()}{told}"


def test_an_unknown_and_a_mistyped_identifier_cost_the_same_questions_to_the_database(site, monkeypatch):
    services = site.keeping.extensions[EXTENSION]
    asked, at_once = [], services.database.at_once
    monkeypatch.setattr(
        services.database, "at_once", lambda *given: asked.append("at once") or at_once(*given)
    )
    with _noting(services.database._engine, asked):
        known = "GAEIRYPZ7YOQ2CHBKOYJ6CAMDM"
        costs = {}
        for wrong in (
            known,
            f"{known[:-1]}A",
            "A" * 26,
            known.lower(),
            known[:-1],
            "x",
            "Ü" * 26,
            "A" * 5000,
        ):
            for headers in (
                {},
                {"Accept": "text/html", "Accept-Language": "bg"},
                {"Accept": "application/json"},
            ):
                asked.clear()
                assert _ask(site.keeping, "GET", f"/v/{wrong}", "", headers)[0] == "404"
                costs.setdefault(str(headers), []).append((*asked,))
    for headers, seen in costs.items():
        assert len(set(seen)) == 1, headers
        assert seen[0], "the register was asked"


@contextmanager
def _noting(engine, asked):
    def note(_connection, _cursor, statement, *_more):
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)
