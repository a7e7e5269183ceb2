"""Put work on the list, and do it.

A worker takes a job under a lease, issues its certificates in small lots, and stores after each lot what became
of it, which prolongs the lease. A worker that dies stops prolonging it, and another goes on where it stopped:
what was issued but not noted is found issued, as a decision has one certificate (`certify.issuing`). A worker that
was only slow finds that its lease is gone, and leaves the job to the other. A fault of the program ends a worker too;
after `MOST_ATTEMPTS` of that without any progress the job is given up, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from certify.clock import Clock
from certify.errors import CertifyError, NotFound
from certify.identifiers import new_identifier
from certify.issuing.model import CertificateRow
from certify.jobs.model import ItemState, Job, Settled
from certify.organisations.service import schemes_of
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.ports import Database, UnitOfWork

LEASE = timedelta(minutes=2)
"""Far longer than a lot takes without timestamps; what these may take is added (`Worker`)."""
LOT = 20
"""Certificates between two notes of progress; few enough that the page moves, and that a lease is not too long."""
MOST_ATTEMPTS = 5
"""A job that ended so many workers, one after the other and without any progress, is given up."""

log = logging.getLogger("certify.jobs")


class Issues(Protocol):
    """What a worker needs of `certify.issuing.service.Issuer`."""

    def issue_many(self, decision_ids: Sequence[str], /) -> Sequence[CertificateRow | CertifyError]:
        """Return for each decision its certificate, or why there is none."""


def enqueue(database: Database, clock: Clock, by: User, decision_ids: Sequence[str]) -> Job | None:
    """Have the certificates of these decisions issued in the background.

    Returns:
        The job to look at: a new one, or the one in which they wait already, so that the same form sent twice
        makes one job. None where there is nothing to issue.

    Raises:
        NotFound: One of them was not taken under a scheme of ``by``; nothing is put on the list.
    """
    require(by, UserRole.CERTIFIER)
    with database.writing() as unit:
        return _enqueue_own(unit, clock, by, decision_ids)


def enqueue_pending(database: Database, clock: Clock, by: User) -> Job | None:
    """Have everything issued that was granted under one's own schemes and has no certificate yet."""
    require(by, UserRole.CERTIFIER)
    with database.writing() as unit:
        return _enqueue(unit, clock, by, pending_of(unit, by))


def retry(database: Database, clock: Clock, by: User, job_id: str) -> Job | None:
    """Have issued what failed in a job; returns and raises as `enqueue`, and NotFound where the job is foreign."""
    require(by, UserRole.CERTIFIER)
    with database.writing() as unit:
        items = unit.jobs.items(job_for(unit, by, job_id).id)
        failed = [item.decision_id for item in items if item.state is ItemState.FAILED]
        return _enqueue_own(unit, clock, by, failed)


def pending_of(unit: UnitOfWork, by: User) -> list[str]:
    """Return the decisions under the schemes of ``by`` that granted and have no certificate yet, oldest first."""
    own = schemes_of(unit, by)
    return [
        name
        for name in unit.decisions.granted_without_certificate()
        if unit.decisions.get(name).framework_id in own
    ]


def job_for(unit: UnitOfWork, by: User, job_id: str) -> Job:
    """Return a job of one's own organisation, or raise NotFound."""
    job = unit.jobs.get(job_id)
    if job.organisation_id != by.organisation_id:
        raise NotFound("There is no such job.")
    return job


def _enqueue_own(unit: UnitOfWork, clock: Clock, by: User, decision_ids: Sequence[str]) -> Job | None:
    own = schemes_of(unit, by)
    if any(unit.decisions.get(name).framework_id not in own for name in decision_ids):
        raise NotFound("There is no such decision.", where="decision")
    return _enqueue(unit, clock, by, decision_ids)


def _enqueue(unit: UnitOfWork, clock: Clock, by: User, decision_ids: Sequence[str]) -> Job | None:
    job = Job(
        id=new_identifier(),
        requested_by=by.id,
        organisation_id=by.organisation_id,
        requested_at=clock(),
    )
    if not decision_ids:
        return None
    if unit.jobs.add(job, decision_ids):
        return job
    return unit.jobs.waiting_with(decision_ids[0])


class Worker:
    """Does jobs, one at a time; as many workers as there are may run at once, in any number of processes.

    Args:
        issuer: Gives the issuer, and raises where there are no keys to issue with.
        timestamp_wait_seconds: The most that a certificate waits for its timestamp; 0 where it gets none.
    """

    def __init__(
        self, database: Database, issuer: Callable[[], Issues], clock: Clock, timestamp_wait_seconds: int = 0
    ) -> None:
        self._database = database
        self._issuer = issuer
        self._clock = clock
        # Each certificate of a lot may wait as long as it can: a worker that is at work never loses its job.
        self.lease = LEASE + LOT * timedelta(seconds=timestamp_wait_seconds)

    def run_waiting(self) -> int:
        """Do every job that is due, and return how many these were.

        Raises:
            DatabaseUnavailable: The database does not answer; what was begun is taken up again later.
        """
        done = 0
        while self.run_one():
            done += 1
        return done

    def run_one(self) -> bool:
        """Take one job and do it; False where none is due."""
        now = self._clock()
        with self._database.reading() as unit:
            if not unit.jobs.due(now):
                return False
        lease = new_identifier()
        with self._database.writing() as unit:
            job = unit.jobs.claim(lease, now, now + self.lease)
        if job is None:
            return False
        given_up = job.attempts > MOST_ATTEMPTS
        while True:
            with self._database.reading() as unit:
                waiting = [
                    item.decision_id for item in unit.jobs.items(job.id) if item.state is ItemState.WAITING
                ]
            lot = waiting[:LOT]
            settled = _given_up(lot) if given_up else self._issue(lot)
            now = self._clock()
            with self._database.writing() as unit:
                kept = unit.jobs.settle(job.id, lease, settled, now, now + self.lease)
            if not kept or len(lot) == len(waiting):
                return True

    def _issue(self, decision_ids: Sequence[str]) -> list[Settled]:
        if not decision_ids:
            return []
        try:
            outcomes = self._issuer().issue_many(decision_ids)
        except CertifyError as error:
            return [_settled(name, error) for name in decision_ids]
        except OSError:
            # A disk that is full, a folder that is not to be read: those who wait are told, the log has the rest.
            log.exception("issuing failed")
            return [Settled(decision_id=name, code=CertifyError.code) for name in decision_ids]
        return [_settled(name, outcome) for name, outcome in zip(decision_ids, outcomes, strict=True)]


def _settled(decision_id: str, outcome: CertificateRow | CertifyError) -> Settled:
    if isinstance(outcome, CertifyError):
        return Settled(decision_id=decision_id, code=outcome.code, message=outcome.message, fix=outcome.fix)
    return Settled(decision_id=decision_id)


def _given_up(decision_ids: Sequence[str]) -> list[Settled]:
    message = "Every worker that tried this ended before it was done."
    return [Settled(decision_id=name, code=CertifyError.code, message=message) for name in decision_ids]
