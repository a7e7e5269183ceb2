"""The page made below Flask at its first asking: the same as Flask's, only for what is ordinary, and never for a changed file."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from installation import install
from small_scheme import NOW

from certify.bootstrap import build
from certify.checked.store import CheckedFiles
from certify.people.model import HolderName
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status
from certify.web.app import create_app
from certify.web.quick import QuickPages

READERS = [
    {},
    {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "bg"},
    {"Accept-Language": "el,en;q=0.5"},
]
NAMES = [("Ana Li", "Ana Li"), ("Ана-Мария О'Брайен", "Ana-Maria O'Brien"), ("Zoë 'Q' Ðd", "Zoe Dd")]


def quick_of(app):
    layer = app.wsgi_app
    while not isinstance(layer, QuickPages):
        layer = layer._application
    return layer


def asked_flask(app):
    """Return the list of paths that Flask itself is asked for from now on."""
    asked, quick = [], quick_of(app)
    inner = quick._application

    def noted(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    quick._application = noted
    return asked


def slow(app, path, **more):
    """Ask Flask, whatever is kept or quick."""
    inner, app.wsgi_app = app.wsgi_app, quick_of(app)._application
    try:
        return app.test_client().get(path, **more)
    finally:
        app.wsgi_app = inner


def issued(place, count=3):
    rows = []
    for number in range(count):
        native, latin = NAMES[number % len(NAMES)]
        person = place.candidate(f"Q-{number}", native, latin)
        place.passes(person, "A5")
        place.passes(person, "B6")
        rows.append(place.services.issuer.issue(place.grants(person).id))
    for row in rows:
        place.services.verifier.verify_certificate(row.id)
    place.services.checked_files.flush()
    return rows


def fresh(place):
    """The same installation as a process that has just started."""
    services = build(place.services.settings, place.services.clock)
    return services, create_app(services)


def test_a_first_answer_is_flasks_byte_for_byte_and_costs_flask_nothing(place):
    rows = issued(place, 6)
    _, app = fresh(place)
    flask, reference = asked_flask(app), fresh(place)[1]
    client = app.test_client()
    for headers in READERS:
        for query in ("", "?lang=bg"):
            for row in rows:
                path = f"/v/{row.id}{query}"
                quick, made = client.get(path, headers=headers), slow(reference, path, headers=headers)
                assert quick.data == made.data, (path, headers)
                own = {"X-Request-Id"}
                assert {k: v for k, v in quick.headers if k not in own} == {
                    k: v for k, v in made.headers if k not in own
                }
                assert int(quick.headers["Content-Length"]) == len(quick.data)
    # Once for each kind of page: a language that the browser or the address asks for; names alike or not.
    assert len(flask) == (len(READERS) + 1) * 2
    assert "Ана-Мария О&#39;Брайен" in client.get(f"/v/{rows[1].id}").text


def test_what_one_process_checked_another_does_not_check_again_and_what_nobody_checked_is_checked(
    sqlite_place,
):
    place = sqlite_place
    person = place.candidate("Q-9", "Ana Li", "Ana Li")
    place.passes(person, "A5")
    place.passes(person, "B6")
    row = place.services.issuer.issue(place.grants(person).id)
    first, app = fresh(place)
    checked = []
    inner, first.verifier._file_checks = (
        first.verifier._file_checks,
        lambda data: checked.append(1) or inner(data),
    )
    for _ in range(2):
        assert app.test_client().get(f"/v/{row.id}").status_code == 200
    assert checked == [1]
    first.checked_files.flush()
    second, _ = fresh(place)
    second.verifier._file_checks = None
    assert second.verifier.verify_certificate(row.id) == place.services.verifier.verify_certificate(row.id)


def test_a_file_that_changed_where_it_lies_is_found_at_the_next_asking(sqlite_place):
    place = sqlite_place
    first, second, *_ = issued(place)
    _, app = fresh(place)
    client = app.test_client()
    assert all("verdict bad" not in client.get(f"/v/{row.id}").text for row in (first, second))
    file = place.services.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as sql:
        for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            sql.execute(f'DROP TRIGGER "{name}"')
        content = bytearray(place.services.register.pdf(second.id))
        content[2000] ^= 1
        sql.execute(
            "UPDATE certificate_file SET content = ? WHERE certificate_id = ?", (bytes(content), second.id)
        )
    answer = client.get(f"/v/{second.id}", headers={"Accept": "application/json"}).json
    assert answer["verdict"] == "FAILED"
    assert "verdict bad" in client.get(f"/v/{second.id}").text


@pytest.mark.parametrize(
    ("table", "needle", "instead"),
    [
        ("file_head", b"%PDF-1.7", b"%PDF-1.6"),
        ("award_kind", b'"A body"', b'"A bodi"'),
    ],
)
def test_what_many_share_and_was_changed_where_it_lies_is_found_at_the_next_asking(
    sqlite_place, table, needle, instead
):
    place = sqlite_place
    first, second, *_ = issued(place)
    _, app = fresh(place)
    client, flask = app.test_client(), asked_flask(app)
    for row in (first, second):
        assert "verdict bad" not in client.get(f"/v/{row.id}").text
    asked = len(flask)
    file = place.services.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as sql:
        for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            sql.execute(f'DROP TRIGGER "{name}"')
        for sha256, content in sql.execute(f"SELECT sha256, content FROM {table}").fetchall():
            data = content.encode() if isinstance(content, str) else content
            assert needle in data
            other = data.replace(needle, instead, 1)
            kept = other.decode() if isinstance(content, str) else other
            sql.execute(f"UPDATE {table} SET content = ? WHERE sha256 = ?", (kept, sha256))
    pages = [client.get(f"/v/{row.id}").text for row in (first, second)]
    assert len(flask) == asked + 2, "it was not taken for ordinary"
    assert table == "award_kind" or all("verdict bad" in page for page in pages)


def test_a_file_exchanged_for_another_genuine_one_is_found(sqlite_place):
    place = sqlite_place
    first, second, *_ = issued(place)
    _, app = fresh(place)
    client = app.test_client()
    client.get(f"/v/{first.id}")
    file = place.services.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as sql:
        for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            sql.execute(f'DROP TRIGGER "{name}"')
        sql.execute("PRAGMA foreign_keys = OFF")
        sql.execute("UPDATE certificate SET sha256 = 'x' WHERE id = ?", (first.id,))
        sql.execute(
            "UPDATE certificate SET sha256 = ?, credential_sha256 = ? WHERE id = ?",
            (first.sha256, first.credential_sha256, second.id),
        )
        sql.execute(
            "UPDATE certificate_file SET content = ?, sha256 = ? WHERE certificate_id = ?",
            (place.services.register.pdf(first.id), first.sha256, second.id),
        )
    answer = client.get(f"/v/{second.id}", headers={"Accept": "application/json"}).json
    assert answer["verdict"] == "FAILED"
    assert "verdict bad" in client.get(f"/v/{second.id}").text


def test_a_page_says_on_which_day_it_was_checked(sqlite_place):
    """Whoever prints it keeps the answer of that day; the page of yesterday is not given today."""
    first, second = issued(sqlite_place, 2)
    now = [NOW]
    app = create_app(replace(build(sqlite_place.services.settings), clock=lambda: now[0]))
    flask, client = asked_flask(app), app.test_client()
    for row in (first, second):
        assert "Checked on 23 November 2026." in client.get(f"/v/{row.id}").text
    kinds = len(flask)
    now[0] = NOW + timedelta(days=1)
    for row in (first, second, first):
        assert "Checked on 24 November 2026." in client.get(f"/v/{row.id}").text
    assert len(flask) == 2 * kinds


def test_what_is_out_of_the_ordinary_is_left_to_flask(place):
    (row,) = issued(place, 1)
    now = [NOW]
    services = replace(build(place.services.settings), clock=lambda: now[0])
    app = create_app(services)
    client = app.test_client()
    client.get(f"/v/{row.id}")
    flask = asked_flask(app)
    change_status(
        services.database,
        services.clock,
        place.certifier,
        row.id,
        StatusAction.SUSPEND,
        StatusReason.UNDER_INVESTIGATION,
    )
    assert "Suspended" in client.get(f"/v/{row.id}").text
    assert len(flask) == 1
    now[0] = NOW.replace(year=2035)
    assert client.get(f"/v/{row.id}").status_code == 200
    for path, headers in (
        (f"/v/{row.id.lower()}", {}),
        (f"/v/{row.id}?x=1", {}),
        (f"/v/{row.id}", {"Accept": "application/json"}),
        (f"/v/{row.id}/badge.svg", {}),
        ("/v/" + "A" * 26, {}),
    ):
        before = len(flask)
        client.get(path, headers=headers)
        assert len(flask) == before + 1, path


def test_a_holder_who_is_called_otherwise_now_is_left_to_flask(place):
    (row,) = issued(place, 1)
    services, app = fresh(place)
    client = app.test_client()
    client.get(f"/v/{row.id}")
    flask = asked_flask(app)
    with services.database.writing() as unit:
        person = unit.candidates.get(unit.certificates.get(row.id).candidate_id)
        name = HolderName(native="Ана Нова", latin="Ana Nova", printed="Ана Нова")
        unit.candidates.replace(replace(person, name=name))
    assert "Nova" not in client.get(f"/v/{row.id}").text
    assert flask == [f"/v/{row.id}"]


def test_who_can_write_to_the_shared_file_alone_cannot_make_a_file_pass(tmp_path):
    path, secret = tmp_path / "checked.db", b"passphrase"
    trust = [b"these keys"]
    one, other = (CheckedFiles(path, secret, lambda: trust[0]) for _ in range(2))
    one.remember("file x", "found")
    assert one.recall("file x") == ("found",)
    one.flush()
    assert other.recall("file x", "file y") == ("found", None)

    with sqlite3.connect(path) as sql:
        sql.execute("UPDATE checked SET value = 'forged'")
        sql.execute("INSERT INTO checked (key, value, seal) SELECT 'file y', value, seal FROM checked")
    assert CheckedFiles(path, secret, lambda: trust[0]).recall("file x", "file y") == (None, None)
    # Another passphrase, or other keys to trust: nothing that was found before counts.
    one.remember("file z", "found")
    one.flush()
    assert CheckedFiles(path, b"another", lambda: trust[0]).recall("file z") == (None,)
    trust[0] = b"other keys"
    assert (one.recall("file z"), other.recall("file z")) == ((None,), (None,))


@pytest.mark.parametrize("spoiled", [b"", b"not a database" * 500])
def test_a_shared_file_that_cannot_be_used_only_means_that_nothing_is_remembered(tmp_path, spoiled):
    path = tmp_path / "checked.db"
    path.write_bytes(spoiled)
    store = CheckedFiles(path, b"secret", lambda: b"")
    assert store.recall("file x") == (None,)
    store.remember("file x", "found")
    store.flush()
    assert store.recall("file x") == ("found",)
    nowhere = CheckedFiles(tmp_path / "no" / "\0" / "x", b"secret", lambda: b"")
    nowhere.remember("a", "b")
    nowhere.flush()
    assert nowhere.recall("a") == ("b",)


def test_without_a_passphrase_nothing_is_written(tmp_path):
    store = CheckedFiles(tmp_path / "checked.db", b"", lambda: b"")
    store.remember("file x", "found")
    store.flush()
    store.close()
    assert not (tmp_path / "checked.db").exists()


@pytest.fixture
def sqlite_place(tmp_path):
    place = install(tmp_path)
    yield place
    place.services.database.close()
