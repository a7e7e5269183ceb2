"""The tables of issued files: their bytes, the heads that they share, what was added later, and credentials' tokens."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Table,
)

from certify.db.columns import UtcDateTime, digest_type, id_type, metadata

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
certificate_file = Table(
    "certificate_file",
    metadata,
    Column("certificate_id", id_type(), primary_key=True),
    Column("sha256", digest_type(), nullable=False),
    # Where a head is named, only what follows it.
    Column("content", LargeBinary, nullable=False),
    # When a timestamp in these bytes proves that the signature existed.
    Column("proven_at", UtcDateTime),
    # Of files issued before revision 0017; of later ones they stand in credential_token.
    Column("jwt_eddsa", LargeBinary),
    Column("jwt_es256", LargeBinary),
    Column("head_sha256", digest_type(), ForeignKey("file_head.sha256")),
    ForeignKeyConstraint(
        ["certificate_id", "sha256"],
        ["certificate.id", "certificate.sha256"],
        name="fk_certificate_file_certificate",
    ),
)
certificate_update = Table(
    "certificate_update",
    metadata,
    # Bytes behind the issued ones, which stay as they are in certificate_file.
    Column("certificate_id", id_type(), ForeignKey("certificate_file.certificate_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", digest_type(), nullable=False, unique=True),
    Column("with_evidence", Boolean, nullable=False),
    Column("stamped_at", UtcDateTime, nullable=False),
    Column("renew_before", UtcDateTime, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    CheckConstraint("sequence >= 1", name="sequence"),
)
