"""Organisations, schemes and letters by API: what whoever runs the installation sees to."""

from __future__ import annotations

from flask import request

from certify.clock import iso
from certify.errors import Conflict
from certify.framework.coverage import coverage
from certify.framework.load import load_framework
from certify.framework.model import Framework
from certify.mail.model import LetterState, QueuedLetter
from certify.mail.reminders import Reminder, ending, remind
from certify.mail.service import try_again
from certify.organisations.model import Organisation
from certify.organisations.service import (
    add_organisation,
    administered,
    assign_scheme,
    change_organisation,
    publish_scheme,
    require_operator,
)
from certify.web.api import operating_schemas as schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.paging import page_of
from certify.web.api.schemas import Paging
from certify.web.api.shapes import Json
from certify.web.scope import operator_only
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = ApiBlueprint("api-operating", __name__, description="See to organisations, schemes and letters.")
SCHEME = {"application/yaml": {"schema": {"type": "string"}}}
"""The body that carries a scheme (docs/framework-format.md)."""


@blueprint.on("GET", "/organisations")
@blueprint.queried(Paging)
@blueprint.answers(200, schemas.OrganisationListShape)
def organisations(query: Json) -> Json:
    """List the organisations that one administers."""
    with services().database.reading() as unit:
        own = administered(unit, current_user())
        found = [item for item in unit.organisations.all() if item.id in own]
    return page_of("organisations", found, query, lambda item: (item.name, item.id), _organisation)


@blueprint.on("POST", "/organisations")
@blueprint.takes(schemas.Particulars)
@blueprint.answers(201, schemas.OrganisationShape)
def add(sent: Json) -> Json:
    """Add an organisation."""
    return _organisation(add_organisation(services().database, current_user(), **sent))


@blueprint.on("POST", "/organisations/<organisation_id>")
@blueprint.takes(schemas.Particulars)
@blueprint.answers(200, schemas.OrganisationShape)
def change(sent: Json, organisation_id: str) -> Json:
    """Change an organisation's particulars."""
    return _organisation(change_organisation(services().database, current_user(), organisation_id, **sent))


@blueprint.on("POST", "/frameworks/trial")
@blueprint.sent_as(content=SCHEME)
@blueprint.answers(200, schemas.SchemeShape)
def trial() -> Json:
    """Read a scheme's file as publishing it would: every fault is named, and nothing is published."""
    operator_only()
    return _scheme(load_framework(request.get_data(), "the body"))


@blueprint.on("POST", "/frameworks")
@blueprint.sent_as(content=SCHEME)
@blueprint.answers(201, schemas.SchemeShape)
def publish() -> Json:
    """Publish a version of a scheme, which never changes again; the same file once more changes nothing."""
    given = services()
    operator_only()
    framework = load_framework(request.get_data(), "the body")
    publish_scheme(given.database, given.clock, current_user(), framework)
    return _scheme(framework)


@blueprint.on("POST", "/frameworks/<framework_id>/body")
@blueprint.takes(schemas.Body)
@blueprint.answers(200, schemas.OrganisationShape)
def assign(sent: Json, framework_id: str) -> Json:
    """Make an organisation the certification body of a scheme."""
    given = services()
    assign_scheme(given.database, current_user(), framework_id, sent["organisation_id"])
    with given.database.reading() as unit:
        return _organisation(unit.organisations.get(sent["organisation_id"]))


@blueprint.on("GET", "/letters")
@blueprint.queried(schemas.LettersPage)
@blueprint.answers(200, schemas.LetterListShape)
def letters(query: Json) -> Json:
    """List letters with what became of them."""
    with services().database.reading() as unit:
        require_operator(unit, current_user())
        found = unit.outbox.recent(LetterState(query["state"]) if query["state"] else None)
    return page_of(
        "letters", found, query, lambda item: (iso(item.letter.queued_at), item.letter.id), _letter
    )


@blueprint.on("POST", "/letters/<letter_id>/retry")
@blueprint.answers(200, schemas.LetterShape)
def retry(letter_id: str) -> Json:
    """Let a letter that was given up be tried anew."""
    given, user = services(), current_user()
    with given.database.writing() as unit:
        require_operator(unit, user)
        try_again(unit, user, letter_id, given.clock())
        return _letter(unit.outbox.get(letter_id))


@blueprint.on("GET", "/reminders")
@blueprint.queried(schemas.EndingPage)
@blueprint.answers(200, schemas.ReminderListShape)
def reminders(query: Json) -> Json:
    """List whose certificates end soon; nothing is written to anybody."""
    given = services()
    with given.database.reading() as unit:
        require_operator(unit, current_user())
        found = ending(unit, given.clock(), query["days"])
    return page_of(
        "reminders",
        found,
        query,
        lambda item: (item.row.award.valid_until.isoformat(), item.row.id),
        _reminder,
    )


@blueprint.on("POST", "/reminders")
@blueprint.takes(schemas.Reminders)
@blueprint.answers(202, schemas.QueuedShape)
def send_reminders(sent: Json) -> Json:
    """Queue a letter to the holder of each of these certificates that still ends soon."""
    given, user = services(), current_user()
    with given.database.writing() as unit:
        require_operator(unit, user)
        if not given.sends_mail:
            raise Conflict("No mail server is set, so no letters are written.", fix="see docs/mail.md")
        return {"queued": remind(unit, user, given.clock(), sent["days"], sent["certificate_ids"])}


def _organisation(organisation: Organisation) -> Json:
    return {name: getattr(organisation, name) for name in organisation.__slots__}


def _scheme(framework: Framework) -> Json:
    return {
        "id": framework.id,
        "version": framework.version,
        "title": framework.text(framework.title, "en"),
        "digest": framework.digest,
        "illustrative": framework.illustrative,
        "unreached": [
            {name: getattr(item, name) for name in ("role_id", "competence_id", "level", "best")}
            for item in coverage(framework, today())
        ],
    }


def _letter(queued: QueuedLetter) -> Json:
    letter = queued.letter
    return {
        "id": letter.id,
        "kind": letter.kind.value,
        "to": letter.to,
        "state": queued.state.value,
        "attempts": queued.attempts,
        "error": queued.error,
        "queued_at": iso(letter.queued_at),
        "settled_at": queued.settled_at and iso(queued.settled_at),
    }


def _reminder(reminder: Reminder) -> Json:
    return {
        "certificate_id": reminder.row.id,
        "number": reminder.row.award.number,
        "candidate_id": reminder.holder.id,
        "valid_until": reminder.row.award.valid_until,
        "hindrance": reminder.hindrance,
        "reminded_at": reminder.reminded_at and iso(reminder.reminded_at),
    }
