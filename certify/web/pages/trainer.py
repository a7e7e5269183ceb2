"""A trainer's desk: own cohorts, a module logged for a whole room, corrections, imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from certify.completions.model import CompletionOutcome, CompletionRecord, current
from certify.completions.service import CompletionEntry, Recorded, correct_completion, record_completions
from certify.completions.sheet_import import import_completions
from certify.completions.values import parse_hours
from certify.eligibility.model import Standing
from certify.eligibility.service import standings
from certify.errors import CertifyError, InvalidInput
from certify.framework.model import Framework
from certify.people.model import Candidate, Cohort, User, UserRole
from certify.ports import UnitOfWork
from certify.web.pages import fields
from certify.web.pages.public import uploaded
from certify.web.problems import answer_to
from certify.web.scope import candidate_for, cohort_for, framework_for
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("trainer", __name__, url_prefix="/trainer")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """A member of a cohort with what they have; ``standing`` is None where it was not asked."""

    candidate: Candidate
    role_id: str
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedLine:
    """What became of one person's completion."""

    candidate: Candidate
    result: str
    reason: str = ""


@blueprint.get("/")
def cohorts() -> str:
    """List the cohorts that the trainer trains."""
    with services().database.reading() as unit:
        own = [
            (cohort, len(unit.cohorts.members(cohort.id)))
            for cohort in unit.cohorts.of_trainer(current_user().id)
        ]
    return render_template("trainer/cohorts.html", cohorts=own)


@blueprint.get("/cohorts/<cohort_id>")
def cohort(cohort_id: str) -> str:
    """Show the members with what they have and what they miss."""
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
    return render_template("trainer/cohort.html", cohort=shown, framework=framework, members=members)


@blueprint.get("/cohorts/<cohort_id>/log")
def log(cohort_id: str) -> str:
    """Ask for a module, a day, and how each member did."""
    with services().database.reading() as unit:
        shown, framework, lines = _members(unit, current_user(), cohort_id)
    return _log_form(shown, framework, lines)


@blueprint.post("/cohorts/<cohort_id>/log")
def log_submit(cohort_id: str) -> ResponseReturnValue:
    """Record the module for everybody ticked; sent twice, it records once."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        shown, framework, lines = _members(unit, user, cohort_id)
    people = {line.candidate.id: line.candidate for line in lines}
    ticked = [name for name in dict.fromkeys(request.form.getlist("include")) if name in people]
    try:
        if not ticked:
            raise InvalidInput("Tick at least one person.", where="People")
        entries = [_typed_entry(user, candidate_id) for candidate_id in ticked]
        results = record_completions(given.database, given.clock, user, framework.id, entries)
    except CertifyError as error:
        return _log_form(shown, framework, lines, error), answer_to(error).problem.status
    refused = [result for result in results if isinstance(result, CertifyError)]
    if len(refused) == len(results) and len({str(error) for error in refused}) == 1:
        # What is wrong with everybody is wrong with the form: nothing was recorded, and it is shown again.
        return _log_form(shown, framework, lines, refused[0]), answer_to(refused[0]).problem.status
    logged = [_logged(people[name], result) for name, result in zip(ticked, results, strict=True)]
    return render_template(
        "trainer/logged.html", cohort=shown, framework=framework, entry=entries[0], lines=logged
    )


@blueprint.get("/candidates/<candidate_id>")
def member(candidate_id: str) -> str:
    """Show one member's records, with corrections."""
    with services().database.reading() as unit:
        person = candidate_for(unit, current_user(), candidate_id)
        framework = framework_for(unit)
        records = unit.completions.of_candidate(person.id)
    standing = {record.id for record in current(tuple(records))}
    return render_template(
        "trainer/member.html", person=person, framework=framework, records=records, standing=standing
    )


@blueprint.get("/completions/<completion_id>/correct")
def correct(completion_id: str) -> str:
    """Ask what a record should have said, and why."""
    person, framework, record = _record_to_correct(completion_id)
    return render_template("trainer/correct.html", person=person, framework=framework, record=record)


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
        page = render_template(
            "trainer/correct.html", person=person, framework=framework, record=record, error=error
        )
        return page, answer_to(error).problem.status
    return member(person.id)


@blueprint.get("/import")
def csv() -> str:
    """Ask for a file of completions."""
    return render_template("trainer/import.html")


@blueprint.post("/import")
def csv_submit() -> ResponseReturnValue:
    """Record a file's good rows and name the others."""
    given = services()
    with given.database.reading() as unit:
        framework = framework_for(unit, fields.text("framework"))
    try:
        data = uploaded()
        if not data:
            raise InvalidInput("Choose a CSV file first.", where="File")
        report = import_completions(given.database, given.clock, current_user(), framework.id, data).report
    except CertifyError as error:
        return render_template("trainer/import.html", error=error), answer_to(error).problem.status
    return render_template("trainer/import.html", report=report)


def _members(unit: UnitOfWork, by: User, cohort_id: str) -> tuple[Cohort, Framework, Sequence[MemberLine]]:
    shown = cohort_for(unit, by, cohort_id)
    framework = framework_for(unit, shown.framework_id)
    lines = [
        MemberLine(candidate=unit.candidates.get(member.candidate_id), role_id=member.role_id)
        for member in unit.cohorts.members(shown.id)
    ]
    return shown, framework, lines


def _log_form(
    shown: Cohort, framework: Framework, lines: Sequence[MemberLine], error: CertifyError | None = None
) -> str:
    return render_template(
        "trainer/log.html",
        cohort=shown,
        framework=framework,
        people={line.candidate.id: line.candidate for line in lines},
        outcomes=list(CompletionOutcome),
        today=today(),
        sent=request.form if request.method == "POST" else None,
        error=error,
    )


def _module() -> tuple[str, str]:
    module_id, _, version = fields.text("module").rpartition(" ")
    if not module_id:
        raise InvalidInput("Choose a module.", where="Module")
    return module_id, version


def _typed_entry(user: User, candidate_id: str) -> CompletionEntry:
    module_id, version = _module()
    outcome = fields.text(f"outcome-{candidate_id}") or fields.text("outcome")
    hours = fields.text(f"hours-{candidate_id}") or fields.text("hours")
    return CompletionEntry(
        candidate_id=candidate_id,
        module_id=module_id,
        module_version=version,
        completed_on=fields.day("completed_on", "Day"),
        outcome=fields.choice(CompletionOutcome, outcome, "Outcome"),
        workload_minutes=parse_hours(hours, "Hours"),
        evidence_digest=fields.text("evidence") or None,
        trainer_id=user.id,
    )


def _logged(person: Candidate, result: Recorded | CertifyError) -> LoggedLine:
    if isinstance(result, Recorded):
        return LoggedLine(candidate=person, result="already recorded" if result.already else "recorded")
    return LoggedLine(candidate=person, result="refused", reason=str(result))


def _record_to_correct(completion_id: str) -> tuple[Candidate, Framework, CompletionRecord]:
    user = current_user()
    with services().database.reading() as unit:
        record = unit.completions.get(completion_id)
        person = candidate_for(unit, user, record.candidate_id)
        cohorts_of = [unit.cohorts.get(item.cohort_id) for item in unit.cohorts.of_candidate(person.id)]
        trained = [
            item for item in cohorts_of if user.id in item.trainer_ids or UserRole.ADMINISTRATOR in user.roles
        ]
        framework = framework_for(unit, trained[0].framework_id if trained else "")
    return person, framework, record
