"""Certificates being issued in the background: how far they are, what failed, and trying again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from certify.issuing.model import CertificateRow
from certify.jobs.model import JobItem
from certify.jobs.service import enqueue_pending, job_for, retry
from certify.people.model import Candidate
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = Blueprint("jobs", __name__, url_prefix="/certifier")
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item with its person, and its certificate once that is issued."""

    item: JobItem
    person: Candidate
    certificate: CertificateRow | None


@blueprint.get("/jobs")
def recent() -> str:
    """List the jobs asked for last."""
    user = current_user()
    with services().database.reading() as unit:
        jobs = [
            (job, unit.users.get(job.requested_by).display_name, unit.jobs.items(job.id))
            for job in unit.jobs.last(SHOWN, user.organisation_id)
        ]
    return render_template("certifier/jobs.html", jobs=jobs)


@blueprint.get("/jobs/<job_id>")
def page(job_id: str) -> str:
    """Show how far a job is; the page keeps itself up to date, with a script or without."""
    with services().database.reading() as unit:
        job = job_for(unit, current_user(), job_id)
        items = unit.jobs.items(job.id)
        rows = unit.certificates.by_decisions([item.decision_id for item in items])
        issued = {row.decision_id: row for row in rows if row.sha256 is not None}
        lines = [
            Line(
                item=item,
                person=unit.candidates.get(unit.decisions.get(item.decision_id).candidate_id),
                certificate=issued.get(item.decision_id),
            )
            for item in items
        ]
    return render_template("certifier/job.html", job=job, lines=lines)


@blueprint.post("/jobs/<job_id>")
def again(job_id: str) -> ResponseReturnValue:
    """Try again what failed."""
    given = services()
    job = retry(given.database, given.clock, current_user(), job_id)
    given.bell.set()
    return redirect(url_for("jobs.page", job_id=job.id if job else job_id), 303)


@blueprint.post("/issue")
def issue_pending() -> ResponseReturnValue:
    """Issue everything that was granted but has no certificate yet."""
    given = services()
    job = enqueue_pending(given.database, given.clock, current_user())
    given.bell.set()
    return redirect(url_for("jobs.page", job_id=job.id) if job else url_for("certifier.queue"), 303)
