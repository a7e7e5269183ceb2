"""Sessions, tokens of programs and limits on trying: what they open, and when they no longer do."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import ENGINES, fresh_database
from hypothesis import given
from hypothesis import strategies as st
from installation import PASSWORD, install
from small_scheme import NOW
from sqlalchemy import text
from website import PLENTY, Site, open_site, read_page, words

from certify.db.engine import make_engine
from certify.errors import InvalidInput, NotAuthenticated, NotFound, TooManyTries
from certify.people.model import UserRole
from certify.people.names import holder_name
from certify.people.service import change_user, set_active
from certify.signin.model import Scope
from certify.signin.service import check_password, sign_in
from certify.signin.throttle import charge, forgive, gate, password_gates, wait_after
from certify.signin.tokens import PREFIX, bearer_of, make_token, revoke_token, tokens_of
from certify.web.app import create_app


class Hands:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def site(tmp_path, hands) -> Site:
    made = open_site(tmp_path)
    services = replace(made.place.services, clock=hands)
    place = replace(made.place, services=services)
    yield replace(made, place=place, app=create_app(services, PLENTY))
    services.database.close()


def token_for(site: Site, name: str, *scopes: Scope, days: int = 30) -> str:
    services = site.place.services
    with services.database.reading() as unit:
        owner = unit.users.by_email(site.users[name])
    secret, _token = make_token(
        services.database, services.clock, owner, name="A program", scopes=scopes, days=days
    )
    return secret


def asks(site: Site, token: str, path: str, **options) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"}
    method = options.pop("method", "GET")
    answer = site.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **options)
    return answer.status_code, (answer.json or {}).get("code", "") if answer.is_json else ""


# Tokens of programs


def test_a_token_does_what_its_scopes_and_its_owners_roles_allow_and_nothing_else(site):
    reads, records = token_for(site, "trainer", Scope.READ), token_for(site, "trainer", Scope.RECORD)
    completion = {
        "candidate_id": site.ana.id,
        "module_id": "A5",
        "module_version": "1",
        "completed_on": "2026-05-01",
        "outcome": "passed",
    }

    assert asks(site, reads, f"/cohorts/{site.cohort.id}")[0] == 200
    assert asks(site, reads, f"/cohorts/{site.other_cohort.id}") == (404, "not-found")
    assert asks(site, reads, "/queue") == (403, "not-permitted")
    assert asks(site, reads, "/completions", method="POST", json=completion) == (403, "not-permitted")
    assert asks(site, records, "/completions", method="POST", json=completion)[0] == 201
    assert asks(site, records, "/cohorts") == (403, "not-permitted")
    everything = token_for(site, "trainer", *Scope)
    assert asks(site, everything, "/decisions", method="POST", json={}) == (403, "not-permitted")
    assert asks(site, everything, "/sessions/current", method="DELETE") == (403, "not-permitted")


def test_a_token_ends_with_its_days_its_owner_or_its_revocation(site, hands):
    services = site.place.services
    token = token_for(site, "trainer", Scope.READ, days=2)
    assert asks(site, token, "/me")[0] == 200
    hands.pass_by(days=2)
    assert asks(site, token, "/me") == (401, "not-authenticated")

    token = token_for(site, "trainer", Scope.READ)
    set_active(services.database, site.place.administrator, site.place.trainer.id, active=False)
    assert asks(site, token, "/me")[0] == 401
    set_active(services.database, site.place.administrator, site.place.trainer.id, active=True)
    assert asks(site, token, "/me")[0] == 200

    made = tokens_of(services.database, site.place.trainer.id)
    with pytest.raises(NotFound):
        revoke_token(services.database, services.clock, site.other_trainer, made[0].id)
    for one in made:
        revoke_token(services.database, services.clock, site.place.trainer, one.id)
    assert asks(site, token, "/me")[0] == 401
    assert bearer_of(services.database, services.clock, PREFIX + "made up") is None


def test_the_database_keeps_no_token_and_no_page_takes_one(site):
    token = token_for(site, "trainer", Scope.READ)
    engine = make_engine(site.place.services.settings.database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM api_token")).all()
    engine.dispose()
    assert token not in str(rows)
    assert token[: len(PREFIX) + 5] not in str(rows)

    visitor = site.visitor()
    visitor.client.set_cookie("certify", token)
    assert visitor.get("/trainer/").status_code == 303
    assert visitor.get("/trainer/", headers={"Authorization": f"Bearer {token}"}).status_code == 303


def test_a_token_is_made_and_revoked_on_the_page_and_shown_once(site):
    trainer = site.person("trainer")
    shown = trainer.submit("/account", "/tokens", name="Moodle", days="7", scope="read")
    secret = next(word for word in words(shown).split() if word.startswith(PREFIX))
    assert asks(site, secret, "/me")[0] == 200
    page = trainer.get("/account")
    assert secret not in page.get_data(as_text=True)
    assert "Moodle" in words(page)
    assert "no-store" in shown.headers["Cache-Control"]

    refused = trainer.submit("/account", "/tokens", name="Moodle", days="7")
    assert refused.status_code == 422
    assert trainer.submit("/account", "/tokens", name="x", days="367", scope="read").status_code == 422
    assert trainer.submit("/account", "/revoke").status_code == 303
    assert asks(site, secret, "/me")[0] == 401


def test_a_token_says_when_it_was_last_used(site, hands):
    services = site.place.services
    token = token_for(site, "trainer", Scope.READ)
    assert tokens_of(services.database, site.place.trainer.id)[0].used_at is None
    asks(site, token, "/me")
    hands.pass_by(minutes=3)
    asks(site, token, "/me")
    assert tokens_of(services.database, site.place.trainer.id)[0].used_at == NOW
    hands.pass_by(minutes=3)
    asks(site, token, "/me")
    assert tokens_of(services.database, site.place.trainer.id)[0].used_at == hands.now
    with pytest.raises(InvalidInput):
        token_for(site, "trainer")


# Sessions


def test_sessions_are_listed_and_ended_one_by_one_or_all_at_once(site):
    here, phone, desk = (site.person("trainer") for _ in range(3))
    stranger = site.person("other")
    ends = [form.action for form in read_page(here.get("/account")).forms if form.action.endswith("/end")]
    assert len(ends) == 2
    theft = stranger.form("/account", "/tokens").fields
    assert stranger.client.post(ends[0], data=theft).status_code == 404
    assert [phone.get("/trainer/").status_code, desk.get("/trainer/").status_code] == [200, 200]

    here.submit("/account", ends[0])
    assert sorted([phone.get("/trainer/").status_code, desk.get("/trainer/").status_code]) == [200, 303]
    another = site.person("trainer")
    here.submit("/account", "/end-others")
    assert [who.get("/trainer/").status_code for who in (here, phone, desk, another)] == [200, 303, 303, 303]
    assert stranger.get("/trainer/").status_code == 200


def test_a_session_ends_after_its_hours(site, hands):
    trainer = site.person("trainer")
    hands.pass_by(hours=11, minutes=59)
    assert trainer.get("/trainer/").status_code == 200
    hands.pass_by(minutes=1)
    assert trainer.get("/trainer/").status_code == 303


# Limits on trying


@given(st.integers(0, 10_000), st.integers(0, 50), st.integers(1, 900))
def test_a_wait_never_shrinks_with_failures_and_never_passes_its_bound(failures, free, most):
    counted = gate("x", free=free, most_seconds=most)
    wait = wait_after(failures, counted)

    assert wait <= wait_after(failures + 1, counted) <= timedelta(seconds=most)
    assert (wait == timedelta()) is (failures <= free)


def guess(
    site: Site, address: str, password: str = "wrong", email: str = "trainer@example.org", visitor=None
):
    visitor = visitor or site.visitor()
    form = visitor.form("/sign-in")
    data = {**form.fields, "email": email, "password": password}
    return visitor.client.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": address})


def test_guessing_is_slowed_and_the_honest_owner_elsewhere_signs_in(site, hands):
    answers = [guess(site, "192.0.2.1") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert "Wait 1 seconds" in words(answers[-1])
    assert guess(site, "192.0.2.1", PASSWORD).status_code == 429, "even a right guess waits"
    assert guess(site, "198.51.100.7", PASSWORD).status_code == 303

    hands.pass_by(seconds=1)
    assert guess(site, "192.0.2.1", PASSWORD).status_code == 303
    assert guess(site, "192.0.2.1").status_code == 401


def test_the_wait_doubles_up_to_a_quarter_of_an_hour_and_is_forgotten_in_a_day(site, hands):
    database, waits = site.place.services.database, []

    def wait() -> int:
        try:
            charge(database, hands, password_gates("trainer@example.org", "192.0.2.1", ""))
        except TooManyTries as error:
            return error.seconds
        return 0

    assert [wait() for _ in range(6)] == [0] * 6
    while len(waits) < 12:
        waits.append(wait())
        hands.pass_by(seconds=waits[-1])
        assert wait() == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    hands.pass_by(hours=24)
    assert [wait() for _ in range(6)] == [0] * 6


def test_a_browser_that_signed_in_before_is_not_slowed_by_a_thousand_strangers(site):
    owner = site.person("trainer")
    database, clock = site.place.services.database, site.place.services.clock
    for number in range(21):
        charge(database, clock, password_gates("trainer@example.org", f"address {number}", ""))
    assert guess(site, "203.0.113.9", PASSWORD).status_code == 429, (
        "an unknown browser waits, a minute at most"
    )
    assert guess(site, "203.0.113.9", PASSWORD, visitor=owner).status_code == 303
    # The mark is good for its own account only, and its browser is counted too.
    for number in range(21):
        charge(database, clock, password_gates("other@example.org", f"address {number}", ""))
    assert guess(site, "203.0.113.9", PASSWORD, "other@example.org", visitor=owner).status_code == 429
    codes = [
        guess(site, "203.0.113.9", visitor=site.person("ana"), email="ana@example.org") for _ in range(2)
    ]
    assert [answer.status_code for answer in codes] == [401, 401]


def test_a_mark_that_a_browser_made_up_counts_for_nothing(site):
    visitor = site.visitor()
    visitor.client.set_cookie("certify-device", "a.é")
    assert guess(site, "203.0.113.9", visitor=visitor).status_code == 401


def test_a_class_of_thirty_behind_one_address_has_room_for_its_typos(site):
    database, clock = site.place.services.database, site.place.services.clock
    for number in range(30):
        for wrong in (True, True, False):
            gates = password_gates(f"pupil{number}@example.org", "192.0.2.1", "")
            charge(database, clock, gates)
            if not wrong:
                forgive(database, clock, gates)
    assert guess(site, "192.0.2.1", PASSWORD).status_code == 303


@pytest.mark.parametrize("engine", ENGINES)
def test_tries_at_the_same_moment_are_all_counted(engine, tmp_path):
    with fresh_database(engine, tmp_path) as url:
        services = install(tmp_path, url).services

        def attempt(number: int) -> str:
            try:
                check_password(services.database, services.clock, "trainer@example.org", "no", address="a")
            except (NotAuthenticated, TooManyTries) as error:
                return error.code
            return "in"

        with ThreadPoolExecutor(6) as pool:
            codes = list(pool.map(attempt, range(12)))
        assert codes.count("not-authenticated") == 6
        assert codes.count("too-many-tries") == 6
        services.database.close()


def test_a_program_that_signs_in_is_counted_like_a_browser(site):
    database, clock = site.place.services.database, site.place.services.clock
    for _ in range(6):
        charge(database, clock, password_gates("trainer@example.org", "127.0.0.1", ""))
    sent = {"email": "trainer@example.org", "password": PASSWORD}
    answer = site.app.test_client().post("/api/v1/sessions", json=sent)

    assert (answer.status_code, answer.json["code"]) == (429, "too-many-tries")
    assert answer.headers["Retry-After"] == "1"


def test_a_session_from_the_command_line_has_no_address(site):
    token, user = sign_in(
        site.place.services.database, lambda: datetime.now(UTC), "ana@example.org", PASSWORD, 1
    )
    assert token
    assert user.roles == {UserRole.CANDIDATE}


def test_two_changes_of_one_account_at_once_are_both_kept(tmp_path):
    with fresh_database("postgresql", tmp_path) as url, ThreadPoolExecutor(1) as pool:
        place = install(tmp_path, url)
        database, user_id = place.services.database, place.trainer.id
        with database.writing() as unit:
            known = unit.users.locked(user_id)
            other = pool.submit(set_active, database, place.administrator, user_id, active=False)
            wait([other], timeout=0.5)
            unit.users.replace(replace(known, display_name="Renamed"))
        other.result()
        with database.reading() as unit:
            kept = unit.users.get(user_id)
        assert (kept.display_name, kept.active) == ("Renamed", False)
        database.close()


def test_a_name_corrected_while_the_language_of_letters_is_changed_stays_corrected(tmp_path):
    with fresh_database("postgresql", tmp_path) as url, ThreadPoolExecutor(1) as pool:
        place = install(tmp_path, url)
        database, ana = place.services.database, place.candidate("C-1")
        user = place.colleague("ana", UserRole.CANDIDATE, candidate=ana)
        with database.writing() as unit:
            known = unit.candidates.locked(ana.id)
            other = pool.submit(
                change_user,
                database,
                place.administrator,
                user.id,
                display_name="Ana",
                roles=[UserRole.CANDIDATE],
                language="bg",
            )
            wait([other], timeout=0.5)
            unit.candidates.replace(replace(known, name=holder_name("Anna Li", "Anna Li")))
        other.result()
        with database.reading() as unit:
            kept = unit.candidates.get(ana.id)
        assert (kept.name.native, kept.language) == ("Anna Li", "bg")
        database.close()
