"""Completions entered together by one form: recorded once however often it is sent, and undone together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from certify.clock import Clock
from certify.completions.books import OpenBooks, ReadBooks
from certify.completions.entered import Batch, BatchLine
from certify.completions.service import CompletionEntry, Recorded, record_or_refuse, retract
from certify.errors import CertifyError, InvalidInput, NotFound
from certify.identifiers import encode_identifier, parse_identifier
from certify.imports import RowResult
from certify.organisations.service import administers
from certify.people.model import Cohort, User
from certify.ports import Database, UnitOfWork


def record_batch(
    database: Database, clock: Clock, by: User, cohort: Cohort, entries: Sequence[CompletionEntry], token: str
) -> Batch:
    """Record what one form states, in one transaction; a refused entry refuses no other.

    Args:
        token: The form's own. The same form sent again is answered by the batch that is there; the same token
            with other content (somebody went back and changed it) is another batch.

    Raises:
        CertifyError: Every entry is refused for the same reason, so that it is the form's; nothing is recorded.
        InvalidInput: There is no entry, or the token is none.
    """
    if not entries:
        raise InvalidInput("Tick at least one person.", where="People")
    with database.writing() as unit:
        framework = unit.frameworks.latest(cohort.framework_id)
        module = framework.module.get((entries[0].module_id, entries[0].module_version))
        batch = Batch(
            id=parse_identifier(token),
            entered_by=by.id,
            cohort_id=cohort.id,
            framework_id=framework.id,
            title=framework.text(module.title, framework.languages[0]) if module else entries[0].module_id,
            content_digest=_digest(entries),
            entered_at=clock(),
        )
        if not unit.batches.add(batch):
            sent = unit.batches.find(batch.id)
            if sent is not None and sent.same_sending(batch):
                return sent
            batch = replace(batch, id=_id_of_changed(batch))
            if not unit.batches.add(batch):
                return unit.batches.find(batch.id) or batch
        # Everybody at once, so that two trainers of one class never wait for each other.
        unit.completions.lock({entry.candidate_id for entry in entries})
        books = OpenBooks(unit, by)
        lines = []
        for place, entry in enumerate(entries, start=1):
            result = record_or_refuse(books, clock, by, framework, entry, again=True)
            lines.append(line_of(place, "", entry, result))
            if isinstance(result, CertifyError):
                error = result
        if len({line.reason for line in lines}) == 1 and lines[0].reason:
            raise error
        unit.batches.add_lines(batch.id, lines)
    return batch


def batch_of(unit: UnitOfWork, by: User, batch_id: str) -> Batch:
    """Return a batch to who entered it, to a trainer of its cohort, and to an administrator; NotFound otherwise."""
    batch = unit.batches.find(parse_identifier(batch_id))
    if batch is not None:
        cohort = unit.cohorts.get(batch.cohort_id) if batch.cohort_id is not None else None
        place = cohort.organisation_id if cohort else unit.users.get(batch.entered_by).organisation_id
        trained = cohort is not None and by.id in cohort.trainer_ids
        # Whoever moved to another organisation left what they entered behind.
        if by.organisation_id == place and (trained or by.id == batch.entered_by):
            return batch
        if administers(unit, by, place):
            return batch
    raise NotFound("There is nothing here that you entered.", where="batch")


def undo_batch(
    database: Database,
    clock: Clock,
    by: User,
    batch_id: str,
    completion_ids: Collection[str] | None,
    reason: str,
) -> int:
    """Retract records of a batch (None: all) in one transaction, and return how many.

    Those that were corrected or undone meanwhile stay as they are: somebody looked at them since.

    Raises:
        InvalidInput: None is chosen, or no reason is given.
        NotFound, NotPermitted: The batch is not theirs, or one of its records is another trainer's.
    """
    with database.writing() as unit:
        batch = batch_of(unit, by, batch_id)
        chosen = {
            line.completion_id: line.candidate_id
            for line in unit.batches.lines(batch.id)
            if line.result is RowResult.RECORDED
            and line.completion_id is not None
            and (completion_ids is None or line.completion_id in completion_ids)
        }
        if not chosen:
            raise InvalidInput("Choose at least one record to undo.", where="Records")
        people = {one for one in chosen.values() if one is not None}
        books = ReadBooks(unit, by, [unit.candidates.get(one) for one in people])
        standing = [one for one in chosen if not books.is_superseded(one)]
        for completion_id in standing:
            retract(books, clock, by, completion_id, reason)
        books.post()
    return len(standing)


def line_of(
    line: int, told: str, entry: CompletionEntry | None, result: Recorded | CertifyError | None
) -> BatchLine:
    """Return what became of an entry; ``entry`` is None where the row could not be read as one."""
    stated = BatchLine(line=line, told=told, result=RowResult.REFUSED, reason=str(result))
    if entry is not None:
        stated = replace(
            stated,
            candidate_id=entry.candidate_id,
            module_id=entry.module_id,
            completed_on=entry.completed_on,
            outcome=entry.outcome,
        )
    if not isinstance(result, Recorded):
        return stated
    kind = RowResult.ALREADY_RECORDED if result.already else RowResult.RECORDED
    return replace(stated, result=kind, reason="", completion_id=result.record.id)


def _id_of_changed(batch: Batch) -> str:
    """Return the id of what was sent with a token that somebody used for something else: the same each time."""
    sending = f"{batch.id} {batch.entered_by} {batch.content_digest}"
    return encode_identifier(hashlib.sha256(sending.encode()).digest()[:16])


def _digest(entries: Sequence[CompletionEntry]) -> str:
    stated = [
        [
            entry.candidate_id,
            entry.module_id,
            entry.module_version,
            entry.completed_on.isoformat(),
            entry.outcome.value,
            entry.trainer_id,
            entry.workload_minutes,
            entry.evidence_digest,
        ]
        for entry in entries
    ]
    return hashlib.sha256(json.dumps(stated).encode()).hexdigest()
