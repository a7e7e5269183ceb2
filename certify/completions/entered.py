"""What was entered together: a class by one form, or the rows of one file; and what a person has not sent yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from certify.completions.model import CompletionOutcome
from certify.imports import RowResult


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One completion of a batch, or of a trial of one.

    Attributes:
        line: Line of the file, or place in the form, from 1.
        reason: Why it is refused; empty otherwise.
        told: How the file or form named the person.
        candidate_id: None where nobody was found.
        completion_id: The record that states it; None where it is refused.
    """

    line: int
    result: RowResult
    reason: str = ""
    told: str = ""
    candidate_id: str | None = None
    completion_id: str | None = None
    module_id: str = ""
    completed_on: date | None = None
    outcome: CompletionOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Completions entered together, so that they can be looked at and undone together.

    Attributes:
        id: The token of the form that was sent, or the upload's id.
        cohort_id: The cohort whose form it was; None for a file.
        title: The module's title, or the file's name.
        content_digest: SHA-256 of what was sent: the same token with other content is another batch.
    """

    id: str
    entered_by: str
    cohort_id: str | None
    framework_id: str
    title: str
    content_digest: str
    entered_at: datetime

    def same_sending(self, other: Batch) -> bool:
        """Tell whether both are one form, sent twice by one person."""
        return (self.entered_by, self.content_digest) == (other.entered_by, other.content_digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody typed into a form and has not sent; ``form`` names it, ``content`` is the form's own."""

    user_id: str
    form: str
    content: str
    kept_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of completions that waits for its person; the batch of the same id says what became of it.

    Attributes:
        mapping: What the columns mean (`certify.completions.mapping.to_json`); empty until it is settled.
        trial: What recording would do; None until it was tried.
    """

    id: str
    uploaded_by: str
    framework_id: str
    file_name: str
    file_digest: str
    uploaded_at: datetime
    mapping: str = ""
    trial: tuple[BatchLine, ...] | None = None
