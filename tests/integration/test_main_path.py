"""From records to a certificate that verifies, on a real database with real keys."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest

from certify.certification.model import DecisionOutcome
from certify.certification.service import decide, queue
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, correct_completion, record_completion
from certify.errors import (
    AlreadyDecided,
    CompletionConflict,
    Conflict,
    FourEyes,
    InvalidInput,
    NotEligible,
    NotPermitted,
    StatusTransition,
    UnprintableName,
)
from certify.paging import Asked
from certify.people.model import UserRole
from certify.people.service import add_user, set_active
from certify.signin.service import sign_in, user_of_token
from certify.statement.address import statement_of
from certify.statement.verify import verify_statement
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status
from certify.verification.report import CheckOutcome


def outcomes(report):
    return {check.id: check.outcome.value for check in report.checks}


def test_a_granted_decision_becomes_a_certificate_that_every_check_passes(place):
    row = place.services.issuer.issue(place.granted())
    data = place.services.register.pdf(row.id)
    for report in (
        place.services.verifier.verify_certificate(row.id),
        place.services.verifier.verify_file(data),
    ):
        assert report.verdict is CheckOutcome.PASSED, report.checks
        assert report.award == row.award
        assert report.award.specimen


def test_an_issued_file_says_what_the_award_says(place, tmp_path):
    row = place.services.issuer.issue(place.granted(native="Цветелина Ангелова", latin="Tsvetelina Angelova"))
    path = tmp_path / "c.pdf"
    path.write_bytes(place.services.register.pdf(row.id))
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    for fact in (
        "Цветелина Ангелова",
        "Tsvetelina Angelova",
        "Developer",
        row.award.number,
        "20 hours",
        "SPECIMEN",
    ):
        assert fact in text, fact
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-f", "1", "-l", "1", path, tmp_path / "p"], check=True)
    (page,) = tmp_path.glob("p*.png")
    scanned = subprocess.run(
        ["zbarimg", "-q", "--raw", page], capture_output=True, text=True, check=True
    ).stdout
    address, _, text = scanned.strip().partition("#")
    assert address == row.award.verification_url
    said = verify_statement(row.id, text, place.services.published_keys())
    assert said == statement_of(row.award)


def test_issuing_twice_is_issuing_once(place):
    decision = place.granted()
    assert place.services.issuer.issue(decision) == place.services.issuer.issue(decision)


def test_a_suspended_certificate_fails_until_it_is_reinstated_and_a_revoked_one_for_good(place):
    row = place.services.issuer.issue(place.granted())

    def act(action, reason):
        change_status(place.services.database, place.services.clock, place.certifier, row.id, action, reason)
        return place.services.verifier.verify_certificate(row.id).verdict

    assert act(StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION) is CheckOutcome.FAILED
    assert act(StatusAction.REINSTATE, StatusReason.INVESTIGATION_CLOSED) is CheckOutcome.PASSED
    assert act(StatusAction.REVOKE, StatusReason.MISCONDUCT) is CheckOutcome.FAILED
    with pytest.raises(StatusTransition):
        act(StatusAction.REINSTATE, StatusReason.INVESTIGATION_CLOSED)


def test_the_same_completion_twice_is_one_record_and_other_facts_need_a_correction(place):
    person = place.candidate("C-1")
    entry = CompletionEntry(
        candidate_id=person.id,
        module_id="A5",
        module_version="1",
        completed_on=date(2026, 5, 1),
        outcome=CompletionOutcome.FAILED,
        trainer_id=place.trainer.id,
    )
    services = place.services

    def record(item):
        return record_completion(services.database, services.clock, place.administrator, "small", item)

    first = record(entry)
    assert record(entry).already
    passed = CompletionEntry(
        **{**{n: getattr(entry, n) for n in entry.__slots__}, "outcome": CompletionOutcome.PASSED}
    )
    with pytest.raises(CompletionConflict, match="outcome failed, not passed"):
        record(passed)
    corrected = correct_completion(
        services.database,
        services.clock,
        place.administrator,
        "small",
        first.record.id,
        passed,
        "mark was mistyped",
    )
    assert corrected.supersedes == first.record.id
    assert record(entry).already
    with pytest.raises(CompletionConflict):
        correct_completion(
            services.database, services.clock, place.administrator, "small", first.record.id, entry, "again"
        )


def test_a_future_date_is_refused(place):
    person = place.candidate("C-1")
    with pytest.raises(InvalidInput, match="future"):
        place.passes(person, "A5", on=date(2026, 11, 24))


def test_whoever_trained_or_recorded_does_not_decide(place):
    person = place.candidate("C-1")
    services = place.services
    both = add_user(
        services.database,
        email="both@example.org",
        display_name="Both",
        roles=[UserRole.TRAINER, UserRole.CERTIFIER, UserRole.ADMINISTRATOR],
        password="a long enough password",
    )
    for module in ("A5", "B6"):
        entry = CompletionEntry(
            candidate_id=person.id,
            module_id=module,
            module_version="1",
            completed_on=date(2026, 5, 1),
            outcome=CompletionOutcome.PASSED,
            trainer_id=place.trainer.id,
        )
        record_completion(services.database, services.clock, both, "small", entry)
    case = {"candidate_id": person.id, "framework_id": "small", "role_id": "developer"}
    with pytest.raises(FourEyes):
        decide(services.database, services.clock, both, **case, outcome=DecisionOutcome.GRANTED)
    with pytest.raises(NotPermitted):
        decide(services.database, services.clock, place.trainer, **case, outcome=DecisionOutcome.GRANTED)
    (waiting,) = queue(services.database, both, "small", date(2026, 11, 23), Asked(limit=9)).entries
    assert "recorded" in str(waiting.own)


def test_a_gap_is_not_granted_and_a_refusal_has_a_reason(place):
    person = place.candidate("C-1")
    place.passes(person, "A4")
    with pytest.raises(NotEligible, match="a, b"):
        place.grants(person)
    case = {"candidate_id": person.id, "framework_id": "small", "role_id": "developer"}
    services = place.services
    with pytest.raises(InvalidInput):
        decide(services.database, services.clock, place.certifier, **case, outcome=DecisionOutcome.REFUSED)
    refused = decide(
        services.database,
        services.clock,
        place.certifier,
        **case,
        outcome=DecisionOutcome.REFUSED,
        reason="gap",
    )
    with pytest.raises(Conflict):
        services.issuer.issue(refused.id)


def test_a_case_is_granted_once(place):
    place.granted()
    with place.services.database.reading() as unit:
        person = unit.candidates.by_reference("C-1")
    with pytest.raises(AlreadyDecided):
        place.grants(person)


def test_a_name_that_no_font_draws_is_refused_before_anything_is_prepared(place):
    decision = place.granted(native="𐓏𐓘𐓻𐓘𐓻𐓟", latin="Wazhazhe")
    with pytest.raises(UnprintableName, match="OSAGE CAPITAL LETTER WA"):
        place.services.issuer.issue(decision)
    with place.services.database.reading() as unit:
        assert unit.certificates.by_decision(decision) is None


def test_a_user_switched_off_is_signed_out_at_once(place):
    services = place.services
    token, user = sign_in(
        services.database, services.clock, "TRAINER@example.org", "correct horse battery", 1
    )
    assert user_of_token(services.database, services.clock, token) == user
    set_active(services.database, place.administrator, user.id, active=False)
    assert user_of_token(services.database, services.clock, token) is None
