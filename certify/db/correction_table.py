"""The table of corrections, whose constraints hold four eyes and one approval for each certificate."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Table, Text, text

from certify.corrections.model import CorrectionGround, CorrectionState
from certify.db.columns import UtcDateTime, digest_type, id_type, metadata, one_of, position, to

correction = Table(
    "correction",
    metadata,
    position(),
    Column("id", id_type(), nullable=False, unique=True),
    to("candidate_id", "candidate.id"),
    Column("certificate_id", id_type()),
    Column("ground", Text, nullable=False),
    Column("native_name", Text),
    Column("latin_name", Text),
    Column("printed_name", Text),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("evidence_digest", digest_type()),
    to("requested_by", "user_account.id"),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("ruling", Text, nullable=False),
    to("ruled_by", "user_account.id", null=True),
    Column("ruled_at", UtcDateTime),
    Column("decision_id", id_type(), unique=True),
    ForeignKeyConstraint(
        ["certificate_id", "candidate_id"],
        ["certificate.id", "certificate.candidate_id"],
        name="fk_correction_certificate",
    ),
    # Whoever approves is the decider, so a decision's own four eyes hold for a correction too.
    ForeignKeyConstraint(
        ["decision_id", "candidate_id", "ruled_by"],
        ["decision.id", "decision.candidate_id", "decision.decided_by"],
        name="fk_correction_decision",
    ),
    one_of("ground", CorrectionGround),
    one_of("state", CorrectionState),
    CheckConstraint(
        "(ground = 'name' AND native_name IS NOT NULL AND latin_name IS NOT NULL AND printed_name IS NOT NULL)"
        " OR (ground = 'record' AND native_name IS NULL AND latin_name IS NULL AND printed_name IS NULL"
        " AND certificate_id IS NOT NULL)",
        name="name",
    ),
    CheckConstraint("reason <> ''", name="reason"),
    CheckConstraint("(state = 'open') = (ruled_by IS NULL)", name="ruled_by"),
    CheckConstraint("(state = 'open') = (ruled_at IS NULL)", name="ruled_at"),
    CheckConstraint("state <> 'refused' OR ruling <> ''", name="ruling"),
    CheckConstraint(
        "(state = 'withdrawn') = (ruled_by = requested_by) OR ruled_by IS NULL", name="four_eyes"
    ),
    CheckConstraint(
        "(state = 'approved' AND certificate_id IS NOT NULL) = (decision_id IS NOT NULL)", name="decision_id"
    ),
    # One correction of a certificate at a time, and one for ever where it was approved.
    Index(
        "uq_correction_certificate",
        "certificate_id",
        unique=True,
        sqlite_where=text("state IN ('open', 'approved')"),
        postgresql_where=text("state IN ('open', 'approved')"),
    ),
    Index(
        "uq_correction_name",
        "candidate_id",
        unique=True,
        sqlite_where=text("certificate_id IS NULL AND state = 'open'"),
        postgresql_where=text("certificate_id IS NULL AND state = 'open'"),
    ),
    Index(None, "candidate_id"),
)
