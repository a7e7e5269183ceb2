"""Training records and what a trainer's desk keeps, as protocols; `certify.ports` has the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from certify.completions.entered import Batch, BatchLine, Draft, Upload
from certify.completions.model import CompletionRecord, NaturalKey
from certify.eligibility.model import Standing
from certify.evidence.model import AdmissionDocument, EvidenceFile
from certify.framework.model import Framework


class Completions(Protocol):
    """Append-only training records."""

    def add(self, record: CompletionRecord) -> None:
        """Append a record.

        Raises:
            CompletionConflict: Another record of the same natural key, or another correction of the
                same record, was there first.
            NotFound: The candidate, a user, or the record it supersedes does not exist.
        """

    def lock(self, candidate_ids: Iterable[str]) -> None:
        """Let nobody else record for these candidates until the transaction ends, or raise NotFound."""

    def add_all(self, records: Sequence[CompletionRecord]) -> None:
        """Append records of locked candidates by one statement; CompletionConflict as `add`."""

    def get(self, completion_id: str) -> CompletionRecord:
        """Return a record, or raise NotFound."""

    def with_key(self, key: NaturalKey) -> Sequence[CompletionRecord]:
        """Return all records with this natural key, superseded ones too, oldest first."""

    def superseded_by(self, completion_id: str) -> CompletionRecord | None:
        """Return the record that corrects this one."""

    def of_candidate(self, candidate_id: str) -> Sequence[CompletionRecord]:
        """Return all records of a candidate, superseded ones too, by day of completion then id."""

    def of_candidates(self, candidate_ids: Iterable[str]) -> Sequence[CompletionRecord]:
        """Return all records of several candidates, in the same order, by one query."""

    def standings(
        self, framework: Framework, role_id: str, on: date, candidate_ids: Iterable[str] | None = None
    ) -> Sequence[Standing]:
        """Answer eligibility for many candidates (None: all) by one set query, ordered by candidate id.

        Must agree with `certify.eligibility.rules` candidate by candidate; a property test holds it.
        """


class Batches(Protocol):
    """What was entered together."""

    def add(self, batch: Batch) -> bool:
        """Store a batch; False where one with this id is there, also where another is just being stored."""

    def add_lines(self, batch_id: str, lines: Sequence[BatchLine]) -> None:
        """Store the lines of a batch, in their order."""

    def find(self, batch_id: str) -> Batch | None:
        """Return a batch."""

    def lines(self, batch_id: str) -> Sequence[BatchLine]:
        """Return the lines of a batch, in their order."""

    def entered_by(self, user_id: str, most: int) -> Sequence[Batch]:
        """Return a person's latest batches, the latest first."""

    def superseded(self, batch_id: str) -> frozenset[str]:
        """Return those of a batch's records that another record supersedes."""


class Drafts(Protocol):
    """What people typed and have not sent, and what they said of columns."""

    def keep(self, draft: Draft) -> None:
        """Store a draft in the place of the one before."""

    def find(self, user_id: str, form: str) -> Draft | None:
        """Return a person's draft of a form."""

    def drop(self, user_id: str, form: str) -> None:
        """Forget a draft; nothing happens where there is none."""

    def of_user(self, user_id: str) -> Sequence[Draft]:
        """Return all drafts of a person, the latest first."""

    def remember_columns(self, user_id: str, layout: str, mapping: str, at: datetime) -> None:
        """Store what the columns of a layout mean, in the place of what was stored before."""

    def columns(self, user_id: str, layout: str) -> str | None:
        """Return what somebody said that the columns of a layout mean."""

    def colleagues_columns(self, user_id: str, layout: str) -> str | None:
        """Return what somebody of the same organisation said of a layout last."""


class Uploads(Protocol):
    """Files of completions that wait."""

    def hold(self, file_digest: str) -> None:
        """Have a file to oneself until the transaction ends: another one that holds it waits."""

    def keep(self, upload: Upload) -> None:
        """Store an upload in the place of what it was before."""

    def find(self, upload_id: str) -> Upload | None:
        """Return an upload."""

    def of_user(self, user_id: str) -> Sequence[Upload]:
        """Return a person's uploads without their trials, the latest first."""

    def before(self, at: datetime) -> Sequence[Upload]:
        """Return everybody's uploads of before a time, without their trials."""

    def drop(self, upload_id: str) -> bool:
        """Forget an upload; return whether no other one has the same file."""


class EvidenceFiles(Protocol):
    """Which evidence is kept, and who added it."""

    def add(self, file: EvidenceFile) -> None:
        """Store what is known of a file; the same file of the same person again changes nothing."""

    def find(self, digest: str, added_by: str) -> EvidenceFile | None:
        """Return what is known of a file that this person added."""


class Documents(Protocol):
    """Documents of prior qualifications, by candidate."""

    def hold(self, digest: str) -> None:
        """Have a file to oneself until the transaction ends: another one that holds it waits."""

    def add(self, document: AdmissionDocument) -> None:
        """Store what is known of a document."""

    def find(self, candidate_id: str, digest: str) -> AdmissionDocument | None:
        """Return a candidate's document."""

    def of_candidate(self, candidate_id: str) -> Sequence[AdmissionDocument]:
        """Return a candidate's documents, the oldest first."""

    def waiting(self, candidate_id: str) -> AdmissionDocument | None:
        """Return the document that no review names yet."""

    def drop(self, candidate_id: str, digest: str) -> bool:
        """Forget a document; return whether nobody else has the same file."""
