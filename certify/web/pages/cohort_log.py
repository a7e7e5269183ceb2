"""One screen for a whole class: who, which module, when, how; kept while it is typed, recorded once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from certify.completions.batch import record_batch
from certify.completions.entered import Draft
from certify.completions.model import CompletionOutcome
from certify.completions.roll import RollCall, call_roll
from certify.completions.service import CompletionEntry
from certify.completions.values import parse_day, parse_hours
from certify.errors import CertifyError, InvalidInput
from certify.evidence.model import EvidenceFile
from certify.evidence.service import keep_evidence
from certify.framework.model import Framework
from certify.identifiers import new_identifier
from certify.people.model import Candidate, Cohort, User
from certify.ports import UnitOfWork
from certify.web import held
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import cohort_for, framework_for
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("cohort_log", __name__, url_prefix="/trainer/cohorts")
_MOST_LINES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The form as it is shown.

    Attributes:
        typed: What its fields hold; None for a fresh one, where everybody is ticked.
        draft: When what is shown was kept; None where nothing was.
        roll: What pasted lines came to.
        evidence: The file that was added before, whose digest the form holds.
    """

    cohort: Cohort
    framework: Framework
    people: Mapping[str, Candidate]
    typed: MultiDict[str, str] | None = None
    draft: Draft | None = None
    roll: RollCall | None = None
    evidence: EvidenceFile | None = None
    error: CertifyError | None = None


@blueprint.get("/<cohort_id>/log")
def form(cohort_id: str) -> ResponseReturnValue:
    """Ask for a module, a day, and how each member did; what was kept of it before comes back."""
    user = current_user()
    with services().database.reading() as unit:
        shown, framework, people = _members(unit, user, cohort_id)
        draft = unit.drafts.find(user.id, held.form_name(shown.id))
    typed = held.content_of(draft) if draft else None
    only = request.args.get("only", "")
    if typed is None and only in people:
        typed = MultiDict([("include", only)])
    return _page(Sheet(cohort=shown, framework=framework, people=people, typed=typed, draft=draft))


@blueprint.post("/<cohort_id>/log")
def submit(cohort_id: str) -> ResponseReturnValue:
    """Tick, keep, forget or record; recording sent twice records once."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        shown, framework, people = _members(unit, user, cohort_id)
    typed = held.typed()
    step = request.form.get("do", "record")
    if step == "forget":
        with given.database.writing() as unit:
            unit.drafts.drop(user.id, held.form_name(shown.id))
        return redirect(url_for("cohort_log.form", cohort_id=shown.id), 303)
    roll, error, evidence = None, None, None
    try:
        evidence = _evidence(user)
        if evidence is not None:
            typed["evidence"] = evidence.digest
        if step == "record":
            return _record(user, shown, typed, people)
        roll = _ticked(step, typed, people)
    except CertifyError as fault:
        error = fault
    held.keep(user.id, shown.id, typed)
    sheet = Sheet(
        cohort=shown,
        framework=framework,
        people=people,
        typed=typed,
        roll=roll,
        evidence=evidence,
        error=error,
    )
    return _page(sheet), answer_to(error).problem.status if error else 200


@blueprint.post("/<cohort_id>/draft")
def keep(cohort_id: str) -> ResponseReturnValue:
    """Keep what is in the form so far; the page's script sends it after every change."""
    user = current_user()
    typed = held.typed()
    with services().database.reading() as unit:
        shown = cohort_for(unit, user, cohort_id)
        sent = unit.batches.find(typed.get("token", ""))
    # A save that was under way while the form was recorded must not bring it back.
    if sent is None and not held.keep(user.id, shown.id, typed):
        raise InvalidInput("is larger than any form here.", where="draft")
    return "", 204


def _members(unit: UnitOfWork, by: User, cohort_id: str) -> tuple[Cohort, Framework, Mapping[str, Candidate]]:
    shown = cohort_for(unit, by, cohort_id)
    framework = framework_for(unit, shown.framework_id)
    members = [unit.candidates.get(member.candidate_id) for member in unit.cohorts.members(shown.id)]
    return shown, framework, {person.id: person for person in members}


def _page(sheet: Sheet) -> str:
    typed = sheet.typed
    evidence = sheet.evidence
    if evidence is None and typed is not None and typed.get("evidence"):
        with services().database.reading() as unit:
            evidence = unit.evidence_files.find(typed["evidence"].strip(), current_user().id)
    return render_template(
        "trainer/log.html",
        sheet=sheet,
        typed=typed,
        ticked=list(sheet.people) if typed is None else typed.getlist("include"),
        evidence=evidence,
        outcomes=list(CompletionOutcome),
        today=today(),
        token=_token(typed),
        seal=held.seal(current_user().id),
        most_megabytes=services().settings.evidence_megabytes,
    )


def _token(typed: MultiDict[str, str] | None) -> str:
    token = typed.get("token", "") if typed is not None else ""
    return token or new_identifier()


def _evidence(user: User) -> EvidenceFile | None:
    given = services()
    file = request.files.get("file")
    data = file.read() if file else b""
    if file is None or not data:
        return None
    most_bytes = given.settings.evidence_megabytes * 1_000_000
    return keep_evidence(
        given.database, given.clock, given.evidence, user, file.filename or "", data, most_bytes
    )


def _ticked(step: str, typed: MultiDict[str, str], people: Mapping[str, Candidate]) -> RollCall | None:
    """Tick as the button says, in what was typed."""
    if step == "all":
        typed.setlist("include", list(people))
    elif step == "none":
        typed.setlist("include", [])
    elif step == "paste":
        lines = typed.get("pasted", "").splitlines()
        if len(lines) > _MOST_LINES:
            raise InvalidInput("has too many lines.", where="Names", fix="paste fewer at once")
        roll = call_roll(lines, list(people.values()))
        typed.setlist("include", list(roll.found))
        # What was not found stays, to be mended.
        typed["pasted"] = "\n".join((*roll.unknown, *roll.ambiguous))
        return roll
    return None


def _record(
    user: User, shown: Cohort, typed: MultiDict[str, str], people: Mapping[str, Candidate]
) -> ResponseReturnValue:
    given = services()
    ticked = [name for name in dict.fromkeys(typed.getlist("include")) if name in people]
    entries = [_entry(user, typed, people[name]) for name in ticked]
    token = typed.get("token") or new_identifier()
    batch = record_batch(given.database, given.clock, user, shown, entries, token)
    with given.database.writing() as unit:
        unit.drafts.drop(user.id, held.form_name(shown.id))
    return redirect(url_for("batches.show", batch_id=batch.id), 303)


def _entry(user: User, typed: MultiDict[str, str], person: Candidate) -> CompletionEntry:
    def own_or_common(name: str) -> tuple[str, str]:
        """Return a value, and what to call it where it is wrong: the person's own is named with the person."""
        own = typed.get(f"{name}-{person.id}", "").strip()
        return (own, f"{_CALLED[name]}, {person.name.native}") if own else (_text(typed, name), _CALLED[name])

    module_id, _, version = _text(typed, "module").rpartition(" ")
    if not module_id:
        raise InvalidInput("Choose a module.", where="Module")
    outcome, outcome_called = own_or_common("outcome")
    return CompletionEntry(
        candidate_id=person.id,
        module_id=module_id,
        module_version=version,
        completed_on=parse_day(*own_or_common("completed_on")),
        outcome=fields.choice(CompletionOutcome, outcome, outcome_called),
        workload_minutes=parse_hours(*own_or_common("hours")),
        evidence_digest=_text(typed, "evidence") or None,
        trainer_id=user.id,
    )


def _text(typed: MultiDict[str, str], name: str) -> str:
    return typed.get(name, "").strip()


_CALLED = {"outcome": "Outcome", "completed_on": "Day", "hours": "Hours"}
