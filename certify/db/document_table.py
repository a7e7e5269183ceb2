"""The table of documents of prior qualifications; the files are kept by their content."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, UniqueConstraint

from certify.db.columns import UtcDateTime, digest_type, metadata, position, to

admission_document = Table(
    "admission_document",
    metadata,
    position(),
    to("candidate_id", "candidate.id"),
    Column("digest", digest_type(), nullable=False),
    to("added_by", "user_account.id"),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    CheckConstraint("size_bytes > 0", name="size_bytes"),
    # Whose it is, is part of the key: to know a digest is not to have the file.
    UniqueConstraint("candidate_id", "digest", name="uq_admission_document_digest"),
    Index(None, "digest"),
)
