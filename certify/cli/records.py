"""What goes on record and what it amounts to: cohorts, candidates, completions, eligibility."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import (
    FILE,
    Day,
    Installation,
    acting,
    as_json,
    of_framework,
    of_role,
    read_file,
    with_installation,
)
from certify.completions.sheet_import import ImportMode, import_completions
from certify.eligibility.model import Assessment, Met, RuleResult, Standing
from certify.eligibility.service import assess, standings
from certify.errors import NotFound
from certify.imports import ImportReport, RowResult
from certify.people.csv_import import import_candidates
from certify.people.model import Candidate
from certify.people.service import open_cohort
from certify.privacy.service import erase_person


@click.group()
def cohorts() -> None:
    """Candidates who train together."""


@cohorts.command("open")
@click.argument("code")
@click.option("--title", required=True, help="What pages call it.")
@click.option("--starts-on", type=Day(), required=True, help="First day of training, as 2026-03-31.")
@click.option("--trainer", "trainers", metavar="EMAIL", multiple=True, help="May be given several times.")
@of_framework
@acting
@with_installation
def open_one(
    installation: Installation,
    code: str,
    title: str,
    starts_on: date,
    trainers: tuple[str, ...],
    framework: str | None,
    actor: str,
) -> None:
    """Form a cohort with its trainers."""
    cohort = open_cohort(
        installation.services.database,
        installation.person(actor),
        code=code,
        title=title,
        framework_id=installation.framework_id(framework),
        starts_on=starts_on,
        trainer_ids=[installation.person(email).id for email in trainers],
    )
    say(f"Opened {cohort.code} ({cohort.title}) with {len(cohort.trainer_ids)} trainers.")


@click.group()
def candidates() -> None:
    """People who seek certification."""


@candidates.command("import")
@click.argument("path", metavar="FILE.csv", type=FILE)
@acting
@as_json
@with_installation
def import_people(installation: Installation, path: Path, actor: str, *, in_json: bool) -> None:
    """Register candidates from a CSV file, with their reviewed qualification and their cohort.

    The columns reference, name and latin_name are needed; the others are in docs/training.md.
    """
    services = installation.services
    by = installation.person(actor)
    _show_import(import_candidates(services.database, services.clock, by, read_file(path)), in_json=in_json)


@candidates.command()
@click.argument("reference", metavar="CANDIDATE")
@click.confirmation_option(
    prompt="Their name, addresses and documents are erased for good; issued certificates stay as they are. Go on?",
    help="Ask nothing back.",
)
@acting
@with_installation
def erase(installation: Installation, reference: str, actor: str) -> None:
    """Erase a person who asked for it, with or without an account; what was certified stays verifiable.

    What is erased and what is kept is the same as where candidates close their account themselves.
    """
    services = installation.services
    by, person = installation.person(actor), installation.candidate(reference)
    erase_person(services.database, services.clock, services.documents, by, person.id)
    say(f"Erased: {reference}. Backups hold it until they are overwritten.")


@click.group()
def completions() -> None:
    """Training records."""


@completions.command("import")
@click.argument("path", metavar="FILE", type=FILE)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in ImportMode]),
    default=ImportMode.GOOD_ROWS.value,
    show_default=True,
    help="Try only; record the good rows; or record nothing unless every row is good.",
)
@of_framework
@acting
@as_json
@with_installation
def import_records(
    installation: Installation, path: Path, mode: str, framework: str | None, actor: str, *, in_json: bool
) -> None:
    """Record completions from a CSV file or an Excel workbook whose heading names its columns.

    Every row that is refused is named with its line and reason. What columns are called: docs/training.md.
    """
    services = installation.services
    by = installation.person(actor)
    framework_id = installation.framework_id(framework)
    data = read_file(path)
    done = import_completions(services.database, services.clock, by, framework_id, data, ImportMode(mode))
    _show_import(done.report, kept=done.kept, in_json=in_json)


def _show_import(report: ImportReport, *, kept: bool = True, in_json: bool) -> None:
    """Show what became of each row, or what would have where nothing was kept."""
    if in_json:
        say_json(
            {
                "kept": kept,
                "recorded": report.recorded,
                "already_recorded": report.already,
                "refused": report.refused,
                "rows": [
                    {"line": row.line, "result": row.result.value, "reason": row.reason}
                    for row in report.rows
                ],
            }
        )
    else:
        for row in report.rows:
            if row.result is RowResult.REFUSED:
                say(f"certify: line {row.line}: {row.reason}", err=True)
        would = "" if kept else "would be "
        say(
            f"{report.recorded} {would}recorded, {report.already} already recorded, {report.refused} refused."
        )
        if not kept:
            say("Nothing was recorded.")
    if report.refused:
        raise click.exceptions.Exit(1)


@click.command()
@of_role
@click.option("--candidate", metavar="REFERENCE", help="Every rule's result for this one candidate.")
@click.option("--cohort", metavar="CODE", help="Only members of this cohort who seek the role.")
@click.option("--on", type=Day(), help="The day of assessment; today where not given.")
@of_framework
@as_json
@with_installation
def eligibility(
    installation: Installation,
    role_id: str,
    candidate: str | None,
    cohort: str | None,
    on: date | None,
    framework: str | None,
    *,
    in_json: bool,
) -> None:
    """Who may be certified for a role or a unit, and what the others miss."""
    services = installation.services
    framework_id = installation.framework_id(framework)
    day = on or installation.today
    if candidate is not None:
        if cohort is not None:
            raise click.UsageError("Give --candidate or --cohort, not both.")
        person = installation.candidate(candidate)
        found = assess(services.database, person.id, framework_id, role_id, day)
        _show_assessment(person, found, in_json=in_json)
        return
    with services.database.reading() as unit:
        by_id = {person.id: person for person in unit.candidates.all()}
        chosen = None if cohort is None else unit.cohorts.by_code(cohort)
    if cohort is not None and chosen is None:
        raise NotFound("There is no cohort with this code.", where=cohort)
    rows = standings(services.database, framework_id, role_id, day, chosen.id if chosen else None)
    _show_standings(rows, by_id, in_json=in_json)


def _show_standings(rows: Sequence[Standing], by_id: dict[str, Candidate], *, in_json: bool) -> None:
    ordered = sorted(rows, key=lambda row: by_id[row.candidate_id].reference)
    if in_json:
        say_json([_standing_json(row, by_id[row.candidate_id]) for row in ordered])
        return
    say_table(
        ("candidate", "name", "eligible", "missing"),
        [
            (
                by_id[row.candidate_id].reference,
                by_id[row.candidate_id].name.latin,
                "yes" if row.eligible else "no",
                _missing(row),
            )
            for row in ordered
        ],
    )
    say("", f"{sum(row.eligible for row in ordered)} of {len(ordered)} are eligible.")


def _missing(row: Standing) -> str:
    parts = [] if row.admitted else ["prior qualification"]
    parts += [
        f"{item.competence_id} at {item.required} (has {item.reached or 'none'})" for item in row.shortfalls
    ]
    return "; ".join(parts)


def _standing_json(row: Standing, person: Candidate) -> dict[str, Any]:
    return {
        "reference": person.reference,
        "eligible": row.eligible,
        "admitted": row.admitted,
        "shortfalls": [
            {"competence": item.competence_id, "required": item.required, "reached": item.reached}
            for item in row.shortfalls
        ],
    }


def _show_assessment(person: Candidate, found: Assessment, *, in_json: bool) -> None:
    if in_json:
        say_json(
            {
                "reference": person.reference,
                "role": found.role_id,
                "framework": {
                    "id": found.framework_id,
                    "version": found.framework_version,
                    "digest": found.framework_digest,
                },
                "on": found.on.isoformat(),
                "eligible": found.eligible,
                "results": [_result_json(result) for result in found.results],
                "records": [_result_json(result) for result in found.records],
            }
        )
        return
    verdict = "eligible" if found.eligible else "not eligible"
    say(
        f"{person.reference} {person.name.latin}: {verdict} as {found.role_id} on {found.on} "
        f"under {found.framework_id} {found.framework_version}."
    )
    for result in (*found.results, *found.records):
        mark = "met    " if isinstance(result.outcome, Met) else "not met"
        say(f"  {mark}  {result.rule} {result.subject}".rstrip() + _detail(result))


def _detail(result: RuleResult) -> str:
    asked = f", EQF level {result.required_level} required" if result.required_level else ""
    if isinstance(result.outcome, Met):
        return f"{asked}, reached {result.outcome.level}" if result.outcome.level else asked
    return f"{asked}: {result.outcome.reason} [{result.clause}]"


def _result_json(result: RuleResult) -> dict[str, Any]:
    outcome = result.outcome
    met = isinstance(outcome, Met)
    return {
        "rule": result.rule,
        "subject": result.subject,
        "met": met,
        "required_level": result.required_level,
        "level": outcome.level,
        "by": list(outcome.by) if isinstance(outcome, Met) else [],
        "code": "" if isinstance(outcome, Met) else outcome.code,
        "reason": "" if isinstance(outcome, Met) else outcome.reason,
        "clause": result.clause,
    }
