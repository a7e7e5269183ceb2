"""Links in letters: to sign in, for candidates, and to choose a password; once, not for long, silent about who is there."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from databases import fresh_database
from installation import PASSWORD, install
from mail_office import mail_office
from second_factors import Hands, enrolled
from small_scheme import NOW
from website import PLENTY, Person, Site, open_site, path_of, words
from werkzeug.test import TestResponse

from certify.audit.model import AuditAction, AuditFilter
from certify.bootstrap import build
from certify.errors import NotAuthenticated, TooManyTries
from certify.mail.model import Letter, LetterKind
from certify.people.model import User, UserRole
from certify.people.service import set_active, set_password
from certify.privacy.service import close_account
from certify.signin.links import ask_for_link, choose_password, follow_link, send_password_link
from certify.signin.model import Purpose
from certify.web.app import create_app
from certify.web.pages.links import ANSWER_SECONDS

BASE = "https://certificates.example.org"
NEW = "seven unrelated words in a row"


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def site(tmp_path, hands) -> Site:
    made = open_site(tmp_path, sends_mail=True)
    services = replace(made.place.services, clock=hands)
    yield replace(made, place=replace(made.place, services=services), app=create_app(services, PLENTY))
    services.database.close()


def person(site: Site, name: str) -> User:
    with site.place.services.database.reading() as unit:
        found = unit.users.by_email(f"{name}@example.org")
    assert found is not None
    return found


def letters(site: Site, *kinds: LetterKind) -> list[Letter]:
    """The letters with links that wait, the oldest first."""
    wanted = kinds or (LetterKind.SIGN_IN_LINK, LetterKind.PASSWORD_LINK, LetterKind.INVITATION)
    with site.place.services.database.reading() as unit:
        return [item.letter for item in reversed(unit.outbox.recent()) if item.letter.kind in wanted]


def link_of(letter: Letter) -> str:
    return path_of(letter.values["address"])


def asks(site: Site, email: str, door: str = "link", visitor: Person | None = None) -> TestResponse:
    return (visitor or site.visitor()).submit(f"/sign-in/{door}", email=email)


def asked(site: Site, email: str, purpose: Purpose = Purpose.SIGN_IN_LINK, address: str = "a") -> str:
    """Ask past the pages, and return the secret of the last link."""
    services = site.place.services
    ask_for_link(services.database, services.clock, BASE, purpose, email, address=address)
    return link_of(letters(site)[-1]).rpartition("/")[2]


def deeds(site: Site, action: AuditAction) -> list[tuple[str | None, str, str]]:
    with site.place.services.database.reading() as unit:
        found = unit.trail.search(AuditFilter(action=action), 100, None)
    return [(entry.actor_id, entry.subject_id, entry.detail) for entry in found]


# To sign in


def test_a_candidate_signs_in_by_a_link_and_only_the_button_spends_it(site, capsys):
    assert asks(site, " ANA@example.org ").status_code == 200
    (letter,) = letters(site)
    link, secret = link_of(letter), link_of(letter).rpartition("/")[2]
    assert len(secret) >= 43
    assert letter.values["minutes"] == "20"
    scanner = site.visitor()
    for _ in range(2):
        moved = scanner.get(link)
        assert (moved.status_code, moved.headers["Location"]) == (303, "/sign-in/by-link"), (
            "out of the address"
        )
        page = scanner.follow(moved)
        assert "Ana" in words(page)
        assert secret not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
    assert scanner.get("/candidate").status_code == 303, "opening it is not signing in"
    assert site.visitor().client.post("/sign-in/by-link").status_code == 400, (
        "nobody else's page presses the button"
    )

    ana = site.visitor()
    ana.client.set_cookie("certify", "planted")
    ana.get(link)
    entered = ana.submit("/sign-in/by-link", "/sign-in/by-link")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/work")
    cookies = " ".join(entered.headers.getlist("Set-Cookie"))
    assert "certify=planted" not in cookies
    assert "HttpOnly" in cookies
    assert ana.get("/candidate").status_code == 200
    user = person(site, "ana")
    assert deeds(site, AuditAction.SIGN_IN_LINK_SENT) == [(None, user.id, "")]
    assert (user.id, user.id, "link") in deeds(site, AuditAction.SIGNED_IN)

    again = site.visitor()
    assert "does not work any more" in words(again.follow(again.get(link)))
    late = scanner.client.post(
        "/sign-in/by-link", data={"csrf_token": scanner.form("/sign-in").fields["csrf_token"][0]}
    )
    assert late.status_code == 401
    assert "does not work any more" in words(late)

    said = capsys.readouterr()
    assert secret not in said.out + said.err
    with site.place.services.database.reading() as unit:
        kept = unit.users._sql.exec_driver_sql("SELECT * FROM one_time_secret").all()
    assert secret not in str(kept)


def test_every_address_gets_the_same_answer_in_the_same_time_and_only_a_candidate_a_letter(site):
    services = site.place.services
    set_active(services.database, site.place.administrator, person(site, "boris").id, active=False)
    told = []
    for email in (
        "ana@example.org",
        "nobody@example.org",
        "certifier@example.org",
        "boris@example.org",
        "<x>@",
    ):
        visitor = site.visitor()
        form = visitor.form("/sign-in/link")
        began = time.monotonic()
        answer = visitor.client.post("/sign-in/link", data={**form.fields, "email": email})
        told.append((answer.status_code, words(answer)))
        assert time.monotonic() - began >= ANSWER_SECONDS
    assert len(set(told)) == 1
    assert [letter.to for letter in letters(site)] == ["ana@example.org"]


def test_a_link_is_void_when_it_is_old_or_its_account_is_another_one_now(site, hands):
    services = site.place.services
    database, administrator = services.database, site.place.administrator
    ana = person(site, "ana")

    def works(secret: str) -> bool:
        try:
            follow_link(database, hands, secret, address="a")
        except NotAuthenticated:
            return False
        return True

    kept = asked(site, "ana@example.org")
    hands.pass_by(minutes=19, seconds=59)
    assert works(kept)
    assert not works(kept)
    old = asked(site, "ana@example.org")
    hands.pass_by(minutes=20)
    assert not works(old)
    assert not works("made up")
    assert not works(asked(site, "ana@example.org", Purpose.PASSWORD_LINK)), "it is for something else"

    changed = asked(site, "ana@example.org")
    set_password(database, ana.id, NEW)
    assert not works(changed)
    hands.pass_by(minutes=20)
    off = asked(site, "ana@example.org")
    set_active(database, administrator, ana.id, active=False)
    assert not works(off)
    set_active(database, administrator, ana.id, active=True)
    hands.pass_by(minutes=20)
    promoted = asked(site, "ana@example.org")
    with database.writing() as unit:
        unit.users.replace(
            replace(unit.users.get(ana.id), roles=frozenset({UserRole.CANDIDATE, UserRole.TRAINER}))
        )
    assert not works(promoted), "a colleague signs in with a password"
    with database.writing() as unit:
        unit.users.replace(replace(unit.users.get(ana.id), roles=frozenset({UserRole.CANDIDATE})))
    hands.pass_by(hours=1)
    closed = asked(site, "ana@example.org")
    close_account(database, hands, services.documents, person(site, "ana"))
    assert not works(closed)
    assert not letters(site), "what it said is forgotten with the account"


def test_a_candidate_with_a_second_factor_is_asked_for_it_after_a_link(site, hands):
    enrolled(site, person(site, "ana"))
    secret = asked(site, "ana@example.org")
    visitor = site.visitor()
    visitor.get(f"/sign-in/link/{secret}")
    entered = visitor.submit("/sign-in/by-link", "/sign-in/by-link")
    assert entered.headers["Location"].startswith("/sign-in/second-step")
    assert visitor.get("/candidate").headers["Location"].startswith("/sign-in/second-step")


def test_nobody_fills_a_letter_box_and_who_reads_it_is_not_held_up(site, hands):
    database = site.place.services.database

    def ask(address: str, email: str = "ana@example.org") -> str:
        return asked(site, email, address=address)

    for _ in range(4):
        ask("a")
    with pytest.raises(TooManyTries):
        ask("a")
    # From many addresses: a minute-long flood brings a few letters, and each of them signs its reader in.
    for number in range(100):
        hands.pass_by(seconds=0.5)
        try:
            secret = ask(f"address {number}")
        except TooManyTries:
            continue
    assert len(letters(site)) < 20
    assert follow_link(database, hands, secret, address="home").email == "ana@example.org"
    assert ask("home"), "who reads the letters is not held up by who asked for them"


def test_a_class_behind_one_address_signs_in_by_links_every_day(site, hands):
    for _ in range(70):
        secret = asked(site, "ana@example.org", address="school")
        follow_link(site.place.services.database, hands, secret, address="school")


def test_too_many_letters_are_refused_with_the_time_to_wait(site):
    visitor = site.visitor()
    answers = [asks(site, "nobody@example.org", visitor=visitor) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert "Wait 1 seconds" in words(answers[-1])


# To choose a password


def test_who_forgot_the_password_chooses_another_and_is_asked_for_the_second_factor_all_the_same(site):
    trainer = site.person("trainer")
    enrolled(site, person(site, "trainer"))
    assert "Forgot your password?" in words(site.visitor().get("/sign-in"))
    assert asks(site, "trainer@example.org", "password").status_code == 200
    (letter,) = letters(site)
    visitor = site.visitor()
    assert "Trainer" in words(visitor.follow(visitor.get(link_of(letter))))

    def types(new: str, again: str) -> TestResponse:
        return visitor.submit("/sign-in/new-password", "/sign-in/new-password", new=new, again=again)

    assert "differ" in words(types(NEW, NEW + "!"))
    assert types("short", "short").status_code == 422, "the link goes on working"
    entered = types(NEW, NEW)
    assert entered.headers["Location"].startswith("/sign-in/second-step")
    assert trainer.get("/trainer/").status_code == 303, "every other session ended"
    user = person(site, "trainer")
    assert deeds(site, AuditAction.PASSWORD_SET)[0] == (user.id, user.id, "")
    assert (
        site.visitor().submit("/sign-in", "/sign-in", email=user.email, password=PASSWORD).status_code == 401
    )
    assert site.visitor().submit("/sign-in", "/sign-in", email=user.email, password=NEW).status_code == 303
    spent = site.visitor()
    assert "does not work any more" in words(spent.follow(spent.get(link_of(letter))))


def test_an_unknown_address_is_not_told_from_a_known_one_when_a_password_is_lost(site):
    told = {words(asks(site, f"{name}@example.org", "password")) for name in ("certifier", "nobody")}
    assert len(told) == 1
    assert [letter.to for letter in letters(site)] == ["certifier@example.org"]


def test_one_of_two_links_to_choose_a_password_voids_the_other(site, hands):
    first, second = (asked(site, "trainer@example.org", Purpose.PASSWORD_LINK) for _ in range(2))
    database = site.place.services.database
    choose_password(database, hands, second, NEW, address="a")
    with pytest.raises(NotAuthenticated):
        choose_password(database, hands, first, "another good long one", address="a")


def test_an_administrator_invites_somebody_who_chooses_the_first_password(site, hands):
    office = site.person("administrator")
    made = office.submit(
        "/admin/users",
        "/admin/users",
        display_name="Nia",
        email="nia@example.org",
        role="trainer",
        password="",
    )
    assert made.status_code == 303, words(made)
    (letter,) = letters(site, LetterKind.INVITATION)
    assert (letter.values["days"], letter.values["email"]) == ("3", "nia@example.org")
    welcomed = [letter.to for letter in letters(site, LetterKind.ACCOUNT_MADE)]
    assert "nia@example.org" not in welcomed, "one letter, not two"
    hands.pass_by(days=2, hours=23)
    visitor = site.visitor()
    visitor.get(link_of(letter))
    entered = visitor.submit("/sign-in/new-password", "/sign-in/new-password", new=NEW, again=NEW)
    assert entered.headers["Location"] == "/work"
    assert visitor.get("/trainer/").status_code == 200


def test_an_administrator_sends_a_link_to_people_of_their_own_only(site, hands):
    office, nobody = site.person("administrator"), person(site, "other")
    sent = office.submit(f"/admin/users/{nobody.id}", "/password-link")
    assert "on its way to other@example.org" in words(office.follow(sent))
    assert deeds(site, AuditAction.PASSWORD_LINK_SENT) == [(site.place.administrator.id, nobody.id, "")]
    assert len(letters(site)) == 1
    set_active(site.place.services.database, site.place.administrator, nobody.id, active=False)
    page = office.get(f"/admin/users/{nobody.id}")
    assert "Send a link" not in words(page)
    token = site.token("administrator")
    refused = site.app.test_client().post(
        f"/api/v1/users/{nobody.id}/password-link", headers={"Authorization": f"Bearer {token}"}
    )
    assert (refused.status_code, refused.json["code"]) == (409, "conflict")


def test_where_no_letters_are_sent_the_pages_say_so_and_who_helps_and_offer_none(tmp_path):
    site = open_site(tmp_path)
    front = words(site.visitor().get("/sign-in"))
    assert "Forgot" not in front
    assert "An administrator of" in front
    for door in ("link", "password"):
        page = site.visitor().get(f"/sign-in/{door}")
        assert page.status_code == 200
        assert "No letters are sent from here" in words(page)
        assert "helps you" in words(page)
        assert "<input id=" not in page.text
    office = site.person("administrator")
    assert "Send a link" not in words(office.get(f"/admin/users/{person(site, 'trainer').id}"))
    typed = {"display_name": "Nia", "email": "nia@example.org", "role": "trainer", "password": ""}
    refused = office.submit("/admin/users", "/admin/users", **typed)
    assert refused.status_code == 409
    assert "No letters are sent from here" in words(refused)
    site.place.services.database.close()


# In whole, on PostgreSQL, through a mail server and the commands


def test_a_letter_arrives_in_the_persons_language_and_says_nothing_any_more_once_it_is_sent(tmp_path):
    with fresh_database("postgresql", tmp_path) as url, mail_office(tmp_path / "office") as office:
        place = install(tmp_path, url)
        settings = replace(
            place.services.settings,
            smtp_url=f"smtp+plain://127.0.0.1:{office.port}",
            mail_from="A body <mail@example.org>",
        )
        services = build(settings, clock=lambda: NOW)
        with services.database.writing() as unit:
            unit.users.replace(replace(place.trainer, language="el"))
        send_password_link(services.database, services.clock, BASE, None, place.trainer.id)
        assert services.postman().deliver().sent == 1
        (got,) = office.got()
        plain, html = (got.get_body((kind,)).get_content() for kind in ("plain", "html"))
        (address,) = re.findall(rf"{BASE}/sign-in/password/([\w-]+)", plain)
        assert f'href="{BASE}/sign-in/password/{address}"' in html
        assert got["Subject"] == "Επιλογή νέου κωδικού πρόσβασης"
        assert "20 λεπτά" in plain
        with services.database.reading() as unit:
            assert all(not item.letter.values for item in unit.outbox.recent())

        def presses(_number: int) -> str:
            try:
                return choose_password(services.database, services.clock, address, NEW, address="a").id
            except NotAuthenticated:
                return ""

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(presses, range(4))) == ["", "", "", place.trainer.id], (
                "once, at once or not"
            )
        services.database.close()
        place.services.database.close()
