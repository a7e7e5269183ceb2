"""The register's tables. What a rule can say as a constraint is a constraint, so that no code can get round it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept and returned in UTC; a naive one is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as its base
        """Refuse a naive datetime; SQLite keeps no zone, so everything is UTC there."""
        del dialect
        if value is None:
            return None
        assert value.tzinfo is not None, "times are aware"
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> String:
    return String(26)


def _key(name: str = "id") -> Column[str]:
    return Column(name, _id(), primary_key=True)


def _to(name: str, target: str, *, null: bool = False) -> Column[str]:
    return Column(name, _id(), ForeignKey(target), nullable=null)


candidate = Table(
    "candidate",
    metadata,
    _key(),
    Column("reference", String(32), nullable=False, unique=True),
    Column("native_name", Text, nullable=False),
    Column("latin_name", Text, nullable=False),
    Column("printed_name", Text, nullable=False),
    Column("email", Text),
    Column("registered_by", _id(), nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
)
user = Table(
    "user_account",
    metadata,
    _key(),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    _to("candidate_id", "candidate.id", null=True),
    Column("active", Boolean, nullable=False),
)
session = Table(
    "session",
    metadata,
    Column("token_digest", String(64), primary_key=True),
    _to("user_id", "user_account.id"),
    Column("signed_in_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
admission = Table(
    "admission",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("id", _id(), nullable=False, unique=True),
    _to("candidate_id", "candidate.id"),
    Column("qualification", Text, nullable=False),
    Column("eqf_level", Integer),
    Column("evidence_digest", String(64)),
    Column("accepted", Boolean, nullable=False),
    _to("reviewed_by", "user_account.id"),
    Column("reviewed_at", UtcDateTime, nullable=False),
    CheckConstraint("eqf_level BETWEEN 1 AND 8", name="eqf_level"),
    Index(None, "candidate_id", "position"),
)
cohort = Table(
    "cohort",
    metadata,
    _key(),
    Column("code", String(32), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("framework_id", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
)
cohort_trainer = Table(
    "cohort_trainer",
    metadata,
    Column("cohort_id", _id(), ForeignKey("cohort.id"), primary_key=True),
    Column("user_id", _id(), ForeignKey("user_account.id"), primary_key=True),
)
cohort_member = Table(
    "cohort_member",
    metadata,
    Column("cohort_id", _id(), ForeignKey("cohort.id"), primary_key=True),
    Column("candidate_id", _id(), ForeignKey("candidate.id"), primary_key=True),
    Column("role_id", Text, primary_key=True),
    Index(None, "candidate_id"),
)
framework = Table(
    "framework",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("framework_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    UniqueConstraint("framework_id", "version"),
)
completion = Table(
    "completion",
    metadata,
    _key(),
    _to("candidate_id", "candidate.id"),
    Column("module_id", Text, nullable=False),
    Column("module_version", Text, nullable=False),
    Column("completed_on", Date, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("workload_minutes", Integer, nullable=False),
    Column("evidence_digest", String(64)),
    _to("trainer_id", "user_account.id"),
    _to("recorded_by", "user_account.id"),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("supersedes", _id(), ForeignKey("completion.id"), unique=True),
    Column("correction_reason", Text, nullable=False),
    # The target of a decision's four-eyes key, see decision_reliance.
    UniqueConstraint("id", "trainer_id", "recorded_by"),
    Index(
        "uq_completion_natural_key",
        "candidate_id",
        "module_id",
        "module_version",
        "completed_on",
        unique=True,
        sqlite_where=text("supersedes IS NULL"),
        postgresql_where=text("supersedes IS NULL"),
    ),
)
decision = Table(
    "decision",
    metadata,
    _key(),
    _to("candidate_id", "candidate.id"),
    Column("framework_id", Text, nullable=False),
    Column("framework_version", Text, nullable=False),
    Column("role_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("assessment", Text, nullable=False),
    _to("decided_by", "user_account.id"),
    Column("decided_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(
        ["framework_id", "framework_version"], ["framework.framework_id", "framework.version"]
    ),
    UniqueConstraint("candidate_id", "framework_id", "role_id", "sequence"),
    UniqueConstraint("id", "decided_by"),
    CheckConstraint("sequence >= 1", name="sequence"),
    CheckConstraint("outcome IN ('granted', 'refused')", name="outcome"),
)
decision_reliance = Table(
    "decision_reliance",
    metadata,
    Column("decision_id", _id(), primary_key=True),
    Column("completion_id", _id(), primary_key=True),
    Column("decided_by", _id(), nullable=False),
    Column("trainer_id", _id(), nullable=False),
    Column("recorded_by", _id(), nullable=False),
    # Four eyes as keys and checks: the row can only repeat the true decider, trainer and recorder.
    ForeignKeyConstraint(["decision_id", "decided_by"], ["decision.id", "decision.decided_by"]),
    ForeignKeyConstraint(
        ["completion_id", "trainer_id", "recorded_by"],
        ["completion.id", "completion.trainer_id", "completion.recorded_by"],
    ),
    CheckConstraint("decided_by <> trainer_id AND decided_by <> recorded_by", name="four_eyes"),
)
certificate = Table(
    "certificate",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("id", _id(), nullable=False, unique=True),
    Column("decision_id", _id(), ForeignKey("decision.id"), nullable=False, unique=True),
    _to("candidate_id", "candidate.id"),
    Column("number", Text, nullable=False, unique=True),
    Column("status_list", Integer, nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("award", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("prepared_at", UtcDateTime, nullable=False),
    Column("sha256", String(64), unique=True),
    Column("stored_at", UtcDateTime),
    UniqueConstraint("status_list", "status_index"),
    CheckConstraint(
        "(state = 'prepared' AND sha256 IS NULL AND stored_at IS NULL)"
        " OR (state = 'issued' AND sha256 IS NOT NULL AND stored_at IS NOT NULL)",
        name="state",
    ),
    Index(None, "candidate_id"),
)
certificate_file = Table(
    "certificate_file",
    metadata,
    Column("certificate_id", _id(), ForeignKey("certificate.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
status_event = Table(
    "status_event",
    metadata,
    _key(),
    _to("certificate_id", "certificate.id"),
    Column("sequence", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    _to("acted_by", "user_account.id"),
    Column("acted_at", UtcDateTime, nullable=False),
    Column("superseded_by", _id(), ForeignKey("certificate.id")),
    UniqueConstraint("certificate_id", "sequence"),
)

APPEND_ONLY = (
    "admission",
    "framework",
    "completion",
    "decision",
    "decision_reliance",
    "certificate_file",
    "status_event",
)
"""Tables whose rows are never changed or deleted; triggers hold it (migrations, revision 0001)."""
