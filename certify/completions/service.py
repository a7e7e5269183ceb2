"""Record completed modules: the same facts once, other facts only as a correction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from certify.clock import Clock, utc_day
from certify.completions.books import Books, OpenBooks
from certify.completions.model import CompletionOutcome, CompletionRecord
from certify.errors import CertifyError, CompletionConflict, InvalidInput, NotFound, NotPermitted
from certify.framework.model import Framework
from certify.identifiers import new_identifier
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.people.typed import clean_digest, clean_title
from certify.ports import Database

MAX_WORKLOAD_MINUTES = 60 * 2_000
_RECORDED_AGAIN = "Recorded again after it was undone."


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionEntry:
    """What a trainer states; ``workload_minutes`` None means the module's notional workload."""

    candidate_id: str
    module_id: str
    module_version: str
    completed_on: date
    outcome: CompletionOutcome
    trainer_id: str
    workload_minutes: int | None = None
    evidence_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The record now on file.

    Attributes:
        already: It was there before.
        stands: No later record corrects or undoes it.
    """

    record: CompletionRecord
    already: bool
    stands: bool = True


def record_completion(
    database: Database, clock: Clock, by: User, framework_id: str, entry: CompletionEntry
) -> Recorded:
    """Record a completion once, however often it is sent.

    Raises:
        InvalidInput, NotFound: The entry's module, date, workload, candidate or trainer is not usable.
        CompletionConflict: The completion is on record with other facts.
        NotPermitted: ``by`` may not record for this candidate.
    """
    with database.writing() as unit:
        return _record(OpenBooks(unit, by), clock, by, unit.frameworks.latest(framework_id), entry)


def record_completions(
    database: Database, clock: Clock, by: User, framework_id: str, entries: Iterable[CompletionEntry]
) -> Sequence[Recorded | CertifyError]:
    """Record many in one transaction; each entry stands for itself and a refused one refuses no other."""
    with database.writing() as unit:
        framework = unit.frameworks.latest(framework_id)
        books = OpenBooks(unit, by)
        return [record_or_refuse(books, clock, by, framework, entry) for entry in entries]


def record_or_refuse(
    books: Books,
    clock: Clock,
    by: User,
    framework: Framework,
    entry: CompletionEntry,
    *,
    again: bool = False,
) -> Recorded | CertifyError:
    """Record within a transaction, and return the error where the entry is refused.

    Args:
        again: Somebody looks at what they record, so a completion that was undone is recorded again. A program
            that repeats what it sent before must not undo the undoing.
    """
    try:
        return _record(books, clock, by, framework, entry, again=again)
    except (InvalidInput, NotFound, CompletionConflict, NotPermitted) as error:
        return error


def correct_completion(
    database: Database,
    clock: Clock,
    by: User,
    framework_id: str,
    completion_id: str,
    entry: CompletionEntry,
    reason: str,
) -> CompletionRecord:
    """Supersede a record by another of the same candidate; both stay on file.

    Raises:
        CompletionConflict: The record was corrected before, or the correction says what another record says.
        InvalidInput, NotFound, NotPermitted: As for recording; also where no reason is given.
    """
    why = clean_title(reason, "reason for the correction")
    with database.writing() as unit:
        framework = unit.frameworks.latest(framework_id)
        corrected = unit.completions.get(completion_id)
        if corrected.candidate_id != entry.candidate_id:
            raise InvalidInput("A correction keeps the candidate.", where="candidate")
        books = OpenBooks(unit, by)
        _check(books, clock, by, framework, entry)
        # The trainer of the record that is replaced must also be somebody `by` may speak for.
        _check_permit(books, by, corrected.candidate_id, corrected.trainer_id)
        later = unit.completions.superseded_by(corrected.id)
        if later is not None:
            raise CompletionConflict(
                "This record has been corrected already.", where=corrected.id, fix="correct the latest record"
            )
        record = _as_record(clock, by, framework, entry, supersedes=corrected.id, reason=why)
        if record.same_facts(corrected):
            raise CompletionConflict("The correction changes nothing.", where=corrected.id)
        for other in unit.completions.with_key(record.natural_key):
            if other.id != corrected.id and unit.completions.superseded_by(other.id) is None:
                raise CompletionConflict(
                    "Another record is about the same module and day.", where=other.id, fix="correct that one"
                )
        unit.completions.add(record)
    return record


def retract(books: Books, clock: Clock, by: User, completion_id: str, reason: str) -> CompletionRecord:
    """Undo a record within a transaction: supersede it by one that says it should not have been made.

    Raises:
        CompletionConflict: The record was corrected or undone before.
        InvalidInput: No reason is given.
        NotFound, NotPermitted: There is no such record, or ``by`` may not record for its candidate and trainer.
    """
    why = clean_title(reason, "reason for undoing it")
    record = books.record(completion_id)
    _check_permit(books, by, record.candidate_id, record.trainer_id)
    if record.retracts or books.is_superseded(record.id):
        raise CompletionConflict("This record has been corrected already.", where=record.id)
    undone = replace(
        record,
        id=new_identifier(),
        outcome=CompletionOutcome.WITHDRAWN,
        recorded_by=by.id,
        recorded_at=clock(),
        supersedes=record.id,
        correction_reason=why,
        retracts=True,
    )
    books.add(undone)
    return undone


def retract_completion(
    database: Database, clock: Clock, by: User, completion_id: str, reason: str
) -> CompletionRecord:
    """Undo one record; see `retract`."""
    with database.writing() as unit:
        return retract(OpenBooks(unit, by), clock, by, completion_id, reason)


def _record(
    books: Books,
    clock: Clock,
    by: User,
    framework: Framework,
    entry: CompletionEntry,
    *,
    again: bool = False,
) -> Recorded:
    _check(books, clock, by, framework, entry)
    record = _as_record(clock, by, framework, entry, supersedes=None, reason="")
    if again and (undone := _undone(books, record)) is not None:
        record = replace(record, supersedes=undone.id, correction_reason=_RECORDED_AGAIN)
        books.add(record)
        return Recorded(record=record, already=False)
    known = _on_record(books, record)
    if known is None:
        try:
            books.add(record)
        except CompletionConflict:
            # Another writer was first since we looked; the same facts from both are still one record.
            known = _on_record(books, record)
            if known is None:
                raise
    if known is None:
        return Recorded(record=record, already=False)
    return Recorded(record=known, already=True, stands=not books.is_superseded(known.id))


def _undone(books: Books, record: CompletionRecord) -> CompletionRecord | None:
    """Return the retraction that stands where ``record`` would."""
    for known in books.with_key(record.natural_key):
        if known.retracts and not books.is_superseded(known.id):
            return known
    return None


def _on_record(books: Books, record: CompletionRecord) -> CompletionRecord | None:
    """Return the record with the same facts; CompletionConflict where the one that stands has others."""
    # What stands first: undone and recorded again, the same facts are there twice.
    on_record = sorted(books.with_key(record.natural_key), key=lambda known: books.is_superseded(known.id))
    for known in on_record:
        # Corrected ones too: a file imported again after a correction must neither fail nor undo it.
        if record.same_facts(known):
            return known
    for known in on_record:
        if not books.is_superseded(known.id):
            raise CompletionConflict(
                f"{record.module_id} version {record.module_version} on {record.completed_on} is on record "
                f"with other facts ({_difference(known, record)}).",
                where=known.id,
                fix="correct that record instead",
            )
    return None


def _difference(known: CompletionRecord, record: CompletionRecord) -> str:
    if known.retracts:
        return "it was undone"
    named = {
        "outcome": (known.outcome.value, record.outcome.value),
        "workload in minutes": (known.workload_minutes, record.workload_minutes),
    }
    parts = [f"{name} {old}, not {new}" for name, (old, new) in named.items() if old != new]
    if known.evidence_digest != record.evidence_digest:
        parts.append("other evidence")
    if known.trainer_id != record.trainer_id:
        parts.append("another trainer")
    return "; ".join(parts)


def _as_record(
    clock: Clock,
    by: User,
    framework: Framework,
    entry: CompletionEntry,
    *,
    supersedes: str | None,
    reason: str,
) -> CompletionRecord:
    module = framework.module[entry.module_id, entry.module_version]
    minutes = module.workload_minutes if entry.workload_minutes is None else entry.workload_minutes
    return CompletionRecord(
        id=new_identifier(),
        candidate_id=entry.candidate_id,
        module_id=entry.module_id,
        module_version=entry.module_version,
        completed_on=entry.completed_on,
        outcome=entry.outcome,
        workload_minutes=minutes,
        evidence_digest=clean_digest(entry.evidence_digest),
        trainer_id=entry.trainer_id,
        recorded_by=by.id,
        recorded_at=clock(),
        supersedes=supersedes,
        correction_reason=reason,
    )


def _check(books: Books, clock: Clock, by: User, framework: Framework, entry: CompletionEntry) -> None:
    books.candidate(entry.candidate_id)
    versions = [module.version for module in framework.modules if module.id == entry.module_id]
    if entry.module_version not in versions:
        hint = "its versions are " + ", ".join(versions) if versions else "see the framework's modules"
        raise InvalidInput(
            f"{framework.id} has no module {entry.module_id!r} version {entry.module_version!r}.",
            where="module",
            fix=hint,
        )
    if entry.completed_on > utc_day(clock()):
        raise InvalidInput(f"{entry.completed_on} lies in the future.", where="completed_on")
    minutes = entry.workload_minutes
    if minutes is not None and not 0 < minutes <= MAX_WORKLOAD_MINUTES:
        raise InvalidInput("must be more than 0 and at most 2,000 hours.", where="workload")
    clean_digest(entry.evidence_digest)
    _check_permit(books, by, entry.candidate_id, entry.trainer_id)


def _check_permit(books: Books, by: User, candidate_id: str, trainer_id: str) -> None:
    """A trainer records their own training of their own cohorts' members; an administrator any trainer's."""
    require(by, UserRole.TRAINER, UserRole.ADMINISTRATOR)
    candidate = books.candidate(candidate_id)
    if by.candidate_id == candidate_id:
        raise NotPermitted("Nobody records their own training.", fix="ask the trainer")
    if UserRole.ADMINISTRATOR in by.roles:
        if not books.administers(candidate.organisation_id):
            raise NotFound("There is no such candidate.")
        trainer = books.user(trainer_id)
        if not books.administers(trainer.organisation_id):
            raise NotFound("There is no such user.")
        if UserRole.TRAINER not in trainer.roles:
            raise InvalidInput("The person named as trainer does not have that role.", where="trainer")
        if trainer.organisation_id != candidate.organisation_id:
            raise InvalidInput("The trainer is of another organisation than the candidate.", where="trainer")
        return
    if candidate.organisation_id != by.organisation_id:
        raise NotFound("There is no such candidate.")
    if trainer_id != by.id:
        raise NotPermitted("A trainer records only what they trained themself.", fix="ask that trainer")
    if not books.trains(candidate_id):
        raise NotPermitted("This candidate is in none of your cohorts.", fix="ask an administrator")
