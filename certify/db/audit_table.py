"""The table of the audit trail's own events."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text

from certify.audit.model import SubjectKind
from certify.db.columns import UtcDateTime, id_type, metadata, one_of, position

audit_event = Table(
    "audit_event",
    metadata,
    position(),
    Column("at", UtcDateTime, nullable=False),
    # No keys to other tables: what an event names may be erased one day, and the event stays.
    Column("actor_id", id_type()),
    Column("action", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("candidate_id", id_type()),
    Column("detail", Text, nullable=False),
    one_of("subject_kind", SubjectKind),
    CheckConstraint("length(detail) <= 200", name="detail"),
    Index(None, "at"),
)
