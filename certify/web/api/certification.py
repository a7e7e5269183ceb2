"""Standings, cases, decisions, certificates and their status by API."""

from __future__ import annotations

from flask import Response, g

from certify.archiving.service import rendition
from certify.certification.model import DecisionOutcome
from certify.certification.service import apply_for
from certify.certification.service import decide as decide_case
from certify.certification.service import queue as waiting_cases
from certify.clock import iso
from certify.eligibility.service import known_role, units_within_reach
from certify.errors import CertifyError, NotFound
from certify.impartiality.service import declare
from certify.issuing.credentials import credential_json
from certify.issuing.model import CertificateRow
from certify.organisations.service import sight_of
from certify.paging import Part
from certify.ports import UnitOfWork
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status, standing
from certify.web.api import schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.paging import asked_of, page_of, page_of_part
from certify.web.api.shapes import (
    Json,
    case_shape,
    certificate_shape,
    decision_shape,
    event_shape,
    standing_shape,
    unit_shape,
)
from certify.web.pages.candidate import pdf_response
from certify.web.problems import answer_to, problem_json
from certify.web.scope import candidate_for, certificate_for, framework_for, scheme_for
from certify.web.sessions import current_user
from certify.web.state import on_the_way, services, today

blueprint = ApiBlueprint("api-certification", __name__, description="Decide, and see to certificates.")


@blueprint.on("GET", "/standings")
@blueprint.queried(schemas.RolePage)
@blueprint.answers(200, schemas.StandingListShape)
def standings(query: Json) -> Json:
    """Say of every candidate that one may see whether they are eligible for a role, and what they miss."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        framework = framework_for(unit, query["framework"])
        known_role(framework, query["role"])
        people = unit.candidates.part(sight_of(unit, user), asked_of(query, order="id"))
        found = unit.completions.standings(
            framework, query["role"], today(), [person.id for person in people.entries]
        )
    return {
        "framework_id": framework.id,
        "role_id": query["role"],
        "on": today(),
        **page_of_part("standings", Part(found, people.after), standing_shape),
    }


@blueprint.on("GET", "/queue")
@blueprint.queried(schemas.SchemePage)
@blueprint.answers(200, schemas.QueueShape)
def queue(query: Json) -> Json:
    """List the eligible cases that wait for a decision."""
    given = services()
    with given.database.reading() as unit:
        framework = scheme_for(unit, current_user(), query["framework"])
    part = waiting_cases(given.database, current_user(), framework.id, today(), asked_of(query))
    return page_of_part("cases", part, case_shape)


@blueprint.on("GET", "/candidates/<candidate_id>/units")
@blueprint.queried(schemas.SchemePage)
@blueprint.answers(200, schemas.UnitListShape)
def units_of(query: Json, candidate_id: str) -> Json:
    """List the units that a candidate could be certified for today, of each competence the highest."""
    with services().database.reading() as unit:
        person = candidate_for(unit, current_user(), candidate_id)
        framework = framework_for(unit, query["framework"])
        applied = {
            item.role_id
            for item in unit.applications.of_candidate(person.id)
            if item.framework_id == framework.id
        }
        found = units_within_reach(unit, person.id, framework, today())
    return page_of(
        "units",
        found,
        query,
        lambda item: (item.id,),
        lambda item: unit_shape(framework, item, applied=item.id in applied),
    )


@blueprint.on("POST", "/candidates/<candidate_id>/applications")
@blueprint.takes(schemas.Application)
@blueprint.answers(201, schemas.ApplicationShape)
def apply(sent: Json, candidate_id: str) -> Json:
    """Put a unit on the certifiers' queue; sending it again changes nothing."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        person = candidate_for(unit, user, candidate_id)
        framework = framework_for(unit, sent["framework_id"])
    application = apply_for(given.database, given.clock, user, person.id, framework.id, sent["role_id"])
    return {
        "candidate_id": application.candidate_id,
        "framework_id": application.framework_id,
        "role_id": application.role_id,
    }


@blueprint.on("POST", "/decisions")
@blueprint.takes(schemas.Decision)
@blueprint.answers(201, schemas.DecisionShape)
def decide(sent: Json) -> Json:
    """Grant or refuse; what is granted is issued at once. A grant that cannot be issued yet says why."""
    given = services()
    with given.database.reading() as unit:
        framework = scheme_for(unit, current_user(), sent["framework_id"])
    declare_as_sent(sent, sent["candidate_id"])
    decision = decide_case(
        given.database,
        given.clock,
        current_user(),
        candidate_id=sent["candidate_id"],
        framework_id=framework.id,
        role_id=sent["role_id"],
        outcome=DecisionOutcome(sent["outcome"]),
        reason=sent["reason"],
        language=sent["language"],
    )
    shape = decision_shape(decision)
    if decision.outcome is DecisionOutcome.GRANTED:
        try:
            row = given.issuer.issue(decision.id)
        except CertifyError as error:
            shape["problem"] = problem_json(answer_to(error), g.correlation)
        else:
            shape["certificate"] = _shape_of(row)
    return shape


@blueprint.on("GET", "/candidates/<candidate_id>/certificates")
@blueprint.queried(schemas.Paging)
@blueprint.answers(200, schemas.CertificateListShape)
def certificates_of(query: Json, candidate_id: str) -> Json:
    """List a candidate's certificates."""
    with services().database.reading() as unit:
        person = candidate_for(unit, current_user(), candidate_id)
        return page_of(
            "certificates",
            unit.certificates.of_candidate(person.id),
            query,
            lambda row: (iso(row.prepared_at), row.id),
            lambda row: certificate_shape(row, standing(unit, row.id).status),
        )


@blueprint.on("GET", "/certificates/<certificate_id>")
@blueprint.answers(200, schemas.CertificateShape)
def certificate(certificate_id: str) -> Json:
    """Show a certificate with what stands."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
    return _shape_of(row)


@blueprint.on("GET", "/certificates/<certificate_id>/pdf")
@blueprint.hands_out(("application/pdf",), {"type": "string", "format": "binary"}, "The signed PDF file.")
def certificate_pdf(certificate_id: str) -> Response:
    """Hand out the signed file to its holder, or to those who certify or administer."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
        if row.sha256 is None:
            raise NotFound("This certificate is not issued yet.", where="certificate")
        return pdf_response(rendition(unit, row.id), row.award.number)


@blueprint.on("GET", "/certificates/<certificate_id>/credential")
@blueprint.hands_out(
    ("application/vc",), {"type": "object"}, "The signed Open Badges 3.0 credential, as attached to the PDF."
)
def certificate_credential(certificate_id: str) -> Response:
    """Hand out the credential with its embedded proof."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
        return Response(credential_json(unit, row), content_type="application/vc")


@blueprint.on("GET", "/certificates/<certificate_id>/credential.jwt")
@blueprint.queried(schemas.TokenQuery)
@blueprint.hands_out(("application/vc+jwt",), {"type": "string"}, "The same credential as a JWT.")
def certificate_token(query: Json, certificate_id: str) -> Response:
    """Hand out the credential as a JWT, signed with Ed25519 or P-256."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
    return Response(services().tokens.of(row, query["alg"]), content_type="application/vc+jwt")


@blueprint.on("GET", "/certificates/<certificate_id>/status-events")
@blueprint.queried(schemas.Paging)
@blueprint.answers(200, schemas.StatusEventListShape)
def status_events(query: Json, certificate_id: str) -> Json:
    """Show a certificate's history."""
    with services().database.reading() as unit:
        row = certificate_for(unit, current_user(), certificate_id)
        events = unit.certificates.events(row.id)
        return page_of("events", events, query, lambda event: (f"{event.sequence:09d}",), event_shape)


@blueprint.on("POST", "/certificates/<certificate_id>/status-events")
@blueprint.takes(schemas.StatusEvent)
@blueprint.answers(201, schemas.StatusEventShape)
def add_status_event(sent: Json, certificate_id: str) -> Json:
    """Suspend, reinstate or revoke."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        row = certificate_for(unit, user, certificate_id)
    event = change_status(
        given.database,
        given.clock,
        user,
        row.id,
        StatusAction(sent["action"]),
        StatusReason(sent["reason"]),
        sent["note"],
        sent["superseded_by"],
    )
    return event_shape(event)


def declare_as_sent(sent: Json, candidate_id: str) -> None:
    """Put on record what a request says of a conflict of interest, where it says something."""
    # Not the deed, and saying it again says the same: a crash before the decision leaves that to be done.
    said, given = sent["conflict_of_interest"].strip(), on_the_way()
    if said:
        declare(given.database, given.clock, current_user(), candidate_id, "" if said == "none" else said)


def _shape_of(row: CertificateRow) -> Json:
    unit: UnitOfWork
    with services().database.reading() as unit:
        return certificate_shape(row, standing(unit, row.id).status)
