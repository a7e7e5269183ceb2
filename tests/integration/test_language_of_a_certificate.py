"""Whoever grants chooses the language of the certificate, where the framework has several."""

from __future__ import annotations

import json

import pytest
from small_scheme import NOW
from website import open_site

from certify.certification.model import DecisionOutcome
from certify.certification.service import decide
from certify.errors import InvalidInput
from certify.framework.load import canonical_document, from_document


def _in_both(document):
    """The same document with every text in Bulgarian, too."""
    if isinstance(document, dict):
        if document.keys() == {"en"}:
            return document | {"bg": f"{document['en']} на български"}
        return {name: _in_both(value) for name, value in document.items()}
    return [_in_both(item) for item in document] if isinstance(document, list) else document


def speaks_bulgarian(services):
    """Publish a second version of the small framework, in two languages."""
    with services.database.writing() as unit:
        document = json.loads(canonical_document(unit.frameworks.latest("small")))
        both = from_document(_in_both(document) | {"version": "2", "languages": ["en", "bg"]})
        unit.frameworks.publish(both, canonical_document(both), NOW)


def grants(place, reference, language):
    person = place.candidate(reference)
    place.passes(person, "A5")
    place.passes(person, "B6")
    return decide(
        place.services.database,
        place.services.clock,
        place.certifier,
        candidate_id=person.id,
        framework_id="small",
        role_id="developer",
        outcome=DecisionOutcome.GRANTED,
        language=language,
    ).id


def test_a_certificate_is_in_the_language_that_was_chosen_with_the_decision(place):
    speaks_bulgarian(place.services)
    chosen, usual, other = (grants(place, f"C-{at}", tag) for at, tag in enumerate(("bg", "", "bg")))

    rows = place.services.issuer.issue_many([chosen, usual])
    english = place.services.issuer.issue(other, "en")

    assert [row.award.language for row in (*rows, english)] == ["bg", "en", "en"]
    assert rows[0].award.role_title == "Developer на български"


def test_a_language_that_the_framework_has_not_decides_nothing(place):
    with pytest.raises(InvalidInput, match="choose one of: en"):
        grants(place, "C-1", "bg")
    with place.services.database.reading() as unit:
        person = unit.candidates.by_reference("C-1")
        assert unit.decisions.of_candidate(person.id) == []


@pytest.fixture
def desk(tmp_path):
    site = open_site(tmp_path)
    site.place.passes(site.ana, "A5")
    site.place.passes(site.ana, "B6")
    yield site
    site.place.services.database.close()


def test_the_page_of_a_case_asks_for_the_language_where_there_is_a_choice(desk):
    path = f"/certifier/cases/{desk.ana.id}/small/developer"
    certifier = desk.person("certifier")
    assert 'name="language"' not in certifier.get(path).text
    speaks_bulgarian(desk.place.services)

    english, bulgarian = certifier.get(path).text, certifier.get(f"{path}?lang=bg").text
    assert english.index('<option value="en">English') < english.index('<option value="bg">Bulgarian')
    assert bulgarian.index('<option value="bg">български') < bulgarian.index('<option value="en">английски')
    decided = certifier.submit(path, "/cases/", interest="none", outcome="granted", language="bg")
    assert decided.status_code == 303
    desk.works()
    with desk.place.services.database.reading() as unit:
        (row,) = unit.certificates.of_candidate(desk.ana.id)
    assert row.award.language == "bg"


def test_several_are_granted_in_one_language(desk):
    speaks_bulgarian(desk.place.services)
    certifier = desk.person("certifier")
    certifier.get(f"/certifier/cases/{desk.ana.id}/small/developer")
    ticked = {"case": f"{desk.ana.id} developer", "no_conflict": "yes"}
    granted = certifier.submit("/certifier/", "/certifier/cases/small", **ticked, language="bg")
    assert granted.status_code == 303
    with desk.place.services.database.reading() as unit:
        (decision,) = unit.decisions.of_candidate(desk.ana.id)
    assert decision.language == "bg"


def test_a_program_says_the_language(desk):
    speaks_bulgarian(desk.place.services)
    sent = {
        "candidate_id": desk.ana.id,
        "framework_id": "small",
        "role_id": "developer",
        "outcome": "granted",
    }
    answer = desk.app.test_client().post(
        "/api/v1/decisions",
        json=sent | {"language": "bg", "conflict_of_interest": "none"},
        headers={"Authorization": f"Bearer {desk.token('certifier')}"},
    )
    assert answer.status_code == 201, answer.text
    with desk.place.services.database.reading() as unit:
        assert unit.certificates.get(answer.json["certificate"]["id"]).award.language == "bg"
