"""Answers kept below Flask: given out again only while nothing changed, in every process, and to everybody alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from installation import install
from serving import ask, served
from small_scheme import NOW

from certify.people.model import HolderName
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status
from certify.web.app import create_app
from certify.web.kept import KEPT, KeptAnswers
from certify.web.recorded import MAY_BE_KEPT, Recorded


@pytest.fixture
def page(place):
    return f"/v/{place.services.issuer.issue(place.granted()).id}"


def change(place, page, action, reason):
    services = place.services
    change_status(
        services.database, services.clock, place.certifier, page.removeprefix("/v/"), action, reason
    )


def keeper_of(app):
    """The layer that keeps answers, among those in front of Flask."""
    layer = app.wsgi_app
    while not isinstance(layer, KeptAnswers):
        layer = layer._application
    return layer


def made(app):
    """Count how often Flask itself is asked."""
    count = []
    keeper = keeper_of(app)
    inner = keeper._application

    def counted(environ, start_response):
        count.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    keeper._application = counted
    return count


def test_an_unchanged_page_is_made_once_and_validates(place, page):
    app = create_app(place.services)
    count, client = made(app), app.test_client()

    first, second = client.get(page), client.get(page)
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    unchanged = client.get(page, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    assert count == [page]
    for name in ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "Vary"):
        assert second.headers[name] == first.headers[name]
    assert "X-Request-Id" not in second.headers


def test_a_copy_is_known_in_a_list_weakly_and_to_whoever_asks_for_the_head_alone(place, page):
    """A proxy that compresses makes the ETag weak, and browsers send it back so."""
    client = create_app(place.services).test_client()
    etag = client.get(page).headers["ETag"]

    for sent in (f"W/{etag}", f'"another", {etag}', f'{etag},W/"another"', "*"):
        for method in (client.get, client.head):
            unchanged = method(page, headers={"If-None-Match": sent})
            assert (unchanged.status_code, unchanged.data) == (304, b""), (method, sent)
            assert unchanged.headers["ETag"] == etag
    assert client.head(page, headers={"If-None-Match": etag}).status_code == 304
    for sent in ('"another"', 'W/"another"', etag.strip('"'), f"{etag[:-1]}", "**", ""):
        assert client.get(page, headers={"If-None-Match": sent}).status_code == 200, sent
    assert client.get("/v/" + "A" * 26, headers={"If-None-Match": "*"}).status_code == 404


def test_every_step_shows_in_the_very_next_answer(place, page):
    app = create_app(place.services)
    client = app.test_client()
    before = client.get(page)
    for action, reason, word in (
        (StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION, "uspended"),
        (StatusAction.REINSTATE, StatusReason.INVESTIGATION_CLOSED, "alid"),
        (StatusAction.REVOKE, StatusReason.MISCONDUCT, "evoked"),
    ):
        change(place, page, action, reason)
        answer = client.get(page, headers={"If-None-Match": before.headers["ETag"]})
        assert answer.status_code == 200
        assert word in answer.text
        before = answer


def test_the_day_changes_the_answer_without_a_commit(place, page):
    now = [NOW]
    services = replace(place.services, clock=lambda: now[0])
    client = create_app(services).test_client()
    first = client.get(page)
    now[0] = NOW.replace(year=2035)
    assert client.get(page).headers["ETag"] != first.headers["ETag"]


def test_a_reader_gets_what_they_accept_and_nobody_elses_answer(place, page):
    client = create_app(place.services).test_client()
    html = client.get(page, headers={"Accept": "text/html"})
    json = client.get(page, headers={"Accept": "application/json"})
    assert html.mimetype == "text/html"
    assert json.mimetype == "application/json"
    assert "Accept" in html.headers["Vary"]
    # An address that somebody else names must get into nobody's page.
    other = client.get(page, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in other.text + str(other.headers)


def test_what_is_personal_missing_or_changing_is_never_kept(place, page):
    app = create_app(place.services)
    count, client = made(app), app.test_client()
    for path in ("/v/" + "A" * 26, "/sign-in", "/work", "/health", "/api/v1/openapi.json"):
        for _ in range(2):
            client.get(path)
        assert count.count(path) == 2, path
    client.head(page)
    client.post("/verify/number", data={"number": "x"})
    assert not keeper_of(app)._answers
    assert "public.certificate_file" not in KEPT


def test_a_silent_database_is_never_answered_for_from_memory(place, page):
    app = create_app(place.services)
    count, client = made(app), app.test_client()
    client.get(page)
    keeper_of(app)._version = lambda: None
    client.get(page)
    assert count == [page, page]


def test_what_is_kept_stays_within_its_room():
    def application(environ, start_response):
        environ[MAY_BE_KEPT] = True
        start_response("200 OK", [("ETag", f'"{environ["PATH_INFO"]}"')])
        return [b"x" * 1000]

    keeper = KeptAnswers(application, lambda: "1", room_bytes=10_000)
    for number in range(100):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}"}
        assert b"".join(keeper(environ, lambda *_: None)) == b"x" * 1000
    assert keeper._used == sum(len(answer.body) for answer in keeper._answers.values()) <= 10_000
    assert len(keeper._answers) == 10
    keeper({"REQUEST_METHOD": "GET", "PATH_INFO": "/" + "x" * 5000}, lambda *_: None)
    assert len(keeper._answers) == 10


@pytest.mark.parametrize(
    ("marked", "status", "headers"),
    [
        (False, "200 OK", []),
        (True, "200 OK", [("Set-Cookie", "session=somebody")]),
        (True, "500 INTERNAL SERVER ERROR", []),
    ],
)
def test_only_what_is_marked_is_kept_whatever_its_headers_say(marked, status, headers):
    def application(environ, start_response):
        if marked:
            environ[MAY_BE_KEPT] = True
        start_response(status, [("Cache-Control", "no-cache"), ("ETag", '"e"'), *headers])
        return [b"mine"]

    keeper = KeptAnswers(application, lambda: "1")
    told = Recorded()
    # Nobody outside can set the mark: no header becomes a key of this form, and what stood there does not count.
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/account", MAY_BE_KEPT: True}
    assert b"".join(keeper(asked, told.start_response)) == b"mine"
    assert (told.status, told.headers[2:]) == (status, headers)
    assert not keeper._answers


def test_what_is_quickly_made_is_kept_when_it_is_asked_for_again():
    made = []

    def quick(key, version):
        made.append(key[0])
        return b"page", [("ETag", '"e"'), ("Cache-Control", "no-cache")]

    keeper = KeptAnswers(lambda *_: [], lambda: "1", quick)
    key, other = ("/once", "", "", ""), ("/other", "", "", "")
    assert keeper.at_once(other).body == keeper.at_once(key).body == b"page"
    assert not keeper._answers
    assert [keeper.at_once(key).body for _ in range(3)] == [b"page"] * 3
    assert made == ["/other", "/once", "/once"]
    for number in range(10_000):
        keeper.at_once((f"/{number}", "", "", ""))
    assert len(keeper._made_once) < 5_000
    assert list(keeper._answers) == [key]


def corrected(place, page):
    """The holder's name is another one in the register from now on."""
    with place.services.database.writing() as unit:
        row = unit.certificates.get(page.removeprefix("/v/"))
        person = unit.candidates.get(row.candidate_id)
        name = HolderName(native="Ана Нова", latin="Ana Nova", printed="Ана Нова")
        unit.candidates.replace(replace(person, name=name))


def test_in_every_worker_process_the_next_answer_is_the_new_one(database_url, tmp_path, free_port):
    place = install(tmp_path, database_url)
    page = f"/v/{place.services.issuer.issue(place.granted()).id}"
    with served(place, database_url, tmp_path, free_port):
        # New connections are spread over both workers; so many that neither is left out but by a miracle.
        assert {status for status, _ in (ask(free_port, page) for _ in range(40))} == {200}
        report = {"Accept": "application/json"}
        assert all('"renamed":false' in ask(free_port, page, **report)[1] for _ in range(20))
        corrected(place, page)
        assert all('"renamed":true' in ask(free_port, page, **report)[1] for _ in range(40))
        for action, reason, word in (
            (StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION, "uspended"),
            (StatusAction.REVOKE, StatusReason.MISCONDUCT, "evoked"),
        ):
            purpose = "suspension" if action is StatusAction.SUSPEND else "revocation"
            lists = {ask(free_port, f"/status/{purpose}/1.json") for _ in range(20)}
            assert {status for status, _ in lists} == {200}
            change(place, page, action, reason)
            bodies = [ask(free_port, page)[1] for _ in range(40)]
            assert all(word in body for body in bodies)
            # The list of every worker is another one now, and it tells of this step.
            now = {ask(free_port, f"/status/{purpose}/1.json") for _ in range(20)}
            assert {status for status, _ in now} == {200}
            assert not lists & now
    place.services.database.close()
