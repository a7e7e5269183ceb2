"""The answer to "may this candidate be certified for this role?", rule by rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from certify.completions.model import CompletionRecord
from certify.framework.model import Framework
from certify.people.model import AdmissionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts:
    """All that the rules look at. ``completions`` holds every record, superseded ones too."""

    framework: Framework
    role_id: str
    candidate_id: str
    on: date
    admission: AdmissionRecord | None
    completions: tuple[CompletionRecord, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """The rule is met by these records (ids of completions or of the admission record)."""

    by: tuple[str, ...]
    level: int | None = None


@dataclass(frozen=True, slots=True)
class NotMet:
    """The rule is not met; ``code`` is stable, ``reason`` one sentence, ``level`` the best level reached."""

    code: str
    reason: str
    level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """One rule's result.

    Attributes:
        rule: Stable name, as ``admission``, ``competence-level`` or ``module-validity``.
        subject: What it is about: a competence id, a completion id, or empty.
        required_level: EQF level asked for, where the rule is about one.
        clause: Where the rule comes from.
    """

    rule: str
    subject: str
    clause: str
    outcome: Met | NotMet
    required_level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Every rule's result for one candidate and role on one day.

    Attributes:
        results: One per requirement: admission, then each required competence. All must be met.
        records: One per completion on record: whether it counts at all, and if not, by which rule.
    """

    framework_id: str
    framework_version: str
    framework_digest: str
    role_id: str
    candidate_id: str
    on: date
    results: tuple[RuleResult, ...]
    records: tuple[RuleResult, ...] = ()

    @property
    def eligible(self) -> bool:
        """True only where rules were run and every one is met; no rules is not eligible."""
        return bool(self.results) and all(isinstance(result.outcome, Met) for result in self.results)

    @property
    def unmet(self) -> tuple[RuleResult, ...]:
        """The results that stand in the way."""
        return tuple(result for result in self.results if isinstance(result.outcome, NotMet))

    @property
    def relied_on(self) -> tuple[str, ...]:
        """Ids of the completions that meet a competence rule, sorted, each once."""
        ids = {
            record
            for result in self.results
            if result.rule == "competence-level" and isinstance(result.outcome, Met)
            for record in result.outcome.by
        }
        return tuple(sorted(ids))


@dataclass(frozen=True, slots=True, order=True)
class Shortfall:
    """A required competence not reached; ``reached`` is the best accepted level, None where there is none."""

    competence_id: str
    required: int
    reached: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One candidate's line in the answer for a whole cohort, from one set query."""

    candidate_id: str
    admitted: bool
    shortfalls: tuple[Shortfall, ...]

    @property
    def eligible(self) -> bool:
        """Admitted and short of nothing."""
        return self.admitted and not self.shortfalls
