"""A job and its items as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    """WAITING for a worker, RUNNING under a lease, or FINISHED, whatever became of its items."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"


class ItemState(StrEnum):
    """What became of one item."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Certificates to issue.

    Attributes:
        organisation_id: Whose job it is: that of whoever asked, as it was then.
        lease: Of the worker that has it; empty unless it runs.
        leased_until: When another worker may take it, should its own have died.
        attempts: How often a worker took it since something of it was settled last.
    """

    id: str
    requested_by: str
    organisation_id: str
    requested_at: datetime
    state: JobState = JobState.WAITING
    lease: str = ""
    leased_until: datetime | None = None
    attempts: int = 0
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobItem:
    """One decision whose certificate is to be issued.

    Attributes:
        code: Of the error that it failed by; empty unless it failed.
        message: What is wrong, and ``fix`` what to do, in the core's English.
    """

    job_id: str
    sequence: int
    decision_id: str
    state: ItemState
    code: str = ""
    message: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of an item; ``code`` is empty where it is done."""

    decision_id: str
    code: str = ""
    message: str = ""
    fix: str = ""
