"""Evidence over the pages: taken by its content, handed out as a file, to those who may see it and to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from installation import PASSWORD
from website import Site, open_site, path_of, read_page, upload, words

from certify.evidence.model import EvidenceKind
from certify.organisations.service import add_organisation
from certify.people.model import UserRole
from certify.people.service import add_user

PDF = b"%PDF-1.7\nA scan\n%%EOF\n"
TYPES = {
    EvidenceKind.PDF: PDF,
    EvidenceKind.JPEG: b"\xff\xd8\xff\xe0 scan \xff\xd9",
}


@pytest.fixture
def site(tmp_path) -> Site:
    return open_site(tmp_path)


def log_path(site: Site) -> str:
    return f"/trainer/cohorts/{site.cohort.id}/log"


def logged(site: Site, data: bytes, name: str, **typed: str):
    trainer = site.person("trainer")
    typed = {"module": "A5 1", "completed_on": "2026-05-01"} | typed
    return trainer, trainer.submit(log_path(site), "/log", file=upload(data, name), **typed)


def record_of(site: Site, candidate):
    with site.place.services.database.reading() as unit:
        return unit.completions.of_candidate(candidate.id)[-1]


@pytest.mark.parametrize("kind", TYPES)
def test_evidence_is_handed_out_as_a_file_of_its_kind_that_can_do_nothing(site, kind):
    _, answer = logged(site, TYPES[kind], "../лист<script>.html")
    assert answer.status_code == 303
    record = record_of(site, site.ana)
    certifier = site.person("certifier")
    case = read_page(certifier.get(f"/certifier/cases/{site.ana.id}/small/developer"))
    (link,) = (link for link in case.links if "/evidence/" in link)
    assert link == f"/evidence/{record.id}"

    response = certifier.get(link)

    assert response.data == TYPES[kind]
    assert response.content_type == kind.value
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert kind.suffix in response.headers["Content-Disposition"]
    assert "script>" not in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "no-store"


def test_what_is_no_evidence_is_refused_and_what_was_typed_stays(site):
    for data, said in (
        (b"<html><script>alert(1)</script></html>", "neither a PDF nor a PNG or JPEG"),
        (PDF + b"<script>alert(1)</script>", "something was put behind its end"),
        (b"%PDF-1.7" + b"x" * 10_000_000 + b"%%EOF", "at most 10,000,000"),
    ):
        _, answer = logged(site, data, "sheet.pdf", hours="7.5")
        assert answer.status_code == 422
        assert said in words(answer)
        form = next(form for form in read_page(answer).forms if form.action.endswith("/log"))
        assert (form.fields["hours"], form.fields["module"]) == (["7.5"], ["A5 1"])
    with site.place.services.database.reading() as unit:
        assert not unit.completions.of_candidate(site.ana.id)


def test_a_file_is_not_asked_for_again_after_a_mistake(site):
    trainer, answer = logged(site, PDF, "sheet.pdf", hours="many")
    assert answer.status_code == 422
    assert "Kept: sheet.pdf" in words(answer)
    form = next(form for form in read_page(answer).forms if form.action.endswith("/log"))

    done = trainer.client.post(form.action, data={**form.fields, "hours": "8"})

    assert done.status_code == 303
    assert trainer.get(f"/evidence/{record_of(site, site.ana).id}").data == PDF


def test_a_digest_alone_opens_nothing_and_candidates_do_not_get_a_sheet_of_their_class(site):
    logged(site, PDF, "sheet.pdf")
    record = record_of(site, site.ana)
    # Another trainer saw the digest and writes it into a record of their own.
    other = site.person("other")
    stolen = other.submit(
        f"/trainer/cohorts/{site.other_cohort.id}/log",
        "/log",
        module="A5 1",
        completed_on="2026-05-01",
        evidence=record.evidence_digest,
    )
    assert stolen.status_code == 303
    assert record_of(site, site.boris).evidence_digest == record.evidence_digest

    assert other.get(f"/evidence/{record_of(site, site.boris).id}").status_code == 404
    assert other.get(f"/evidence/{record.id}").status_code == 404
    assert site.person("ana").get(f"/evidence/{record.id}").status_code == 403
    assert "Kept elsewhere" in words(other.get(f"/trainer/candidates/{site.boris.id}"))


def test_a_colleague_who_is_a_candidate_does_not_get_the_sheet_of_their_own_class(site):
    logged(site, PDF, "sheet.pdf")
    record = record_of(site, site.ana)
    services = site.place.services
    with services.database.writing() as unit:
        ana = unit.users.by_email(site.users["ana"])
        unit.users.replace(replace(ana, roles=frozenset({UserRole.CANDIDATE, UserRole.CERTIFIER})))
    assert site.person("certifier").get(f"/evidence/{record.id}").status_code == 200
    assert site.person("ana").get(f"/evidence/{record.id}").status_code == 404
    path = f"/api/v1/completions/{record.id}/evidence"
    asked = {"Authorization": f"Bearer {site.token('ana')}"}
    assert site.app.test_client().get(path, headers=asked).status_code == 404


def test_an_unsent_form_without_its_seal_or_with_a_forged_one_is_kept_for_nobody(site):
    trainer = site.person("trainer")
    form = trainer.form(log_path(site), "/log")
    stranger = site.visitor()
    (seal,) = form.fields["kept_for"]
    user, hours, code = seal.split(".")
    for forged in (
        "",
        "x",
        f"{user}.{hours}",
        f"{user}.{int(hours) + 1}.{code}",
        f"{'A' * 26}.{hours}.{code}",
        "é.1.2",
    ):
        answer = stranger.client.post(form.action, data={"kept_for": forged, "hours": "99"})
        assert path_of(answer.headers["Location"]) == "/sign-in"
    assert "99" not in trainer.form(log_path(site), "/log").fields["hours"]

    answer = stranger.client.post(form.action, data={"kept_for": seal, "hours": "99", "do": "record"})

    assert "next=" in answer.headers["Location"]
    assert trainer.form(log_path(site), "/log").fields["hours"] == ["99"]
    with site.place.services.database.reading() as unit:
        assert not unit.completions.of_candidate(site.ana.id)


def test_a_draft_is_its_authors_alone(site):
    trainer = site.person("trainer")
    form = trainer.form(log_path(site), "/log")
    kept = trainer.client.post(
        f"/trainer/cohorts/{site.cohort.id}/draft", data={**form.fields, "hours": "7.5"}
    )
    assert kept.status_code == 204
    assert trainer.form(log_path(site), "/log").fields["hours"] == ["7.5"]

    assert site.person("other").get(log_path(site)).status_code == 404
    large = {**form.fields, "pasted": "x" * 300_000}
    assert trainer.client.post(f"/trainer/cohorts/{site.cohort.id}/draft", data=large).status_code == 422


def test_another_organisations_people_find_nothing_whatever_address_they_know(site):
    services = site.place.services
    school = add_organisation(services.database, site.place.administrator, name="A school")
    roles = {"boss": UserRole.ADMINISTRATOR, "teacher": UserRole.TRAINER, "judge": UserRole.CERTIFIER}
    for name, role in roles.items():
        site.users[name] = f"{name}@school.example"
        add_user(
            services.database,
            email=site.users[name],
            display_name=name.title(),
            roles=[role],
            password=PASSWORD,
            organisation_id=school.id,
        )
    trainer, answer = logged(site, PDF, "sheet.pdf", completed_on="2026-05-03")
    table = b"candidate,module,completed_on\nC-1,A5,2026-05-02\n"
    waiting = path_of(trainer.submit("/trainer/import", "/import", file=upload(table)).headers["Location"])
    record = record_of(site, site.ana)
    for name in ("boss", "teacher"):
        person = site.person(name)
        for path in (
            path_of(answer.headers["Location"]),
            waiting,
            f"{waiting}/rejected.csv",
            f"/evidence/{record.id}",
        ):
            assert person.get(path).status_code == 404, (name, path)
    job = site.job_of(site.certificate_of_ana())
    judge = site.person("judge")
    sign_out = read_page(judge.get("/certifier/jobs")).forms[0]
    assert judge.client.post(f"/certifier/jobs/{job}", data=sign_out.fields).status_code == 404
    # Not even a file tells who is a candidate elsewhere.
    teacher = site.person("teacher")
    own = path_of(teacher.submit("/trainer/import", "/import", file=upload(table)).headers["Location"])
    teacher.submit(own, "/columns")
    assert "nobody has the reference 'C-1'" in words(teacher.get(own))
