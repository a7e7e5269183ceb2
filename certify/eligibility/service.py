"""Ask the register for the facts and run the rules on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from certify.eligibility.model import Assessment, CandidateFacts, NotMet, Standing
from certify.eligibility.programme import Programme, plan
from certify.eligibility.rules import assess as run_rules
from certify.eligibility.rules import best_units
from certify.errors import NotFound
from certify.framework.model import Certifiable, CompetenceLevel, Framework, unit_id
from certify.ports import Database, UnitOfWork


def framework_of(unit: UnitOfWork, framework_id: str, version: str | None = None) -> Framework:
    """Return the asked version of a framework, or the one published last."""
    if version is None:
        return unit.frameworks.latest(framework_id)
    return unit.frameworks.get(framework_id, version)


def known_role(framework: Framework, role_id: str) -> str:
    """Return the id of a role or unit, or raise NotFound naming what there is."""
    if role_id in framework.certifiable:
        return role_id
    competence_id, at, _ = role_id.partition("@")
    if at:
        levels = [unit_id(competence_id, level) for level in _unit_levels(framework, competence_id)]
        raise NotFound(
            f"{framework.id} {framework.version} has no unit {role_id!r}.",
            fix="it has " + ", ".join(levels)
            if levels
            else f"{competence_id} is certified within roles only",
        )
    raise NotFound(
        f"{framework.id} {framework.version} has no role {role_id!r}.",
        fix="it has " + ", ".join(framework.role),
    )


def _unit_levels(framework: Framework, competence_id: str) -> tuple[int, ...]:
    competence = framework.competence.get(competence_id)
    return competence.unit_levels if competence else ()


def facts_of(
    unit: UnitOfWork, candidate_id: str, framework: Framework, role_id: str, on: date
) -> CandidateFacts:
    """Collect all that the rules look at for one candidate; no ``role_id`` where no role is asked about."""
    candidate = unit.candidates.get(candidate_id)
    return CandidateFacts(
        framework=framework,
        role_id=known_role(framework, role_id) if role_id else "",
        candidate_id=candidate.id,
        on=on,
        admission=unit.candidates.admission(candidate.id),
        completions=tuple(unit.completions.of_candidate(candidate.id)),
    )


def assess(
    database: Database,
    candidate_id: str,
    framework_id: str,
    role_id: str,
    on: date,
    version: str | None = None,
) -> Assessment:
    """Assess one candidate for a role on a day, under the latest or the given framework version.

    Raises:
        NotFound: No such candidate, framework or role.
    """
    with database.reading() as unit:
        framework = framework_of(unit, framework_id, version)
        return run_rules(facts_of(unit, candidate_id, framework, role_id, on))


def units_within_reach(
    unit: UnitOfWork, candidate_id: str, framework: Framework, on: date
) -> tuple[Certifiable, ...]:
    """Return the units that the candidate could be certified for, of each competence the highest."""
    return best_units(facts_of(unit, candidate_id, framework, "", on))


def standings(
    database: Database, framework_id: str, role_id: str, on: date, cohort_id: str | None = None
) -> Sequence[Standing]:
    """Answer "who is eligible, and what do the others miss?" by one set query.

    Args:
        cohort_id: Only the members of this cohort who seek the role; None asks about every candidate.
    """
    with database.reading() as unit:
        framework = unit.frameworks.latest(framework_id)
        known_role(framework, role_id)
        members = None
        if cohort_id is not None:
            members = [
                member.candidate_id
                for member in unit.cohorts.members(unit.cohorts.get(cohort_id).id)
                if member.role_id == role_id
            ]
        return unit.completions.standings(framework, role_id, on, members)


def plan_programme(
    database: Database, candidate_id: str, framework_id: str, role_id: str, on: date
) -> Programme:
    """Plan the least training, with modules valid on ``on``, that closes the candidate's gap."""
    with database.reading() as unit:
        framework = unit.frameworks.latest(framework_id)
        assessment = run_rules(facts_of(unit, candidate_id, framework, role_id, on))
    gaps = [
        CompetenceLevel(result.subject, result.required_level)
        for result in assessment.results
        if isinstance(result.outcome, NotMet) and result.required_level is not None
    ]
    return plan(gaps, (module for module in framework.modules if module.counts_on(on)))
