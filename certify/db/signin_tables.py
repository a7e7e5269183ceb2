"""The tables of signing in: sessions, tokens of programs, and counts of tries."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from certify.db.columns import UtcDateTime, digest_type, id_type, key, metadata, to

session = Table(
    "session",
    metadata,
    Column("token_digest", digest_type(), primary_key=True),
    Column("id", id_type(), nullable=False, unique=True),
    to("user_id", "user_account.id"),
    Column("method", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("signed_in_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("pending", Text, nullable=False, server_default=""),
    Index(None, "user_id"),
)
api_token = Table(
    "api_token",
    metadata,
    key(),
    Column("token_digest", digest_type(), nullable=False, unique=True),
    to("user_id", "user_account.id"),
    Column("name", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    CheckConstraint("scopes <> ''", name="scopes"),
    Index(None, "user_id"),
)
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("key", digest_type(), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("open_at", UtcDateTime, nullable=False),
    Index(None, "last_at"),
)
