"""The website of a real installation, and people who use it through its pages as a browser without script does."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from installation import PASSWORD, Installation, install
from PIL import Image
from werkzeug.test import TestResponse

from certify.db import connect
from certify.evidence.documents import bring_document
from certify.jobs.service import enqueue
from certify.mail.model import LetterKind, letter
from certify.mail.stopping import stop_token
from certify.people.model import Candidate, Cohort, User, UserRole
from certify.people.service import add_user, join_cohort, open_cohort
from certify.sharing.model import NameForm, SharedFact
from certify.sharing.service import make_share
from certify.web.app import Limits, create_app


def _drawn() -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 80), "ivory").save(out, "PNG")
    return out.getvalue()


DIPLOMA = _drawn()
"""A picture of a diploma, with nothing on it."""

PLENTY = Limits(sign_in="100000 per minute", verify="100000 per minute", verify_many="100000 per minute")


@dataclass
class Form:
    """A form as a page shows it: where it goes, what its fields hold, what its selects offer."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self._select: str | None = None
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append(Form(action=given.get("action", ""), method=given.get("method", "get")))
        if self.forms and tag in {"input", "button", "select", "textarea", "option"}:
            self._control(tag, given, chosen=bool({"checked", "selected"} & dict(attributes).keys()))

    def _control(self, tag: str, given: dict[str, str], *, chosen: bool) -> None:
        form, name, value = self.forms[-1], given.get("name", ""), given.get("value", "")
        if tag == "button":
            form.buttons.append((name, value))
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = [""]
        elif tag == "option" and self._select is not None:
            offered = form.offered.setdefault(self._select, [])
            if chosen or not offered:
                form.fields[self._select] = [value]
            offered.append(value)
        elif given.get("type") == "checkbox":
            form.offered.setdefault(name, []).append(value)
            if chosen:
                form.fields.setdefault(name, []).append(value)
        elif name and given.get("type") != "file":
            form.fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._textarea is not None:
            self.forms[-1].fields[self._textarea] = [data]


def read_page(response: TestResponse) -> _Page:
    page = _Page()
    page.feed(response.get_data(as_text=True))
    return page


def words(response: TestResponse) -> str:
    """What a page says, on one line."""
    return " ".join(" ".join(read_page(response).text).split())


@dataclass
class Person:
    """Somebody at a browser."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def follow(self, response: TestResponse) -> TestResponse:
        assert response.status_code == 303, response.get_data(as_text=True)[:2000]
        return self.client.get(response.headers["Location"])

    def form(self, path: str, action: str = "") -> Form:
        """The form of a page that goes to ``action`` (a part of its address, best its end)."""
        response = self.client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        # The first form of a signed-in page is the one that signs out.
        found = [
            form
            for form in read_page(response).forms
            if action in form.action and "/sign-out" not in form.action
        ]
        assert found, f"{path} has no form for {action}"
        return next((form for form in found if form.action.endswith(action)), found[0])

    def submit(self, path: str, action: str = "", **typed: Any) -> TestResponse:
        """Open a page, type into its form, and send it with all else as the page has it."""
        form = self.form(path, action)
        assert form.method == "post"
        data: dict[str, Any] = {**form.fields, **typed}
        unknown = typed.keys() - form.fields.keys() - form.offered.keys() - dict(form.buttons).keys()
        files = {name for name, value in typed.items() if isinstance(value, tuple)}
        assert not unknown - files, f"{path} has no field {unknown}"
        return self.client.post(form.action or path, data=data)


@dataclass
class Site:
    """An installation with people of every kind, and its website."""

    place: Installation
    app: Flask
    ana: Candidate
    boris: Candidate
    cohort: Cohort
    other_cohort: Cohort
    other_trainer: User
    users: dict[str, str]

    def visitor(self) -> Person:
        return Person(self.app.test_client())

    def person(self, name: str) -> Person:
        """Sign somebody in through the form."""
        visitor = self.visitor()
        response = visitor.submit("/sign-in", email=self.users[name], password=PASSWORD)
        assert response.status_code == 303, words(response)
        return visitor

    def token(self, name: str) -> str:
        """Sign somebody in through the API."""
        response = self.app.test_client().post(
            "/api/v1/sessions", json={"email": self.users[name], "password": PASSWORD}
        )
        assert response.status_code == 201, response.json
        token: str = response.json["token"]
        return token

    def works(self) -> int:
        """Do what waits in the background, as the server's own worker would."""
        return self.place.services.worker.run_waiting()

    def job_of(self, certificate_id: str) -> str:
        """Put the decision of a certificate on the list once more: it is found issued."""
        services = self.place.services
        with services.database.reading() as unit:
            decision_id = unit.certificates.get(certificate_id).decision_id
        job = enqueue(services.database, services.clock, self.place.certifier, [decision_id])
        assert job is not None
        return job.id

    def share_of_ana(self, *facts: SharedFact, name_form: NameForm = NameForm.NONE) -> str:
        """Make an address that shows something of Ana's certificate."""
        services = self.place.services
        with services.database.reading() as unit:
            ana = unit.users.by_email("ana@example.org")
        assert ana is not None
        share = make_share(
            services.database,
            services.clock,
            ana,
            certificate_ids=[self.certificate_of_ana()],
            name_form=name_form,
            facts=facts,
            days=None,
        )
        return share.id

    def document_of_ana(self, data: bytes | None = None) -> str:
        """Bring the document of Ana's prior qualification, and return its digest."""
        services = self.place.services
        with services.database.reading() as unit:
            ana = unit.users.by_email("ana@example.org")
        assert ana is not None
        document = bring_document(
            services.database,
            services.clock,
            services.documents,
            ana,
            self.ana.id,
            name="Diploma.png",
            data=DIPLOMA if data is None else data,
            most_bytes=10_000_000,
        )
        return document.digest

    def certificate_of_ana(self) -> str:
        """Issue Ana's certificate, or say which it is."""
        with self.place.services.database.reading() as unit:
            issued = unit.certificates.of_candidate(self.ana.id)
        if issued:
            return issued[0].id
        self.place.passes(self.ana, "A5")
        self.place.passes(self.ana, "B6")
        return self.place.services.issuer.issue(self.place.grants(self.ana).id).id

    def letter_to_ana(self) -> str:
        """Queue a letter that can be stopped, and return the last part of its link."""
        services = self.place.services
        written = letter(
            LetterKind.CERTIFICATE_ISSUED,
            "ana@example.org",
            services.clock(),
            dict.fromkeys(("name", "title", "number", "address"), "x") | {"valid_until": "2029-05-01"},
        )
        register = connect(services.settings.database_url, keeps_letters=True)
        with closing(register), register.writing() as unit:
            unit.outbox.put(written)
        return stop_token(services.stop_key(), written.id)


def open_site(
    folder: Path, limits: Limits = PLENTY, database_url: str | None = None, *, sends_mail: bool = False
) -> Site:
    """Set up Ana in a cohort of trainer's, Boris in one of another trainer's, and a sign-in for each."""
    place = install(folder, database_url, sends_mail=sends_mail)
    database = place.services.database
    users = {name: f"{name}@example.org" for name in ("administrator", "trainer", "certifier")}

    def user(name: str, role: UserRole, candidate: Candidate | None = None) -> User:
        users[name] = f"{name}@example.org"
        return add_user(
            database,
            email=users[name],
            display_name=name.title(),
            roles=[role],
            password=PASSWORD,
            candidate_id=candidate.id if candidate else None,
        )

    ana = place.candidate("C-1", "Ана Ли", "Ana Li")
    boris = place.candidate("C-2", "Boris Do", "Boris Do")
    user("ana", UserRole.CANDIDATE, ana)
    user("boris", UserRole.CANDIDATE, boris)
    other = user("other", UserRole.TRAINER)

    def cohort(code: str, trainer: User, member: Candidate) -> Cohort:
        formed = open_cohort(
            database,
            place.administrator,
            code=code,
            title=f"Cohort {code}",
            framework_id="small",
            starts_on=date(2026, 1, 12),
            trainer_ids=[trainer.id],
        )
        join_cohort(database, place.administrator, formed.id, member.id, "developer")
        return formed

    return Site(
        place=place,
        app=create_app(place.services, limits),
        ana=ana,
        boris=boris,
        cohort=cohort("A-1", place.trainer, ana),
        other_cohort=cohort("B-1", other, boris),
        other_trainer=other,
        users=users,
    )


def without_own_scripts(page: str) -> str:
    """A page without the script files of ours that it names, so that whatever is left is somebody else's."""
    return re.sub(r'<script type="module" src="/static/[a-z-]+\.js"></script>', "", page)


def path_of(address: str) -> str:
    """The path of an address, which a test client can open."""
    return urlsplit(address).path


def upload(data: bytes, name: str = "file.csv") -> tuple[IO[bytes], str]:
    """A file as a form sends it."""
    return BytesIO(data), name
