"""A trainer's desk: own cohorts with what each member has and misses, and single records corrected or undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.completions.model import CompletionOutcome, CompletionRecord, current
from certify.completions.service import CompletionEntry, correct_completion, retract_completion
from certify.completions.values import parse_hours
from certify.eligibility.model import Standing
from certify.eligibility.service import standings
from certify.errors import CertifyError, InvalidInput
from certify.evidence.service import evidence_of
from certify.framework.model import Framework
from certify.people.model import Candidate, Cohort, User, UserRole
from certify.ports import UnitOfWork
from certify.web import held
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import candidate_for, cohort_for, completion_for, framework_for
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("trainer", __name__, url_prefix="/trainer")
LATEST_BATCHES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """A member of a cohort with what they have; ``standing`` is None where it was not asked."""

    candidate: Candidate
    role_id: str
    standing: Standing | None = None

    @property
    def missing(self) -> int:
        """How many requirements are not met; none where it was not asked."""
        standing = self.standing
        return len(standing.shortfalls) + (not standing.admitted) if standing else 0


@blueprint.get("/")
def cohorts() -> str:
    """List the cohorts that the trainer trains, what waits to be sent, and what was entered last."""
    user = current_user()
    with services().database.reading() as unit:
        own = [(cohort, len(unit.cohorts.members(cohort.id))) for cohort in unit.cohorts.of_trainer(user.id)]
        kept = {draft.form: draft for draft in unit.drafts.of_user(user.id)}
        batches = unit.batches.entered_by(user.id, LATEST_BATCHES)
        waiting = [upload for upload in unit.uploads.of_user(user.id) if unit.batches.find(upload.id) is None]
    drafts = {cohort.id: kept.get(held.form_name(cohort.id)) for cohort, _ in own}
    return render_template(
        "trainer/cohorts.html", cohorts=own, drafts=drafts, batches=batches, waiting=waiting
    )


@blueprint.get("/cohorts/<cohort_id>")
def cohort(cohort_id: str) -> str:
    """Show the members with what they have and what they miss, or only those who miss something."""
    given = services()
    with given.database.reading() as unit:
        shown, framework, lines = _members(unit, current_user(), cohort_id)
    found = {
        (role_id, standing.candidate_id): standing
        for role_id in sorted({line.role_id for line in lines} & framework.role.keys())
        for standing in standings(given.database, framework.id, role_id, today(), shown.id)
    }
    members = [
        MemberLine(
            candidate=line.candidate,
            role_id=line.role_id,
            standing=found.get((line.role_id, line.candidate.id)),
        )
        for line in lines
    ]
    only = request.args.get("show") == "missing"
    return render_template(
        "trainer/cohort.html",
        cohort=shown,
        framework=framework,
        members=[line for line in members if line.missing] if only else members,
        only=only,
    )


@blueprint.get("/candidates/<candidate_id>")
def member(candidate_id: str) -> str:
    """Show one member's records, with corrections and evidence."""
    user = current_user()
    with services().database.reading() as unit:
        person = candidate_for(unit, user, candidate_id)
        framework = framework_for(unit)
        records = unit.completions.of_candidate(person.id)
        evidence = evidence_of(unit, records)
        of_person = [item.cohort_id for item in unit.cohorts.of_candidate(person.id)]
        own = [cohort for cohort in unit.cohorts.of_trainer(user.id) if cohort.id in of_person]
    standing = {record.id for record in current(tuple(records))}
    return render_template(
        "trainer/member.html",
        person=person,
        framework=framework,
        records=records,
        standing=standing,
        evidence=evidence,
        cohorts=own,
    )


@blueprint.get("/completions/<completion_id>/correct")
def correct(completion_id: str) -> str:
    """Ask what a record should have said, and why; or why it should not be there."""
    person, framework, record = _record_to_correct(completion_id)
    return _correct_page(person, framework, record)


@blueprint.post("/completions/<completion_id>/correct")
def correct_submit(completion_id: str) -> ResponseReturnValue:
    """Supersede a record by another."""
    given, user = services(), current_user()
    person, framework, record = _record_to_correct(completion_id)
    try:
        module_id, version = _module()
        entry = CompletionEntry(
            candidate_id=person.id,
            module_id=module_id,
            module_version=version,
            completed_on=fields.day("completed_on", "Day"),
            outcome=fields.choice(CompletionOutcome, fields.text("outcome"), "Outcome"),
            workload_minutes=parse_hours(fields.text("hours"), "Hours"),
            evidence_digest=fields.text("evidence") or None,
            trainer_id=record.trainer_id,
        )
        correct_completion(
            given.database, given.clock, user, framework.id, record.id, entry, fields.text("reason")
        )
    except CertifyError as error:
        return _correct_page(person, framework, record, error=error), answer_to(error).problem.status
    return redirect(url_for("trainer.member", candidate_id=person.id, changed="corrected"), 303)


@blueprint.post("/completions/<completion_id>/undo")
def undo(completion_id: str) -> ResponseReturnValue:
    """Supersede a record by one that says that it should not have been made."""
    given = services()
    person, framework, record = _record_to_correct(completion_id)
    try:
        retract_completion(given.database, given.clock, current_user(), record.id, fields.text("why"))
    except CertifyError as error:
        return _correct_page(person, framework, record, undo_error=error), answer_to(error).problem.status
    return redirect(url_for("trainer.member", candidate_id=person.id, changed="undone"), 303)


def _members(unit: UnitOfWork, by: User, cohort_id: str) -> tuple[Cohort, Framework, Sequence[MemberLine]]:
    shown = cohort_for(unit, by, cohort_id)
    framework = framework_for(unit, shown.framework_id)
    lines = [
        MemberLine(candidate=unit.candidates.get(member.candidate_id), role_id=member.role_id)
        for member in unit.cohorts.members(shown.id)
    ]
    return shown, framework, lines


def _correct_page(
    person: Candidate, framework: Framework, record: CompletionRecord, **errors: CertifyError
) -> str:
    return render_template(
        "trainer/correct.html",
        person=person,
        framework=framework,
        record=record,
        outcomes=list(CompletionOutcome),
        **errors,
    )


def _module() -> tuple[str, str]:
    module_id, _, version = fields.text("module").rpartition(" ")
    if not module_id:
        raise InvalidInput("Choose a module.", where="Module")
    return module_id, version


def _record_to_correct(completion_id: str) -> tuple[Candidate, Framework, CompletionRecord]:
    user = current_user()
    with services().database.reading() as unit:
        record = completion_for(unit, user, completion_id)
        person = unit.candidates.get(record.candidate_id)
        cohorts_of = [unit.cohorts.get(item.cohort_id) for item in unit.cohorts.of_candidate(person.id)]
        trained = [
            item for item in cohorts_of if user.id in item.trainer_ids or UserRole.ADMINISTRATOR in user.roles
        ]
        framework = framework_for(unit, trained[0].framework_id if trained else "")
    return person, framework, record
