"""The rules, each by itself. `assess` runs them all and keeps every result.

A rule about a completion says whether the record counts at all; a rule about a requirement says whether
the records that count meet it. Levels are never added up or averaged: the best single record decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from certify.completions.model import CompletionOutcome, CompletionRecord, current
from certify.eligibility.model import Assessment, CandidateFacts, Met, NotMet, RuleResult
from certify.framework.model import Certifiable, CompetenceLevel

ADMISSION_CLAUSE = "Scheme: prior qualification; ISO/IEC 17024:2012, 9.1.1"
LEVEL_CLAUSE = "Scheme: competence at its EQF level; ISO/IEC 17024:2012, 9.4.3"
RECORD_CLAUSE = "Scheme: accepted training records; ISO/IEC 17024:2012, 9.2.6"

Finding = NotMet | None
RecordRule = Callable[[CandidateFacts, CompletionRecord], Finding]


def outcome_is_passed(_facts: CandidateFacts, record: CompletionRecord) -> Finding:
    """Only a passed module counts."""
    if record.outcome is CompletionOutcome.PASSED:
        return None
    return NotMet("not-passed", f"The module ended as {record.outcome.value}, not passed.")


def not_in_the_future(facts: CandidateFacts, record: CompletionRecord) -> Finding:
    """A completion counts from its day on."""
    if record.completed_on <= facts.on:
        return None
    return NotMet(
        "in-the-future", f"Completed on {record.completed_on}, after the day of assessment, {facts.on}."
    )


def module_is_known(facts: CandidateFacts, record: CompletionRecord) -> Finding:
    """The module version belongs to the framework version."""
    if (record.module_id, record.module_version) in facts.framework.module:
        return None
    return NotMet(
        "module-not-in-framework",
        f"Module {record.module_id} version {record.module_version} is not part of "
        f"{facts.framework.id} {facts.framework.version}.",
    )


def module_was_valid(facts: CandidateFacts, record: CompletionRecord) -> Finding:
    """The module version was valid on the day of completion, first and last day included."""
    module = facts.framework.module.get((record.module_id, record.module_version))
    if module is None or module.counts_on(record.completed_on):
        return None
    until = f" until {module.valid_until}" if module.valid_until else ""
    return NotMet(
        "module-not-valid",
        f"Completed on {record.completed_on}, but version {module.version} of {module.id} counts "
        f"from {module.valid_from}{until}.",
    )


RECORD_RULES: Mapping[str, RecordRule] = {
    "completion-outcome": outcome_is_passed,
    "completion-date": not_in_the_future,
    "module-known": module_is_known,
    "module-validity": module_was_valid,
}
"""Every rule a completion must pass to count, by its name; the first it breaks is reported."""


def examine_record(facts: CandidateFacts, record: CompletionRecord) -> RuleResult:
    """Say whether a record counts, or which rule it breaks first."""
    for name, rule in RECORD_RULES.items():
        finding = rule(facts, record)
        if finding is not None:
            return RuleResult(rule=name, subject=record.id, clause=RECORD_CLAUSE, outcome=finding)
    return RuleResult(
        rule="completion-accepted", subject=record.id, clause=RECORD_CLAUSE, outcome=Met((record.id,))
    )


def admission(facts: CandidateFacts) -> RuleResult:
    """The prior qualification is reviewed, accepted, and within the scheme's EQF range."""
    return RuleResult(
        rule="admission", subject="", clause=ADMISSION_CLAUSE, outcome=_admission_outcome(facts)
    )


def _admission_outcome(facts: CandidateFacts) -> Met | NotMet:
    asked = facts.framework.admission
    record = facts.admission
    if record is None:
        return NotMet("qualification-not-reviewed", "No prior qualification has been reviewed.")
    if not record.accepted:
        return NotMet(
            "qualification-not-accepted", "The evidence of the prior qualification was not accepted."
        )
    if record.eqf_level is None:
        return NotMet("qualification-level-unknown", "The prior qualification has no known EQF level.")
    if record.eqf_level not in asked:
        return NotMet(
            "qualification-level-outside",
            f"The prior qualification is at EQF level {record.eqf_level}; "
            f"the scheme asks for level {asked.minimum} to {asked.maximum}.",
            record.eqf_level,
        )
    return Met((record.id,), record.eqf_level)


def competence_level(
    requirement: CompetenceLevel, best: Mapping[str, tuple[CompletionRecord, int]]
) -> RuleResult:
    """The best accepted completion reaches the required level of one competence."""
    found = best.get(requirement.competence_id)
    outcome: Met | NotMet
    if found is None:
        outcome = NotMet("no-record", "No accepted completion addresses this competence.")
    elif found[1] < requirement.level:
        outcome = NotMet(
            "level-too-low",
            f"The best accepted completion reaches EQF level {found[1]}; level {requirement.level} is required.",
            found[1],
        )
    else:
        outcome = Met((found[0].id,), found[1])
    return RuleResult(
        rule="competence-level",
        subject=requirement.competence_id,
        clause=LEVEL_CLAUSE,
        outcome=outcome,
        required_level=requirement.level,
    )


def best_records(
    facts: CandidateFacts, accepted: Iterable[CompletionRecord]
) -> dict[str, tuple[CompletionRecord, int]]:
    """Return, per competence, the accepted record with the highest level and that level.

    Of equals the earliest completed wins, then the smaller id, so that the answer never depends on the
    order of records.
    """
    best: dict[str, tuple[CompletionRecord, int]] = {}
    for record in sorted(accepted, key=lambda item: (item.completed_on, item.id)):
        for addressed in facts.framework.module[record.module_id, record.module_version].addresses:
            held = best.get(addressed.competence_id)
            if held is None or addressed.level > held[1]:
                best[addressed.competence_id] = (record, addressed.level)
    return best


def best_units(facts: CandidateFacts) -> tuple[Certifiable, ...]:
    """Return, of each competence, the highest unit that `assess` would find the candidate eligible for."""
    if isinstance(admission(facts).outcome, NotMet):
        return ()
    _, best = _examined(facts)
    found: dict[str, Certifiable] = {}
    for unit in facts.framework.certifiable.values():
        if unit.kind == "unit" and isinstance(competence_level(unit.requires[0], best).outcome, Met):
            # Units stand in the order of their levels, so the last one met is the highest.
            found[unit.requires[0].competence_id] = unit
    return tuple(found.values())


Best = Mapping[str, tuple[CompletionRecord, int]]


def _examined(facts: CandidateFacts) -> tuple[tuple[RuleResult, ...], Best]:
    """Examine every standing record, and find the best of those that count."""
    standing = current(facts.completions)
    records = tuple(examine_record(facts, record) for record in standing)
    accepted = [
        record for record, result in zip(standing, records, strict=True) if isinstance(result.outcome, Met)
    ]
    return records, best_records(facts, accepted)


def assess(facts: CandidateFacts) -> Assessment:
    """Run every rule for one candidate and one role or unit, and keep every result."""
    records, best = _examined(facts)
    requirements = facts.framework.certifiable[facts.role_id].requires
    return Assessment(
        framework_id=facts.framework.id,
        framework_version=facts.framework.version,
        framework_digest=facts.framework.digest,
        role_id=facts.role_id,
        candidate_id=facts.candidate_id,
        on=facts.on,
        results=(admission(facts), *(competence_level(item, best) for item in requirements)),
        records=records,
    )
