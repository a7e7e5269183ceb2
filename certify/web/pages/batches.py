"""What was entered together: shown after it was recorded, and undone together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.completions.batch import batch_of, undo_batch
from certify.completions.entered import BatchLine
from certify.completions.uploads import count
from certify.errors import CertifyError, NotFound
from certify.imports import RowResult
from certify.people.model import Candidate, User
from certify.ports import UnitOfWork
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import candidate_for, framework_for
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("batches", __name__, url_prefix="/trainer/batches")
PAGE_LINES = 200
_ORDER = [RowResult.REFUSED, RowResult.ALREADY_RECORDED, RowResult.RECORDED]
"""What needs a look comes first."""


def people_of(unit: UnitOfWork, by: User, lines: Sequence[BatchLine]) -> Mapping[str, Candidate]:
    """Return whom lines are about, but nobody whose lines were all refused and whom ``by`` may not see.

    Whoever types a reference or an address of a colleague's candidate learns no name from it.
    """
    recorded = {line.candidate_id for line in lines if line.result is not RowResult.REFUSED}
    people = {}
    for one in {line.candidate_id for line in lines if line.candidate_id}:
        try:
            people[one] = unit.candidates.get(one) if one in recorded else candidate_for(unit, by, one)
        except NotFound:
            continue
    return people


@blueprint.get("/<batch_id>")
def show(batch_id: str) -> str:
    """Show what became of each person or row, and offer to undo it."""
    return _page(batch_id)


@blueprint.post("/<batch_id>")
def undo(batch_id: str) -> ResponseReturnValue:
    """Undo the records that are ticked: each is superseded by one that says why."""
    given = services()
    try:
        everything = request.form.get("all") == "yes"
        chosen = None if everything else set(request.form.getlist("undo"))
        undone = undo_batch(
            given.database, given.clock, current_user(), batch_id, chosen, fields.text("reason")
        )
    except CertifyError as error:
        return _page(batch_id, error), answer_to(error).problem.status
    return redirect(url_for("batches.show", batch_id=batch_id, undone=undone), 303)


def _page(batch_id: str, error: CertifyError | None = None) -> str:
    with services().database.reading() as unit:
        batch = batch_of(unit, current_user(), batch_id)
        lines = unit.batches.lines(batch.id)
        undone = unit.batches.superseded(batch.id)
        framework = framework_for(unit, batch.framework_id)
        cohort = unit.cohorts.get(batch.cohort_id) if batch.cohort_id else None
        upload = unit.uploads.find(batch.id) if cohort is None else None
        page, pages = fields.page(len(lines), PAGE_LINES)
        ordered = sorted(lines, key=lambda line: (_ORDER.index(line.result), line.line))
        shown = ordered[(page - 1) * PAGE_LINES : page * PAGE_LINES]
        people = people_of(unit, current_user(), shown)
    return render_template(
        "trainer/batch.html",
        batch=batch,
        lines=shown,
        open=sum(line.result is RowResult.RECORDED and line.completion_id not in undone for line in lines),
        page=page,
        pages=pages,
        counts=count(lines),
        undone=undone,
        framework=framework,
        cohort=cohort,
        upload=upload,
        people=people,
        own=batch.entered_by == current_user().id,
        error=error,
    )
