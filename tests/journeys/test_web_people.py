"""What each kind of person comes to do, through the pages' own forms."""

from __future__ import annotations

import re

import pytest
from website import Site, path_of, read_page, upload, words

from certify.errors import TimestampUnavailable
from certify.jobs.service import Worker
from certify.web.i18n import shipped


def link(response, part):
    return next(found for found in read_page(response).links if part in found)


def log_path(site: Site) -> str:
    return f"/trainer/cohorts/{site.cohort.id}/log"


def test_a_trainer_logs_a_module_for_a_whole_cohort_and_sent_twice_it_is_one_record(site):
    for number in range(3, 6):
        person = site.place.candidate(f"C-{number}", "Ана Ли", "Ana Li")
        with site.place.services.database.reading() as unit:
            reference = unit.candidates.get(person.id).reference
        site.person("administrator").submit(
            f"/admin/cohorts/{site.cohort.id}", "members", candidate=reference, role="developer"
        )
    trainer = site.person("trainer")

    first = trainer.follow(trainer.submit(log_path(site), "/log", module="A5 1", completed_on="2026-05-01"))
    again = trainer.follow(trainer.submit(log_path(site), "/log", module="A5 1", completed_on="2026-05-01"))

    assert "Recorded 4 Already recorded 0 Refused 0" in words(first)
    assert "Recorded 0 Already recorded 4 Refused 0" in words(again)


def test_in_the_same_form_one_person_may_differ_or_be_left_out(site):
    person = site.place.candidate("C-3")
    site.person("administrator").submit(
        f"/admin/cohorts/{site.cohort.id}", "members", candidate="C-3", role="developer"
    )
    trainer = site.person("trainer")
    typed = {f"outcome-{person.id}": "failed", f"hours-{person.id}": "7.5"}

    trainer.submit(log_path(site), module="A5 1", completed_on="2026-05-01", **typed)
    trainer.submit(log_path(site), module="B6 1", completed_on="2026-05-02", include=[site.ana.id])

    assert "Failed 7 h 30 min" in words(trainer.get(f"/trainer/candidates/{person.id}"))
    assert "B6" not in words(trainer.get(f"/trainer/candidates/{person.id}"))
    assert "B6" in words(trainer.get(f"/trainer/candidates/{site.ana.id}"))


def test_a_mistake_in_the_form_keeps_what_was_typed(site):
    trainer = site.person("trainer")
    evidence = "ab" * 32

    response = trainer.submit(
        log_path(site), module="B6 1", completed_on="2027-01-01", hours="12", evidence=evidence
    )

    form = next(form for form in read_page(response).forms if "/log" in form.action)
    assert response.status_code == 422
    assert (form.fields["module"], form.fields["completed_on"]) == (["B6 1"], ["2027-01-01"])
    bad = trainer.submit(
        log_path(site), module="B6 1", completed_on="2026-05-01", hours="many", evidence=evidence
    )
    kept = next(form for form in read_page(bad).forms if "/log" in form.action).fields
    assert bad.status_code == 422
    assert "many" in words(bad)
    assert (kept["module"], kept["hours"], kept["evidence"]) == (["B6 1"], ["many"], [evidence])
    assert kept["include"] == [site.ana.id]


def test_a_trainer_corrects_a_record_and_both_stay_on_file(site):
    site.place.passes(site.ana, "A4")
    trainer = site.person("trainer")
    page = trainer.get(f"/trainer/candidates/{site.ana.id}")

    corrected = trainer.follow(
        trainer.submit(link(page, "/correct"), "/correct", module="A5 1", reason="Wrong module chosen")
    )

    said = words(corrected)
    assert "Corrects an earlier record: Wrong module chosen" in said
    assert "Corrected" in said
    refused = trainer.submit(link(page, "/correct"), "/correct", module="A5 1", reason="Once more")
    assert refused.status_code == 409


def test_a_trainer_imports_a_file_and_each_bad_row_is_named(site):
    rows = (
        "candidate,module,version,completed_on,outcome",
        "C-1,A5,1,2026-05-01,passed",
        "C-1,A5,1,2026-05-01,passed",
        "C-1,NOPE,1,2026-05-01,passed",
        "C-1,B6,1,31.12.2026,passed",
        "C-9,B6,1,2026-05-01,passed",
    )
    trainer = site.person("trainer")

    sent = trainer.submit("/trainer/import", "/import", file=upload("\n".join(rows).encode()))
    waiting = path_of(sent.headers["Location"])
    assert "What the columns mean" in words(trainer.get(waiting))
    trainer.submit(waiting, "/columns")
    tried = words(trainer.get(waiting))
    assert "Will be recorded 1 On record already 1 Will be refused 3" in tried
    trainer.submit(waiting, "/record", mode="good-rows")
    said = words(trainer.follow(trainer.get(waiting)))

    assert "Recorded 1 Already recorded 1 Refused 3" in said


def test_an_import_names_nobody_of_a_colleagues_cohort(site):
    # A wrong outcome, and one that would be right: neither says who that is.
    rows = ("candidate,module,completed_on,outcome", "C-2,A5,2026-05-01,splendid", "C-2,A5,2026-05-01,passed")
    trainer = site.person("trainer")
    sent = trainer.submit("/trainer/import", "/import", file=upload("\n".join(rows).encode()))
    waiting = path_of(sent.headers["Location"])
    trainer.submit(waiting, "/columns")
    tried = words(trainer.get(waiting))
    assert "This candidate is in none of your cohorts." in tried
    assert tried.count("C-2") == 2
    trainer.submit(waiting, "/record", mode="good-rows")
    recorded = words(trainer.follow(trainer.get(waiting)))
    assert "This candidate is in none of your cohorts." in recorded
    for said in (tried, recorded):
        assert site.boris.name.native not in said


def test_an_empty_file_is_refused_in_the_readers_language(site):
    response = site.person("trainer").submit("/trainer/import?lang=bg", "/import", file=upload(b""))

    assert response.status_code == 422
    assert "файл: Първо изберете файл, който не е празен." in words(response)


def test_a_file_with_nothing_but_a_heading_is_refused_with_what_to_do(site):
    trainer = site.person("trainer")
    heading = b"candidate,module,version,completed_on,outcome\r\n"
    for data in (heading, heading + b"\r\n,,,,\r\n"):
        refused = trainer.submit("/trainer/import", "/import", file=upload(data))
        assert refused.status_code == 422
        said = words(refused)
        assert "file: has a heading, and no row below it. What to do: write a row for each completion" in said
        assert "Files that wait" not in said
    bulgarian = words(trainer.submit("/trainer/import?lang=bg", "/import", file=upload(heading)))
    assert "файл: има само заглавен ред и нито един ред под него." in bulgarian


def test_a_file_in_which_nobody_completed_anything_offers_nothing_to_record(site):
    trainer = site.person("trainer")
    report = b"reference,A5,A5 - Completion date\nC-1,Not completed,\n"
    waiting = path_of(trainer.submit("/trainer/import", "/import", file=upload(report)).headers["Location"])
    trainer.submit(waiting, "/columns")
    tried = trainer.get(waiting)
    assert "There is nothing to record in this file." in words(tried)
    assert "Record all rows" not in words(tried)
    assert "Discard the file" in words(tried)


def test_an_import_that_is_no_csv_file_says_so(site):
    response = site.person("trainer").submit("/trainer/import", "/import", file=upload(b"\xff\xfe\x00\x00"))

    assert response.status_code == 422
    assert read_page(response).forms


def test_a_certifier_opens_a_case_sees_every_rule_and_grants_it(site):
    site.place.passes(site.ana, "A5")
    site.place.passes(site.ana, "B6")
    certifier = site.person("certifier")
    path = link(certifier.get("/certifier/"), "/certifier/cases/")
    said = words(certifier.get(path))
    assert "Every requirement is met" in said
    for expected in (
        "Prior qualification",
        "MSc Urban Planning, EQF 7",
        "a , EQF 5",
        "b , EQF 6",
        "trained by Trainer",
    ):
        assert expected in said

    decided = certifier.follow(certifier.submit(path, "/cases/", outcome="granted", interest="none"))
    assert "Granted: Ана Ли . The certificate is being issued" in words(decided)
    progress = link(decided, "/jobs/")
    assert "0 of 1" in words(certifier.get(progress))
    assert site.works() == 1
    done = certifier.get(progress)
    assert "1 certificate is issued" in words(done)

    said = words(certifier.get(link(done, "/certifier/certificates/")))
    assert "Certificate S4C-2026-" in said
    assert "SPECIMEN" in said
    assert "Nothing waits." in words(certifier.get("/certifier/"))
    again = certifier.client.post(
        path, data={**certifier.form("/password").fields, "outcome": "granted", "interest": "none"}
    )
    assert again.status_code == 409
    assert "granted already" in words(again)


def test_a_refusal_needs_a_reason_and_what_was_typed_stays(site):
    site.place.passes(site.ana, "A5")
    certifier = site.person("certifier")
    path = f"/certifier/cases/{site.ana.id}/small/developer"

    none = {"interest": "none"}
    assert certifier.submit(path, "/cases/", outcome="refused", **none).status_code == 422
    ungranted = certifier.submit(path, "/cases/", outcome="granted", reason="Looks fine to me", **none)
    assert ungranted.status_code == 409
    assert 'value="Looks fine to me"' in ungranted.get_data(as_text=True)
    assert (
        certifier.submit(path, "/cases/", outcome="refused", reason="Level 6 is missing", **none).status_code
        == 303
    )
    assert "Refused on 23 November 2026 by Certifier." in words(certifier.get(path))


class Silent:
    """An issuer without its timestamp authority."""

    def issue_many(self, decision_ids):
        return [TimestampUnavailable("None now.") for _ in decision_ids]


def test_what_could_not_be_issued_says_why_and_is_tried_again_by_one_click(site):
    site.place.passes(site.ana, "A5")
    site.place.passes(site.ana, "B6")
    certifier, services = site.person("certifier"), site.place.services
    path = f"/certifier/cases/{site.ana.id}/small/developer"
    decided = certifier.follow(certifier.submit(path, "/cases/", outcome="granted", interest="none"))
    Worker(services.database, Silent, services.clock).run_waiting()

    page = link(decided, "/jobs/")
    said = words(certifier.get(page))
    assert "1 certificate could not be issued" in said
    assert "The timestamp authority gives no timestamp (1)." in said
    assert "Granted, but without a certificate yet: 1" in words(certifier.get("/certifier/"))
    again = certifier.submit(page, "/jobs/")
    site.works()

    assert "1 certificate is issued" in words(certifier.follow(again))


def test_a_refusal_sent_twice_is_one_decision(site):
    certifier = site.person("certifier")
    path = f"/certifier/cases/{site.ana.id}/small/developer"
    form = certifier.form(path, "/cases/")
    typed = {**form.fields, "outcome": "refused", "interest": "none", "reason": "Nothing is on record"}

    assert [certifier.client.post(path, data=typed).status_code for _ in range(2)] == [303, 409]
    with site.place.services.database.reading() as unit:
        assert len(unit.decisions.of_candidate(site.ana.id)) == 1


def test_whoever_trained_a_candidate_is_shown_why_they_do_not_decide(site, framework):
    from certify.people.model import UserRole  # noqa: PLC0415 - only this test makes a user of two roles
    from certify.people.service import add_user  # noqa: PLC0415

    add_user(
        site.place.services.database,
        email="both@example.org",
        display_name="Both",
        roles=[UserRole.TRAINER, UserRole.CERTIFIER],
        password="correct horse battery",
    )
    site.users["both"] = "both@example.org"
    administrator = site.person("administrator")
    with site.place.services.database.reading() as unit:
        both = unit.users.by_email("both@example.org")
    administrator.submit("/admin/cohorts", "/cohorts", code="X-1", title="Theirs", trainer=[both.id])
    with site.place.services.database.reading() as unit:
        cohort = unit.cohorts.by_code("X-1")
    administrator.submit(f"/admin/cohorts/{cohort.id}", "members", candidate="C-1", role="developer")
    person = site.person("both")
    for module in ("A5 1", "B6 1"):
        person.submit(f"/trainer/cohorts/{cohort.id}/log", module=module, completed_on="2026-05-01")
    path = f"/certifier/cases/{site.ana.id}/small/developer"

    assert "Another certifier has to decide this." in words(person.get(path))
    forced = person.client.post(
        path, data={**person.form("/password").fields, "outcome": "granted", "interest": "none"}
    )
    assert forced.status_code == 403
    assert "S4C-" not in words(person.get("/certifier/certificates"))


@pytest.mark.parametrize("tag", list(shipped()))
def test_a_reason_is_not_said_twice_in_the_menu_of_steps(site, tag):
    said = words(
        site.person("certifier").get(f"/certifier/certificates/{site.certificate_of_ana()}?lang={tag}")
    )
    pairs = re.findall(r": ([^:()]+) \([^:()]+: ([^()]+)\)", said)
    assert pairs
    assert all(reason != category for reason, category in pairs)


def test_a_certificate_is_suspended_reinstated_and_revoked_and_its_page_says_each(site):
    certificate = site.certificate_of_ana()
    certifier, page = site.person("certifier"), f"/certifier/certificates/{site.certificate_of_ana()}"
    stranger = site.visitor()
    for step, sentence in (
        (
            "suspend under_investigation",
            "Suspended since 23 November 2026: do not rely on this certificate for now.",
        ),
        ("reinstate investigation_closed", "SPECIMEN: it certifies nothing."),
        ("revoke issued_in_error", "Revoked on 23 November 2026: do not rely on this certificate."),
    ):
        if step.startswith("revoke"):
            # It cannot be undone, so one slip in a list is not enough.
            slip = certifier.submit(page, "/status", step=step)
            assert (slip.status_code, "A revocation is final" in words(slip)) == (422, True)
            assert "Revoked" not in words(stranger.get(f"/v/{certificate}"))
        meant = {"final": "yes"} if step.startswith("revoke") else {}
        response = certifier.submit(page, "/status", step=step, note="A note that stays inside", **meant)
        assert "The status is changed" in words(certifier.follow(response))
        public = words(stranger.get(f"/v/{certificate}"))
        assert sentence in public
        assert "stays inside" not in public
    history = words(certifier.get(page))
    assert history.index("Suspend on") < history.index("Reinstate on") < history.index("Revoke on")
    assert "/status" not in str([form.action for form in read_page(certifier.get(page)).forms])


def test_a_candidate_sees_records_gap_and_plan_and_downloads_the_certificate(site):
    site.place.passes(site.ana, "A4")
    ana = site.person("ana")
    overview = words(ana.get("/candidate"))
    assert "No certificate yet." in overview
    assert "1 of 3 requirements met" in overview
    plan = words(ana.get("/candidate/roles/developer"))
    assert "The least training that closes the gap: 20 h." in plan
    assert "The least training is 2 modules: A5" in plan
    assert "EQF 4 EQF 5 Missing A5" in plan

    site.certificate_of_ana()
    overview = ana.get("/candidate")
    file = ana.get(link(overview, ".pdf"))

    assert file.mimetype == "application/pdf"
    assert file.data.startswith(b"%PDF-")
    assert file.headers["Content-Disposition"].startswith("attachment; filename=S4C-2026-")
    assert file.headers["Cache-Control"] == "no-store"
    assert ana.get(link(overview, "/v/")).status_code == 200


def test_a_registrar_registers_reviews_and_forms_a_cohort(site):
    registrar = site.person("administrator")
    page = registrar.submit(
        "/admin/candidates",
        "/candidates",
        reference="N-1",
        native="Νίκος",
        latin="Nikos",
        email="n@example.org",
    )
    assert page.status_code == 303
    person = path_of(page.headers["Location"])
    reviewed = registrar.submit(person, "/admission", qualification="MA", eqf_level="7", accepted="yes")
    formed = registrar.submit(
        "/admin/cohorts", "/cohorts", code="Z-9", title="Zagreb", trainer=[site.other_trainer.id]
    )
    cohort = path_of(formed.headers["Location"])
    joined = registrar.submit(cohort, "/members", candidate="N-1", role="developer")

    assert (reviewed.status_code, formed.status_code, joined.status_code) == (303, 303, 303)
    assert "Accepted MA, EQF 7" in words(registrar.get(person))
    assert "Zagreb" in words(registrar.get(person))
    assert "Νίκος" in words(site.person("other").get(cohort.replace("/admin/", "/trainer/")))


def test_a_registrar_imports_candidates_and_each_bad_row_is_named(site):
    rows = (
        "reference,name,latin_name,qualification,eqf_level,accepted,cohort,role",
        "N-1,Мария Ан,Maria An,MSc,7,yes,A-1,developer",
        "N-2,,Nobody,MSc,7,yes,A-1,developer",
        "N-3,=cmd|calc,Evil,MSc,7,yes,A-1,developer",
        "N-4,Jan Ek,Jan Ek,MSc,9,yes,A-1,developer",
    )

    response = site.person("administrator").submit(
        "/admin/candidates", "/import", file=upload("\n".join(rows).encode())
    )

    said = words(response)
    assert "Recorded 1" in said
    assert "Refused 3" in said
    assert all(f"{line} Refused" in said for line in (3, 4, 5))


def test_a_registrars_mistakes_keep_what_was_typed(site):
    registrar = site.person("administrator")
    cases = (
        ("/admin/candidates", "/candidates", {"reference": "C-1", "native": "Ana Li", "latin": "Ana Li"}),
        ("/admin/candidates", "/candidates", {"reference": "N-1", "native": "Ana Li", "latin": "Ана"}),
        (
            "/admin/users",
            "/users",
            {"display_name": "Eve", "email": "no address", "password": "long enough words"},
        ),
        ("/admin/cohorts", "/cohorts", {"code": "no spaces here", "title": "A title"}),
        (f"/admin/candidates/{site.ana.id}", "/admission", {"qualification": "BSc", "eqf_level": "12"}),
        (f"/admin/cohorts/{site.cohort.id}", "/members", {"candidate": "NOBODY"}),
    )
    for path, action, typed in cases:
        extra = {"accepted": "yes"} if "admission" in action else {}
        response = registrar.submit(path, action, **typed, **extra)
        assert response.status_code in {409, 422}, (path, response.status_code)
        form = next(form for form in read_page(response).forms if form.action.endswith(action))
        assert 'role="alert"' in response.get_data(as_text=True)
        for name, value in typed.items():
            expected = "" if name == "password" else value
            assert form.fields[name] == [expected], (path, name)


def test_whoever_adds_an_account_is_shown_it_however_long_the_list_is(site):
    registrar = site.person("administrator")
    added = registrar.submit(
        "/admin/users",
        "/users",
        display_name="Zoë Zimmer",
        email="zoe@example.org",
        password="long enough words",
        role="trainer",
    )
    shown = registrar.follow(added)
    assert read_page(shown).forms
    assert "zoe@example.org" in words(shown)
    assert "State Active" in words(shown)


def test_an_administrator_switches_a_user_off_and_their_session_ends(site):
    trainer = site.person("trainer")
    assert trainer.get("/trainer/").status_code == 200
    registrar = site.person("administrator")
    page = read_page(registrar.get(f"/admin/users/{site.place.trainer.id}"))
    action = next(form for form in page.forms if form.action.endswith("/active"))

    done = registrar.client.post(action.action, data={**action.fields, "active": "no"})

    assert "Switched off" in words(registrar.follow(done))
    assert trainer.get("/trainer/").status_code == 303
    refused = site.visitor().submit("/sign-in", email="trainer@example.org", password="correct horse battery")
    assert refused.status_code == 401


def test_an_employer_finds_a_certificate_by_number_and_checks_its_file(site):
    certificate = site.certificate_of_ana()
    with site.place.services.database.reading() as unit:
        row, pdf = unit.certificates.get(certificate), unit.certificates.pdf(certificate)
    stranger = site.visitor()

    number, address = row.award.number, row.award.verification_url
    for typed in (f" {number.lower()} ", number.replace("-", " "), address, f"{address}#ABC"):
        found = stranger.submit("/verify", "/number", number=typed)
        assert path_of(found.headers["Location"]) == f"/v/{certificate}"
    genuine = stranger.submit("/verify", "/verify", file=upload(pdf, "c.pdf"))
    assert "SPECIMEN: it certifies nothing." in words(genuine)
    changed = stranger.submit("/verify", "/verify", file=upload(pdf[:-900] + b"x" + pdf[-899:], "c.pdf"))
    assert "do not rely on" in words(changed)
    assert "Ана Ли" not in words(changed)
    assert "Not a certificate" in words(stranger.submit("/verify", "/verify", file=upload(b"hello", "c.pdf")))
    assert stranger.submit("/verify", "/verify", file=upload(b"", "")).status_code == 422
    mistyped = stranger.submit("/verify", "/number", number="S4C-2026-AAAAA-BBBBB-C")
    assert mistyped.status_code == 422
    assert "S4C-2026-AAAAA-BBBBB-C" in mistyped.get_data(as_text=True)
    assert re.search(r"was mistyped.*<input id=.number.*aria-invalid", mistyped.text, re.DOTALL)
