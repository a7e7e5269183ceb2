"""The tables of organisations, and of the schemes that they certify under."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table, Text, text

from certify.db.columns import key, metadata, to

organisation = Table(
    "organisation",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),
    Column("country", Text, nullable=False),
    Column("help_contact", Text, nullable=False),
    Column("operator", Boolean, nullable=False),
    CheckConstraint("name <> ''", name="name"),
    # One organisation runs the installation, and only one.
    Index(
        "uq_organisation_operator",
        "operator",
        unique=True,
        sqlite_where=text("operator"),
        postgresql_where=text("operator"),
    ),
)
scheme_body = Table(
    "scheme_body",
    metadata,
    Column("framework_id", Text, primary_key=True),
    to("organisation_id", "organisation.id"),
)
