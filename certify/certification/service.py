"""Apply for a unit, and decide: grant or refuse, on results that are assessed anew in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from certify.certification.model import Application, CaseName, CertificationDecision, DecisionOutcome
from certify.certification.rules import may_grant
from certify.clock import Clock, utc_day
from certify.completions.model import CompletionRecord
from certify.eligibility.model import Assessment
from certify.eligibility.rules import assess
from certify.eligibility.service import facts_of, known_role
from certify.errors import (
    AlreadyDecided,
    CaseNotViewed,
    FourEyes,
    InvalidInput,
    NotEligible,
    NotFound,
    NotPermitted,
)
from certify.framework.model import Framework
from certify.identifiers import new_identifier
from certify.impartiality.model import Hindrance
from certify.impartiality.service import declaration_for, hindrance, viewed
from certify.organisations.service import administers, certifier_sees, certifier_sight_of, require_body
from certify.paging import Asked, Part
from certify.people.model import Candidate, User, UserRole
from certify.people.permits import require
from certify.people.typed import clean_title
from certify.ports import Database, UnitOfWork
from certify.privacy.service import require_open

MOST_AT_ONCE = 100
"""How many cases the way to the next one looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An eligible candidate who waits for a decision.

    Attributes:
        role_id: The role or unit to decide on.
        own: What stops the asking certifier from deciding it; None where they may.
        viewed: They opened it before, and its results are still the same.
        cohort_code: A cohort the candidate seeks the role in; empty where there is none.
    """

    candidate: Candidate
    role_id: str
    assessment: Assessment
    own: Hindrance | None
    viewed: bool
    cohort_code: str


def apply_for(
    database: Database, clock: Clock, by: User, candidate_id: str, framework_id: str, unit_id: str
) -> Application:
    """Put a unit on the certifiers' queue, for oneself or for a candidate; doing it again changes nothing.

    Roles are on the queue by themselves. Units are not: a candidate who meets a role meets dozens of them.

    Raises:
        NotPermitted: ``by`` is neither the candidate nor a certifier or administrator.
        NotFound: No such candidate, framework or unit.
        InvalidInput: It is a role.
    """
    if by.candidate_id != candidate_id and not by.roles & {UserRole.CERTIFIER, UserRole.ADMINISTRATOR}:
        raise NotPermitted("Candidates apply for themselves.", fix="ask a certifier")
    with database.writing() as unit:
        if by.candidate_id != candidate_id:
            _check_sees(unit, by, candidate_id)
        framework = unit.frameworks.latest(framework_id)
        if framework.certifiable[known_role(framework, unit_id)].kind == "role":
            raise InvalidInput("A role needs no application.", where="unit", fix="join a cohort for the role")
        application = Application(
            candidate_id=unit.candidates.get(candidate_id).id,
            framework_id=framework.id,
            role_id=unit_id,
            applied_by=by.id,
            applied_at=clock(),
        )
        unit.applications.add(application)
    return application


def decide(  # noqa: PLR0913 - who decides what on which case, and as of what they saw
    database: Database,
    clock: Clock,
    by: User,
    *,
    candidate_id: str,
    framework_id: str,
    role_id: str,
    outcome: DecisionOutcome,
    reason: str = "",
    language: str = "",
    only_as_viewed: bool = False,
    after: int | None = None,
) -> CertificationDecision:
    """Grant or refuse certification, pinning the framework version and the results it rests on.

    Args:
        language: Of the certificate, one of the framework's; empty for the usual one, and of no effect on a refusal.
        only_as_viewed: Refuse where ``by`` was not shown the case with the results that it has now. Several
            are decided at once only so.
        after: How many decisions there were when ``by`` looked; refuse where there are more by now, so that the
            same form sent twice decides once. None asks for nothing.

    Raises:
        NotPermitted: ``by`` is no certifier.
        ConflictUndeclared: ``by`` did not declare whether they have a conflict of interest.
        FourEyes: ``by`` is the candidate, trained or recorded something relied on, or declared a conflict.
        CaseNotViewed: ``only_as_viewed``, and it was not.
        NotEligible: A requirement is not met and the outcome is GRANTED.
        AlreadyDecided: It is granted already under this framework version, or somebody was faster.
        InvalidInput: A refusal without a reason, or a language that the framework has not.
    """
    require(by, UserRole.CERTIFIER)
    now = clock()
    why = clean_title(reason, "reason", required=outcome is DecisionOutcome.REFUSED)
    with database.writing() as unit:
        framework = unit.frameworks.latest(framework_id)
        require_body(unit, by, framework.id)
        if language:
            framework.require_language(language)
        _check_sees(unit, by, candidate_id)
        require_open(unit, candidate_id)
        facts = facts_of(unit, candidate_id, framework, role_id, utc_day(now))
        assessment = assess(facts)
        earlier = unit.decisions.of_case(candidate_id, framework_id, role_id)
        _refuse_a_second_grant(earlier, framework)
        if after is not None and len(earlier) != after:
            raise AlreadyDecided("This case was decided since you opened it.", fix="look at it again")
        forbidden = hindrance(unit, by, assessment, facts.completions)
        if forbidden:
            raise FourEyes(str(forbidden), fix="another certifier decides this case")
        if only_as_viewed and not viewed(unit, by, assessment):
            raise CaseNotViewed("You have not seen this case as it is now.", fix="open it first")
        if outcome is DecisionOutcome.GRANTED and not may_grant(assessment):
            unmet = ", ".join(result.subject or result.rule for result in assessment.unmet)
            raise NotEligible(f"Not every requirement is met: {unmet}.", fix="see what is missing, or refuse")
        declaration = declaration_for(unit, by, candidate_id)
        decision = CertificationDecision(
            id=new_identifier(),
            candidate_id=candidate_id,
            framework_id=framework.id,
            framework_version=framework.version,
            role_id=role_id,
            sequence=len(earlier) + 1,
            outcome=outcome,
            reason=why,
            assessment=assessment,
            decided_by=by.id,
            decided_at=now,
            declaration_id=declaration.id,
            language=language if outcome is DecisionOutcome.GRANTED else "",
        )
        unit.decisions.add(decision)
    return decision


def queue(
    database: Database,
    by: User,
    framework_id: str,
    on: date,
    asked: Asked,
    *,
    role_id: str = "",
    only: Sequence[CaseName] | None = None,
) -> Part[Case]:
    """Return a part of the eligible candidates who wait for a decision, by reference and role.

    Who is eligible is one set query for all of them; only the few of this part are then assessed in full.

    Args:
        role_id: Only cases for this role or unit.
        only: Only cases among these.
    """
    require(by, UserRole.CERTIFIER)
    with database.reading() as unit:
        framework = unit.frameworks.latest(framework_id)
        require_body(unit, by, framework.id)
        sight = certifier_sight_of(unit, by)
        found = unit.decisions.waiting(framework, on, sight, asked, role_id=role_id, only=only)
        cases = [_case(unit, by, name.candidate_id, framework, name.role_id, on) for name in found.entries]
    return Part(cases, found.after)


def next_case(
    database: Database, by: User, framework_id: str, on: date, after: tuple[str, str]
) -> tuple[Case | None, int | None]:
    """Return the case in the queue that ``by`` may decide next, and how many wait; None for `MOST_AT_ONCE` or more.

    No more cases are looked at: whoever may decide none of so many is sent back to the queue.

    Args:
        after: Candidate and role to go on behind, in the queue or decided by now; behind the last comes the first.
    """
    require(by, UserRole.CERTIFIER)
    with database.reading() as unit:
        framework = unit.frameworks.latest(framework_id)
        require_body(unit, by, framework.id)
        sight, most = certifier_sight_of(unit, by), Asked(limit=MOST_AT_ONCE)
        here = (unit.candidates.get(after[0]).reference, after[1])
        first = unit.decisions.waiting(framework, on, sight, most)
        behind = [name for name in first.entries if (name.reference, name.role_id) > here]
        before = [name for name in first.entries if (name.reference, name.role_id) < here]
        if first.after:
            behind = list(unit.decisions.waiting(framework, on, sight, replace(most, after=here)).entries)
        for name in behind + before:
            case = _case(unit, by, name.candidate_id, framework, name.role_id, on)
            if case.own is None:
                return case, None if first.after else len(first.entries)
    return None, None if first.after else len(first.entries)


def case_of(
    database: Database, by: User, candidate_id: str, framework_id: str, role_id: str, on: date
) -> Case:
    """Return one case, eligible or not, for the person who may decide it."""
    require(by, UserRole.CERTIFIER)
    with database.reading() as unit:
        framework = unit.frameworks.latest(framework_id)
        require_body(unit, by, framework.id)
        _check_sees(unit, by, candidate_id)
        return _case(unit, by, candidate_id, framework, known_role(framework, role_id), on)


def _check_sees(unit: UnitOfWork, by: User, candidate_id: str) -> None:
    candidate = unit.candidates.get(candidate_id)
    if not (certifier_sees(unit, by, candidate) or administers(unit, by, candidate.organisation_id)):
        raise NotFound("There is no such candidate.")


def _refuse_a_second_grant(earlier: Sequence[CertificationDecision], framework: Framework) -> None:
    for decision in earlier:
        if decision.outcome is DecisionOutcome.GRANTED and decision.framework_version == framework.version:
            raise AlreadyDecided(
                "This certification is granted already.",
                where=decision.id,
                fix="see the candidate's certificates",
            )


def _case(
    unit: UnitOfWork, by: User, candidate_id: str, framework: Framework, role_id: str, on: date
) -> Case:
    facts = facts_of(unit, candidate_id, framework, role_id, on)
    assessment = assess(facts)
    codes = [
        unit.cohorts.get(member.cohort_id).code
        for member in unit.cohorts.of_candidate(candidate_id)
        if member.role_id == role_id
    ]
    records: Sequence[CompletionRecord] = facts.completions
    return Case(
        candidate=unit.candidates.get(candidate_id),
        role_id=role_id,
        assessment=assessment,
        own=hindrance(unit, by, assessment, records),
        viewed=viewed(unit, by, assessment),
        cohort_code=codes[0] if codes else "",
    )
