"""The table of letters' words as administrators wrote them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text, UniqueConstraint

from certify.db.columns import UtcDateTime, metadata, position, to

letter_text = Table(
    "letter_text",
    metadata,
    position(),
    Column("kind", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # Both empty: from here on the shipped text counts again.
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    to("changed_by", "user_account.id", null=True),
    Column("changed_at", UtcDateTime, nullable=False),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("(subject = '') = (body = '')", name="body"),
    UniqueConstraint("kind", "language", "version", name="uq_letter_text_version"),
)
