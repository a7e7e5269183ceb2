"""A completed training module, as a trainer recorded it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum


class CompletionOutcome(StrEnum):
    """How a candidate ended a module; only PASSED counts towards a competence."""

    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, order=True)
class NaturalKey:
    """What makes two records the same completion."""

    candidate_id: str
    module_id: str
    module_version: str
    completed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRecord:
    """One append-only record; a correction is another record that ``supersedes`` it.

    Attributes:
        workload_minutes: The candidate's workload, in minutes.
        evidence_digest: SHA-256 of the evidence, 64 lower-case hex digits; None where none was given.
        trainer_id: The user who trained or examined the candidate.
        recorded_by: The user who entered the record, often the trainer.
        supersedes: Id of the record this one corrects.
        correction_reason: Why, where it corrects one; empty otherwise.
        retracts: It says that the record it supersedes should not have been made. Its outcome is then WITHDRAWN, so
            that it counts for nothing wherever outcomes are looked at.
    """

    id: str
    candidate_id: str
    module_id: str
    module_version: str
    completed_on: date
    outcome: CompletionOutcome
    workload_minutes: int
    evidence_digest: str | None
    trainer_id: str
    recorded_by: str
    recorded_at: datetime
    supersedes: str | None = None
    correction_reason: str = ""
    retracts: bool = False

    @property
    def natural_key(self) -> NaturalKey:
        """The completion that this record is about."""
        return NaturalKey(self.candidate_id, self.module_id, self.module_version, self.completed_on)

    def same_facts(self, other: CompletionRecord) -> bool:
        """Tell whether both state the same facts, whoever entered them and whenever."""
        aligned = replace(
            other,
            id=self.id,
            recorded_by=self.recorded_by,
            recorded_at=self.recorded_at,
            supersedes=self.supersedes,
            correction_reason=self.correction_reason,
        )
        return aligned == self


def current(records: tuple[CompletionRecord, ...]) -> tuple[CompletionRecord, ...]:
    """Return the records that no other of ``records`` supersedes, in the given order."""
    superseded = {record.supersedes for record in records}
    return tuple(record for record in records if record.id not in superseded)
