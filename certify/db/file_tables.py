"""What belongs to issued files beside their own rows: the heads that they share, and their credentials' tokens."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, Table

from certify.db.columns import digest_type, id_type, metadata

file_head = Table(
    "file_head",
    metadata,
    # The constant beginning of all files of one design, framework version, role and language, kept once.
    Column("sha256", digest_type(), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
credential_token = Table(
    "credential_token",
    metadata,
    # The signatures of a credential as a JWT, made when it was first asked for.
    Column("certificate_id", id_type(), ForeignKey("certificate.id"), primary_key=True),
    Column("jwt_eddsa", LargeBinary, nullable=False),
    Column("jwt_es256", LargeBinary, nullable=False),
    CheckConstraint("length(jwt_eddsa) = 64 AND length(jwt_es256) = 64", name="signatures"),
)
