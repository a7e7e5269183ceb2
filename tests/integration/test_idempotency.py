"""Idempotency keys: what is sent twice is done once, whoever crashes and however many workers there are."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from api_story import open_story
from flask import request
from hypothesis import given
from hypothesis import strategies as st
from installation import PASSWORD
from small_scheme import NOW

from certify.db import SqlDatabase
from certify.errors import AnswerLost, InvalidInput, KeyBusy, KeyReused, NotPermitted
from certify.idempotency.model import KeptAnswer, parse_key
from certify.idempotency.service import BUSY_FOR, KEPT_FOR, DeedDatabase, claim, keep, release
from certify.people.model import UserRole
from certify.people.service import add_user
from certify.web.api.keys import REPEATABLE
from certify.web.app import Limits, create_app
from certify.web.background import look

ANSWER = KeptAnswer(status=201, content_type="application/json", body=b'{"id": "X"}')
PLENTY = Limits(sign_in="100000 per minute")


class Time:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def passes(self, time):
        self.now += time


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def caller(database):
    return user_of(database, "caller")


def user_of(database, name):
    return add_user(
        database,
        email=f"{name}@example.org",
        display_name=name.title(),
        roles=[UserRole.TRAINER],
        password=PASSWORD,
    ).id


def begun(database, time, caller, key="k", fingerprint="f" * 64, *, repeatable=False):
    return claim(database, time, caller, key, fingerprint, repeatable=repeatable)


def test_an_answer_is_given_again_for_a_day_to_its_own_caller(database, time, caller):
    first = begun(database, time, caller)
    keep(database, first, ANSWER)

    time.passes(KEPT_FOR - timedelta(seconds=1))
    assert begun(database, time, caller).answer == ANSWER
    with pytest.raises(KeyReused):
        begun(database, time, caller, fingerprint="0" * 64)
    assert begun(database, time, user_of(database, "other")).answer is None
    time.passes(timedelta(seconds=1))
    assert begun(database, time, caller, fingerprint="0" * 64).answer is None


def test_what_was_answered_is_forgotten_after_its_day_though_nobody_sends_a_key(place):
    services, time = place.services, Time()
    keep(services.database, begun(services.database, time, place.trainer.id), ANSWER)
    time.passes(KEPT_FOR)
    look(replace(services, clock=time), sweeps=False)
    with services.database.writing() as unit:
        assert unit.keyed_requests.locked(place.trainer.id, "k") is not None
    look(replace(services, clock=time), sweeps=True)
    with services.database.writing() as unit:
        assert unit.keyed_requests.locked(place.trainer.id, "k") is None


def test_of_two_attempts_at_once_one_does_the_deed(database_url, database, time, caller):
    start = threading.Barrier(6)
    found: list[str] = []

    def attempt() -> None:
        own = SqlDatabase(database_url)  # as another worker process has it
        try:
            start.wait()
            begun(own, time, caller)
            found.append("claimed")
        except KeyBusy:
            found.append("busy")
        finally:
            own.close()

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == ["busy"] * 5 + ["claimed"]


def test_a_crash_before_the_deed_leaves_a_key_that_can_be_sent_again(database, time, caller):
    begun(database, time, caller)
    with pytest.raises(KeyBusy):
        begun(database, time, caller)
    time.passes(BUSY_FOR)

    assert begun(database, time, caller).answer is None


def test_a_crash_after_the_deed_never_does_it_again(database, time, caller):
    attempt = begun(database, time, caller)
    with DeedDatabase(database, time, attempt).writing():
        pass
    time.passes(BUSY_FOR)

    with pytest.raises(AnswerLost):
        begun(database, time, caller)
    assert begun(database, time, caller, repeatable=True).answer is None


def test_an_attempt_that_outlives_its_minute_is_done_where_no_other_took_its_place(database, time, caller):
    slow = begun(database, time, caller)
    time.passes(BUSY_FOR)
    with DeedDatabase(database, time, slow).writing():
        pass

    with pytest.raises(AnswerLost):
        begun(database, time, caller)


def test_an_attempt_that_was_given_up_for_dead_commits_nothing(database, time, caller):
    slow = begun(database, time, caller)
    time.passes(BUSY_FOR)
    quick = begun(database, time, caller)

    with database.reading() as unit:
        known = unit.users.get(caller)
    with pytest.raises(KeyBusy), DeedDatabase(database, time, slow).writing() as unit:
        unit.users.replace(replace(known, display_name="Written by the slow one"))
    keep(database, slow, ANSWER)
    release(database, time, slow)

    with database.reading() as unit:
        assert unit.users.get(caller).display_name == "Caller"
    keep(database, quick, replace(ANSWER, status=200))
    assert begun(database, time, caller).answer.status == 200


def test_a_refused_attempt_leaves_nothing_and_one_that_did_something_is_remembered(database, time, caller):
    release(database, time, begun(database, time, caller))
    mended = begun(database, time, caller, fingerprint="0" * 64)
    deed = DeedDatabase(database, time, mended)
    with pytest.raises(NotPermitted), deed.writing():
        raise NotPermitted("no")
    with deed.writing():
        pass
    release(database, time, mended, refused=True)
    mended = begun(database, time, caller, fingerprint="0" * 64)
    with DeedDatabase(database, time, mended).writing():
        pass
    release(database, time, mended)

    with pytest.raises(AnswerLost):
        begun(database, time, caller, fingerprint="0" * 64)


@given(st.text(max_size=220))
def test_a_key_is_read_or_refused_and_quotes_make_no_difference(text):
    try:
        key = parse_key(text)
    except InvalidInput:
        return
    assert key.isascii()
    assert parse_key(f' "{key}" ') == key


class Program:
    def __init__(self, place, name):
        self.client = create_app(place.services, PLENTY).test_client()
        token = self.client.post(
            "/api/v1/sessions", json={"email": f"{name}@example.org", "password": PASSWORD}
        ).json["token"]
        self.bearer = {"Authorization": f"Bearer {token}"}

    def post(self, path, key, **options):
        headers = self.bearer | {"Idempotency-Key": key}
        return self.client.post(f"/api/v1{path}", headers=headers, **options)


def refusal(person):
    return {
        "candidate_id": person.id,
        "role_id": "developer",
        "outcome": "refused",
        "reason": "Not yet",
        "conflict_of_interest": "none",
    }


def test_a_refusal_sent_twice_with_a_key_is_one_decision_and_the_same_answer(place):
    ana, boris = place.candidate("C-1"), place.candidate("C-2", "Boris Do", "Boris Do")
    certifier = Program(place, "certifier")

    first = certifier.post("/decisions", '"one"', json=refusal(ana))
    again = certifier.post("/decisions", "one", json=refusal(ana))
    other = certifier.post("/decisions", '"one"', json=refusal(boris))
    elsewhere = certifier.post("/certificates/X/status-events", '"one"', json={})

    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.data, first.content_type) == (again.data, again.content_type)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    for wrong in (other, elsewhere):
        assert (wrong.status_code, wrong.json["code"]) == (422, "idempotency-key-reused")
    with place.services.database.reading() as unit:
        assert len(unit.decisions.of_case(ana.id, "small", "developer")) == 1
        assert not unit.decisions.of_case(boris.id, "small", "developer")


def test_two_simultaneous_requests_with_one_key_are_one_decision(place):
    ana = place.candidate("C-1")
    certifier = Program(place, "certifier")
    start = threading.Barrier(4)
    answers = []

    def send() -> None:
        start.wait()
        answers.append(certifier.post("/decisions", '"one"', json=refusal(ana)))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    codes = sorted(answer.status_code for answer in answers)
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    for busy in (answer for answer in answers if answer.status_code == 409):
        assert (busy.json["code"], busy.headers["Retry-After"]) == ("idempotency-key-busy", "1")
    with place.services.database.reading() as unit:
        assert len(unit.decisions.of_case(ana.id, "small", "developer")) == 1


def test_a_refused_request_is_mended_and_sent_again_with_its_key(place):
    ana = place.candidate("C-1")
    certifier = Program(place, "certifier")
    wrong = refusal(ana) | {"reason": ""}

    assert certifier.post("/decisions", '"one"', json=wrong).status_code == 422
    assert certifier.post("/decisions", '"one"', json=refusal(ana)).status_code == 201
    bad_key = certifier.post("/decisions", '"Ж"'.encode().decode("latin-1"), json=refusal(ana))
    assert (bad_key.status_code, bad_key.json["where"]) == (422, "Idempotency-Key")


def test_a_form_is_the_same_however_its_parts_are_divided(place):
    administrator = Program(place, "administrator")
    table = b"reference,name,latin_name\nA-03,Ivan Petrov,Ivan Petrov\n"

    def send(data):
        return administrator.post("/candidates/import", "one", data=data, content_type="multipart/form-data")

    first, again, other = (
        send({"file": (BytesIO(content), "table.csv")}) for content in (table, table, table + b"x")
    )
    assert (first.status_code, again.data, again.headers["Idempotency-Replayed"]) == (200, first.data, "true")
    assert other.json["code"] == "idempotency-key-reused"
    nameless = (
        b'--x\r\nContent-Disposition: form-data; filename="t.csv"\r\n\r\nreference\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    )
    answer = administrator.post("/candidates/import", "two", data=nameless[0], content_type=nameless[1])
    assert answer.status_code == 422


def test_a_crash_between_the_declaration_and_the_decision_leaves_a_key_that_can_be_sent_again(
    place, monkeypatch
):
    ana, time = place.candidate("C-1"), Time()
    moving = replace(place, services=replace(place.services, clock=time))
    certifier = Program(moving, "certifier")

    with monkeypatch.context() as patched:
        patched.setattr("certify.web.api.certification.decide_case", None)
        # What is tidied up when an exception is raised is not when a process ends.
        patched.setattr("certify.web.api.keys.release", lambda *_given, **_named: None)
        assert certifier.post("/decisions", "one", json=refusal(ana)).status_code == 500
    time.passes(BUSY_FOR)

    assert certifier.post("/decisions", "one", json=refusal(ana)).status_code == 201


def test_every_write_of_the_api_is_one_transaction_so_that_no_crash_leaves_half_a_deed(tmp_path, monkeypatch):
    """What commits first marks the deed as done: a second transaction would be lost in a crash between them."""
    committed = []
    writing = DeedDatabase.writing

    @contextmanager
    def counted(self):
        with writing(self) as unit:
            yield unit
        committed.append(request.endpoint)

    monkeypatch.setattr(DeedDatabase, "writing", counted)
    story = open_story(tmp_path)
    written = set()
    for endpoint, _path, method, answer in story.told(keyed=True):
        assert answer.status_code < 400, (endpoint, answer.json)
        if method.upper() not in {"GET", "HEAD"}:
            written.add(endpoint)
    story.place.services.database.close()

    assert {name for name in written if committed.count(name) > 1} <= REPEATABLE
    assert len(set(committed)) > 20
