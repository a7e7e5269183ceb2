"""One frozen award, many outputs: page, attachment, tokens, verification page, report and register say the same.

For every field of the award it is written here, by hand, how each output says it. A field without a line fails.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from io import BytesIO
from operator import attrgetter
from typing import Any

import pikepdf
import pytest
from awards import AWARD
from installation import install
from small_scheme import NOW, small_framework, small_module
from website import read_page, words

from certify.award.canonical import digest
from certify.award.record import AwardRecord, to_json
from certify.bootstrap import build
from certify.corrections import service as corrections
from certify.errors import InvalidInput
from certify.framework.load import canonical_document, from_document
from certify.issuing.credentials import ALGORITHMS
from certify.people.names import holder_name
from certify.verification.attachment import read_attachment
from certify.web.app import create_app

BASE = "https://certificates.example.org"


def distinct_framework():
    """The small framework with a text of its own in every field, so that none can pass for another."""
    plain = small_framework((small_module("A5", {"a": 5}), small_module("B6", {"b": 6})), {"a": 5, "b": 6})
    titles = {"a": "Reading a city", "b": "Paying for a tramway"}
    return replace(
        plain,
        version="2027.4",
        title={"en": "Framework of the river towns"},
        phases=(replace(plain.phases[0], title={"en": "Handing over"}),),
        areas=(replace(plain.areas[0], title={"en": "Streets and money"}),),
        competences=tuple(replace(item, title={"en": titles[item.id]}) for item in plain.competences),
        roles=(
            replace(
                plain.roles[0],
                title={"en": "Tramway steward"},
                description={"en": "Keeps the trams rolling."},
            ),
        ),
        scheme=replace(
            plain.scheme,
            awarding_body=replace(
                plain.scheme.awarding_body,
                name={"en": "Guild of the River"},
                country="RO",
                website="https://guild.example",
                signatory={"en": "Warden of the Guild"},
            ),
            assessment={"en": "A day at the depot, before two examiners"},
            participation={"en": "Evenings, in person"},
            quality_assurance={"en": "Visited yearly by neighbours"},
            renewal={"en": "Anew after thirty-six months"},
            number_prefix="RIV",
        ),
    )


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """A certificate that corrects another one, and everything that is said of it."""
    folder = tmp_path_factory.mktemp("one")
    place = install(folder)
    services = place.services
    document = canonical_document(distinct_framework())
    with services.database.writing() as unit:
        unit.frameworks.publish(from_document(json.loads(document)), document, NOW)
    granted = place.granted(native="Ана Ли", latin="Ana Li")
    # Decided, valid and issued on days of their own, so that none can pass for another.
    services = build(services.settings, clock=lambda: NOW + timedelta(days=2))
    old = services.issuer.issue(granted)
    services = build(services.settings, clock=lambda: NOW + timedelta(days=5))
    (asked,) = corrections.request_name(
        services.database,
        services.clock,
        place.administrator,
        old.candidate_id,
        holder_name("Мария Пловдивска", "Maria Plovdivska"),
        reason="Misspelt at registration",
        evidence="Passport",
        evidence_digest="ab" * 32,
    )
    approved = corrections.approve(
        services.database, services.clock, place.certifier, asked.id, services.issuer.prove
    )
    row = services.issuer.issue(approved.decision_id)
    pdf = services.register.pdf(row.id)
    (folder / "c.pdf").write_bytes(pdf)
    text = subprocess.run(
        ["pdftotext", "-layout", folder / "c.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    client = create_app(services).test_client()
    page = client.get(f"/v/{row.id}", headers={"Accept": "text/html"})
    with services.database.reading() as unit:
        stored = unit.certificates.get(row.id).award
    tokens = [services.tokens.of(row, algorithm) for algorithm in ALGORITHMS]
    yield {
        "award": row.award,
        "stored": stored,
        "old": old,
        "page": " ".join(text.split()),
        "attachment": json.loads(read_attachment(pdf)),
        "tokens": [payload(token) for token in tokens],
        "web": " ".join(words(page).split()),
        "links": read_page(page).links,
        "file": pdf,
        "report": client.get(f"/v/{row.id}", headers={"Accept": "application/json"}).get_json(),
        "old report": client.get(f"/v/{old.id}", headers={"Accept": "application/json"}).get_json(),
        "old links": read_page(client.get(f"/v/{old.id}", headers={"Accept": "text/html"})).links,
    }
    services.database.close()


def payload(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    stated: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return stated


def long_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def competences_of(credential: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (item["targetCode"], item["targetName"], item["competenceArea"], item["eqfLevel"])
        for item in credential["credentialSubject"]["achievement"]["alignment"]
        if item["targetType"] == "ceasn:Competency"
    ]


def subject(name: str):
    return lambda credential: credential["credentialSubject"][name]


def achievement(name: str):
    return lambda credential: credential["credentialSubject"]["achievement"][name]


def top(name: str):
    return lambda credential: credential[name]


@dataclass(frozen=True)
class Said:
    """How a field is said: on the printed page, in the credential (where, and what), on the verification page.

    What is empty is said to programs alone.
    """

    printed: Callable[[AwardRecord], list[str]]
    where: Callable[[dict[str, Any]], object]
    credential: Callable[[AwardRecord], object]
    web: Callable[[AwardRecord], list[str]]


def nothing(_award: AwardRecord) -> list[str]:
    return []


def a_text(name: str, where: Callable[[dict[str, Any]], object]) -> Said:
    """A field that every output says as it stands."""
    value = attrgetter(name)
    return Said(lambda a: [value(a)], where, value, lambda a: [value(a)])


def for_programs(name: str, where: Callable[[dict[str, Any]], object]) -> Said:
    return Said(nothing, where, attrgetter(name), nothing)


def a_day(name: str, where: Callable[[dict[str, Any]], object], form: str) -> Said:
    value = attrgetter(name)
    return Said(
        lambda a: [long_day(value(a))],
        where,
        lambda a: value(a).strftime(form),
        lambda a: [long_day(value(a))],
    )


SAYS: dict[str, Said] = {
    "certificate_id": Said(nothing, top("certificateId"), attrgetter("certificate_id"), nothing),
    "number": a_text("number", subject("licenseNumber")),
    "language": for_programs("language", achievement("inLanguage")),
    "specimen": Said(lambda _: ["SPECIMEN"], top("specimen"), lambda a: a.specimen, lambda _: ["SPECIMEN"]),
    "kind": Said(
        lambda _: ["is certified as"],
        achievement("achievementType"),
        lambda _: "Certification",
        lambda _: ["Role"],
    ),
    "holder": Said(
        lambda a: [a.holder.printed, a.holder.latin],
        lambda c: [c["credentialSubject"][f"{form}Name"] for form in ("native", "latin", "printed")],
        lambda a: [a.holder.native, a.holder.latin, a.holder.printed],
        lambda a: [a.holder.printed, a.holder.latin],
    ),
    "role_id": for_programs("role_id", achievement("humanCode")),
    "role_title": Said(
        lambda a: [a.role_title],
        achievement("name"),
        lambda a: f"SPECIMEN: {a.role_title}",
        lambda a: [a.role_title],
    ),
    "description": a_text("description", achievement("description")),
    "phase": a_text("phase", achievement("phase")),
    "framework_id": for_programs("framework_id", achievement("frameworkId")),
    "framework_title": a_text("framework_title", achievement("frameworkTitle")),
    "framework_version": a_text("framework_version", achievement("frameworkVersion")),
    "framework_digest": a_text("framework_digest", achievement("frameworkDigest")),
    "competences": Said(
        lambda a: [f"{item.title} EQF {item.level}" for item in a.competences] + [a.competences[0].area],
        competences_of,
        lambda a: [(item.id, item.title, item.area, item.level) for item in a.competences],
        lambda a: [f"{item.title} EQF {item.level}" for item in a.competences] + [a.competences[0].area],
    ),
    "level_minimum": Said(
        lambda a: [f"at EQF levels {a.level_minimum} to"],
        achievement("eqfLevelMinimum"),
        attrgetter("level_minimum"),
        lambda a: [f"EQF {a.level_minimum} to"],
    ),
    "level_maximum": Said(
        lambda a: [f"to {a.level_maximum}"],
        achievement("eqfLevelMaximum"),
        attrgetter("level_maximum"),
        lambda a: [f"to {a.level_maximum}"],
    ),
    "workload_minutes": Said(
        lambda a: [f"{a.workload_minutes // 60} hours"],
        subject("notionalWorkload"),
        lambda a: f"PT{a.workload_minutes}M",
        lambda a: [f"{a.workload_minutes // 60} h of training"],
    ),
    "awarding_body": Said(
        lambda a: [a.awarding_body.upper()],
        lambda c: c["issuer"]["name"],
        attrgetter("awarding_body"),
        lambda a: [a.awarding_body],
    ),
    "country": Said(
        lambda a: [f"{a.awarding_body}, {a.country}"],
        lambda c: c["issuer"]["address"]["addressCountryCode"],
        attrgetter("country"),
        lambda _: ["Romania"],
    ),
    "website": a_text("website", lambda c: c["issuer"]["url"]),
    "signatory": a_text("signatory", top("signatory")),
    "assessment": a_text("assessment", achievement("assessmentType")),
    "participation": a_text("participation", achievement("participationForm")),
    "quality_assurance": a_text("quality_assurance", achievement("qualityAssuranceType")),
    "renewal": a_text("renewal", achievement("renewalTerms")),
    "decided_on": a_day("decided_on", top("decidedOn"), "%Y-%m-%d"),
    "issued_at": a_day("issued_at", top("awardedDate"), "%Y-%m-%dT%H:%M:%SZ"),
    "valid_from": a_day("valid_from", top("validFrom"), "%Y-%m-%dT00:00:00Z"),
    "valid_until": a_day("valid_until", top("validUntil"), "%Y-%m-%dT23:59:59Z"),
    "verification_url": a_text("verification_url", top("id")),
    "status_list": Said(
        nothing,
        lambda c: [c[name]["statusListCredential"] for name in ("credentialStatus", "revocationStatus")],
        lambda a: [
            f"{BASE}/status/{purpose}/{a.status_list}.json" for purpose in ("suspension", "revocation")
        ],
        nothing,
    ),
    "status_index": Said(
        nothing,
        lambda c: [c[name]["statusListIndex"] for name in ("credentialStatus", "revocationStatus")],
        lambda a: [str(a.status_index)] * 2,
        nothing,
    ),
    "template_id": Said(nothing, top("certificateTemplate"), lambda a: f"{a.template_id} 1", nothing),
    "template_version": Said(
        nothing, top("certificateTemplate"), lambda a: f"role {a.template_version}", nothing
    ),
    "supersedes": Said(
        nothing, top("supersedes"), lambda a: f"{BASE}/v/{a.supersedes}", lambda _: ["an earlier certificate"]
    ),
}


def test_no_two_days_of_the_award_are_the_same(said):
    award = said["award"]
    days = [award.decided_on, award.valid_from, award.issued_at.date(), award.valid_until]
    assert days == sorted(set(days))


def test_every_field_of_an_award_has_a_line_here():
    assert SAYS.keys() == {item.name for item in fields(AwardRecord)}
    assert SAYS.keys() == to_json(AWARD).keys()


@pytest.mark.parametrize("name", SAYS)
def test_every_output_says_the_same_of(said, name):
    award, says = said["award"], SAYS[name]
    assert getattr(said["stored"], name) == getattr(award, name)
    assert said["report"]["award"][name] == to_json(award)[name]
    for text in says.printed(award):
        assert text in said["page"]
    for text in says.web(award):
        assert text in said["web"]
    expected = says.credential(award)
    assert expected not in (None, "", [])
    for credential in (said["attachment"], *said["tokens"]):
        assert says.where(credential) == expected


def test_tokens_and_attachment_say_one_thing(said):
    stated = {name: value for name, value in said["attachment"].items() if name != "proof"}
    for token in said["tokens"]:
        assert {name: token[name] for name in stated} == stated
        assert token.keys() - stated.keys() == {"iss", "jti", "sub", "nbf", "exp", "iat"}


def test_file_and_credential_name_each_other(said):
    """The file's name is the digest of the credential, and the credential has the digest of the award."""
    with pikepdf.open(BytesIO(said["file"])) as pdf:
        names = {bytes(item) for item in pdf.trailer.ID}
        attached = pdf.attachments["credential.json"].get_file().read_bytes()
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert str(pdf.Root.Lang) == said["award"].language
    assert names == {hashlib.sha256(attached).digest()[:16]}
    assert json.loads(attached)["awardDigest"] == digest(said["award"])
    assert said["award"].number in metadata


def test_a_certificate_and_the_one_that_it_corrects_name_each_other(said):
    award, old = said["award"], said["old"]
    assert award.supersedes == old.id
    assert f"/v/{old.id}" in said["links"]
    assert f"/v/{award.certificate_id}" in said["old links"]
    assert said["old report"]["status"]["superseded_by"] == award.certificate_id
    assert said["attachment"]["supersedes"] == old.award.verification_url
    with pikepdf.open(BytesIO(said["file"])) as pdf, pdf.open_metadata() as metadata:
        assert metadata["dc:relation"] == {f"Replaces {old.award.verification_url}"}


@pytest.mark.parametrize("language", ["bg", "EN", ""])
def test_a_language_that_the_framework_has_not_is_refused_and_leaves_nothing(tmp_path, language):
    """A certificate is never changed, so nobody may get it in another language than the one asked for."""
    office = install(tmp_path)
    decision, issuer = office.granted(), office.services.issuer
    with office.services.database.reading() as unit:
        (case,) = unit.decisions.cases([decision])
    issuer.foresee(case)  # what is kept of the usual language answers for no other
    with pytest.raises(InvalidInput, match=rf"^decision {decision}: .* '{language}'\. \(choose one of: en\)"):
        issuer.issue(decision, language)
    with office.services.database.reading() as unit:
        assert unit.certificates.by_decision(decision) is None
    assert issuer.issue(decision).award.language == "en"
