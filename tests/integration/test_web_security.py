"""Headers, cookies, sessions, redirects, escaping: what keeps people safe whatever the page."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from installation import PASSWORD
from website import Site, open_site, read_page, without_own_scripts, words
from werkzeug.test import EnvironBuilder, run_wsgi_app

from certify.errors import DatabaseUnavailable
from certify.identifiers import new_identifier
from certify.people.model import Candidate, HolderName
from certify.people.service import join_cohort
from certify.verification.report import Check, CheckOutcome, RegisterEntry, Report
from certify.web.app import MAX_REQUEST_BYTES, Limits, create_app
from certify.web.headers import CROSS_ORIGIN_HEADERS, HEADERS, SCRIPTED_POLICY, SIGNED_IN_POLICY
from certify.web.verdicts import verdict


@pytest.fixture
def site(tmp_path):
    return open_site(tmp_path)


def served_over_https(site: Site) -> Site:
    services = site.place.services
    secured = replace(services, settings=replace(services.settings, secure_cookies=True))
    return replace(site, app=create_app(secured))


PATHS = ("/", "/v/AAAA", "/static/certify.css", "/nothing", "/trainer/", "/api/v1/me", "/health")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_security_headers(site, path):
    headers = site.visitor().get(path).headers

    expected = dict(HEADERS)
    if path.startswith("/v/"):
        expected |= {**CROSS_ORIGIN_HEADERS, "Content-Security-Policy": SCRIPTED_POLICY}
    if path == "/trainer/":
        expected["Content-Security-Policy"] = SIGNED_IN_POLICY
    for name, value in expected.items():
        assert headers[name] == value, name
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers
    kept = {"/": "no-cache", "/static/certify.css": "public, max-age=3600"}
    assert headers["Cache-Control"] == kept.get(path, "no-store")


def test_over_https_browsers_are_told_to_stay_there_and_cookies_are_bound_to_it(site):
    client = served_over_https(site).app.test_client()
    page = client.get("/sign-in", base_url="https://certificates.example.org")
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    data = {**read_page(page).forms[0].fields, "email": "trainer@example.org", "password": PASSWORD}

    answer = client.post("/sign-in", data=data, base_url="https://certificates.example.org")

    cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-certify="))
    assert all({"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(c.split("; ")) for c in cookies), (
        cookies
    )
    assert "Domain" not in session


def test_no_page_has_an_inline_script_an_inline_style_or_anything_from_elsewhere(site):
    site.certificate_of_ana()
    certifier = site.person("certifier")
    for path in ("/", "/verify", f"/v/{site.certificate_of_ana()}", "/certifier/", "/certifier/certificates"):
        page = without_own_scripts(certifier.get(path).get_data(as_text=True))
        for forbidden in ("<script", "style=", " onclick", "javascript:", "<iframe", "<style"):
            assert forbidden not in page, (path, forbidden)
        assert 'src="http' not in page


def test_a_strangers_look_sets_no_cookie(site):
    certificate = site.certificate_of_ana()
    for path in ("/", "/verify", "/checks", f"/v/{certificate}", "/v/AAAA"):
        assert "Set-Cookie" not in site.visitor().get(path).headers, path


def test_a_public_page_is_the_same_for_everybody(site):
    path = f"/v/{site.certificate_of_ana()}"
    seen = {
        site.visitor().get(path).data,
        site.person("ana").get(path).data,
        site.person("certifier").get(path).data,
    }
    assert len(seen) == 1


def test_a_session_dies_on_sign_out_even_if_its_cookie_was_copied(site):
    trainer = site.person("trainer")
    cookie = trainer.client.get_cookie("certify").value
    form = next(form for form in read_page(trainer.get("/password")).forms if "/sign-out" in form.action)
    trainer.client.post("/sign-out", data=form.fields)

    thief = site.visitor()
    thief.client.set_cookie("certify", cookie)
    assert thief.get("/trainer/").status_code == 303


def test_a_new_password_ends_every_session_but_the_one_that_chose_it(site):
    here, elsewhere, program = site.person("trainer"), site.person("trainer"), site.token("trainer")
    new = "a different sentence entirely"

    for typed in (
        {"old": "wrong", "new": new, "again": new},
        {"old": PASSWORD, "new": new, "again": new + "!"},
        {"old": PASSWORD, "new": "short", "again": "short"},
    ):
        assert here.submit("/password", "/password", **typed).status_code == 422
    assert elsewhere.get("/trainer/").status_code == 200
    assert here.submit("/password", "/password", old=PASSWORD, new=new, again=new).status_code == 303

    assert here.get("/trainer/").status_code == 200
    assert elsewhere.get("/trainer/").status_code == 303
    headers = {"Authorization": f"Bearer {program}"}
    assert site.app.test_client().get("/api/v1/me", headers=headers).status_code == 401


def test_signing_in_gives_a_new_session_and_a_made_up_one_is_none(site):
    visitor = site.visitor()
    visitor.client.set_cookie("certify", "planted")
    visitor.submit("/sign-in", email="trainer@example.org", password=PASSWORD)
    assert visitor.client.get_cookie("certify").value != "planted"
    stranger = site.visitor()
    stranger.client.set_cookie("certify", "planted")
    assert stranger.get("/trainer/").status_code == 303


def test_an_unknown_address_and_a_wrong_password_are_answered_alike(site):
    wrong = site.visitor().submit("/sign-in", email="trainer@example.org", password="no")
    unknown = site.visitor().submit("/sign-in", email="nobody@example.org", password="no")

    assert wrong.status_code == unknown.status_code == 401
    assert words(wrong) == words(unknown)
    assert 'value="trainer@example.org"' in wrong.get_data(as_text=True)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/e",
    ],
)
def test_signing_in_never_leads_to_another_site(site, elsewhere):
    visitor = site.visitor()
    assert read_page(visitor.get("/sign-in", query_string={"next": elsewhere})).forms[0].fields["next"] == [
        ""
    ]
    answer = visitor.submit("/sign-in", email="trainer@example.org", password=PASSWORD, next=elsewhere)
    assert answer.headers["Location"] == "/work"


def test_signing_in_leads_back_to_the_page_that_asked_for_it(site):
    visitor = site.visitor()
    asked = f"/trainer/cohorts/{site.cohort.id}"
    sent = visitor.get(asked)
    answer = visitor.submit(sent.headers["Location"], email="trainer@example.org", password=PASSWORD)
    assert answer.headers["Location"] == asked


def test_too_many_attempts_are_turned_away_for_a_while(tmp_path):
    site = open_site(tmp_path, Limits(sign_in="3 per minute", verify="3 per minute"))
    api = site.app.test_client()
    answers = [api.post("/api/v1/verifications", data=b"x", content_type="application/pdf") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json["code"] == "too-many-requests"
    assert int(answers[-1].headers["Retry-After"]) > 0
    for path in ("/verify", "/verify/number", f"/v/{'A' * 26}/file"):  # the pages share what programs may ask
        page = api.post(path, data={"number": "x"})
        assert (page.status_code, page.mimetype) == (429, "text/html"), path
        assert 0 < int(page.headers["Retry-After"]) <= 60
    visitor = site.visitor()
    answers = [visitor.submit("/sign-in", email="a@example.org", password="x") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


class Endless(io.RawIOBase):
    """A body that goes on for ever, and counts what was read of it."""

    def __init__(self, start: bytes = b"") -> None:
        self._start, self.taken = start, 0

    def readable(self) -> bool:
        return True

    def readinto(self, room) -> int:
        piece = (self._start or b"A" * 65_536)[: len(room)]
        self._start = self._start[len(piece) :]
        room[: len(piece)] = piece
        self.taken += len(piece)
        return len(piece)


FORM = "multipart/form-data; boundary=x"
FIELD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'


def test_an_upload_in_chunks_without_a_length_ends_at_the_limit(site):
    for path, kind, start in (
        ("/api/v1/verifications", "application/pdf", b"%PDF-1.7"),
        ("/api/v1/verifications", FORM, FIELD),
        ("/verify", FORM, FIELD),
        ("/verify/many/files", FORM, FIELD),
    ):
        environ = EnvironBuilder(path, method="POST", content_type=kind).get_environ()
        environ.pop("CONTENT_LENGTH", None)
        body = environ["wsgi.input"] = Endless(start)
        environ["wsgi.input_terminated"] = True
        _, status, headers = run_wsgi_app(site.app.wsgi_app, environ, buffered=True)
        assert status.startswith("413"), (path, kind)
        assert body.taken <= MAX_REQUEST_BYTES + 1_000_000
        assert "Set-Cookie" not in headers


SCRIPT = '<script>alert("1")</script>'


def test_a_stored_script_in_a_name_is_shown_as_text(site):
    place = site.place
    # The services refuse such a name; this one came into the database by another way.
    person = Candidate(
        id=new_identifier(),
        reference="X-1",
        name=HolderName(native=SCRIPT, latin=SCRIPT, printed=SCRIPT),
        email=None,
        registered_by=place.administrator.id,
        registered_at=place.services.clock(),
        organisation_id=place.administrator.organisation_id,
    )
    with place.services.database.writing() as unit:
        unit.candidates.add(person)
    join_cohort(place.services.database, place.administrator, site.cohort.id, person.id, "developer")
    site.person("administrator").submit("/admin/cohorts", "/cohorts", code="X", title=SCRIPT)
    trainer, registrar, certifier = (site.person(name) for name in ("trainer", "administrator", "certifier"))
    for reader, path in (
        (trainer, f"/trainer/cohorts/{site.cohort.id}"),
        (trainer, f"/trainer/cohorts/{site.cohort.id}/log"),
        (trainer, f"/trainer/candidates/{person.id}"),
        (registrar, "/admin/candidates"),
        (registrar, "/admin/cohorts"),
        (registrar, f"/admin/candidates/{person.id}"),
        (certifier, f"/certifier/cases/{person.id}/small/developer"),
    ):
        response = reader.get(path)
        assert response.status_code == 200, path
        assert "<script" not in without_own_scripts(response.get_data(as_text=True)), path
        assert "&lt;script&gt;" in response.get_data(as_text=True), path


def test_what_was_typed_comes_back_as_text(site):
    typed = site.visitor().submit("/verify", "/number", number=f'"{SCRIPT}')
    assert "<script" not in typed.get_data(as_text=True)
    refused = site.visitor().submit("/sign-in", email=f'"{SCRIPT}', password="x")
    assert "<script" not in without_own_scripts(refused.get_data(as_text=True))


def report(outcomes: dict[str, CheckOutcome], entry: RegisterEntry | None) -> Report:
    checks = tuple(
        Check(number=number, id=name, title=name, outcome=outcome, code=name, reason="Because.")
        for number, (name, outcome) in enumerate(outcomes.items(), start=1)
    )
    return Report(
        subject="x",
        required=tuple(outcomes),
        checks=checks,
        award=entry.award if entry else None,
        status=entry.status if entry else None,
    )


def test_each_verdict_begins_with_its_word(site):
    entry = site.place.services.register.entry(site.certificate_of_ana())
    real = replace(entry, award=replace(entry.award, specimen=False))
    passed, failed, unknown = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.INDETERMINATE
    said = {
        "Valid": verdict(report({"form": passed}, real)),
        "SPECIMEN": verdict(report({"form": passed}, entry)),
        "Expired": verdict(report({"expired": failed}, real)),
        "Not valid yet": verdict(report({"not-yet-valid": failed}, real)),
        "Changed": verdict(report({"changed": failed, "not-registered": failed}, None)),
        "Forged": verdict(report({"forged": failed}, None)),
        "Not a certificate": verdict(report({"not-a-certificate": failed}, None)),
        "Not the issued file": verdict(report({"not-registered": failed}, None)),
        "Not valid": verdict(report({"untrusted": failed}, None)),
        "Cannot tell": verdict(report({"form": passed, "registered": unknown}, real)),
    }

    for word, answer in said.items():
        assert answer.sentence.startswith(word), answer
        assert (answer.tone == "good") is (word == "Valid"), "only what is valid looks so"
    assert verdict(report({"expired": failed}, entry)).specimen, "a failed specimen says so as well"


def test_a_register_that_does_not_answer_is_cannot_tell(site):
    certificate = site.certificate_of_ana()
    services = site.place.services

    class Silent:
        def entry(self, _certificate_id):
            raise DatabaseUnavailable("no answer")

        entry_by_sha256 = pdf = entry

    verifier = type(services.verifier)([], Silent(), services.clock)
    found = verdict(verifier.verify_certificate(certificate))
    assert found.sentence.startswith("Cannot tell")
    assert found.tone == "unclear"
