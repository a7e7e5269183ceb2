"""The tables of identity providers, one for each organisation, and of who is whom there."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from certify.db.columns import UtcDateTime, id_type, metadata

identity_provider = Table(
    "identity_provider",
    metadata,
    Column("organisation_id", id_type(), ForeignKey("organisation.id"), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("domains", Text, nullable=False),
    Column("second_factor", Text, nullable=False),
)
linked_identity = Table(
    "linked_identity",
    metadata,
    # Two organisations may have one issuer, a large one's, and a client each: a link is one organisation's.
    Column("organisation_id", id_type(), ForeignKey("organisation.id"), primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    # One person is one subject: whoever is given a colleague's old address does not get their account.
    Column("user_id", id_type(), ForeignKey("user_account.id"), nullable=False, unique=True),
    Column("linked_at", UtcDateTime, nullable=False),
)
