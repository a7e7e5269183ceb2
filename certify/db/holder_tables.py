"""The tables of what holders decide: shares, chosen roles, publicity, closed accounts."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from certify.db.columns import UtcDateTime, id_type, key, metadata, one_of, to
from certify.sharing.model import NameForm

share = Table(
    "share",
    metadata,
    key(),
    to("candidate_id", "candidate.id"),
    Column("name_form", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    one_of("name_form", NameForm),
    # The target of share_certificate.
    UniqueConstraint("id", "candidate_id", name="uq_share_holder"),
    Index(None, "candidate_id"),
)
share_certificate = Table(
    "share_certificate",
    metadata,
    Column("share_id", id_type(), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("candidate_id", id_type(), nullable=False),
    Column("certificate_id", id_type(), nullable=False),
    # Both keys have the candidate in them: nobody shares what somebody else holds.
    ForeignKeyConstraint(
        ["share_id", "candidate_id"],
        ["share.id", "share.candidate_id"],
        name="fk_share_certificate_share",
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(
        ["certificate_id", "candidate_id"],
        ["certificate.id", "certificate.candidate_id"],
        name="fk_share_certificate_certificate",
    ),
)
chosen_role = Table(
    "chosen_role",
    metadata,
    Column("candidate_id", id_type(), ForeignKey("candidate.id"), primary_key=True),
    Column("role_id", Text, nullable=False),
)
account_closure = Table(
    "account_closure",
    metadata,
    Column("candidate_id", id_type(), ForeignKey("candidate.id"), primary_key=True),
    Column("closed_at", UtcDateTime, nullable=False),
)
publicity = Table(
    "publicity",
    metadata,
    Column("certificate_id", id_type(), ForeignKey("certificate.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("public", Boolean, nullable=False),
    to("acted_by", "user_account.id"),
    Column("acted_at", UtcDateTime, nullable=False),
    CheckConstraint("sequence >= 1", name="sequence"),
)
