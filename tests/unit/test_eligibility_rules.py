"""Each rule by itself, and the answer for one candidate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from certify.completions.model import CompletionOutcome, CompletionRecord
from certify.eligibility import codec
from certify.eligibility.model import Assessment, CandidateFacts, Met, NotMet
from certify.eligibility.rules import assess
from certify.people.model import AdmissionRecord

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 17, 0, 0, tzinfo=UTC)


def completion(name, module, on=date(2026, 5, 1), outcome=CompletionOutcome.PASSED, **changes):
    record = CompletionRecord(
        id=name,
        candidate_id="c",
        module_id=module,
        module_version="1",
        completed_on=on,
        outcome=outcome,
        workload_minutes=600,
        evidence_digest=None,
        trainer_id="t",
        recorded_by="t",
        recorded_at=NOW,
    )
    return replace(record, **changes)


def degree(level=7, *, accepted=True):
    return AdmissionRecord(
        id="adm",
        candidate_id="c",
        qualification="MSc",
        eqf_level=level,
        evidence_digest=None,
        accepted=accepted,
        reviewed_by="r",
        reviewed_at=NOW,
    )


def facts(framework, *records, admission=None):
    return CandidateFacts(
        framework=framework,
        role_id="developer",
        candidate_id="c",
        on=TODAY,
        admission=admission or degree(),
        completions=records,
    )


def of(assessment, subject):
    return next(result.outcome for result in assessment.results if result.subject == subject)


def test_a_candidate_who_meets_every_rule_is_eligible_and_each_rule_names_its_record(framework):
    answer = assess(facts(framework, completion("1", "A5"), completion("2", "B6")))
    assert answer.eligible
    assert of(answer, "a") == Met(("1",), 5)
    assert answer.relied_on == ("1", "2")


def test_levels_are_not_added_up(framework):
    answer = assess(
        facts(
            framework,
            completion("1", "A4"),
            completion("2", "A4", on=date(2026, 6, 1)),
            completion("3", "B6"),
        )
    )
    assert not answer.eligible
    assert of(answer, "a").code == "level-too-low"
    assert of(answer, "a").level == 4


def test_of_equal_records_the_earliest_counts_whatever_their_order(framework):
    early, late = completion("9", "A5", on=date(2026, 2, 1)), completion("1", "A5", on=date(2026, 3, 1))
    for records in ((early, late), (late, early)):
        assert of(assess(facts(framework, *records)), "a") == Met(("9",), 5)


def test_a_corrected_record_counts_no_more(framework):
    wrong = completion("1", "A5")
    right = completion("2", "A5", outcome=CompletionOutcome.FAILED, supersedes="1")
    answer = assess(facts(framework, wrong, right))
    assert of(answer, "a").code == "no-record"
    assert [result.rule for result in answer.records] == ["completion-outcome"]


@pytest.mark.parametrize(
    ("record", "rule", "code"),
    [
        (completion("1", "OLD", on=date(2026, 7, 1)), "module-validity", "module-not-valid"),
        (completion("1", "A5", on=date(2026, 11, 24)), "completion-date", "in-the-future"),
        (completion("1", "A5", outcome=CompletionOutcome.WITHDRAWN), "completion-outcome", "not-passed"),
        (completion("1", "GONE"), "module-known", "module-not-in-framework"),
    ],
)
def test_a_record_that_breaks_a_rule_is_kept_with_the_rule_and_does_not_count(framework, record, rule, code):
    answer = assess(facts(framework, record))
    (kept,) = answer.records
    assert (kept.rule, kept.outcome.code) == (rule, code)
    assert isinstance(of(answer, "a"), NotMet)


def test_the_last_day_of_a_module_still_counts(framework):
    answer = assess(facts(framework, completion("1", "OLD", on=date(2026, 6, 30))))
    assert of(answer, "a") == Met(("1",), 6)


@pytest.mark.parametrize(
    ("admission", "code"),
    [
        (degree(level=6), "qualification-level-outside"),
        (degree(accepted=False), "qualification-not-accepted"),
        (degree(level=None), "qualification-level-unknown"),
    ],
)
def test_admission_is_a_rule_of_its_own(framework, admission, code):
    answer = assess(facts(framework, completion("1", "A5"), completion("2", "B6"), admission=admission))
    assert not answer.eligible
    assert [result.outcome.code for result in answer.unmet] == [code]


def test_nobody_is_eligible_by_an_empty_list_of_rules():
    empty = Assessment(
        framework_id="f",
        framework_version="1",
        framework_digest="0",
        role_id="r",
        candidate_id="c",
        on=TODAY,
        results=(),
    )
    assert not empty.eligible


def test_an_assessment_survives_its_json(framework):
    answer = assess(facts(framework, completion("1", "A4"), completion("2", "B6")))
    assert codec.decode(codec.encode(answer)) == answer
