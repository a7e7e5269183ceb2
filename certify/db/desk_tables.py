"""The tables of a certifier's desk: declarations, views, and jobs with their items."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from certify.db.columns import UtcDateTime, digest_type, id_type, metadata, one_of, position, to
from certify.jobs.model import ItemState, JobState

conflict_declaration = Table(
    "conflict_declaration",
    metadata,
    position(),
    Column("id", id_type(), nullable=False, unique=True),
    to("candidate_id", "candidate.id"),
    to("declared_by", "user_account.id"),
    # Empty for none. A trigger lets nobody decide on a candidate in whom they ever declared one.
    Column("conflict", Text, nullable=False),
    Column("declared_at", UtcDateTime, nullable=False),
    Index(None, "candidate_id", "declared_by"),
)
case_view = Table(
    "case_view",
    metadata,
    position(),
    to("candidate_id", "candidate.id"),
    Column("framework_id", Text, nullable=False),
    Column("role_id", Text, nullable=False),
    to("viewed_by", "user_account.id"),
    Column("digest", digest_type(), nullable=False),
    Column("viewed_at", UtcDateTime, nullable=False),
    UniqueConstraint(
        "viewed_by", "candidate_id", "framework_id", "role_id", "digest", name="uq_case_view_results"
    ),
)
job = Table(
    "job",
    metadata,
    position(),
    Column("id", id_type(), nullable=False, unique=True),
    to("requested_by", "user_account.id"),
    Column("organisation_id", id_type(), ForeignKey("organisation.id"), nullable=True, index=True),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease", Text, nullable=False),
    Column("leased_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("finished_at", UtcDateTime),
    one_of("state", JobState),
    # A job runs under exactly one lease, and ends once.
    CheckConstraint("(state = 'running') = (lease <> '')", name="lease"),
    CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="leased_until"),
    CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name="finished_at"),
    Index(
        "ix_job_due",
        "position",
        sqlite_where=text("state <> 'finished'"),
        postgresql_where=text("state <> 'finished'"),
    ),
)
job_item = Table(
    "job_item",
    metadata,
    Column("job_id", id_type(), ForeignKey("job.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    to("decision_id", "decision.id"),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("fix", Text, nullable=False),
    one_of("state", ItemState),
    CheckConstraint("(state = 'failed') = (code <> '')", name="code"),
    # A decision waits in one job at a time.
    Index(
        "uq_job_item_waiting",
        "decision_id",
        unique=True,
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
