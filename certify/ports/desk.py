"""What a certifier's desk needs: declarations and views (`certify.impartiality`), and work done in the background."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from certify.impartiality.model import CaseView, Declaration
from certify.jobs.model import Job, JobItem, Settled


class Impartiality(Protocol):
    """Declared conflicts of interest, and which cases were opened. Append-only."""

    def declare(self, declaration: Declaration) -> None:
        """Append a declaration."""

    def declarations(self, candidate_id: str) -> Sequence[Declaration]:
        """Return everybody's declarations about one candidate, oldest first."""

    def add_view(self, view: CaseView) -> None:
        """Append a view; the same results seen again change nothing."""

    def digests_viewed(
        self, user_id: str, candidate_id: str, framework_id: str, role_id: str
    ) -> frozenset[str]:
        """Return the digests of all results of one case that somebody was shown."""


class Jobs(Protocol):
    """Work that is done in the background, each piece by one worker at a time."""

    def add(self, job: Job, decision_ids: Sequence[str]) -> int:
        """Store a job with its items, and return how many it has.

        A decision that waits in another job is left out. Where none is left, nothing is stored.
        """

    def get(self, job_id: str) -> Job:
        """Return a job, or raise NotFound."""

    def items(self, job_id: str) -> Sequence[JobItem]:
        """Return a job's items by sequence."""

    def last(self, count: int, organisation_id: str | None = None) -> Sequence[Job]:
        """Return the jobs asked for last, of one organisation or of all, the newest first."""

    def waiting_with(self, decision_id: str) -> Job | None:
        """Return the job in which a decision waits."""

    def due(self, now: datetime) -> bool:
        """Tell whether a job waits, or was left by a worker whose lease is over."""

    def claim(self, lease: str, now: datetime, until: datetime) -> Job | None:
        """Take the oldest job that is due, under a lease; None where there is none.

        Two workers never take the same one, however many ask at once.
        """

    def settle(
        self, job_id: str, lease: str, settled: Sequence[Settled], now: datetime, until: datetime
    ) -> bool:
        """Store what became of some items and prolong the lease; a job without waiting items is finished.

        Where something is settled, the attempts are counted anew.

        Returns:
            False where the lease is another worker's by now: then nothing was stored.
        """
