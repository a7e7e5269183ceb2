"""Corrections and single competences, through the pages' own forms and the API."""

from __future__ import annotations

import pytest
from website import read_page, words

from certify.people.model import UserRole


def link(response, part):
    return next(found for found in read_page(response).links if part in found)


@pytest.fixture
def asked(site):
    """Ana's request, sent from her own page."""
    site.certificate_of_ana()
    ana = site.person("ana")
    assert "Correct my name" in words(ana.get("/candidate"))
    sent = ana.submit(
        "/candidate/name", "/name", native="Анна Ли", latin="Anna Li", reason="Misspelt", evidence="Passport"
    )
    shown = words(ana.follow(sent))
    assert "Waits for a ruling" in shown
    assert "Анна Ли Anna Li" in shown
    return site


def test_a_holder_corrects_their_name_and_a_certifier_approves_it(asked):
    site, certifier, visitor = asked, asked.person("certifier"), asked.visitor()
    old = site.certificate_of_ana()
    assert "Corrections that wait for a ruling: 1" in words(certifier.get("/certifier/"))
    path = link(certifier.get("/corrections"), "/corrections/")
    assert "Passport" in words(certifier.get(path))

    certifier.follow(certifier.submit(path, path, outcome="approved", interest="none"))
    site.works()
    page = words(certifier.get(path))

    assert "Approved on 23 November 2026 by Certifier." in page
    with site.place.services.database.reading() as unit:
        _, new = unit.certificates.of_candidate(site.ana.id)
    assert new.award.number in page
    assert "Superseded" in words(visitor.get(f"/v/{old}"))
    assert f"/v/{new.id}" in " ".join(read_page(visitor.get(f"/v/{old}")).links)
    fresh = words(visitor.get(f"/v/{new.id}"))
    assert "Анна Ли" in fresh
    assert "Corrects an earlier certificate" in fresh
    report = visitor.get(f"/v/{old}", headers={"Accept": "application/json"}).json
    assert report["answer"] == "superseded"
    assert report["status"]["superseded_by"] == new.id
    corrected = visitor.get(f"/v/{new.id}", headers={"Accept": "application/json"}).json
    assert (corrected["answer"], corrected["award"]["supersedes"]) == ("specimen", old)
    assert "Replaced by a newer certificate" in words(certifier.get(f"/certifier/certificates/{old}"))
    assert "Superseded by a newer certificate" in words(site.person("ana").get("/candidate"))
    assert "Replaces an earlier certificate" in words(certifier.get(f"/certifier/certificates/{new.id}"))


def test_a_mistake_in_the_name_keeps_what_was_typed_and_names_the_character(site):
    ana = site.person("ana")
    response = ana.submit(
        "/candidate/name", "/name", native="Анна Lи", latin="Anna Li", reason="Misspelt", evidence="Passport"
    )
    assert response.status_code == 422
    assert "LATIN CAPITAL LETTER L" in words(response)
    form = next(form for form in read_page(response).forms if form.action.endswith("/candidate/name"))
    assert (form.fields["native"], form.fields["reason"]) == (["Анна Lи"], ["Misspelt"])


def test_a_certifier_who_asked_is_told_that_another_rules_and_can_withdraw(site):
    old = site.certificate_of_ana()
    certifier = site.person("certifier")
    page = f"/certifier/certificates/{old}"
    sent = certifier.submit(page, "/correct", wrong="Hours were mistyped")
    shown = certifier.follow(sent)
    path = sent.headers["Location"]
    assert "Another certifier has to rule on this. You asked for this correction." in words(shown)
    certifier.submit(path, "/withdraw")
    assert "Withdrawn" in words(certifier.get(path))
    again = certifier.submit(page, "/correct", wrong="Hours were mistyped")
    twice = certifier.submit(page, "/correct", wrong="Once more")
    assert again.status_code == 303
    assert twice.status_code == 409
    assert "Another correction of this certificate is open" in words(twice)


def test_a_refusal_says_why_and_the_holder_reads_it(asked):
    certifier, ana = asked.person("certifier"), asked.person("ana")
    path = link(certifier.get("/corrections"), "/corrections/")
    assert certifier.submit(path, path, outcome="refused").status_code == 422
    certifier.submit(path, path, outcome="refused", reason="The passport has expired")
    assert "Refused" in words(ana.get("/candidate/name"))
    assert "The passport has expired" in words(ana.get("/candidate/name"))


def test_somebody_asks_on_paper_and_an_administrator_writes_it_down(site):
    administrator = site.person("administrator")
    page = administrator.get(f"/admin/candidates/{site.boris.id}")
    path = link(page, "/name")
    sent = administrator.submit(
        path, "/name", native="Boris Doe", latin="Boris Doe", reason="Typo", evidence="ID"
    )
    assert "there is no certificate in force" in words(administrator.follow(sent))
    certifier = site.person("certifier")
    ruling = link(certifier.get("/corrections"), "/corrections/")
    certifier.submit(ruling, ruling, outcome="approved", interest="none")
    site.works()
    assert "Boris Doe" in words(administrator.get(f"/admin/candidates/{site.boris.id}"))


def test_a_candidate_asks_for_one_competence_and_is_certified_for_it(site):
    site.place.passes(site.ana, "A5")
    ana, certifier = site.person("ana"), site.person("certifier")
    assert "Nothing waits" in words(certifier.get("/certifier/"))

    ana.submit("/candidate", "/candidate/units/a@5")

    assert "Asked for" in words(ana.get("/candidate"))
    path = link(certifier.get("/certifier/"), "/cases/")
    assert path.endswith("a@5")
    decided = certifier.follow(certifier.submit(path, path, outcome="granted", interest="none"))
    site.works()
    done = certifier.get(link(decided, "/jobs/"))
    shown = words(certifier.get(link(done, "/certifier/certificates/")))
    assert "Unit a , EQF 5" in shown
    assert "Certified" in words(ana.get("/candidate"))
    assert "Nothing waits" in words(certifier.get("/certifier/"))


def test_a_reviewer_puts_a_competence_on_the_queue_for_somebody(site):
    site.place.passes(site.ana, "A5")
    administrator, certifier = site.person("administrator"), site.person("certifier")
    administrator.submit(f"/admin/candidates/{site.ana.id}", "/units", unit="a@5")
    assert "Asked for: a , EQF 5" in words(administrator.get(f"/admin/candidates/{site.ana.id}"))
    assert link(certifier.get("/certifier/"), "a@5")


def test_the_same_by_api_with_the_same_rules(site):
    old = site.certificate_of_ana()
    site.place.colleague("second", UserRole.CERTIFIER)
    site.users["second"] = "second@example.org"

    def call(name, method, path, **sent):
        client = site.app.test_client()
        headers = {"Authorization": f"Bearer {site.token(name)}"}
        return client.open(
            f"/api/v1{path}", method=method, headers=headers, **({"json": sent} if sent else {})
        )

    wish = {"native": "Анна Ли", "latin": "Anna Li", "reason": "Misspelt", "evidence": "Passport"}
    hers = f"/candidates/{site.ana.id}"
    assert call("boris", "POST", f"{hers}/corrections", **wish).status_code == 404
    (correction,) = call("certifier", "POST", f"{hers}/corrections", **wish).json["corrections"]
    assert (correction["certificate_id"], correction["state"]) == (old, "open")
    ruling = f"/corrections/{correction['id']}/ruling"
    assert call("boris", "POST", ruling, outcome="approved").status_code == 404
    assert call("ana", "POST", ruling, outcome="approved").json["code"] == "not-permitted"
    assert call("certifier", "POST", ruling, outcome="approved").json["code"] == "four-eyes"

    done = call("second", "POST", ruling, outcome="approved").json

    assert done["state"] == "approved"
    assert done["certificate"]["award"]["supersedes"] == old
    assert done["certificate"]["award"]["holder"]["latin"] == "Anna Li"
    assert call("ana", "GET", f"{hers}/corrections").json["corrections"][0]["state"] == "approved"
    assert call("second", "POST", ruling, outcome="refused", reason="no").json["code"] == "conflict"
    late = call("second", "POST", f"/certificates/{old}/corrections", reason="again")
    assert (late.status_code, late.json["code"]) == (409, "conflict")

    offered = call("ana", "GET", f"{hers}/units").json["units"]
    assert [item["role_id"] for item in offered] == ["a@5", "b@6"]
    assert call("ana", "POST", f"{hers}/applications", role_id="a@5").status_code == 201
    assert call("boris", "POST", f"{hers}/applications", role_id="a@5").status_code == 404
    (waiting,) = call("certifier", "GET", "/queue").json["cases"]
    assert waiting["role_id"] == "a@5"


def test_a_declared_conflict_of_interest_stops_a_ruling(asked):
    site, certifier = asked, asked.person("certifier")
    path = link(certifier.get("/corrections"), "/corrections/")

    certifier.submit(path, path, outcome="approved", interest="conflict", conflict="We are cousins")

    said = words(certifier.get(path))
    assert (
        "Another certifier has to rule on this. You declared a conflict of interest: We are cousins" in said
    )
    assert "Waits for a ruling" in said
    with site.place.services.database.reading() as unit:
        assert len(unit.certificates.all()) == 1
