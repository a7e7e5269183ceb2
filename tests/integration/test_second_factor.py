"""The second step of signing in: codes, recovery codes and passkeys, and every way around it that is closed."""

import base64
import re
from dataclasses import replace

import pytest
from installation import PASSWORD
from second_factors import Hands, enrolled, with_password
from soft_passkey import PRESENT, SoftPasskey
from sqlalchemy import text
from website import PLENTY, Site, open_site, read_page, words

from certify.audit.model import AuditAction, AuditFilter
from certify.db.engine import make_engine
from certify.errors import InvalidInput, KeyStoreLocked, NotAuthenticated, TooManyTries
from certify.keyring.vault import PassphraseVault
from certify.people.model import User
from certify.signin.passkeys import PasskeyDesk
from certify.signin.second_factor import check_code, code_at, reset
from certify.web.app import create_app

ORIGIN, RP_ID = "https://certificates.example.org", "certificates.example.org"


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def site(tmp_path, hands) -> Site:
    made = open_site(tmp_path)
    settings = replace(made.place.services.settings, require_second_factor=True)
    services = replace(made.place.services, clock=hands, settings=settings)
    yield replace(made, place=replace(made.place, services=services), app=create_app(services, PLENTY))
    services.database.close()


def test_a_certifier_sets_one_up_at_the_first_sign_in_and_reaches_nothing_before(site, hands):
    certifier, sent = with_password(site, "certifier")
    assert sent.startswith("/sign-in/second-step")
    for closed in ("/certifier/", "/account", "/password", "/work"):
        answer = certifier.get(closed)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in/second-step")
    page = certifier.client.get(sent, follow_redirects=True)
    assert page.request.path == "/account/second-factor"
    assert "Decide" not in words(page), "no navigation to what is still closed"

    key = re.search(r'translate="no">([A-Z2-7 ]{39})<', page.get_data(as_text=True))[1].replace(" ", "")
    secret = base64.b32decode(key)
    form = next(form for form in read_page(page).forms if form.action == "/account/second-factor")
    wrong = certifier.client.post(form.action, data={**form.fields, "code": "000000"})
    assert wrong.status_code == 422
    assert key in words(wrong).replace(" ", ""), "the same secret again: the app has it already"
    form = next(form for form in read_page(wrong).forms if form.action == "/account/second-factor")
    before = certifier.client.get_cookie("certify").value
    done = certifier.client.post(form.action, data={**form.fields, "code": code_at(secret, hands.now)})
    assert len(re.findall(r"<li>\w{4}-\w{4}-\w{4}-\w{4}</li>", done.get_data(as_text=True))) == 8
    assert certifier.client.get_cookie("certify").value != before
    assert certifier.get("/certifier/").status_code == 200


def test_the_next_sign_in_asks_for_a_code_that_works_once(site, hands):
    secret, codes = enrolled(site, site.place.certifier)
    certifier, sent = with_password(site, "certifier")
    assert certifier.get("/account/second-factor").status_code == 303, (
        "no other app before the code of this one"
    )
    assert certifier.submit(sent, "/second-step", code="123456").status_code == 422
    code = code_at(secret, hands.now)
    before = certifier.client.get_cookie("certify").value
    answer = certifier.submit(sent, "/second-step", code=f"{code[:3]} {code[3:]}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/work")
    assert certifier.get("/certifier/").status_code == 200
    thief = site.visitor()
    thief.client.set_cookie("certify", before)
    assert thief.get("/sign-in/second-step").headers["Location"] == "/sign-in"

    another, sent = with_password(site, "certifier")
    assert another.submit(sent, "/second-step", code=code).status_code == 422
    hands.pass_by(seconds=30)
    assert another.submit(sent, "/second-step", code=code).status_code == 422
    assert another.submit(sent, "/second-step", code=codes[0].lower()).status_code == 303
    third, sent = with_password(site, "certifier")
    assert third.submit(sent, "/second-step", code=codes[0]).status_code == 422, "a recovery code, too"
    assert third.submit(sent, "/second-step", code=code_at(secret, hands.now)).status_code == 303


def test_a_second_step_that_takes_too_long_begins_anew_and_leads_where_it_was_asked(site, hands):
    secret, _codes = enrolled(site, site.place.certifier)
    visitor = site.visitor()
    asked = visitor.get("/certifier/certificates").headers["Location"]
    answer = visitor.submit(asked, "/sign-in", email="certifier@example.org", password=PASSWORD)
    sent = answer.headers["Location"]
    assert visitor.submit(sent, "/second-step", code=code_at(secret, hands.now)).headers["Location"] == (
        "/certifier/certificates"
    )
    late, sent = with_password(site, "certifier")
    form = late.form(sent, "/second-step")
    hands.pass_by(minutes=15)
    answer = late.client.post(form.action, data={**form.fields, "code": code_at(secret, hands.now)})
    assert answer.headers["Location"].startswith("/sign-in")


def test_whoever_need_not_have_one_is_not_asked_and_whoever_has_one_is(site, hands):
    trainer, sent = with_password(site, "trainer")
    assert sent == "/work"
    assert trainer.get("/trainer/").status_code == 200
    secret, _codes = enrolled(site, site.place.trainer)
    trainer, sent = with_password(site, "trainer")
    assert sent.startswith("/sign-in/second-step")
    trainer.submit(sent, "/second-step", code=code_at(secret, hands.now))
    hands.pass_by(minutes=1)
    page = trainer.submit("/account/second-factor", "/recovery-codes", code=code_at(secret, hands.now))
    assert page.status_code == 200
    hands.pass_by(minutes=1)
    code = code_at(secret, hands.now)
    assert trainer.submit("/account/second-factor", "/remove", code=code).status_code == 303
    assert with_password(site, "trainer")[1] == "/work"


def test_a_role_that_needs_one_cannot_do_without_and_changes_it_by_the_one_it_has(site, hands):
    secret, _codes = enrolled(site, site.place.certifier)
    certifier, sent = with_password(site, "certifier")
    certifier.submit(sent, "/second-step", code=code_at(secret, hands.now))
    hands.pass_by(minutes=1)
    page = certifier.get("/account/second-factor")
    assert "/account/second-factor/remove" not in page.get_data(as_text=True)
    form = certifier.form("/account/second-factor", "/second-factor")
    stolen = certifier.client.post(
        "/account/second-factor/remove", data={**form.fields, "code": code_at(secret, hands.now)}
    )
    assert stolen.status_code == 403
    key = re.search(r'translate="no">([A-Z2-7 ]{39})<', page.get_data(as_text=True))[1].replace(" ", "")
    form = next(form for form in read_page(page).forms if form.action == "/account/second-factor")
    new = code_at(base64.b32decode(key), hands.now)
    assert certifier.client.post(form.action, data={**form.fields, "code": new}).status_code == 422
    present = code_at(secret, hands.now)
    answer = certifier.client.post(form.action, data={**form.fields, "present": present, "code": new})
    assert answer.status_code == 200


def test_guessing_codes_is_slowed_and_only_for_this_account(site, hands):
    services, user = site.place.services, site.place.certifier
    secret, _codes = enrolled(site, user)
    hands.pass_by(minutes=2)
    for _ in range(6):
        with pytest.raises(InvalidInput):
            check_code(services.database, services.clock, services.vault, user, "000000")
    with pytest.raises(TooManyTries):
        check_code(services.database, services.clock, services.vault, user, code_at(secret, hands.now))
    hands.pass_by(seconds=1)
    check_code(services.database, services.clock, services.vault, user, code_at(secret, hands.now))


def test_every_page_that_asks_for_a_code_says_how_long_to_wait(site, hands):
    secret, _codes = enrolled(site, site.place.certifier)
    hands.pass_by(minutes=2)
    asked, step = with_password(site, "certifier")
    inside, then = with_password(site, "certifier")
    inside.submit(then, "/second-step", code=code_at(secret, hands.now))
    for _ in range(6):
        assert asked.submit(step, "/second-step", code="000000").status_code == 422
    for person, page, action in (
        (asked, step, "/second-step"),
        (inside, "/account/second-factor", "/account/second-factor/recovery-codes"),
        (inside, "/account/second-factor", "/account/second-factor"),
        (inside, "/account", "/account/passkeys"),
        (inside, "/account", "/account/tokens"),
    ):
        form = person.form(page, action)
        sent = {**form.fields, "code": "000000", "present": "000000", "scope": "read", "credential": "{}"}
        answer = person.client.post(form.action, data=sent)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (429, "1"), action


def test_a_program_sends_the_code_with_the_password(site, hands):
    def ask(**more: str) -> tuple[int, str]:
        sent = {"email": "certifier@example.org", "password": PASSWORD, **more}
        answer = site.app.test_client().post("/api/v1/sessions", json=sent)
        return answer.status_code, answer.json.get("code", "")

    assert ask() == (401, "second-step-missing")
    secret, _codes = enrolled(site, site.place.certifier)
    assert ask() == (401, "second-step-missing")
    assert ask(code="000000") == (401, "not-authenticated")
    assert ask(code=code_at(secret, hands.now))[0] == 201


def test_a_copy_of_the_database_alone_gives_no_code(site, tmp_path):
    secret, codes = enrolled(site, site.place.certifier)
    engine = make_engine(site.place.services.settings.database_url)
    with engine.connect() as connection:
        (sealed,) = connection.execute(text("SELECT sealed_secret FROM second_factor")).one()
        kept = str(connection.execute(text("SELECT * FROM recovery_code")).all())
    engine.dispose()
    assert secret not in sealed
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    vault, user = site.place.services.vault, site.place.certifier
    assert vault.open(sealed, f"second factor of {user.id}") == secret
    (tmp_path / "other").write_text("another passphrase")
    stranger = PassphraseVault(tmp_path / "other", tmp_path / "none")
    for other, about in ((vault, "second factor of somebody"), (stranger, "x")):
        with pytest.raises(KeyStoreLocked):
            other.open(sealed, about)
    fresh = PassphraseVault(tmp_path / "new" / "passphrase", tmp_path / "none")
    assert fresh.open(fresh.seal(b"x", "y"), "y") == b"x"
    assert (tmp_path / "new" / "passphrase").stat().st_mode & 0o777 == 0o600


def test_a_lost_passphrase_is_not_replaced_by_one_that_opens_no_key(site, tmp_path):
    vault = PassphraseVault(tmp_path / "lost", site.place.services.settings.key_directory)
    with pytest.raises(KeyStoreLocked):
        vault.seal(b"x", "y")
    assert not (tmp_path / "lost").exists()


def test_an_operator_lets_somebody_begin_anew(site):
    enrolled(site, site.place.certifier)
    reset(site.place.services.database, site.place.certifier)
    certifier, sent = with_password(site, "certifier")
    assert certifier.client.get(sent).headers["Location"].startswith("/account/second-factor")


# Passkeys


@pytest.fixture
def desk(site) -> PasskeyDesk:
    return PasskeyDesk(site.place.services.database, site.place.services.clock, ORIGIN)


def registered(desk: PasskeyDesk, user: User) -> SoftPasskey:
    device = SoftPasskey(ORIGIN, RP_ID)
    options, secret = desk.begin_registration(user)
    desk.finish_registration(user, secret, device.make(options), "A key")
    return device


def test_a_passkey_lets_its_owner_in(site, desk):
    device = registered(desk, site.place.certifier)
    options, secret = desk.begin_sign_in()
    assert options["publicKey"]["userVerification"] == "required"
    assert desk.finish_sign_in(secret, device.sign(options)) == site.place.certifier


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://certificates.example.org.evil.example"},
        {"origin": "https://sub.certificates.example.org"},
        {"origin": "http://certificates.example.org"},
        {"origin": "https://certificates.example.org:8443"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"type": "webauthn.create"},
        {"signature": b"0" * 70},
    ],
    ids=str,
)
def test_an_answer_that_is_not_to_our_question_lets_nobody_in(site, desk, wrong):
    device = registered(desk, site.place.certifier)
    options, secret = desk.begin_sign_in()
    with pytest.raises(NotAuthenticated):
        desk.finish_sign_in(secret, device.sign(options, **wrong))


def test_the_trail_tells_whose_passkey_was_shown_in_vain_and_of_nobody_elses(site, desk):
    device = registered(desk, site.place.certifier)
    options, secret = desk.begin_sign_in()
    right = device.sign(options)
    desk.finish_sign_in(secret, right)
    options, other = desk.begin_sign_in()
    stranger = SoftPasskey(ORIGIN, RP_ID)
    stranger.make(desk.begin_registration(site.place.certifier)[0])
    for challenge, answer in ((secret, right), (other, device.sign(options, origin="https://evil.example"))):
        with pytest.raises(NotAuthenticated):
            desk.finish_sign_in(challenge, answer)
    options, secret = desk.begin_sign_in()
    with pytest.raises(NotAuthenticated):
        desk.finish_sign_in(secret, stranger.sign(options))

    with site.place.services.database.reading() as unit:
        found = unit.trail.search(AuditFilter(action=AuditAction.SIGN_IN_FAILED), 9)
    assert [(entry.subject_id, entry.actor_id, entry.detail) for entry in found] == [
        (site.place.certifier.id, None, "passkey")
    ] * 2


def test_an_answer_counts_once_and_a_counter_that_does_not_rise_not_at_all(site, desk, hands):
    device = registered(desk, site.place.certifier)
    options, secret = desk.begin_sign_in()
    answer = device.sign(options, counter=7)
    desk.finish_sign_in(secret, answer)
    with pytest.raises(NotAuthenticated):
        desk.finish_sign_in(secret, answer)
    for counter in (7, 6, 0):
        options, secret = desk.begin_sign_in()
        with pytest.raises(NotAuthenticated):
            desk.finish_sign_in(secret, device.sign(options, counter=counter))
    options, secret = desk.begin_sign_in()
    hands.pass_by(minutes=15)
    with pytest.raises(NotAuthenticated):
        desk.finish_sign_in(secret, device.sign(options, counter=8))
    options, secret = desk.begin_sign_in()
    assert desk.finish_sign_in(secret, device.sign(options, counter=9))


def test_a_passkey_is_made_by_its_owner_on_our_page_and_no_other(site, desk):
    services, device = site.place.services, SoftPasskey(ORIGIN, RP_ID)
    for wrong in (
        {"origin": "https://evil.example"},
        {"flags": PRESENT},
        {"challenge": "AAAA"},
        {"rp_id": "x"},
    ):
        options, secret = desk.begin_registration(site.place.trainer)
        with pytest.raises(InvalidInput):
            desk.finish_registration(site.place.trainer, secret, device.make(options, **wrong), "")
    options, secret = desk.begin_registration(site.place.trainer)
    with pytest.raises(InvalidInput):
        desk.finish_registration(site.place.certifier, secret, device.make(options), "")
    with services.database.reading() as unit:
        assert not unit.passkeys.of_user(site.place.trainer.id)


def test_rubbish_from_a_browser_is_refused_with_one_answer(site, desk):
    for rubbish in ({}, {"id": "x"}, {"rawId": "AA", "response": {"clientDataJSON": "!!"}}, {"rawId": None}):
        _options, secret = desk.begin_sign_in()
        with pytest.raises(NotAuthenticated):
            desk.finish_sign_in(secret, rubbish)
    visitor = site.visitor()
    form = visitor.form("/sign-in", "/sign-in/passkey")
    answer = visitor.client.post(form.action, data={**form.fields, "credential": "[1"})
    assert answer.status_code == 422
