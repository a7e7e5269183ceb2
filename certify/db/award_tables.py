"""The table of what awards of a kind have in common."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from certify.db.columns import digest_type, metadata

award_kind = Table(
    "award_kind",
    metadata,
    # What all awards of one framework version, role, language and design say, in canonical JSON, kept once.
    Column("sha256", digest_type(), primary_key=True),
    Column("content", Text, nullable=False),
)
