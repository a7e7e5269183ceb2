"""Completions from a file, in steps: upload, columns, a trial row by row, recording, and the rows to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.completions.columns import OF_A_COMPLETION, OF_A_MODULE, PERSON, choices, chosen_mapping, is_wide
from certify.completions.entered import BatchLine
from certify.completions.sheet_import import ImportMode
from certify.completions.uploads import (
    KEPT_DAYS,
    Desk,
    Opened,
    attempt,
    count,
    discard,
    open_upload,
    record,
    rejected,
    settle_columns,
    start,
)
from certify.errors import CertifyError, InvalidInput, NotFound
from certify.imports import RowResult
from certify.sheets.model import MOST_ROWS
from certify.sheets.write import as_csv, as_workbook
from certify.web.pages import fields
from certify.web.pages.batches import people_of
from certify.web.pages.public import uploaded
from certify.web.problems import answer_to
from certify.web.reasons import plain_reason
from certify.web.scope import framework_for
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("imports", __name__, url_prefix="/trainer/import")
PAGE_LINES = 100
_SAMPLES = 3
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """A column with its heading, a few of its values, and what it is chosen to mean."""

    heading: str
    samples: Sequence[str]
    meaning: str


@blueprint.get("")
def files() -> str:
    """Ask for a file, and list those that wait."""
    return _start_page()


@blueprint.post("")
def upload() -> ResponseReturnValue:
    """Keep a file, and go on to its columns, or to the trial where they are known."""
    desk = _desk()
    try:
        data = uploaded()
        if not data:
            raise InvalidInput("Choose a file first, one that is not empty.", where="file")
        with desk.database.reading() as unit:
            framework = framework_for(unit, fields.text("framework"))
        kept = start(desk, framework.id, request.files["file"].filename or "", data)
        opened = open_upload(desk, kept.id)
        if kept.mapping and not opened.mapping.missing():
            attempt(desk, opened)
    except CertifyError as error:
        return _start_page(error), answer_to(error).problem.status
    return redirect(url_for("imports.show", upload_id=kept.id), 303)


@blueprint.get("/<upload_id>")
def show(upload_id: str) -> ResponseReturnValue:
    """Show the step that a file has come to."""
    opened = open_upload(_desk(), upload_id)
    if opened.batch is not None:
        return redirect(url_for("batches.show", batch_id=opened.batch.id), 303)
    if opened.upload.trial is None or request.args.get("step") == "columns":
        return _columns_page(opened)
    return _trial_page(opened, opened.upload.trial)


@blueprint.post("/<upload_id>/columns")
def columns(upload_id: str) -> ResponseReturnValue:
    """Settle what the columns mean, and try the rows."""
    desk = _desk()
    opened = open_upload(desk, upload_id)
    width = len(opened.sheet.header)
    try:
        mapping = chosen_mapping(
            [fields.text(f"column-{place}") for place in range(width)],
            module=fields.text("module"),
            fixed_trainer=fields.text("trainer"),
            fixed_day=fields.text("day") and fields.day("day", "Day of all rows").isoformat(),
        )
        settle_columns(desk, opened, mapping)
    except CertifyError as error:
        return _columns_page(opened, error), answer_to(error).problem.status
    return redirect(url_for("imports.show", upload_id=opened.upload.id), 303)


@blueprint.post("/<upload_id>/record")
def record_rows(upload_id: str) -> ResponseReturnValue:
    """Record the good rows, or all or nothing; sent twice it is done once."""
    desk = _desk()
    opened = open_upload(desk, upload_id)
    mode = fields.choice(ImportMode, fields.text("mode"), "What to record")
    if mode is ImportMode.DRY_RUN:
        attempt(desk, opened)
    else:
        done = record(desk, opened, mode)
        if done is not None and not done.kept:
            return redirect(url_for("imports.show", upload_id=opened.upload.id, nothing="yes"), 303)
    return redirect(url_for("imports.show", upload_id=opened.upload.id), 303)


@blueprint.post("/<upload_id>/discard")
def forget(upload_id: str) -> ResponseReturnValue:
    """Forget a file that waits; what was recorded from it stays."""
    discard(_desk(), upload_id)
    return redirect(url_for("imports.files"), 303)


@blueprint.get("/<upload_id>/rejected.<kind>")
def rejected_file(upload_id: str, kind: str) -> Response:
    """Send the refused rows with their reasons, to mend and upload again."""
    desk = _desk()
    opened = open_upload(desk, upload_id)
    rows = rejected(desk, opened, plain_reason)
    if kind == "csv":
        response = Response(as_csv(rows), content_type="text/csv; charset=utf-8")
    elif kind == "xlsx":
        response = Response(as_workbook(rows, "rejected"), content_type=_WORKBOOK)
    else:
        raise NotFound("Rejected rows come as csv or xlsx.")
    response.headers.set("Content-Disposition", "attachment", filename=f"rejected.{kind}")
    return response


def _desk() -> Desk:
    given = services()
    return Desk(given.database, given.clock, given.waiting_files, current_user())


def _start_page(error: CertifyError | None = None) -> str:
    user = current_user()
    with services().database.reading() as unit:
        waiting = [item for item in unit.uploads.of_user(user.id) if unit.batches.find(item.id) is None]
        frameworks = [
            unit.frameworks.latest(framework_id)
            for framework_id in dict.fromkeys(item[0] for item in unit.frameworks.all())
        ]
    return render_template(
        "trainer/import.html",
        waiting=waiting,
        frameworks=frameworks,
        most_rows=MOST_ROWS,
        kept_days=KEPT_DAYS,
        error=error,
    )


def _columns_page(opened: Opened, error: CertifyError | None = None) -> str:
    sent = request.form if request.method == "POST" else None
    header = opened.sheet.header
    chosen = choices(opened.mapping, len(header))
    rows = [row for row in opened.sheet.rows if not row.fault]
    lines = [
        ColumnLine(
            heading=heading,
            samples=list(dict.fromkeys(row.cells[place] for row in rows[:50] if row.cells[place]))[:_SAMPLES],
            meaning=sent.get(f"column-{place}", "") if sent else chosen[place],
        )
        for place, heading in enumerate(header)
    ]
    mapping = opened.mapping
    fixed = mapping.records[0].fixed_module if mapping.records and not is_wide(mapping) else None
    with services().database.reading() as unit:
        framework = framework_for(unit, opened.upload.framework_id)
    return render_template(
        "trainer/import_columns.html",
        upload=opened.upload,
        sheet=opened.sheet,
        lines=lines,
        framework=framework,
        person=PERSON,
        of_a_completion=OF_A_COMPLETION,
        of_a_module=OF_A_MODULE,
        module=sent.get("module", "") if sent else " ".join(fixed or ()),
        day=sent.get("day", "") if sent else mapping.fixed_day,
        trainer=sent.get("trainer", "") if sent else mapping.fixed_trainer,
        remembered=bool(opened.upload.mapping),
        error=error,
    )


def _trial_page(opened: Opened, trial: Sequence[BatchLine]) -> str:
    wrong = [line for line in trial if line.result is RowResult.REFUSED]
    only = "wrong" if request.args.get("show") == "wrong" else ""
    chosen = wrong if only else trial
    page, pages = fields.page(len(chosen), PAGE_LINES)
    lines = chosen[(page - 1) * PAGE_LINES : page * PAGE_LINES]
    with services().database.reading() as unit:
        framework = framework_for(unit, opened.upload.framework_id)
        people = people_of(unit, current_user(), lines)
    person = opened.mapping.person
    cells = {row.line: row.cells for row in opened.sheet.rows if not row.fault}
    return render_template(
        "trainer/import_trial.html",
        upload=opened.upload,
        sheet=opened.sheet,
        lines=lines,
        total=len(trial),
        counts=count(trial),
        people=people,
        written={line: row[person] for line, row in cells.items()} if person is not None else {},
        framework=framework,
        only=only,
        page=page,
        pages=pages,
        nothing=request.args.get("nothing") == "yes",
    )
