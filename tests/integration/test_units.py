"""A single competence at a level is certified by the same rules as a role; on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from certify.certification.service import apply_for, queue
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion
from certify.eligibility.service import assess, units_within_reach
from certify.errors import AlreadyDecided, FourEyes, InvalidInput, NotEligible, NotFound, NotPermitted
from certify.paging import Asked
from certify.people.model import UserRole
from certify.people.service import add_user
from certify.verification.report import CheckOutcome

ON = date(2026, 11, 23)


def within_reach(place, person):
    with place.services.database.reading() as unit:
        framework = unit.frameworks.latest("small")
        return [item.id for item in units_within_reach(unit, person.id, framework, ON)]


def waiting(place):
    return [
        (case.candidate.reference, case.role_id)
        for case in queue(place.services.database, place.certifier, "small", ON, Asked(limit=99)).entries
    ]


def applies(place, person, unit_id, by=None):
    services = place.services
    return apply_for(services.database, services.clock, by or place.certifier, person.id, "small", unit_id)


def test_a_unit_is_decided_issued_and_verified_like_a_role(place):
    person = place.candidate("C-1")
    place.passes(person, "A5")

    row = place.services.issuer.issue(place.grants(person, "a@5").id)

    award = row.award
    assert (award.kind, award.role_id, award.role_title, award.phase) == ("unit", "a@5", "a", "")
    assert [(item.id, item.level) for item in award.competences] == [("a", 5)]
    assert (award.level_minimum, award.level_maximum, award.workload_minutes) == (5, 5, 600)
    assert (award.template_id, award.template_version) == ("unit", 1)
    report = place.services.verifier.verify_certificate(row.id)
    assert report.verdict is CheckOutcome.PASSED, report.checks
    assert report.award == award


def test_the_highest_unit_reached_of_each_competence_is_on_offer(place):
    person = place.candidate("C-1")
    assert within_reach(place, person) == []
    place.passes(person, "A4")
    assert within_reach(place, person) == []
    place.passes(person, "A5")
    place.passes(person, "B6")
    assert within_reach(place, person) == ["a@5", "b@6"]


def test_a_unit_waits_on_the_queue_only_once_somebody_asked_for_it(place):
    person = place.candidate("C-1")
    place.passes(person, "A5")
    place.passes(person, "B6")
    assert waiting(place) == [("C-1", "developer")]

    applies(place, person, "b@6")
    applies(place, person, "b@6")
    applies(place, person, "a@6")

    assert waiting(place) == [("C-1", "b@6"), ("C-1", "developer")]
    place.grants(person, "b@6")
    assert waiting(place) == [("C-1", "developer")]


def test_a_candidate_applies_for_themselves_and_for_nobody_else(place):
    ana, boris = place.candidate("C-1"), place.candidate("C-2")
    user = add_user(
        place.services.database,
        email="ana@example.org",
        display_name="Ana",
        roles=[UserRole.CANDIDATE],
        password="correct horse battery",
        candidate_id=ana.id,
    )
    applies(place, ana, "a@5", user)
    with pytest.raises(NotPermitted):
        applies(place, boris, "a@5", user)
    with pytest.raises(NotPermitted):
        applies(place, boris, "a@5", place.trainer)


def test_what_is_no_unit_cannot_be_applied_for(place):
    person = place.candidate("C-1")
    with pytest.raises(InvalidInput, match="role needs no application"):
        applies(place, person, "developer")
    with pytest.raises(NotFound, match="it has a@5, a@6"):
        applies(place, person, "a@4")
    with pytest.raises(NotFound, match="within roles only"):
        applies(place, person, "zz@5")


def test_a_level_not_reached_is_not_granted_and_what_is_granted_is_granted_once(place):
    person = place.candidate("C-1")
    place.passes(person, "A5")
    with pytest.raises(NotEligible, match="a"):
        place.grants(person, "a@6")
    place.grants(person, "a@5")
    with pytest.raises(AlreadyDecided):
        place.grants(person, "a@5")


def test_nobody_is_certified_for_a_unit_without_an_accepted_qualification(place):
    services = place.services
    person = place.candidate("C-1")
    place.passes(person, "A5")
    with services.database.reading() as unit:
        admission = unit.candidates.admission(person.id)
    assert admission is not None
    assert assess(services.database, person.id, "small", "a@5", ON).eligible
    refused = type(admission)(
        **{name: getattr(admission, name) for name in admission.__slots__}
        | {"id": "2" * 26, "accepted": False}
    )
    with services.database.writing() as unit:
        unit.candidates.add_admission(refused)

    assert within_reach(place, person) == []
    assert not assess(services.database, person.id, "small", "a@5", ON).eligible


def test_whoever_recorded_a_module_does_not_decide_on_its_unit(place):
    person = place.candidate("C-1")
    entry = CompletionEntry(
        candidate_id=person.id,
        module_id="A5",
        module_version="1",
        completed_on=date(2026, 5, 1),
        outcome=CompletionOutcome.PASSED,
        trainer_id=place.trainer.id,
    )
    services = place.services
    both = add_user(
        services.database,
        email="both@example.org",
        display_name="Both",
        roles=[UserRole.CERTIFIER, UserRole.ADMINISTRATOR],
        password="correct horse battery",
    )
    record_completion(services.database, services.clock, both, "small", entry)
    other = type(place)(
        services=services, administrator=place.administrator, trainer=place.trainer, certifier=both
    )
    with pytest.raises(FourEyes):
        other.grants(person, "a@5")
