"""A correction is a new certificate that takes the old one's place: once, with four eyes; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from installation import Installation, install
from small_scheme import NOW
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certify.bootstrap import Services
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, correct_completion
from certify.corrections import service as corrections
from certify.corrections.model import CorrectionGround, CorrectionState
from certify.errors import (
    CertifyError,
    Conflict,
    FourEyes,
    InvalidInput,
    NotEligible,
    NotPermitted,
    StatusTransition,
    UnprintableName,
)
from certify.identifiers import new_identifier
from certify.issuing.model import CertificateState
from certify.people.model import UserRole
from certify.people.names import holder_name
from certify.status.model import CertificateStatus, StatusAction, StatusReason
from certify.status.service import change_status, standing
from certify.verification.report import CheckOutcome

NEW_NAME = holder_name("Анна Ли", "Anna Li")


@pytest.fixture
def old(place):
    """Ana's certificate, which has her name wrong."""
    return place.services.issuer.issue(place.granted(native="Ана Ли", latin="Ana Li"))


def asks(place, row, by=None, name=NEW_NAME):
    services = place.services
    (correction,) = corrections.request_name(
        services.database,
        services.clock,
        by or place.administrator,
        row.candidate_id,
        name,
        reason="Misspelt at registration",
        evidence="Passport, seen on 2 May",
        evidence_digest="ab" * 32,
    )
    return correction


def approves(place, correction, by=None):
    services = place.services
    return corrections.approve(
        services.database, services.clock, by or place.certifier, correction.id, services.issuer.prove
    )


def corrected(place, row, name=NEW_NAME):
    return place.services.issuer.issue(approves(place, asks(place, row, name=name)).decision_id)


def status_of(place, row):
    with place.services.database.reading() as unit:
        return standing(unit, row.id)


def acts(place, row, action, reason):
    services = place.services
    return change_status(services.database, services.clock, place.certifier, row.id, action, reason)


def verdict(place, row):
    return place.services.verifier.verify_certificate(row.id).verdict


def test_a_corrected_name_is_a_new_certificate_linked_both_ways(place, old):
    new = corrected(place, old)

    assert new.award.holder == NEW_NAME
    assert new.award.supersedes == old.id
    own = {
        "certificate_id",
        "number",
        "holder",
        "issued_at",
        "verification_url",
        "status_index",
        "supersedes",
    }
    for name in old.award.__slots__:
        assert (getattr(new.award, name) == getattr(old.award, name)) is (name not in own - {"issued_at"}), (
            name
        )
    before = status_of(place, old)
    assert (before.status, before.reason, before.superseded_by) == (
        CertificateStatus.REVOKED,
        StatusReason.SUPERSEDED,
        new.id,
    )
    assert (verdict(place, old), verdict(place, new)) == (CheckOutcome.FAILED, CheckOutcome.PASSED)
    with place.services.database.reading() as unit:
        assert unit.candidates.get(old.candidate_id).name == NEW_NAME
        kept = unit.corrections.by_decision(new.decision_id)
        (event,) = unit.certificates.events(old.id)
    assert (kept.evidence_digest, kept.state, kept.ruled_by) == (
        "ab" * 32,
        CorrectionState.APPROVED,
        place.certifier.id,
    )
    assert event.acted_by == place.certifier.id


def test_the_old_one_stands_until_the_new_one_is_stored(place, old):
    done = approves(place, asks(place, old))
    assert verdict(place, old) is CheckOutcome.PASSED
    place.services.issuer.prepare(done.decision_id)
    assert verdict(place, old) is CheckOutcome.PASSED
    (new,) = place.services.issuer.issue_pending()
    assert (verdict(place, old), verdict(place, new)) == (CheckOutcome.FAILED, CheckOutcome.PASSED)
    assert place.services.issuer.issue(done.decision_id) == new
    assert list(place.services.issuer.issue_pending()) == []


def test_a_correction_can_be_corrected_and_an_old_one_no_more(place, old):
    second = corrected(place, old)
    third = corrected(place, second, holder_name("Анна Лий", "Anna Liy"))
    assert [verdict(place, row) for row in (old, second, third)] == [
        CheckOutcome.FAILED,
        CheckOutcome.FAILED,
        CheckOutcome.PASSED,
    ]
    with pytest.raises(Conflict, match="superseded is not corrected"):
        corrections.request_record(
            place.services.database, place.services.clock, place.certifier, old.id, "again"
        )


def test_four_eyes_the_asker_the_holder_and_the_trainer_do_not_approve(place, old):
    asking = place.colleague("asking")
    correction = asks(place, old, asking)
    with pytest.raises(FourEyes, match="You asked"):
        approves(place, correction, asking)
    with pytest.raises(NotPermitted):
        approves(place, correction, place.administrator)
    with place.services.database.reading() as unit:
        person = unit.candidates.get(old.candidate_id)
    holder = place.colleague("holder", UserRole.CANDIDATE, UserRole.CERTIFIER, candidate=person)
    with pytest.raises(FourEyes, match="own"):
        approves(place, correction, holder)
    with pytest.raises(FourEyes, match="own"):
        corrections.refuse(place.services.database, place.services.clock, holder, correction.id, "no")
    assert approves(place, correction).state is CorrectionState.APPROVED


def test_a_request_is_ruled_on_once(place, old):
    correction = asks(place, old)
    services = place.services
    with pytest.raises(Conflict, match="Another correction"):
        asks(place, old, place.certifier)
    with pytest.raises(InvalidInput):
        corrections.refuse(services.database, services.clock, place.certifier, correction.id, "")
    with pytest.raises(NotPermitted):
        corrections.withdraw(services.database, services.clock, place.certifier, correction.id)
    corrections.withdraw(services.database, services.clock, place.administrator, correction.id)
    with pytest.raises(Conflict, match="withdrawn"):
        approves(place, correction)
    again = asks(place, old)
    refused = corrections.refuse(
        services.database, services.clock, place.certifier, again.id, "The passport has expired"
    )
    assert (refused.state, refused.ruling) == (CorrectionState.REFUSED, "The passport has expired")
    assert verdict(place, old) is CheckOutcome.PASSED


@pytest.mark.parametrize(
    "when", ["before the request", "before the approval", "before the issue", "prepared"]
)
@pytest.mark.parametrize("action", [StatusAction.SUSPEND, StatusAction.REVOKE])
def test_what_is_suspended_or_revoked_does_not_come_back_as_a_correction(place, old, when, action):
    reason = StatusReason.UNDER_INVESTIGATION if action is StatusAction.SUSPEND else StatusReason.MISCONDUCT
    if when == "before the request":
        acts(place, old, action, reason)
        assert asks(place, old).certificate_id is None  # the register's name alone
        with pytest.raises(Conflict, match="is not corrected"):
            corrections.request_record(
                place.services.database, place.services.clock, place.certifier, old.id, "hours"
            )
        return
    correction = asks(place, old)
    if when == "before the approval":
        acts(place, old, action, reason)
        with pytest.raises(Conflict, match="is not corrected"):
            approves(place, correction)
        return
    done = approves(place, correction)
    if when == "prepared":
        place.services.issuer.prepare(done.decision_id)
    acts(place, old, action, reason)
    with pytest.raises(CertifyError, match="is not corrected"):
        place.services.issuer.issue(done.decision_id)
    with place.services.database.reading() as unit:
        made = unit.certificates.by_decision(done.decision_id)
        pending = unit.decisions.granted_without_certificate()
    assert made is None or made.state is CertificateState.PREPARED
    assert (done.decision_id in pending) is (action is StatusAction.SUSPEND)
    if action is StatusAction.SUSPEND:
        acts(place, old, StatusAction.REINSTATE, StatusReason.INVESTIGATION_CLOSED)
        new = place.services.issuer.issue(done.decision_id)
        assert verdict(place, new) is CheckOutcome.PASSED


def test_an_expired_certificate_is_not_corrected(place, old):
    late = Services(
        settings=place.services.settings,
        database=place.services.database,
        clock=lambda: NOW + timedelta(days=3 * 366),
    )
    with pytest.raises(Conflict, match="valid until"):
        corrections.request_record(late.database, late.clock, place.certifier, old.id, "hours")


def test_a_name_that_is_no_other_or_that_no_font_draws_is_refused_before_anything_is_decided(place, old):
    with pytest.raises(Conflict, match="already"):
        asks(place, old, name=old.award.holder)
    correction = asks(place, old, name=holder_name("𐓏𐓘𐓻𐓘𐓻𐓟", "Wazhazhe"))
    with pytest.raises(UnprintableName, match="OSAGE"):
        approves(place, correction)
    with place.services.database.reading() as unit:
        assert unit.corrections.get(correction.id).state is CorrectionState.OPEN
        assert unit.decisions.granted_without_certificate() == []


def test_the_name_of_somebody_without_a_certificate_is_corrected_in_the_register(place):
    person = place.candidate("C-1", "Ана Ли", "Ana Li")
    user = place.colleague("ana", UserRole.CANDIDATE, candidate=person)
    services = place.services

    def ask(candidate_id):
        return corrections.request_name(
            services.database,
            services.clock,
            user,
            candidate_id,
            NEW_NAME,
            reason="Wrong",
            evidence="Passport",
        )

    (correction,) = ask(person.id)
    with pytest.raises(Conflict):
        ask(person.id)
    with pytest.raises(NotPermitted):
        ask(place.candidate("C-2").id)
    done = approves(place, correction)
    assert (done.certificate_id, done.decision_id) == (None, None)
    with services.database.reading() as unit:
        assert unit.candidates.get(person.id).name == NEW_NAME


def test_every_certificate_in_force_is_asked_for_and_each_is_ruled_on_by_itself(place, old):
    with place.services.database.reading() as unit:
        person = unit.candidates.get(old.candidate_id)
    unit_row = place.services.issuer.issue(place.grants(person, "b@6").id)
    services = place.services
    asked = corrections.request_name(
        services.database,
        services.clock,
        place.administrator,
        person.id,
        NEW_NAME,
        reason="Married",
        evidence="Certificate of marriage",
    )
    assert {item.certificate_id for item in asked} == {old.id, unit_row.id}
    for item in asked:
        new = services.issuer.issue(approves(place, item).decision_id)
        assert new.award.holder == NEW_NAME
        assert new.award.kind in {"role", "unit"}


def corrects_record(place, person_id, module, **changes):
    services = place.services
    with services.database.reading() as unit:
        (record,) = [
            item
            for item in unit.completions.of_candidate(person_id)
            if item.module_id == module and not unit.completions.superseded_by(item.id)
        ]
    entry = CompletionEntry(
        candidate_id=person_id,
        module_id=module,
        module_version="1",
        completed_on=date(2026, 5, 1),
        outcome=changes.get("outcome", CompletionOutcome.PASSED),
        trainer_id=place.trainer.id,
        workload_minutes=changes.get("minutes"),
    )
    return correct_completion(
        services.database, services.clock, place.administrator, "small", record.id, entry, "Mistyped"
    )


def asks_for_record(place, row):
    services = place.services
    return corrections.request_record(
        services.database, services.clock, place.administrator, row.id, "Hours were mistyped"
    )


def test_a_certificate_is_issued_anew_from_corrected_records(place, old):
    with pytest.raises(Conflict, match="change nothing"):
        approves(place, asks_for_record(place, old))
    corrects_record(place, old.candidate_id, "A5", minutes=300)
    with place.services.database.reading() as unit:
        (correction,) = unit.corrections.of_candidate(old.candidate_id)

    new = place.services.issuer.issue(approves(place, correction).decision_id)

    assert (old.award.workload_minutes, new.award.workload_minutes) == (1200, 900)
    assert replace(new.award, workload_minutes=0).holder == old.award.holder
    assert (new.award.valid_from, new.award.valid_until) == (old.award.valid_from, old.award.valid_until)


def test_a_record_that_no_longer_carries_the_certificate_is_a_case_for_revocation(place, old):
    corrects_record(place, old.candidate_id, "A5", outcome=CompletionOutcome.FAILED)
    with pytest.raises(NotEligible, match="not every requirement is met: a"):
        approves(place, asks_for_record(place, old))


def test_a_name_is_not_corrected_over_records_that_changed(place, old):
    correction = asks(place, old)
    corrects_record(place, old.candidate_id, "A5", minutes=300)
    with pytest.raises(Conflict, match="training record"):
        approves(place, correction)


def test_eight_issuers_of_one_correction_make_one_certificate_and_one_event(place, old):
    done = approves(place, asks(place, old))
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: place.services.issuer.issue(done.decision_id), range(8)))
    assert len({row.sha256 for row in rows}) == 1
    with place.services.database.reading() as unit:
        assert len(unit.certificates.all()) == 2
        assert len(unit.certificates.events(old.id)) == 1


def test_two_certifiers_who_approve_at_once_decide_once(place, old):
    correction = asks(place, old)
    others = [place.certifier, place.colleague("second"), place.colleague("third")]

    def attempt(by):
        try:
            return approves(place, correction, by)
        except Conflict as refusal:
            return refusal

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(attempt, others))
    assert sum(not isinstance(item, CertifyError) for item in found) == 1, found
    with place.services.database.reading() as unit:
        assert len(unit.decisions.of_candidate(old.candidate_id)) == 2


def run_by_hand(place: Installation, statement: str, **values):
    with place.services.database._writer.begin() as connection:
        return connection.execute(text(statement), values)


def test_the_database_itself_refuses_to_go_round_the_rules(place, old):
    correction = asks(place, old)
    for statement in (
        # Who asked approves; somebody rules without being named; a request changes what it asks for.
        "UPDATE correction SET state = 'approved', ruled_by = requested_by, ruled_at = requested_at",
        "UPDATE correction SET state = 'refused', ruling = 'no', ruled_by = requested_by, ruled_at = requested_at",
        "UPDATE correction SET state = 'refused', ruling = 'no'",
        "UPDATE correction SET native_name = 'X'",
        "DELETE FROM correction",
        # An approval without a decision.
        f"UPDATE correction SET state = 'approved', ruled_by = '{place.certifier.id}', ruled_at = requested_at",
        # A certificate that claims to replace another.
        f"UPDATE certificate SET supersedes = '{old.id}'",
    ):
        with pytest.raises(DBAPIError):
            run_by_hand(place, statement)
    done = approves(place, correction)
    with pytest.raises(DBAPIError):
        run_by_hand(place, "UPDATE correction SET ruling = 'changed my mind'")
    place.services.issuer.prepare(done.decision_id)
    with pytest.raises(DBAPIError, match="certificate_supersedes"):
        run_by_hand(
            place,
            "UPDATE certificate SET state = 'issued', sha256 = :digest, credential_sha256 = :digest,"
            " stored_at = prepared_at WHERE supersedes IS NOT NULL",
            digest="0" * 64,
        )
    new = place.services.issuer.issue(done.decision_id)
    with place.services.database.reading() as unit:
        (event,) = unit.certificates.events(old.id)
    later = replace(event, id=new_identifier(), sequence=2, action=StatusAction.REINSTATE)
    with pytest.raises(StatusTransition), place.services.database.writing() as unit:
        unit.certificates.add_event(later)
    assert new.award.supersedes == old.id


def test_the_database_refuses_the_holder_as_judge_even_of_a_refusal(place, old):
    asks(place, old)
    with place.services.database.reading() as unit:
        person = unit.candidates.get(old.candidate_id)
    holder = place.colleague("holder", UserRole.CANDIDATE, UserRole.CERTIFIER, candidate=person)
    with pytest.raises(DBAPIError, match="correction_not_own"):
        run_by_hand(
            place,
            "UPDATE correction SET state = 'refused', ruling = 'no', ruled_by = :by, ruled_at = requested_at",
            by=holder.id,
        )


def test_the_grounds_are_told_apart(tmp_path):
    place = install(tmp_path)
    row = place.services.issuer.issue(place.granted())
    assert asks_for_record(place, row).ground is CorrectionGround.RECORD
