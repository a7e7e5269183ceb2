"""Nobody decides without a word on their own interest, and no two workers ever do one job; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from small_scheme import NOW

from certify.certification.model import DecisionOutcome
from certify.certification.service import case_of, decide
from certify.errors import (
    CaseNotViewed,
    Conflict,
    ConflictUndeclared,
    FourEyes,
    NotFound,
    TimestampUnavailable,
)
from certify.identifiers import new_identifier
from certify.impartiality.service import deciders, declare, note_view
from certify.jobs.model import ItemState, JobState
from certify.jobs.service import LEASE, LOT, MOST_ATTEMPTS, Worker, enqueue, job_for
from certify.organisations.service import add_organisation
from certify.people.model import UserRole
from certify.people.service import add_user


@pytest.fixture
def ana(place):
    """Ana, who may be certified."""
    person = place.candidate("C-1")
    place.passes(person, "A5")
    place.passes(person, "B6")
    return person


@pytest.fixture
def newcomer(place, ana):
    """A certifier who has declared nothing yet."""
    return add_user(
        place.services.database,
        email="new@example.org",
        display_name="New",
        roles=[UserRole.CERTIFIER],
        password="correct horse battery",
    )


def grants(place, by, person, **options):
    services = place.services
    return decide(
        services.database,
        services.clock,
        by,
        candidate_id=person.id,
        framework_id="small",
        role_id="developer",
        outcome=DecisionOutcome.GRANTED,
        **options,
    )


def says(place, by, person, conflict=""):
    return declare(place.services.database, place.services.clock, by, person.id, conflict)


def case_seen_by(place, by, person):
    return case_of(place.services.database, by, person.id, "small", "developer", NOW.date())


def worker(place, clock=None, issuer=None):
    services = place.services
    return Worker(services.database, lambda: issuer or services.issuer, clock or services.clock)


def items(place, job):
    with place.services.database.reading() as unit:
        return unit.jobs.get(job.id), unit.jobs.items(job.id)


def test_who_declared_nothing_does_not_decide_and_the_decision_keeps_the_word(place, ana, newcomer):
    with pytest.raises(ConflictUndeclared):
        grants(place, newcomer, ana)
    word = says(place, newcomer, ana)

    assert grants(place, newcomer, ana).declaration_id == word.id


def test_who_declared_a_conflict_never_decides_and_cannot_take_it_back(place, ana, newcomer):
    says(place, newcomer, ana)
    says(place, newcomer, ana, "We are cousins")
    with pytest.raises(FourEyes, match="cousins"):
        grants(place, newcomer, ana)
    with pytest.raises(Conflict, match="stands"):
        says(place, newcomer, ana)
    case = case_seen_by(place, newcomer, ana)

    assert case.own is not None
    with place.services.database.reading() as unit:
        records = unit.completions.of_candidate(ana.id)
        assert [user.display_name for user in deciders(unit, case.assessment, records)] == ["Certifier"]


def test_the_database_asks_for_the_deciders_own_unconflicted_word(place, ana, newcomer):
    granted = grants(place, place.certifier, ana)
    other = place.candidate("C-2")
    forged = replace(granted, id=new_identifier(), sequence=2, decided_by=newcomer.id)
    for declaration_id in (None, granted.declaration_id, place.declares(newcomer, other.id).id):
        with pytest.raises(ConflictUndeclared), place.services.database.writing() as unit:
            unit.decisions.add(replace(forged, declaration_id=declaration_id))
    innocent = place.declares(newcomer, ana.id)
    place.declares(newcomer, ana.id, "We are cousins")
    with pytest.raises(FourEyes), place.services.database.writing() as unit:
        unit.decisions.add(replace(forged, declaration_id=innocent.id))


def test_several_are_decided_only_as_they_were_seen(place, ana):
    services = place.services
    with pytest.raises(CaseNotViewed):
        grants(place, place.certifier, ana, only_as_viewed=True)
    note_view(
        services.database,
        services.clock,
        place.certifier,
        case_seen_by(place, place.certifier, ana).assessment,
    )
    assert case_seen_by(place, place.certifier, ana).viewed
    place.passes(ana, "A4")
    with pytest.raises(CaseNotViewed):
        grants(place, place.certifier, ana, only_as_viewed=True)
    note_view(
        services.database,
        services.clock,
        place.certifier,
        case_seen_by(place, place.certifier, ana).assessment,
    )

    assert grants(place, place.certifier, ana, only_as_viewed=True)


def test_the_same_form_sent_twice_is_one_job_and_its_work_done_twice_is_one_certificate(place):
    decision = place.granted()
    services = place.services
    first = enqueue(services.database, services.clock, place.certifier, [decision])
    second = enqueue(services.database, services.clock, place.certifier, [decision])
    assert first.id == second.id

    assert worker(place).run_waiting() == 1
    again = enqueue(services.database, services.clock, place.certifier, [decision])
    assert worker(place).run_waiting() == 1
    job, (item,) = items(place, again)

    assert (job.state, item.state) == (JobState.FINISHED, ItemState.DONE)
    with services.database.reading() as unit:
        assert len(unit.certificates.all()) == 1


def test_eight_workers_share_the_jobs_and_none_is_done_twice(place):
    services = place.services
    decisions = [place.granted(f"C-{number}") for number in range(6)]
    for decision in decisions:
        enqueue(services.database, services.clock, place.certifier, [decision])

    def claim(_):
        with services.database.writing() as unit:
            return unit.jobs.claim(new_identifier(), NOW, NOW + LEASE)

    with ThreadPoolExecutor(8) as pool:
        taken = [job.id for job in pool.map(claim, range(12)) if job]

    assert len(taken) == len(set(taken)) == len(decisions)


def test_a_job_whose_worker_died_is_taken_up_and_the_slow_worker_notices(place):
    services = place.services
    job = enqueue(services.database, services.clock, place.certifier, [place.granted()])
    with services.database.writing() as unit:
        unit.jobs.claim("the dead one", NOW, NOW + LEASE)
    assert worker(place).run_waiting() == 0

    later = NOW + LEASE + timedelta(seconds=1)
    assert worker(place, clock=lambda: later).run_waiting() == 1

    assert items(place, job)[0].state is JobState.FINISHED
    with services.database.writing() as unit:
        assert not unit.jobs.settle(job.id, "the dead one", [], later, later + LEASE)


class Ends:
    """An issuer that takes its worker with it."""

    def issue_many(self, _decision_ids):
        raise ZeroDivisionError


class Silent:
    """An issuer without its timestamp authority."""

    def issue_many(self, decision_ids):
        return [TimestampUnavailable("None now.", fix="try later") for _ in decision_ids]


def test_a_job_that_ends_every_worker_is_given_up(place):
    services = place.services
    job = enqueue(services.database, services.clock, place.certifier, [place.granted()])
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            worker(place, clock=lambda now=now: now, issuer=Ends()).run_one()
        now += LEASE + timedelta(seconds=1)
    worker(place, clock=lambda: now, issuer=Ends()).run_one()

    job, (item,) = items(place, job)
    assert (job.state, item.state, item.code) == (JobState.FINISHED, ItemState.FAILED, "error")


class EndsBehind:
    """An issuer that does one lot, and takes its worker with it at the next."""

    def __init__(self):
        self.lots = 0

    def issue_many(self, decision_ids):
        self.lots += 1
        if self.lots > 1:
            raise ZeroDivisionError
        return list(decision_ids)


def test_a_job_that_gets_on_is_never_given_up_however_many_workers_it_ends(place, monkeypatch):
    services = place.services
    monkeypatch.setattr("certify.jobs.service.LOT", 1)
    decisions = [place.granted(f"C-{number}") for number in range(MOST_ATTEMPTS + 2)]
    job = enqueue(services.database, services.clock, place.certifier, decisions)
    now = NOW
    for _ in decisions[1:]:
        with pytest.raises(ZeroDivisionError):
            worker(place, clock=lambda now=now: now, issuer=EndsBehind()).run_one()
        now += LEASE + timedelta(seconds=1)
    worker(place, clock=lambda: now, issuer=EndsBehind()).run_one()

    job, done = items(place, job)
    assert job.state is JobState.FINISHED
    assert {item.state for item in done} == {ItemState.DONE}


def test_a_lease_outlasts_a_lot_whose_timestamps_take_as_long_as_they_may(place):
    settings = replace(place.services.settings, timestamp_url="http://127.0.0.1:9/tsa")
    assert settings.timestamp_wait_seconds * LOT * timedelta(seconds=1) + LEASE <= (
        replace(place.services, settings=settings).worker.lease
    )


def test_a_job_is_hidden_from_other_organisations(place):
    services = place.services
    job = enqueue(services.database, services.clock, place.certifier, [place.granted()])
    stranger = replace(place.certifier, organisation_id=new_identifier())
    with services.database.reading() as unit:
        assert job_for(unit, place.certifier, job.id) == job
        with pytest.raises(NotFound):
            job_for(unit, stranger, job.id)
        assert unit.jobs.last(9, stranger.organisation_id) == []


def test_a_job_stays_with_the_organisation_whose_it_was_when_it_was_asked_for(place):
    services = place.services
    job = enqueue(services.database, services.clock, place.certifier, [place.granted()])
    elsewhere = add_organisation(services.database, place.administrator, name="Elsewhere")
    with services.database.writing() as unit:
        moved = replace(place.certifier, organisation_id=elsewhere.id)
        unit.users.replace(moved)
        with pytest.raises(NotFound):
            job_for(unit, moved, job.id)
        assert unit.jobs.last(9, moved.organisation_id) == []
        colleague = replace(place.certifier, id=new_identifier())
        assert job_for(unit, colleague, job.id) == job
        assert unit.jobs.last(9, colleague.organisation_id) == [job]


def test_what_fails_says_why_and_may_be_tried_again(place):
    services = place.services
    decision = place.granted()
    job = enqueue(services.database, services.clock, place.certifier, [decision])
    worker(place, issuer=Silent()).run_waiting()
    _, (item,) = items(place, job)
    assert (item.code, item.message, item.fix) == ("timestamp-unavailable", "None now.", "try later")

    again = enqueue(services.database, services.clock, place.certifier, [decision])
    worker(place).run_waiting()

    assert again.id != job.id
    assert items(place, again)[1][0].state is ItemState.DONE
