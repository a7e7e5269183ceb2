"""A certifier's desk by API: the register, declarations, and certificates issued in the background; and publicity."""

from __future__ import annotations

from certify.clock import iso
from certify.errors import Conflict
from certify.impartiality.service import declare
from certify.jobs.model import ItemState, Job, JobItem
from certify.jobs.service import enqueue, enqueue_pending, job_for, pending_of, retry
from certify.organisations.service import schemes_of
from certify.publicity.service import is_public, set_public
from certify.status.service import standings
from certify.web.api import administration_schemas as schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.paging import asked_of, page_of_part
from certify.web.api.schemas import Paging
from certify.web.api.shapes import Json, certificate_shape
from certify.web.scope import candidate_for, certificate_for
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = ApiBlueprint(
    "api-issuing", __name__, description="Issue certificates, and see to their publicity."
)


@blueprint.on("GET", "/certificates")
@blueprint.queried(Paging)
@blueprint.answers(200, schemas.RegisterShape)
def certificates(query: Json) -> Json:
    """List every certificate under one's schemes, oldest first."""
    with services().database.reading() as unit:
        own = schemes_of(unit, current_user())
        part = unit.certificates.part(own, asked_of(query))
        stands = standings(unit, (row.id for row in part.entries))
    return page_of_part("certificates", part, lambda row: certificate_shape(row, stands[row.id].status))


@blueprint.on("POST", "/candidates/<candidate_id>/declarations")
@blueprint.takes(schemas.Declaration)
@blueprint.answers(201, schemas.DeclarationShape)
def declare_interest(sent: Json, candidate_id: str) -> Json:
    """Say whether one has a conflict of interest in a candidate; one that is declared stands for ever."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = candidate_for(unit, user, candidate_id)
    made = declare(given.database, given.clock, user, person.id, sent["conflict"])
    return {
        "candidate_id": made.candidate_id,
        "conflict": made.conflict,
        "declared_at": iso(made.declared_at),
    }


@blueprint.on("POST", "/jobs")
@blueprint.takes(schemas.Decisions)
@blueprint.answers(202, schemas.JobShape, "The job; look at it again to see how far it is.")
def issue(sent: Json) -> Json:
    """Issue certificates in the background: of the decisions named, or of all that were granted and wait."""
    given, user = services(), current_user()
    if sent["decision_ids"]:
        with given.database.reading() as unit:
            waiting = set(pending_of(unit, user))
        asked = [name for name in dict.fromkeys(sent["decision_ids"]) if name in waiting]
        job = enqueue(given.database, given.clock, user, asked)
    else:
        job = enqueue_pending(given.database, given.clock, user)
    return _begun(job)


@blueprint.on("GET", "/jobs/<job_id>")
@blueprint.answers(200, schemas.JobShape)
def job(job_id: str) -> Json:
    """Show how far a job is, and what failed why."""
    with services().database.reading() as unit:
        found = job_for(unit, current_user(), job_id)
        return _job_shape(found, list(unit.jobs.items(found.id)))


@blueprint.on("POST", "/jobs/<job_id>/retry")
@blueprint.answers(202, schemas.JobShape, "The new job.")
def again(job_id: str) -> Json:
    """Try again what failed."""
    given = services()
    return _begun(retry(given.database, given.clock, current_user(), job_id))


@blueprint.on("GET", "/certificates/<certificate_id>/publicity")
@blueprint.answers(200, schemas.PublicShape)
def publicity(certificate_id: str) -> Json:
    """Say whether anybody may have the signed credential."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
        return {"public": is_public(unit, row.id)}


@blueprint.on("POST", "/certificates/<certificate_id>/publicity")
@blueprint.takes(schemas.Public)
@blueprint.answers(200, schemas.PublicShape)
def change_publicity(sent: Json, certificate_id: str) -> Json:
    """Make one's own certificate public, or private again."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        row = certificate_for(unit, user, certificate_id)
    set_public(given.database, given.clock, user, row.id, public=sent["public"])
    return {"public": sent["public"]}


def _begun(job: Job | None) -> Json:
    given = services()
    given.bell.set()
    if job is None:
        raise Conflict("Nothing waits to be issued.", fix="look at the decisions")
    with given.database.reading() as unit:
        return _job_shape(unit.jobs.get(job.id), list(unit.jobs.items(job.id)))


def _job_shape(job: Job, items: list[JobItem]) -> Json:
    counts = {state: sum(item.state is state for item in items) for state in ItemState}
    return {
        "id": job.id,
        "state": job.state.value,
        "requested_at": iso(job.requested_at),
        "finished_at": job.finished_at and iso(job.finished_at),
        "done": counts[ItemState.DONE],
        "failed": counts[ItemState.FAILED],
        "waiting": counts[ItemState.WAITING],
        "items": [
            {
                "decision_id": item.decision_id,
                "state": item.state.value,
                "code": item.code,
                "message": item.message,
                "fix": item.fix,
            }
            for item in items
        ],
    }
