"""Corrections by API: ask for a name or a certificate to be put right, and rule on it."""

from __future__ import annotations

from flask import g

from certify.clock import iso
from certify.corrections import service as corrections
from certify.corrections.model import Correction, CorrectionState
from certify.errors import CertifyError
from certify.organisations.service import sight_of
from certify.paging import Place
from certify.people.names import holder_name
from certify.status.service import standing
from certify.web.api import correction_schemas as schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.certification import declare_as_sent
from certify.web.api.paging import asked_of, page_of, page_of_part
from certify.web.api.schemas import Paging
from certify.web.api.shapes import Json, certificate_shape, correction_shape
from certify.web.problems import answer_to, problem_json
from certify.web.scope import candidate_for, certificate_for, correction_for
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = ApiBlueprint("api-corrections", __name__, description="Correct names and certificates.")


@blueprint.on("GET", "/corrections")
@blueprint.queried(Paging)
@blueprint.answers(200, schemas.CorrectionListShape)
def waiting(query: Json) -> Json:
    """List the requests that one may see, oldest first."""
    with services().database.reading() as unit:
        user = current_user()
        part = unit.corrections.part(sight_of(unit, user), user.candidate_id, asked_of(query))
    return page_of_part("corrections", part, correction_shape)


@blueprint.on("GET", "/candidates/<candidate_id>/corrections")
@blueprint.queried(Paging)
@blueprint.answers(200, schemas.CorrectionListShape)
def of_candidate(query: Json, candidate_id: str) -> Json:
    """List the requests for one candidate, oldest first."""
    with services().database.reading() as unit:
        person = candidate_for(unit, current_user(), candidate_id)
        found = unit.corrections.of_candidate(person.id)
    return page_of("corrections", found, query, _place, correction_shape)


@blueprint.on("POST", "/candidates/<candidate_id>/corrections")
@blueprint.takes(schemas.NameCorrection)
@blueprint.answers(201, schemas.CorrectionListShape)
def ask_name(sent: Json, candidate_id: str) -> Json:
    """Ask for another name: one request for each certificate in force, or one for the register alone."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = candidate_for(unit, user, candidate_id)
    asked = corrections.request_name(
        given.database,
        given.clock,
        user,
        person.id,
        holder_name(sent["native"], sent["latin"], sent["printed"]),
        reason=sent["reason"],
        evidence=sent["evidence"],
        evidence_digest=sent["evidence_digest"],
    )
    return {"corrections": [correction_shape(item) for item in asked], "next": None}


@blueprint.on("POST", "/certificates/<certificate_id>/corrections")
@blueprint.takes(schemas.RecordCorrection)
@blueprint.answers(201, schemas.CorrectionShape)
def ask_record(sent: Json, certificate_id: str) -> Json:
    """Ask to issue a certificate anew from training records that were corrected since."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        row = certificate_for(unit, user, certificate_id)
    correction = corrections.request_record(
        given.database, given.clock, user, row.id, sent["reason"], sent["evidence"], sent["evidence_digest"]
    )
    return correction_shape(correction)


@blueprint.on("POST", "/corrections/<correction_id>/ruling")
@blueprint.takes(schemas.Ruling)
@blueprint.answers(200, schemas.CorrectionShape)
def rule(sent: Json, correction_id: str) -> Json:
    """Approve, refuse or withdraw. What is approved is issued at once; where that cannot be yet, it says why."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        found = correction_for(unit, user, correction_id)
    if sent["outcome"] == CorrectionState.APPROVED.value:
        declare_as_sent(sent, found.candidate_id)
    done = _ruled(found.id, CorrectionState(sent["outcome"]), sent["reason"])
    shape = correction_shape(done)
    if done.decision_id is not None:
        try:
            row = given.issuer.issue(done.decision_id)
        except CertifyError as error:
            shape["problem"] = problem_json(answer_to(error), g.correlation)
        else:
            with given.database.reading() as unit:
                shape["certificate"] = certificate_shape(row, standing(unit, row.id).status)
    return shape


def _place(correction: Correction) -> Place:
    return iso(correction.requested_at), correction.id


def _ruled(correction_id: str, outcome: CorrectionState, reason: str) -> Correction:
    given, user = services(), current_user()
    if outcome is CorrectionState.APPROVED:
        return corrections.approve(given.database, given.clock, user, correction_id, given.issuer.prove)
    if outcome is CorrectionState.REFUSED:
        return corrections.refuse(given.database, given.clock, user, correction_id, reason)
    return corrections.withdraw(given.database, given.clock, user, correction_id)
