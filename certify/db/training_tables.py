"""A trainer's desk: what was entered together, what is half typed, uploads that wait, and evidence.

The records themselves are in `completion`; nothing here counts for anybody's eligibility.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, Table, Text

from certify.completions.model import CompletionOutcome
from certify.db.columns import UtcDateTime, digest_type, id_type, key, metadata, one_of, to
from certify.imports import RowResult

draft = Table(
    "draft",
    metadata,
    # One for each person and form: nobody sees or overwrites a colleague's.
    Column("user_id", id_type(), ForeignKey("user_account.id"), primary_key=True),
    Column("form", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)
batch = Table(
    "batch",
    metadata,
    # The form's own token or the upload's id: its key makes the same form sent twice one batch.
    key(),
    to("entered_by", "user_account.id"),
    to("cohort_id", "cohort.id", null=True),
    Column("framework_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("content_digest", digest_type(), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
)
batch_line = Table(
    "batch_line",
    metadata,
    Column("batch_id", id_type(), ForeignKey("batch.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("told", Text, nullable=False),
    to("candidate_id", "candidate.id", null=True),
    to("completion_id", "completion.id", null=True),
    Column("module_id", Text, nullable=False),
    Column("completed_on", Date),
    Column("outcome", Text),
    one_of("result", RowResult),
    one_of("outcome", CompletionOutcome),
    CheckConstraint("(result = 'refused') = (completion_id IS NULL)", name="completion_id"),
)
upload = Table(
    "upload",
    metadata,
    key(),
    to("uploaded_by", "user_account.id"),
    Column("framework_id", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_digest", digest_type(), nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
    # JSON; empty until somebody said what the columns mean, and until it was tried.
    Column("mapping", Text, nullable=False),
    Column("trial", Text, nullable=False),
)
column_mapping = Table(
    "column_mapping",
    metadata,
    Column("user_id", id_type(), ForeignKey("user_account.id"), primary_key=True),
    Column("layout", digest_type(), primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)
evidence_file = Table(
    "evidence_file",
    metadata,
    # Who added it is part of the key: to know a digest is not to have the file (docs/adr, evidence).
    Column("digest", digest_type(), primary_key=True),
    Column("added_by", id_type(), ForeignKey("user_account.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    CheckConstraint("size_bytes > 0", name="size_bytes"),
)
