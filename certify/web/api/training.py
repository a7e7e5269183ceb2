"""Frameworks, cohorts, completions, assessments and programmes by API."""

from __future__ import annotations

from flask import Response

from certify.clock import iso
from certify.completions.model import CompletionOutcome, current
from certify.completions.service import (
    CompletionEntry,
    Recorded,
    correct_completion,
    record_completion,
    record_completions,
    retract_completion,
)
from certify.eligibility.service import assess, plan_programme, standings
from certify.errors import CertifyError, NotFound
from certify.evidence.model import EvidenceKind
from certify.organisations.service import administered
from certify.people.model import User, UserRole
from certify.web.api import schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.holder_schemas import Reason
from certify.web.api.paging import asked_of, page_of, page_of_part
from certify.web.api.shapes import (
    Json,
    assessment_shape,
    cohort_shape,
    completion_shape,
    framework_shape,
    member_shape,
    module_shape,
    standing_shape,
)
from certify.web.pages.evidence import file as evidence_file
from certify.web.problems import answer_to
from certify.web.scope import candidate_for, cohort_for, completion_for, framework_for
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = ApiBlueprint("api-training", __name__, description="Record training and see what it amounts to.")


@blueprint.on("GET", "/frameworks")
@blueprint.queried(schemas.Paging)
@blueprint.answers(200, schemas.FrameworkListShape)
def frameworks(query: Json) -> Json:
    """List the published framework versions."""
    with services().database.reading() as unit:
        published = unit.frameworks.all()
    return page_of(
        "frameworks",
        published,
        query,
        lambda item: (iso(item[2]), item[0], item[1]),
        lambda item: {"id": item[0], "version": item[1], "published_at": iso(item[2])},
    )


@blueprint.on("GET", "/frameworks/<framework_id>")
@blueprint.answers(200, schemas.FrameworkShape)
def framework(framework_id: str) -> Json:
    """Show a framework's latest version."""
    with services().database.reading() as unit:
        return framework_shape(unit.frameworks.latest(framework_id))


@blueprint.on("GET", "/cohorts")
@blueprint.queried(schemas.Paging)
@blueprint.answers(200, schemas.CohortListShape)
def cohorts(query: Json) -> Json:
    """List the cohorts one trains; all of their organisation's for an administrator."""
    user = current_user()
    with services().database.reading() as unit:
        if UserRole.ADMINISTRATOR in user.roles:
            part = unit.cohorts.part(administered(unit, user), asked_of(query))
        else:
            part = unit.cohorts.part(None, asked_of(query), user.id)
    return page_of_part("cohorts", part, cohort_shape)


@blueprint.on("GET", "/cohorts/<cohort_id>")
@blueprint.answers(200, schemas.CohortShape)
def cohort(cohort_id: str) -> Json:
    """Show a cohort with its members."""
    with services().database.reading() as unit:
        shown = cohort_for(unit, current_user(), cohort_id)
        members = [
            member_shape(member, unit.candidates.get(member.candidate_id))
            for member in unit.cohorts.members(shown.id)
        ]
    return cohort_shape(shown) | {"members": members}


@blueprint.on("GET", "/cohorts/<cohort_id>/standings")
@blueprint.queried(schemas.RolePage)
@blueprint.answers(200, schemas.StandingListShape)
def cohort_standings(query: Json, cohort_id: str) -> Json:
    """Say which members are eligible for a role they seek, and what the others miss."""
    given = services()
    with given.database.reading() as unit:
        shown = cohort_for(unit, current_user(), cohort_id)
    found = standings(given.database, shown.framework_id, query["role"], today(), shown.id)
    return {
        "framework_id": shown.framework_id,
        "role_id": query["role"],
        "on": today(),
        **page_of("standings", found, query, lambda item: (item.candidate_id,), standing_shape),
    }


@blueprint.on("POST", "/completions")
@blueprint.takes(schemas.Completion)
@blueprint.answers(201, schemas.RecordedShape, "Recorded.")
@blueprint.or_answers(200, schemas.RecordedShape, "The same facts were on record already.")
def record(sent: Json) -> tuple[Json, int]:
    """Record a completion once, however often it is sent."""
    given, user = services(), current_user()
    framework_id = _framework_id(sent["framework_id"])
    entry = _entry(user, sent, _candidate_id(user, sent))
    result = record_completion(given.database, given.clock, user, framework_id, entry)
    return _recorded(result), 200 if result.already else 201


@blueprint.on("POST", "/completions/batch")
@blueprint.takes(schemas.Batch)
@blueprint.answers(200, schemas.BatchShape)
def record_batch(sent: Json) -> Json:
    """Record many; each is answered for itself, in the order sent."""
    given, user = services(), current_user()
    framework_id = _framework_id(sent["framework_id"])
    results: list[Recorded | CertifyError | None] = []
    entries: list[CompletionEntry] = []
    for item in sent["completions"]:
        try:
            entries.append(_entry(user, item, _candidate_id(user, item)))
            results.append(None)
        except NotFound as error:
            results.append(error)
    done = iter(record_completions(given.database, given.clock, user, framework_id, entries))
    return {"results": [_result(result or next(done)) for result in results]}


@blueprint.on("POST", "/completions/<completion_id>/corrections")
@blueprint.takes(schemas.Correction)
@blueprint.answers(201, schemas.CompletionShape)
def correct(sent: Json, completion_id: str) -> Json:
    """Supersede a record; both stay on file."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        completion_for(unit, user, completion_id)
    framework_id = _framework_id(sent["framework_id"])
    entry = _entry(user, sent, _candidate_id(user, sent))
    made = correct_completion(
        given.database, given.clock, user, framework_id, completion_id, entry, sent["reason"]
    )
    return completion_shape(made, stands=True)


@blueprint.on("POST", "/completions/<completion_id>/retraction")
@blueprint.takes(Reason)
@blueprint.answers(201, schemas.CompletionShape)
def retract(sent: Json, completion_id: str) -> Json:
    """Undo a record: it is superseded by one that says that it should not have been made."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        completion_for(unit, user, completion_id)
    made = retract_completion(given.database, given.clock, user, completion_id, sent["reason"])
    return completion_shape(made, stands=True)


@blueprint.on("GET", "/completions/<completion_id>/evidence")
@blueprint.hands_out(tuple(EvidenceKind), {"type": "string", "format": "binary"}, "The file as it was kept.")
def evidence(completion_id: str) -> Response:
    """Hand out the evidence of a record."""
    return evidence_file(completion_id)


@blueprint.on("GET", "/candidates/<candidate_id>/completions")
@blueprint.queried(schemas.Paging)
@blueprint.answers(200, schemas.CompletionListShape)
def completions_of(query: Json, candidate_id: str) -> Json:
    """List a candidate's records, corrected ones too."""
    with services().database.reading() as unit:
        person = candidate_for(unit, current_user(), candidate_id)
        records = tuple(unit.completions.of_candidate(person.id))
    standing = {item.id for item in current(records)}
    return page_of(
        "completions",
        records,
        query,
        lambda item: (item.completed_on.isoformat(), item.id),
        lambda item: completion_shape(item, stands=item.id in standing),
    )


@blueprint.on("GET", "/candidates/<candidate_id>/assessments/<role_id>")
@blueprint.queried(schemas.Scheme)
@blueprint.answers(200, schemas.AssessmentShape)
def assessment(query: Json, candidate_id: str, role_id: str) -> Json:
    """Run every rule for a candidate and role, as of today."""
    given = services()
    with given.database.reading() as unit:
        person = candidate_for(unit, current_user(), candidate_id)
    framework_id = _framework_id(query["framework"])
    return assessment_shape(assess(given.database, person.id, framework_id, role_id, today()))


@blueprint.on("GET", "/candidates/<candidate_id>/programmes/<role_id>")
@blueprint.queried(schemas.Scheme)
@blueprint.answers(200, schemas.ProgrammeShape)
def programme(query: Json, candidate_id: str, role_id: str) -> Json:
    """Plan the least training that closes a candidate's gap."""
    given = services()
    with given.database.reading() as unit:
        person = candidate_for(unit, current_user(), candidate_id)
        shown = framework_for(unit, query["framework"])
    plan = plan_programme(given.database, person.id, shown.id, role_id, today())
    return {
        "modules": [module_shape(shown, module) for module in plan.modules],
        "minutes": plan.minutes,
        "unreachable": [{"competence_id": gap.competence_id, "level": gap.level} for gap in plan.unreachable],
        "optimal": plan.optimal,
    }


def _framework_id(asked: str) -> str:
    with services().database.reading() as unit:
        return framework_for(unit, asked).id


def _candidate_id(user: User, sent: Json) -> str:
    """Return whom a completion is about. Of references, which can be guessed, one learns about one's own only."""
    if "candidate_id" in sent:
        named: str = sent["candidate_id"]
        return named
    with services().database.reading() as unit:
        found = unit.candidates.by_reference(sent["candidate_reference"])
        if found is None:
            raise NotFound("There is no such candidate.")
        return candidate_for(unit, user, found.id).id


def _entry(user: User, sent: Json, candidate_id: str) -> CompletionEntry:
    return CompletionEntry(
        candidate_id=candidate_id,
        module_id=sent["module_id"],
        module_version=sent["module_version"],
        completed_on=sent["completed_on"],
        outcome=CompletionOutcome(sent["outcome"]),
        workload_minutes=sent["workload_minutes"],
        evidence_digest=sent["evidence_digest"],
        trainer_id=sent["trainer_id"] or user.id,
    )


def _recorded(result: Recorded) -> Json:
    return {"already": result.already, "completion": completion_shape(result.record, stands=result.stands)}


def _result(result: Recorded | CertifyError) -> Json:
    if isinstance(result, Recorded):
        state = "already recorded" if result.already else "recorded"
        return {"result": state, "completion_id": result.record.id, "stands": result.stands}
    answer = answer_to(result)
    return {
        "result": "refused",
        "code": answer.code,
        "detail": answer.detail,
        "where": answer.where,
        "fix": answer.fix,
    }
