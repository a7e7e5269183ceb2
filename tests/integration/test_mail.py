"""From a deed to a mailbox: letters queued, leased, sent to a real SMTP server process, put off, given up, stopped."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import fresh_database
from installation import install
from mail_office import PASSWORD, Office, mail_office
from serving import CERTIFY, served
from small_scheme import NOW
from website import open_site, words

from certify.audit.model import AuditAction, AuditFilter
from certify.bootstrap import Services, build
from certify.corrections.service import refuse, request_name
from certify.db import connect
from certify.errors import Conflict, MailUnavailable
from certify.mail.model import KINDS, LetterKind, LetterState, letter
from certify.mail.own_text import LetterText
from certify.mail.rewording import reword
from certify.mail.service import PAUSES, Desk, Postman
from certify.mail.stopping import stop_token
from certify.people.model import UserRole
from certify.people.names import holder_name
from certify.people.service import add_user, register_candidate, review_admission
from certify.web.app import create_app


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    with mail_office(tmp_path_factory.mktemp("office")) as running:
        yield running


class Moving:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Mail:
    """An installation that sends mail."""

    def __init__(self, folder: Path, url: str, port: int) -> None:
        self.place = install(folder, url)
        self.clock = Moving()
        settings = replace(
            self.place.services.settings,
            smtp_url=f"smtp+plain://127.0.0.1:{port}",
            mail_from="A body <mail@example.org>",
            smtp_wait_seconds=5,
        )
        self.services: Services = build(settings, clock=self.clock)

    def put(self, to: str = "ana@example.org", kind: LetterKind = LetterKind.TRIAL, **options) -> str:
        values = dict.fromkeys(KINDS[kind].values, "x") | {"valid_until": "2029-05-01"}
        made = letter(kind, to, self.clock(), {n: values[n] for n in KINDS[kind].values}, **options)
        with self.services.database.writing() as unit:
            unit.outbox.put(made)
        return made.id

    def state(self, letter_id: str) -> tuple[LetterState, int, str]:
        with self.services.database.reading() as unit:
            found = unit.outbox.get(letter_id)
        return found.state, found.attempts, found.error

    def close(self) -> None:
        self.services.database.close()
        self.place.services.database.close()


@pytest.fixture
def mail(database_url, tmp_path, office):
    made = Mail(tmp_path, database_url, office.port)
    yield made
    made.close()


@pytest.fixture
def lite(tmp_path, office):
    """On SQLite alone, where the database is not what is tested."""
    with fresh_database("sqlite", tmp_path) as url:
        made = Mail(tmp_path, url, office.port)
        yield made
        made.close()


def sent_to(office: Office, address: str) -> list:
    return [found for found in office.got() if found["X-Got-To"] == address]


def test_a_letter_is_queued_exactly_when_its_deed_commits_and_is_sent_once(mail, office, tmp_path):
    to = f"{tmp_path.name}@example.org"

    def fail() -> None:
        with mail.services.database.writing() as unit:
            unit.outbox.put(letter(LetterKind.TRIAL, to, NOW, {"name": "Ana"}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert mail.services.postman().deliver().sent == 0

    first = mail.put(to, language="bg")
    assert mail.services.postman().deliver().sent == 1
    assert mail.services.postman().deliver().sent == 0

    (found,) = sent_to(office, to)
    assert found["Subject"] == "Пробно писмо"
    assert found["From"] == "A body <mail@example.org>"
    assert found.get_body(("html",)) is not None
    assert mail.state(first)[0] is LetterState.SENT
    with mail.services.database.reading() as unit:
        assert unit.outbox.get(first).letter.values == {}


def test_a_queued_letter_keeps_its_words_and_later_ones_have_the_new_words_until_they_are_set_back(
    mail, office, tmp_path
):
    to, given = f"words-{tmp_path.name}@example.org", mail.services

    def say(words: tuple[str, str] | None, **options) -> None:
        mail.clock.now += timedelta(seconds=1)
        reword(given.database, mail.clock, None, LetterKind.TRIAL, "en", words, **options)
        mail.clock.now += timedelta(seconds=1)

    mail.put(to)
    say(("First", "One {name}"))
    mail.put(to, language="en")
    mail.put(to, language="bg")
    say(("Second", "Two {name}"), after=1)
    mail.put(to)
    with pytest.raises(Conflict):
        say(("Third", "Three {name}"), after=1)
    say(None)
    mail.put(to)
    assert given.postman().deliver().sent == 5

    subjects = [found["Subject"] for found in sent_to(office, to)]
    assert sorted(subjects) == sorted(["A trial letter", "First", "Пробно писмо", "Second", "A trial letter"])
    with given.database.reading() as unit:
        assert [text.subject for text in unit.letter_texts.versions(LetterKind.TRIAL, "en")] == [
            "First",
            "Second",
            "",
        ]
        (done, *_) = unit.trail.search(AuditFilter(action=AuditAction.LETTER_REWORDED), 9)
    assert (done.subject_id, done.detail) == ("trial en", "shipped text")
    with pytest.raises(Conflict), given.database.writing() as unit:
        unit.letter_texts.add(
            LetterText(
                kind=LetterKind.TRIAL,
                language="en",
                version=3,
                subject="Again",
                body="Again",
                changed_by=None,
                changed_at=NOW,
            )
        )


def test_two_workers_never_send_one_letter(mail, office, tmp_path):
    to = f"w-{tmp_path.name}@example.org"
    for _ in range(12):
        mail.put(to)
    counts = []

    def work() -> None:
        url = mail.services.settings.database_url
        with closing(connect(url, keeps_letters=True)) as own:
            desk = Desk(base="https://b.example.org", language="en", key=mail.services.stop_key)
            counts.append(Postman(own, mail.clock, mail.services.mail_carrier, desk).deliver().sent)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(counts) == 12
    assert len({found["Message-ID"] for found in sent_to(office, to)}) == len(sent_to(office, to)) == 12


def test_a_worker_that_dies_leaves_its_letter_to_others_after_the_lease_and_settles_nothing(mail):
    name = mail.put()
    with mail.services.database.writing() as unit:
        assert unit.outbox.lease("L" * 26, mail.clock(), mail.clock() + timedelta(minutes=15)) is not None
    with mail.services.database.writing() as unit:
        assert unit.outbox.lease("M" * 26, mail.clock(), mail.clock() + timedelta(minutes=15)) is None
        later = mail.clock() + timedelta(minutes=16)
        assert unit.outbox.lease("M" * 26, later, later + timedelta(minutes=15)) is not None
        assert unit.outbox.settle(name, "L" * 26, LetterState.SENT, later) is False
        assert unit.outbox.settle(name, "M" * 26, LetterState.SENT, later) is True


def test_what_the_server_may_take_later_is_tried_again_with_pauses_and_then_given_up(lite):
    name = lite.put("later@example.org", lifetime=timedelta(days=30))
    for pause in PAUSES:
        assert lite.services.postman().deliver().postponed == 1
        lite.clock.now += pause - timedelta(seconds=1)
        assert lite.services.postman().deliver().postponed == 0
        lite.clock.now += timedelta(seconds=1)
    assert lite.services.postman().deliver().given_up == 1

    state, attempts, why = lite.state(name)
    assert (state, attempts) == (LetterState.GIVEN_UP, len(PAUSES) + 1)
    assert "451 try again later" in why.replace(": ", " ")

    with lite.services.database.writing() as unit:
        unit.outbox.retry(name, lite.clock())
    assert lite.state(name)[0] is LetterState.WAITING


def test_what_is_refused_for_good_holds_up_no_other_and_a_secret_is_forgotten_at_once(lite, office, tmp_path):
    name = lite.put("refused@example.org", LetterKind.SIGN_IN_LINK)
    to = f"after-{tmp_path.name}@example.org"
    lite.put(to)

    done = lite.services.postman().deliver()

    assert (done.given_up, done.sent) == (1, 1)
    assert len(sent_to(office, to)) == 1
    assert lite.state(name) == (LetterState.GIVEN_UP, 1, "The mail server answered 550: no such mailbox")
    with lite.services.database.writing() as unit:
        assert unit.outbox.get(name).letter.values == {}
        with pytest.raises(Conflict):
            unit.outbox.retry(name, lite.clock())


def test_late_news_is_not_sent_and_old_rows_are_forgotten(lite):
    name = lite.put()
    lite.clock.now += timedelta(days=8)
    assert lite.services.postman().deliver().unsent == 1
    assert lite.state(name)[0] is LetterState.EXPIRED

    lite.clock.now += timedelta(days=181)
    lite.put()
    lite.services.postman().deliver()
    with lite.services.database.reading() as unit:
        assert name not in {item.letter.id for item in unit.outbox.recent()}


def test_without_a_mail_server_nothing_is_kept_for_one(lite):
    with lite.place.services.database.writing() as unit:
        unit.outbox.put(letter(LetterKind.TRIAL, "a@example.org", NOW, {"name": "Ana"}))
    with lite.services.database.reading() as unit:
        assert list(unit.outbox.recent()) == []


def test_a_server_that_is_not_there_is_unavailable_and_the_letter_says_why(lite):
    gone = replace(lite.services.settings, smtp_url="smtp+plain://127.0.0.1:1", smtp_wait_seconds=1)
    services = build(gone, clock=lite.clock)
    name = lite.put()

    assert services.postman().deliver().postponed == 1
    assert lite.state(name)[2].startswith("The mail server cannot be reached")
    services.database.close()


def test_issuing_and_rulings_write_to_the_people_they_are_about(lite, office):
    services, place = lite.services, lite.place
    person = register_candidate(
        services.database,
        services.clock,
        place.administrator,
        reference="C-9",
        native="Ана Ли",
        latin="Ana Li",
        email="holder@example.org",
    )
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
    place.passes(person, "A5")
    place.passes(person, "B6")
    row = services.issuer.issue(place.grants(person).id)
    (asked,) = request_name(
        services.database,
        services.clock,
        place.administrator,
        person.id,
        holder_name("Ана Лий", "Ana Lii", ""),
        reason="Misspelt",
        evidence="Passport",
    )
    refuse(services.database, services.clock, place.certifier, asked.id, "The passport says Li")

    assert services.postman().deliver().sent == 2
    (issued,) = sent_to(office, "holder@example.org")
    assert row.award.verification_url in issued.get_body(("plain",)).get_content()
    assert row.award.number in issued["Subject"]
    (ruled,) = sent_to(office, "administrator@example.org")
    assert "The passport says Li" in ruled.get_body(("plain",)).get_content()


def test_a_reader_stops_letters_of_a_kind_by_its_link_and_gets_them_again(tmp_path):
    site = open_site(tmp_path)
    token = site.letter_to_ana()
    visitor = site.visitor()
    services = site.place.services
    path = f"/mail/stop/{token}"

    def stopped() -> bool:
        with services.database.reading() as unit:
            return unit.outbox.stopped("ANA@example.org", LetterKind.CERTIFICATE_ISSUED)

    asked = visitor.get(path)
    assert asked.status_code == 200
    assert b"ana@" not in asked.data
    assert not stopped(), "opening it stops nothing"
    # As a mail program does it (RFC 8058, 3.2): no cookie, no page.
    done = site.app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert "Set-Cookie" not in done.headers
    assert stopped()
    assert "no longer get" in words(visitor.get(path))
    settings = replace(
        services.settings, smtp_url="smtp+plain://127.0.0.1:1", mail_from="m@example.org", smtp_wait_seconds=1
    )
    mailing = build(settings, clock=services.clock)
    assert mailing.postman().deliver().unsent == 1
    visitor.client.post(path, data={"again": "yes"})
    assert not stopped()
    changed = stop_token(b"another key", token[:26])
    assert visitor.get(f"/mail/stop/{changed}").status_code == 404
    mailing.database.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", path.with_name("key.pem"), "-out", path.with_name("cert.pem"), "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.with_name("key.pem").read_bytes() + path.with_name("cert.pem").read_bytes())
    return path


def test_a_trial_letter_goes_over_tls_with_a_password_and_to_nobody_whose_certificate_is_not_trusted(
    lite, certificate, tmp_path
):
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    with mail_office(tmp_path / "tls", certificate) as office:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")
        } | {
            "CERTIFY_DATABASE_URL": lite.services.settings.database_url,
            "CERTIFY_KEY_DIRECTORY": str(tmp_path / "keys"),
            "CERTIFY_KEY_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
            "CERTIFY_CHECKED_FILE": str(tmp_path / "checked.db"),
            "CERTIFY_SMTP_URL": f"smtp://certify@127.0.0.1:{office.port}",
            "CERTIFY_SMTP_PASSWORD_FILE": str(secret),
            "CERTIFY_MAIL_FROM": "A body <mail@example.org>",
        }

        def trial(**more: str) -> subprocess.CompletedProcess[str]:
            command = [CERTIFY, "mail", "trial", "ana@example.org", "--language", "el"]
            return subprocess.run(
                command, env=environment | more, capture_output=True, text=True, check=False
            )

        untrusted = trial()
        assert untrusted.returncode == 1
        assert "certificate verify failed" in untrusted.stderr
        trusted = trial(SSL_CERT_FILE=str(certificate.with_name("cert.pem")))
        assert trusted.returncode == 0, trusted.stderr
        secret.write_text("wrong")
        wrong = trial(SSL_CERT_FILE=str(certificate.with_name("cert.pem")))
        assert wrong.returncode == 1
        assert "535" in wrong.stderr
        (found,) = office.got()
        assert (found["X-Got-By"], found["Subject"]) == ("tls", "Δοκιμαστική επιστολή")
        assert PASSWORD not in trusted.stdout + trusted.stderr + wrong.stderr


def test_a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for(lite, office):
    services = build(
        replace(lite.services.settings, smtp_url=f"smtp://127.0.0.1:{office.port}"), clock=lite.clock
    )
    with pytest.raises(MailUnavailable), services.mail_carrier.reach():
        pass
    services.database.close()


def test_serving_sends_what_waits(lite, office, tmp_path, free_port):
    to = f"served-{tmp_path.name}@example.org"
    # The served processes look at the real clock.
    lite.clock.now = datetime.now(UTC)
    lite.put(to)
    more = {
        "CERTIFY_SMTP_URL": f"smtp+plain://127.0.0.1:{office.port}",
        "CERTIFY_MAIL_FROM": "mail@example.org",
    }
    with served(lite.place, lite.services.settings.database_url, tmp_path, free_port, more=more):
        deadline = time.monotonic() + 20
        while not sent_to(office, to) and time.monotonic() < deadline:
            time.sleep(0.2)
    assert len(sent_to(office, to)) == 1


def test_the_application_sends_nothing_by_being_made(lite):
    name = lite.put()
    create_app(lite.services)
    assert lite.state(name)[0] is LetterState.WAITING


def test_a_new_account_is_told_of_in_a_letter_without_any_secret(lite, office, tmp_path):
    to = f"new-{tmp_path.name}@example.org"
    add_user(
        lite.services.database,
        email=to,
        display_name="Нова",
        roles=[UserRole.TRAINER],
        password="correct horse battery",
        by=lite.place.administrator,
        clock=lite.clock,
    )
    with pytest.raises(Conflict):
        add_user(
            lite.services.database,
            email=to,
            display_name="Again",
            roles=[UserRole.TRAINER],
            password="correct horse battery",
            clock=lite.clock,
        )
    assert lite.services.postman().deliver().sent == 1
    (found,) = sent_to(office, to)
    said = found.get_body(("plain",)).get_content()
    assert "https://certificates.example.org/sign-in" in said
    assert "correct horse" not in str(found)
