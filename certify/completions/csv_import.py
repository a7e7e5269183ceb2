"""Completions from a CSV file: every good row is recorded, every other row is named with its line and reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from certify.clock import Clock
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_or_refuse
from certify.errors import CertifyError, InvalidInput
from certify.framework.model import Framework
from certify.imports import CsvRow, ImportedRow, ImportReport, RowResult, read_csv
from certify.people.model import User
from certify.ports import Database, UnitOfWork

REQUIRED = ("candidate", "module", "version", "completed_on", "outcome")
OPTIONAL = ("workload_hours", "evidence_sha256", "trainer")
_ISO_DATE_LENGTH = 10
_MAX_HOURS = 2_000


def import_completions(
    database: Database,
    clock: Clock,
    by: User,
    framework_id: str,
    data: bytes,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Record the rows of a file in one transaction.

    Args:
        data: Columns candidate (reference), module, version, completed_on (ISO 8601 day), outcome, and
            optionally workload_hours (decimal hours), evidence_sha256 (hex), trainer (e-mail address; the
            importing person where empty).
        progress: Called with the number of rows read so far.

    Raises:
        InvalidInput: The file as a whole cannot be read; nothing is recorded then.
    """
    rows = list(read_csv(data, REQUIRED, OPTIONAL))
    done: list[ImportedRow] = []
    with database.writing() as unit:
        framework = unit.frameworks.latest(framework_id)
        for row in rows:
            done.append(_import_row(unit, clock, by, framework, row))
            if progress is not None:
                progress(len(done))
    return ImportReport(rows=tuple(done))


def _import_row(unit: UnitOfWork, clock: Clock, by: User, framework: Framework, row: CsvRow) -> ImportedRow:
    if row.fault:
        return ImportedRow(line=row.line, result=RowResult.REFUSED, reason=row.fault)
    try:
        outcome = record_or_refuse(unit, clock, by, framework, _entry(unit, by, row.values))
    except CertifyError as error:
        outcome = error
    if isinstance(outcome, CertifyError):
        return ImportedRow(line=row.line, result=RowResult.REFUSED, reason=str(outcome))
    result = RowResult.ALREADY_RECORDED if outcome.already else RowResult.RECORDED
    return ImportedRow(line=row.line, result=result)


def _entry(unit: UnitOfWork, by: User, values: Mapping[str, str]) -> CompletionEntry:
    candidate = unit.candidates.by_reference(values["candidate"])
    if candidate is None:
        raise InvalidInput(f"nobody has the reference {values['candidate'][:40]!r}.", where="candidate")
    trainer = by
    if address := values.get("trainer", ""):
        found = unit.users.by_email(address)
        if found is None:
            raise InvalidInput(f"nobody signs in as {address[:60]!r}.", where="trainer")
        trainer = found
    return CompletionEntry(
        candidate_id=candidate.id,
        module_id=values["module"],
        module_version=values["version"],
        completed_on=parse_day(values["completed_on"], "completed_on"),
        outcome=_outcome(values["outcome"]),
        workload_minutes=parse_hours(values.get("workload_hours", "")),
        evidence_digest=values.get("evidence_sha256") or None,
        trainer_id=trainer.id,
    )


def parse_day(text: str, where: str) -> date:
    """Read an ISO 8601 calendar day, as ``2026-03-31``, or raise InvalidInput."""
    try:
        if len(text) == _ISO_DATE_LENGTH and text.isascii():
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput(f"{text[:40]!r} is not a day.", where=where, fix="write it as 2026-03-31")


def _outcome(text: str) -> CompletionOutcome:
    try:
        return CompletionOutcome(text.lower())
    except ValueError:
        known = ", ".join(outcome.value for outcome in CompletionOutcome)
        raise InvalidInput(
            f"{text[:40]!r} is not an outcome.", where="outcome", fix=f"one of {known}"
        ) from None


def parse_hours(text: str, where: str = "workload_hours") -> int | None:
    """Read decimal hours as whole minutes; None for an empty text.

    Raises:
        InvalidInput: Not a number, not a whole number of minutes, or out of range.
    """
    if not text:
        return None
    try:
        hours = Decimal(text.replace(",", "."))
        minutes = hours * 60 if hours.is_finite() and 0 < hours <= _MAX_HOURS else Decimal(0)
    except InvalidOperation:
        minutes = Decimal(0)
    if minutes <= 0 or minutes != int(minutes):
        raise InvalidInput(
            f"{text[:40]!r} is not a number of hours (whole minutes, at most 2,000 hours).",
            where=where,
            fix="write it as 12 or 7.5",
        )
    return int(minutes)
