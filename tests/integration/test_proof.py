"""What a session alone does not open: factors, passkeys and tokens ask again who is there, and the trail tells."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from installation import PASSWORD
from second_factors import Hands, enrolled, with_password
from soft_passkey import SoftPasskey
from sqlalchemy import event
from website import PLENTY, Person, Site, open_site, read_page, words

from certify.audit.model import AuditAction, AuditEntry, AuditFilter
from certify.cli.users import users
from certify.errors import InvalidInput, NotAuthenticated, NotPermitted
from certify.people.service import set_password
from certify.signin.model import Scope
from certify.signin.second_factor import check_code, code_at, enrol, new_secret, renew_recovery_codes
from certify.signin.service import check_password, sessions_of, sign_in
from certify.signin.tokens import make_token, revoke_all
from certify.web.app import create_app

A = AuditAction


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


def make_passkey(site: Site, who: Person, page: str = "/account", **typed: str):
    """Make a passkey as the page's script does."""
    form = next(form for form in read_page(who.client.get(page)).forms if form.action == "/account/passkeys")
    assert not typed.keys() - form.fields.keys()
    base = urlsplit(site.place.services.settings.public_base)
    options = who.client.post("/account/passkeys/options", data=form.fields).get_json()
    made = SoftPasskey(f"{base.scheme}://{base.netloc}", base.hostname).make(options)
    data = {**form.fields, "credential": json.dumps(made), "name": "A key", **typed}
    return who.client.post("/account/passkeys", data=data)


def passkeys_of(site: Site, user) -> int:
    with site.place.services.database.reading() as unit:
        return len(unit.passkeys.of_user(user.id))


def trail(site: Site, action: AuditAction) -> list[AuditEntry]:
    with site.place.services.database.reading() as unit:
        return list(unit.trail.search(AuditFilter(action=action), 1000))


# A session that was to set up the first factor


def test_a_session_that_was_to_set_up_the_first_factor_ends_when_there_is_one(site, hands):
    thief, _sent = with_password(site, "certifier")
    form = thief.form("/account/second-factor", "/second-factor")
    enrolled(site, site.place.certifier)

    assert thief.get("/account/second-factor").headers["Location"].startswith("/sign-in")
    assert thief.client.post(form.action, data={**form.fields, "code": "000000"}).status_code == 303
    owner, _sent = with_password(site, "trainer")
    other, _sent = with_password(site, "trainer")
    assert make_passkey(site, owner).status_code == 303
    assert other.get("/trainer/").status_code == 303
    assert owner.get("/trainer/").status_code == 200


@pytest.mark.parametrize("ended", [True, False])
def test_a_request_under_way_when_the_first_factor_is_set_up_adds_no_other(site, hands, ended):
    services, user = site.place.services, site.place.certifier
    with_password(site, "certifier")
    (session,) = sessions_of(services.database, user.id, hands.now)
    secret, _codes = enrolled(site, user)
    if not ended:  # a factor that is there, however the session came to outlive it
        with services.database.writing() as unit:
            unit.users.open_session(session)

    mine = new_secret()
    refusal = NotAuthenticated if ended else NotPermitted
    with pytest.raises(refusal):
        enrol(services.database, hands, services.vault, user, mine, code_at(mine, hands.now), session)
    check_code(services.database, hands, services.vault, user, code_at(secret, hands.now))


# Adding and removing


def test_without_an_app_a_passkey_and_a_token_ask_for_the_password_five_minutes_after_signing_in(site, hands):
    trainer, _sent = with_password(site, "trainer")
    assert make_passkey(site, trainer).status_code == 303
    hands.pass_by(minutes=5)
    typed = {"name": "Moodle", "days": "7", "scope": "read"}

    for wrong in ("", "not the password"):
        assert make_passkey(site, trainer, present=wrong).status_code == 422
        assert trainer.submit("/account", "/tokens", **typed, present=wrong).status_code == 422
        assert trainer.submit("/account", "/remove", present=wrong).status_code == 422
    assert passkeys_of(site, site.place.trainer) == 1
    assert trainer.submit("/account", "/tokens", **typed, present=PASSWORD).status_code == 429
    hands.pass_by(minutes=1)
    assert trainer.submit("/account", "/tokens", **typed, present=PASSWORD).status_code == 200
    assert make_passkey(site, trainer, present=PASSWORD).status_code == 303
    assert trainer.submit("/account", "/remove", present=PASSWORD).status_code == 303
    assert passkeys_of(site, site.place.trainer) == 1


def test_with_an_app_each_of_them_asks_for_a_code_however_young_the_session(site, hands):
    secret, codes = enrolled(site, site.place.trainer)
    trainer, sent = with_password(site, "trainer")
    trainer.submit(sent, "/second-step", code=code_at(secret, hands.now))

    assert make_passkey(site, trainer, present=PASSWORD).status_code == 422
    assert make_passkey(site, trainer, present=codes[0]).status_code == 303
    typed = {"name": "Moodle", "days": "7", "scope": "read"}
    assert trainer.submit("/account", "/tokens", **typed, present=codes[0]).status_code == 422
    hands.pass_by(minutes=1)
    code = code_at(secret, hands.now)
    assert trainer.submit("/account", "/tokens", **typed, present=code).status_code == 200
    assert trainer.submit("/account", "/remove", present=code).status_code == 422
    assert trainer.submit("/account", "/remove", present=codes[1]).status_code == 303


def test_a_first_app_too_asks_a_session_left_open_for_the_password(site, hands):
    trainer, _sent = with_password(site, "trainer")
    hands.pass_by(minutes=5)
    answer = trainer.submit("/account/second-factor", "/second-factor", code="000000", present="wrong")
    assert "The present password is wrong" in words(answer)
    answer = trainer.submit("/account/second-factor", "/second-factor", code="000000", present=PASSWORD)
    assert "not the code that the app shows" in words(answer)


def test_the_last_factor_of_a_role_that_needs_one_stays_be_it_a_passkey_or_the_app(site, hands):
    certifier, sent = with_password(site, "certifier")
    assert make_passkey(site, certifier, certifier.client.get(sent).headers["Location"]).status_code == 303
    page = certifier.get("/account")
    assert "your only second factor" in words(page)
    assert not [form for form in read_page(page).forms if form.action.endswith("/remove")]
    with site.place.services.database.reading() as unit:
        (passkey,) = unit.passkeys.of_user(site.place.certifier.id)
    token = certifier.form("/account", "/tokens").fields
    refused = certifier.client.post(f"/account/passkeys/{passkey.id}/remove", data=token)
    assert refused.status_code == 403
    assert passkeys_of(site, site.place.certifier) == 1

    secret, codes = enrolled(site, site.place.certifier)
    certifier, sent = with_password(site, "certifier")
    certifier.submit(sent, "/second-step", code=code_at(secret, hands.now))
    answer = certifier.submit("/account/second-factor", "/second-factor/remove", code=codes[0])
    assert answer.status_code == 303, "the passkey is left"
    assert certifier.client.get("/account/second-factor").get_data(as_text=True).count("/remove") == 0


def test_new_recovery_codes_need_a_code_of_the_app(site, hands):
    services, user = site.place.services, site.place.trainer
    secret, codes = enrolled(site, user)
    with pytest.raises(InvalidInput):
        renew_recovery_codes(services.database, hands, services.vault, user, codes[0])
    code = code_at(secret, hands.now)
    assert len(renew_recovery_codes(services.database, hands, services.vault, user, code)) == 8


# Guessing, and the trail


def test_guessing_the_present_password_is_slowed_and_kept_in_the_trail(site, hands):
    trainer, _sent = with_password(site, "trainer")
    new = "a new long passphrase"
    answers = [
        trainer.submit("/password", "/password", old=f"wrong {number}", new=new, again=new)
        for number in range(7)
    ]
    assert [answer.status_code for answer in answers] == [422] * 6 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert [entry.detail for entry in trail(site, A.SIGN_IN_FAILED)] == ["present password"] * 6
    assert trainer.submit("/password", "/password", old=PASSWORD, new=new, again=new).status_code == 429
    hands.pass_by(seconds=1)
    assert trainer.submit("/password", "/password", old=PASSWORD, new=new, again=new).status_code == 303
    changed = trail(site, A.PASSWORD_SET)[0]
    assert (changed.actor_id, changed.subject_id) == (site.place.trainer.id, site.place.trainer.id)
    set_password(site.place.services.database, site.place.trainer.id, PASSWORD)
    assert sorted(entry.actor_id or "" for entry in trail(site, A.PASSWORD_SET)) == [
        "",
        site.place.trainer.id,
    ]


def test_signing_in_is_in_the_trail_once_it_is_whole_and_a_wrong_second_step_too(site, hands):
    secret, codes = enrolled(site, site.place.certifier)
    certifier, sent = with_password(site, "certifier")
    certifier.submit(sent, "/second-step", code="000000")
    assert not trail(site, A.SIGNED_IN)
    (failed,) = trail(site, A.SIGN_IN_FAILED)
    assert (failed.subject_id, failed.detail) == (site.place.certifier.id, "second-factor")

    certifier.submit(sent, "/second-step", code=codes[0])
    assert len(trail(site, A.SIGNED_IN)) == len(trail(site, A.RECOVERY_CODE_USED)) == 1
    hands.pass_by(minutes=1)
    certifier.submit("/account/second-factor", "/recovery-codes", code=code_at(secret, hands.now))
    assert len(trail(site, A.RECOVERY_CODES_MADE)) == 1


def test_a_token_made_by_a_command_has_no_actor_and_one_made_on_the_page_its_owner(site, hands):
    database, trainer = site.place.services.database, site.place.trainer
    make_token(database, hands, trainer, name="x", scopes=[Scope.READ], days=7)
    person, _sent = with_password(site, "trainer")
    person.submit("/account", "/tokens", name="y", days="7", scope="read")
    person.submit("/account", "/revoke")
    assert sorted(entry.actor_id or "" for entry in trail(site, A.TOKEN_MADE)) == ["", trainer.id]
    assert [entry.actor_id for entry in trail(site, A.TOKEN_REVOKED)] == [trainer.id]
    assert revoke_all(database, hands, trainer.id) == 1
    assert [entry.actor_id for entry in trail(site, A.TOKEN_REVOKED)] == [None, trainer.id]


def test_a_wrong_address_costs_the_database_as_many_commits_as_a_wrong_password(site, hands):
    database = site.place.services.database

    def writes(email: str) -> list[bool]:
        """For each transaction whether it wrote."""
        seen: list[bool] = []

        def ran(_connection, _cursor, statement, *_rest) -> None:
            if statement.startswith("BEGIN"):
                seen.append(False)
            elif statement.startswith(("INSERT", "UPDATE", "DELETE")):
                seen[-1] = True

        event.listen(database._engine, "before_cursor_execute", ran)
        with pytest.raises(NotAuthenticated):
            check_password(database, hands, email, "a wrong password", address="192.0.2.1")
        event.remove(database._engine, "before_cursor_execute", ran)
        return seen

    assert writes("nobody@example.org") == writes("trainer@example.org") == [True, False, True]
    assert sign_in(database, hands, "trainer@example.org", PASSWORD, 1)


def test_signing_somebody_out_by_command_says_that_their_passkeys_stay(site, hands, monkeypatch):
    trainer, _sent = with_password(site, "trainer")
    monkeypatch.setenv("CERTIFY_DATABASE_URL", site.place.services.settings.database_url)
    done = CliRunner().invoke(users, ["sign-out", "trainer@example.org"])
    assert done.exit_code == 0, done.output
    assert "passkeys" not in done.output
    trainer, _sent = with_password(site, "trainer")
    make_passkey(site, trainer)
    done = CliRunner().invoke(users, ["sign-out", "trainer@example.org"])
    assert done.exit_code == 0, done.output
    assert "Their passkeys still sign in (1)" in done.output
    assert trainer.get("/trainer/").status_code == 303
