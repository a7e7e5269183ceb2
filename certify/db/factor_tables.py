"""The tables of second factors, passkeys, and secrets that work once."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from certify.db.columns import UtcDateTime, digest_type, id_type, key, metadata, to

second_factor = Table(
    "second_factor",
    metadata,
    Column("user_id", id_type(), ForeignKey("user_account.id"), primary_key=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("code_digest", digest_type(), primary_key=True),
    to("user_id", "user_account.id"),
    Index(None, "user_id"),
)
passkey = Table(
    "passkey",
    metadata,
    key(),
    to("user_id", "user_account.id"),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("credential", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index(None, "user_id"),
)
one_time_secret = Table(
    "one_time_secret",
    metadata,
    Column("secret_digest", digest_type(), primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "expires_at"),
)
