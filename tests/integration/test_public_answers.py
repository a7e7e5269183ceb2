"""The public answer in every state: its sentence, its JSON held to the schema, and what programs and other sites get."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from jsonschema import Draft202012Validator
from public_states import identifier, reports_of, states_app
from sqlalchemy import event
from website import Site, open_site, read_page, words

from certify.people.model import HolderName
from certify.verification.answer import Answer, answer
from certify.verification.document import report_json, report_schema
from certify.verification.report import Report
from certify.web.app import Limits, create_app
from certify.web.badge import _COLOURS
from certify.web.headers import CROSS_ORIGIN
from certify.web.i18n import shipped
from certify.web.verdicts import TONES, verdict

UNKNOWN, MISTYPED = identifier("nobody has this"), "MISTYPED"
VC = ("application/vc+jwt", "application/vc")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = open_site(tmp_path_factory.mktemp("answers"))
    yield made
    made.place.services.database.close()


@pytest.fixture(scope="module")
def reports(site: Site) -> Mapping[str, Report]:
    return reports_of(site)


@pytest.fixture(scope="module")
def client(site: Site, reports: Mapping[str, Report]):
    return states_app(site, reports).test_client()


SENTENCES = {
    "valid": "Valid: this certificate is genuine and in force.",
    "valid-older-name": "Valid, under an older name: this certificate is genuine and in force.",
    "specimen": "SPECIMEN: it certifies nothing.",
    "suspended": "Suspended since 3 October 2026: do not rely on this certificate for now.",
    "revoked": "Revoked on 3 October 2026: do not rely on this certificate.",
    "superseded": "Superseded on 3 October 2026: a newer certificate replaces this one.",
    "expired": "Expired: it was valid until 3 November 2026.",
    "not-yet-valid": "Not valid yet: it is valid from 13 December 2026.",
    "not-genuine": "Changed after it was signed: do not rely on this file.",
    "not-genuine forged": "Forged: the signature does not belong to the signer.",
    "not-genuine file": "Not a certificate: do not rely on this file.",
    "cannot-tell": "Cannot tell now: this certificate could not be checked completely.",
}


def test_every_state_has_its_sentence_and_nearly_every_answer_a_look_of_its_own(reports) -> None:
    assert {state: verdict(report).sentence for state, report in reports.items()} == SENTENCES
    assert {answer(report) for report in reports.values()} == set(Answer)
    for state, report in reports.items():
        assert answer(report).value == state.split()[0]
    # Both valid ones look alike on purpose: an older name is no fault.
    assert len(set(TONES.values())) == len(Answer) - 1
    assert TONES[Answer.VALID] == TONES[Answer.VALID_OLDER_NAME] == "good"
    assert set(TONES.values()) == _COLOURS.keys()


def test_the_page_says_the_reason_in_its_category_and_links_what_replaces_it(client) -> None:
    revoked = words(client.get(f"/v/{identifier('revoked')}"))
    assert "Reason: the rules of the scheme were not kept." in revoked

    page = client.get(f"/v/{identifier('superseded')}")
    assert f"/v/{identifier('valid')}" in read_page(page).links


def test_a_certificate_that_is_not_valid_is_nowhere_said_to_be_in_force(client, reports) -> None:
    for state in reports:
        said = words(client.get(f"/v/{identifier(state)}"))
        if "Status now" in said:
            now = said.partition("Status now ")[2]
            assert now.startswith(verdict(reports[state]).label), state
        assert "In force" not in said


def test_a_page_says_who_issued_and_how_that_is_known(client) -> None:
    said = words(client.get(f"/v/{identifier('valid')}"))

    for fact in (
        "Signed with the key of A body Certificate Signing",
        "Who vouches for that key A body Certification Authority",
        "Intact: nothing was changed",
        "exactly this one. certificates.example.org",
    ):
        assert fact in said


def test_a_new_name_in_the_register_is_told_without_the_name(tmp_path: Path) -> None:
    site = open_site(tmp_path)
    certificate = site.certificate_of_ana()
    services = site.place.services
    with services.database.writing() as unit:
        person = unit.candidates.get(site.ana.id)
        name = HolderName(native="Ана Нова", latin="Ana Nova", printed="Ана Нова")
        unit.candidates.replace(type(person)(**{**_values(person), "name": name}))

    answered = site.visitor().get(f"/v/{certificate}", headers={"Accept": "application/json"})

    assert answered.json["renamed"] is True
    assert "Nova" not in answered.get_data(as_text=True)
    assert answered.json["award"]["holder"]["latin"] == "Ana Li"


def _values(item: object) -> dict[str, object]:
    return {name: getattr(item, name) for name in item.__slots__}


# A file somebody was given


def sent(site: Site, path: str, data: bytes, tag: str = "en"):
    return site.visitor().client.post(f"{path}?lang={tag}", data={"file": (BytesIO(data), "given")})


def test_a_file_that_was_edited_is_shown_with_each_difference_and_what_the_register_says(site: Site) -> None:
    certificate = site.certificate_of_ana()
    pdf = site.place.services.register.pdf(certificate)
    edited = edited_file(pdf)

    page = sent(site, "/verify", edited)
    said = words(page)
    assert "Not a certificate: do not rely on this file." in said
    assert "It names certificate number S4C-2026-" in said
    assert "SPECIMEN: it certifies nothing." in said
    assert "differences in the attached credential" in said
    assert "Eva Li" in said
    assert f"/v/{certificate}?lang=en" in read_page(page).links

    answer = sent(site, f"/v/{certificate}/file", edited)
    compared = words(answer)
    # The answer to what was asked comes first, in title and heading; the certificate's own follows.
    false = "The file you were given is not the one that was issued."
    assert f"<h1>{false}</h1>" in answer.text
    assert f"<title>{false}" in answer.text
    assert compared.index(false) < compared.index("SPECIMEN: it certifies nothing.")
    assert "Eva Li" in compared


def edited_file(pdf: bytes) -> bytes:
    """The file with another attached credential, saved again as a program for editing does it."""
    with pikepdf.open(BytesIO(pdf)) as document:
        document.attachments["credential.json"].get_file().obj.write(b'{"name": "Eva Li"}')
        saved = BytesIO()
        document.save(saved)
    return saved.getvalue()


def test_a_picture_proves_the_record_and_not_the_paper(site: Site, tmp_path: Path) -> None:
    certificate = site.certificate_of_ana()
    (tmp_path / "c.pdf").write_bytes(site.place.services.register.pdf(certificate))
    subprocess.run(
        ["pdftoppm", "-png", "-r", "150", "-f", "1", "-singlefile", tmp_path / "c.pdf", tmp_path / "c"],
        check=True,
    )

    page = sent(site, "/verify", (tmp_path / "c.png").read_bytes())
    assert "A picture: it proves nothing by itself." in words(page)
    assert "That proves the record, not the paper." in words(page)
    assert f"/v/{certificate}?lang=en" in read_page(page).links
    assert "not the one that was issued" in words(
        sent(site, f"/v/{certificate}/file", (tmp_path / "c.png").read_bytes())
    )


def test_the_issued_file_and_another_certificates_are_told_apart(site: Site) -> None:
    certificate = site.certificate_of_ana()
    place = site.place
    pdf = place.services.register.pdf(certificate)
    place.passes(site.boris, "A5")
    place.passes(site.boris, "B6")
    other = place.services.issuer.issue(place.grants(site.boris).id)

    assert "the one that was issued, byte for byte" in words(sent(site, f"/v/{certificate}/file", pdf))
    beside = words(sent(site, f"/v/{other.id}/file", pdf))
    assert (
        f"is another certificate: number {place.services.register.entry(certificate).award.number}." in beside
    )


# The report for programs


def closed(schema: object) -> object:
    """The schema without room for what it does not describe."""
    if isinstance(schema, dict):
        made = {name: closed(value) for name, value in schema.items()}
        return made | {"additionalProperties": False} if "properties" in made else made
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


def test_the_report_of_every_state_is_as_the_schema_says_and_has_nothing_besides(client, reports) -> None:
    schema = json.loads(report_schema())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(closed(schema))
    for state, report in reports.items():
        validator.validate(json.loads(json.dumps(report_json(report))))
        served = client.get(f"/v/{identifier(state)}", headers={"Accept": "application/json"})
        validator.validate(served.json)
        assert served.json == client.get(f"/api/v1/verifications/{identifier(state)}").json
    described = set(schema["properties"]["answer"]["enum"])
    assert described == {item.value for item in Answer}


def test_a_file_that_was_edited_is_as_the_schema_says(site: Site) -> None:
    validator = Draft202012Validator(closed(json.loads(report_schema())))
    pdf = site.place.services.register.pdf(site.certificate_of_ana())
    for data in (pdf, pdf + b"\n", pdf.replace(b"%PDF-1.", b"%PDX-1."), b"nothing"):
        answered = site.app.test_client().post(
            "/api/v1/verifications", data=data, content_type="application/pdf"
        )
        validator.validate(answered.json)


def test_a_schema_that_misses_a_member_is_found() -> None:
    schema = json.loads(report_schema())
    schema["properties"].pop("answer")
    report = {"answer": "valid"}
    assert any(
        "answer" in error.message for error in Draft202012Validator(closed(schema)).iter_errors(report)
    )


def test_the_schema_has_a_stable_address_and_the_report_names_it(client) -> None:
    report = client.get(f"/v/{identifier('valid')}", headers={"Accept": "application/json"})
    address = re.fullmatch(
        r'<([^>]+)>; rel="describedby"; type="application/schema\+json"', report.headers["Link"]
    )
    assert address
    schema = client.get(address[1])

    assert address[1] == "/schemas/verification-report-1.json"
    assert (schema.status_code, schema.mimetype) == (200, "application/schema+json")
    assert json.loads(schema.data) == json.loads(report_schema())


@pytest.mark.parametrize(
    ("accept", "status", "mimetype"),
    [
        ("", 200, "text/html"),
        ("*/*", 200, "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200, "text/html"),
        ("application/json", 200, "application/json"),
        ("application/json;q=0.5, text/html;q=0.4", 200, "application/json"),
        ("application/vc+jwt, application/json;q=0.5", 200, "application/json"),
        ("application/vc, */*;q=0.1", 200, "text/html"),
        ("application/vc, application/vc+jwt;q=0.9, text/html;q=0.1", 200, "text/html"),
        ("application/vc, text/html;q=0", 406, "application/problem+json"),
        ("application/vc, application/vc+jwt", 406, "application/problem+json"),
        ("application/vc+jwt", 406, "application/problem+json"),
        ("application/vc", 406, "application/problem+json"),
        ("image/png", 406, "application/problem+json"),
        ("text/html; charset=utf-8", 200, "text/html"),
        ("application/json;charset=UTF-8", 200, "application/json"),
        ("application/json; charset=utf-8; q=0.9, text/html;q=0.1", 200, "application/json"),
    ],
)
def test_the_address_answers_in_the_form_that_is_asked_for(client, accept, status, mimetype) -> None:
    answered = client.get(f"/v/{identifier('valid')}", headers={"Accept": accept} if accept else {})

    assert (answered.status_code, answered.mimetype) == (status, mimetype)
    if status == 200:
        assert {"Accept"} <= set(answered.vary)
    else:
        wanted_credential = accept.startswith(VC)
        assert answered.json["code"] == ("credential-not-public" if wanted_credential else "not-acceptable")


def test_a_preview_names_nobody_and_says_nothing_that_may_change(client, reports) -> None:
    for state in reports:
        page = client.get(f"/v/{identifier(state)}").get_data(as_text=True)
        told = " ".join(re.findall(r'<meta (?:property|name)="(?:og:|twitter:|description)[^>]*>', page))
        assert "og:title" in told
        for personal in (
            "Ана",
            "Ana",
            "Developer",
            "S4C-",
            identifier(state),
            "Valid",
            "Revoked",
            "Suspended",
        ):
            assert personal not in told, state


# Browsers of other sites


def test_pages_of_other_sites_may_read_what_is_public_and_nothing_else(client) -> None:
    there = {"Origin": "https://employer.example"}
    state = identifier("valid")
    for path in (
        f"/v/{state}",
        f"/v/{state}/badge.svg",
        f"/api/v1/verifications/{state}",
        f"/v/{UNKNOWN}",
        "/statement-keys.json",
    ):
        headers = client.get(path, headers=there).headers
        assert headers["Access-Control-Allow-Origin"] == "*", path
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Credentials" not in headers
    for path in ("/", "/verify", "/sign-in", "/api/v1/me", "/trainer/"):
        assert "Access-Control-Allow-Origin" not in client.get(path, headers=there).headers, path


def test_pages_of_other_sites_may_read_what_is_wrong_there(client) -> None:
    valid = identifier("valid")
    for method, path, status in (
        ("POST", f"/v/{valid}", 405),
        ("GET", f"/v/{valid}/file", 405),
        ("PUT", "/did.json", 405),
        ("GET", "/api/v1/verifications", 405),
        ("DELETE", "/statement-keys.json", 405),
        ("GET", f"/v/{valid}/nothing", 404),
        ("GET", "/status/revocation/first.json", 404),
        ("GET", f"/api/v1/verifications/{UNKNOWN}", 404),
        ("GET", "/frameworks/none/1", 404),
    ):
        answered = client.open(path, method=method, headers={"Accept": "application/json"})
        assert (answered.status_code, answered.json["status"]) == (status, status), path
        assert answered.headers["Access-Control-Allow-Origin"] == "*", path
        assert answered.headers["Cross-Origin-Resource-Policy"] == "cross-origin", path
    for kind, status in (("image/gif", 406), ("application/vc", 406)):
        answered = client.get(f"/v/{valid}", headers={"Accept": kind})
        assert (answered.status_code, answered.headers["Access-Control-Allow-Origin"]) == (status, "*")
    large = client.post("/api/v1/verifications", data=b"x" * 20_600_000, content_type="application/pdf")
    assert (large.status_code, large.headers["Access-Control-Allow-Origin"]) == (413, "*")
    for method, path in (("DELETE", "/sign-in"), ("PUT", "/api/v1/me"), ("GET", "/nothing"), ("PUT", "/")):
        assert "Access-Control-Allow-Origin" not in client.open(path, method=method).headers, path


def test_a_reader_elsewhere_who_asks_too_often_is_told_so(site: Site) -> None:
    hasty = create_app(site.place.services, Limits(verify="1 per minute")).test_client()
    for status in (422, 429):
        answered = hasty.post("/api/v1/verifications/by-number", json={"number": "x"})
        assert (answered.status_code, answered.headers["Access-Control-Allow-Origin"]) == (status, "*")


def test_nothing_of_a_person_lies_beneath_what_other_sites_may_read(client) -> None:
    """What is wrong with an address is told by how it begins, so nothing else may begin so."""
    rules = list(client.application.url_map.iter_rules())
    open_to_all = tuple(
        rule.rule.partition("<")[0] for rule in rules if rule.endpoint.startswith(CROSS_ORIGIN)
    )
    beneath = {rule.endpoint for rule in rules if rule.rule.startswith(open_to_all)}
    assert all(name.startswith(CROSS_ORIGIN) for name in beneath), beneath


def test_a_browser_that_asks_first_may_send_a_file(client) -> None:
    asked = client.options(
        "/api/v1/verifications",
        headers={
            "Origin": "https://employer.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )

    assert asked.status_code == 200
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
    sent = client.post(
        "/api/v1/verifications",
        data=b"x",
        content_type="application/pdf",
        headers={"Origin": "https://employer.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert (sent.status_code, sent.headers["Access-Control-Allow-Origin"]) == (200, "*")


# The badge


@pytest.mark.parametrize("tag", list(shipped()))
def test_a_badge_says_the_answer_in_words_and_nothing_personal(client, reports, tag: str) -> None:
    texts = set()
    for state in reports:
        drawn = client.get(f"/v/{identifier(state)}/badge.svg", query_string={"lang": tag})
        picture = ET.fromstring(drawn.data)
        said = picture.attrib["aria-label"]
        assert (drawn.status_code, drawn.mimetype) == (200, "image/svg+xml")
        assert drawn.headers["Cache-Control"] == "no-cache"
        assert drawn.headers["ETag"]
        assert picture.attrib["lang"] == tag
        assert said.endswith(verdict_label(reports[state], tag, client))
        assert not {"Ана", "Ana", "Developer"} & set(re.findall(r"\w+", drawn.get_data(as_text=True)))
        assert b"script" not in drawn.data
        assert b"style" not in drawn.data
        texts.add((said, state.split()[0]))
    assert len({said for said, _ in texts}) == len({state for _, state in texts}), "each answer has its words"


def verdict_label(report: Report, tag: str, client) -> str:
    with client.application.test_request_context(f"/?lang={tag}"):
        return verdict(report).label


def test_a_badge_is_asked_for_again_each_time_and_shows_a_revocation_at_once(tmp_path: Path) -> None:
    site = open_site(tmp_path)
    certificate = site.certificate_of_ana()
    visitor = site.visitor()
    first = visitor.get(f"/v/{certificate}/badge.svg")
    again = visitor.get(f"/v/{certificate}/badge.svg", headers={"If-None-Match": first.headers["ETag"]})
    assert ("Specimen" in first.text, again.status_code) == (True, 304)

    site.person("certifier").submit(
        f"/certifier/certificates/{certificate}", "/status", step="revoke issued_in_error", final="yes"
    )

    later = visitor.get(f"/v/{certificate}/badge.svg", headers={"If-None-Match": first.headers["ETag"]})
    assert (later.status_code, "Revoked" in later.text) == (200, True)


def test_a_badge_of_no_certificate_says_so(client) -> None:
    drawn = client.get(f"/v/{UNKNOWN}/badge.svg")

    assert drawn.status_code == 404
    assert "not found" in drawn.text
    assert drawn.headers["Cache-Control"] == "no-store"


# Unknown and mistyped addresses


def test_unknown_and_mistyped_addresses_cost_the_same_work_and_are_answered_alike(site: Site) -> None:
    asked: list[str] = []
    engine = site.place.services.database._engine

    def note(_connection, _cursor, statement, *_more) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        seen = {}
        for wrong in (UNKNOWN, MISTYPED, "A" * 26, UNKNOWN.lower(), "Ü" * 26, "A" * 5000):
            for path in (f"/v/{wrong}", f"/v/{wrong}/badge.svg", f"/api/v1/verifications/{wrong}"):
                asked.clear()
                answered = site.app.test_client().get(path)
                kind = path.replace(wrong, "X")
                told = re.sub(rb'"correlation_id": "\w+"|reference \w+', b"", answered.data)
                seen.setdefault(kind, set()).add((answered.status_code, told, tuple(asked)))
        for kind, answers in seen.items():
            assert len(answers) == 1, kind
            (status, _, statements) = next(iter(answers))
            assert status == 404
            assert len(statements) > 0, "the register was asked"
    finally:
        event.remove(engine, "before_cursor_execute", note)


# Languages


@pytest.mark.parametrize(
    "pasted", ["{}.", "{}%20", "{}),", "%E2%80%9C{}%E2%80%9D", "{}%E2%80%8B", "{}%C2%AD.", "%20{}"]
)
def test_an_address_pasted_with_its_sentence_leads_to_the_clean_one(client, pasted: str) -> None:
    known = identifier("valid")
    for subject in (known, UNKNOWN, known.lower()):
        led = client.get("/v/" + pasted.format(subject) + "?lang=el&next=//evil.example")
        assert led.status_code == 301, pasted
        assert led.headers["Location"] == f"/v/{subject.upper()}?lang=el"
        assert led.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" not in led.headers
    assert client.get("/v/" + pasted.format(known)).headers["Location"] == f"/v/{known}"


def test_only_an_identifier_of_our_form_is_led_on(client) -> None:
    known = identifier("valid")
    assert client.get(f"/v/{known.lower()}").status_code == 200
    for other in (
        "//evil.example",
        "/evil.example.",
        f"{known}/.",
        f"{known[:-1]}.",
        f"{known}2.",
        "S4C-2026.",
    ):
        assert client.get(f"/v/{other}").status_code == 404, other


def test_the_language_is_the_addresss_or_else_the_browsers(client) -> None:
    for tag in shipped():
        by_browser = client.get("/verify", headers={"Accept-Language": f"{tag}-ZZ, fr;q=0.5"})
        by_address = client.get(f"/verify?lang={tag}", headers={"Accept-Language": "en"})
        for page in (by_browser, by_address):
            assert f'<html lang="{tag}" dir="ltr">' in page.text
            assert page.headers["Content-Language"] == tag
            assert "Accept-Language" in page.vary
            assert "Set-Cookie" not in page.headers
        assert all("lang=" not in link or link.startswith("?") for link in read_page(by_browser).links)
        kept = [link for link in read_page(by_address).links if link.startswith("/")]
        assert kept
        assert all(link.endswith(f"?lang={tag}") for link in kept), kept
        assert all(form.action.endswith(f"?lang={tag}") for form in read_page(by_address).forms)
    assert '<html lang="en"' in client.get("/?lang=nonsense", headers={"Accept-Language": "fr"}).text


@pytest.mark.parametrize("path", ["/", "/verify"])
def test_the_way_to_several_certificates_is_shown_once(client, path: str) -> None:
    assert [link for link in read_page(client.get(path)).links if "/verify/many" in link] == ["/verify/many"]


def test_the_switch_keeps_the_question_and_leads_from_an_answer_back_to_its_form(client) -> None:
    links = read_page(client.get("/sign-in?next=/trainer/&lang=en")).links
    assert "?next=%2Ftrainer%2F&lang=en" in links
    after_number = read_page(client.post("/verify/number", data={"number": "x"})).links
    assert "/verify?lang=en" in after_number
    after_file = read_page(client.post(f"/v/{identifier('valid')}/file", data={})).links
    assert f"/v/{identifier('valid')}?lang=en" in after_file


def test_a_page_weighs_less_than_60_kilobytes_with_its_style_and_its_scripts(client, reports) -> None:
    style, tab = "/static/certify.css", "/static/icon.svg"
    for state in reports:
        for tag in shipped():
            page = client.get(f"/v/{identifier(state)}?lang={tag}")
            parts = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
            assert len(page.data) + sum(len(client.get(part).data) for part in parts) < 60_000
            # Only the style sheet holds the first view up: a module waits until the page is there.
            assert {style, tab} <= parts
            scripts = re.findall(r"<script[^>]*>", page.text)
            assert all('type="module"' in script for script in scripts)
            assert page.text.count('rel="stylesheet"') == 1
