"""The table of requests that carried an idempotency key. Its rows are forgotten after a day."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from certify.db.columns import UtcDateTime, digest_type, id_type, metadata

keyed_request = Table(
    "keyed_request",
    metadata,
    Column("caller_id", id_type(), ForeignKey("user_account.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", digest_type(), nullable=False),
    Column("claim", id_type(), nullable=False),
    Column("busy_until", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("status", Integer),
    Column("content_type", Text),
    Column("body", LargeBinary),
    Column("forget_at", UtcDateTime, nullable=False),
    CheckConstraint(
        "(status IS NULL) = (body IS NULL) AND (status IS NULL) = (content_type IS NULL)", name="answer"
    ),
    Index(None, "forget_at"),
)
