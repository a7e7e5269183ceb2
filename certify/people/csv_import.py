"""Candidates from a CSV file, with their reviewed qualification and their cohort."""

from __future__ import annotations

from collections.abc import Mapping

from certify.clock import Clock
from certify.errors import CertifyError, InvalidInput
from certify.imports import ImportedRow, ImportReport, RowResult
from certify.people.model import Candidate, User, UserRole
from certify.people.permits import require
from certify.people.service import add_admission, add_member, new_admission, new_candidate
from certify.ports import Database, UnitOfWork
from certify.sheets.named import NamedRow, read_named

REQUIRED = ("reference", "name", "latin_name")
OPTIONAL = (
    "printed_name",
    "email",
    "qualification",
    "eqf_level",
    "evidence_sha256",
    "accepted",
    "cohort",
    "role",
)
_TRUTH = {"yes": True, "no": False, "": False}


def import_candidates(database: Database, clock: Clock, by: User, data: bytes) -> ImportReport:
    """Register the rows of a file in one transaction; a refused row leaves nothing of itself behind.

    Raises:
        InvalidInput: The file as a whole cannot be read, or has no row; nothing is recorded then.
        NotPermitted: ``by`` is no administrator.
    """
    require(by, UserRole.ADMINISTRATOR)
    rows = list(read_named(data, REQUIRED, OPTIONAL))
    if not rows:
        raise InvalidInput(
            "has a heading, and no row below it.",
            where="file",
            fix="write a row for each candidate below the heading, and upload it again",
        )
    with database.writing() as unit:
        return ImportReport(rows=tuple(_import_row(unit, clock, by, row) for row in rows))


def _import_row(unit: UnitOfWork, clock: Clock, by: User, row: NamedRow) -> ImportedRow:
    if row.fault:
        return ImportedRow(line=row.line, result=RowResult.REFUSED, reason=row.fault)
    try:
        already = _register(unit, clock, by, row.values)
    except CertifyError as error:
        return ImportedRow(line=row.line, result=RowResult.REFUSED, reason=str(error))
    return ImportedRow(line=row.line, result=RowResult.ALREADY_RECORDED if already else RowResult.RECORDED)


def _register(unit: UnitOfWork, clock: Clock, by: User, values: Mapping[str, str]) -> bool:
    """Check everything a row says before any of it is written, so that a bad row leaves nothing."""
    candidate = new_candidate(
        clock,
        by,
        reference=values["reference"],
        native=values["name"],
        latin=values["latin_name"],
        printed=values.get("printed_name", ""),
        email=values.get("email"),
    )
    known = unit.candidates.by_reference(candidate.reference)
    if known is not None and known.organisation_id != by.organisation_id:
        raise InvalidInput(f"the reference {candidate.reference} is taken.", where="reference")
    if known is not None:
        return _same_person(known, candidate)
    admission = None
    if values.get("qualification") or values.get("eqf_level"):
        admission = new_admission(
            clock,
            by,
            candidate.id,
            qualification=values.get("qualification", ""),
            eqf_level=_level(values.get("eqf_level", "")),
            evidence_digest=values.get("evidence_sha256"),
            accepted=_truth(values.get("accepted", "")),
        )
    cohort_id = _cohort(unit, by, values)
    unit.candidates.add(candidate)
    if admission is not None:
        add_admission(unit, by, admission)
    if cohort_id is not None:
        add_member(unit, cohort_id, candidate.id, values["role"])
    return False


def _same_person(known: Candidate, candidate: Candidate) -> bool:
    if known.name != candidate.name:
        raise InvalidInput(
            f"the reference {candidate.reference} belongs to somebody else, or the name changed.",
            where="reference",
            fix="correct a registered person's name in the register, not by a file",
        )
    return True


def _cohort(unit: UnitOfWork, by: User, values: Mapping[str, str]) -> str | None:
    code = values.get("cohort", "")
    if not code:
        return None
    cohort = unit.cohorts.by_code(code)
    if cohort is None or cohort.organisation_id != by.organisation_id:
        raise InvalidInput(f"there is no cohort {code[:40]!r}.", where="cohort", fix="open it first")
    role_id = values.get("role", "")
    roles = unit.frameworks.latest(cohort.framework_id).role
    if role_id not in roles:
        raise InvalidInput(
            f"there is no role {role_id[:60]!r}.", where="role", fix="one of " + ", ".join(roles)
        )
    return cohort.id


def _level(text: str) -> int | None:
    if not text:
        return None
    if len(text) == 1 and text in "12345678":
        return int(text)
    raise InvalidInput(f"{text[:40]!r} is not an EQF level.", where="eqf_level", fix="1 to 8, or empty")


def _truth(text: str) -> bool:
    try:
        return _TRUTH[text.lower()]
    except KeyError:
        raise InvalidInput(f"{text[:40]!r} is neither yes nor no.", where="accepted") from None
