"""Organisations: what is there belongs to the one that runs the installation, which is made here.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import base64
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_MEMBERS = ("user_account", "candidate", "cohort")


def upgrade() -> None:
    organisation = op.create_table(
        "organisation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("help_contact", sa.Text(), nullable=False),
        sa.Column("operator", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_organisation_name")),
    )
    op.create_index(
        "uq_organisation_operator",
        "organisation",
        ["operator"],
        unique=True,
        sqlite_where=sa.text("operator"),
        postgresql_where=sa.text("operator"),
    )
    op.create_table(
        "scheme_body",
        sa.Column("framework_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_scheme_body_organisation_id")
        ),
        sa.PrimaryKeyConstraint("framework_id", name=op.f("pk_scheme_body")),
    )
    operator_id = base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")
    op.bulk_insert(
        organisation,
        [
            {
                "id": operator_id,
                "name": "This organisation",
                "country": "",
                "help_contact": "",
                "operator": True,
            }
        ],
    )
    for table in _MEMBERS:
        _add_organisation(table)


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _add_organisation(table: str) -> None:
    postgresql = op.get_context().dialect.name == "postgresql"
    name = f"fk_{table}_organisation_id"
    if postgresql:
        op.add_column(table, sa.Column("organisation_id", _ID, sa.ForeignKey("organisation.id", name=name)))
    else:
        # SQLite names the constraint only where the column is added in its own words.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN organisation_id VARCHAR(26) "
            f"CONSTRAINT {name} REFERENCES organisation (id)"
        )
    op.execute(
        sa.table(table, sa.column("organisation_id"))
        .update()
        .values(organisation_id=sa.text("(SELECT id FROM organisation WHERE operator)"))
    )
    op.create_index(f"ix_{table}_organisation_id", table, ["organisation_id"])
    # SQLite cannot add a column that is a key to another table and must not be null, nor a constraint.
    if postgresql:
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_organisation CHECK (organisation_id IS NOT NULL)"
        )
        return
    for action in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER {table}_organisation_{action.lower()} BEFORE {action} ON {table} "
            "WHEN NEW.organisation_id IS NULL BEGIN SELECT RAISE(ABORT, 'organisation_missing'); END"
        )
