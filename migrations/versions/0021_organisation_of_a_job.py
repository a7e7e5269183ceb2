"""A job belongs to an organisation: that of whoever asked for it, as it is when this runs.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_KEY = "fk_job_organisation_id"


def upgrade() -> None:
    postgresql = op.get_context().dialect.name == "postgresql"
    if postgresql:
        op.add_column("job", sa.Column("organisation_id", _ID, sa.ForeignKey("organisation.id", name=_KEY)))
    else:
        # SQLite names the constraint only where the column is added in its own words.
        op.execute(
            f"ALTER TABLE job ADD COLUMN organisation_id VARCHAR(26) CONSTRAINT {_KEY} REFERENCES organisation (id)"
        )
    op.execute(
        "UPDATE job SET organisation_id = "
        "(SELECT organisation_id FROM user_account WHERE user_account.id = job.requested_by)"
    )
    op.create_index("ix_job_organisation_id", "job", ["organisation_id"])
    # SQLite cannot add a column that is a key to another table and must not be null, nor a constraint.
    if postgresql:
        op.execute("ALTER TABLE job ADD CONSTRAINT ck_job_organisation CHECK (organisation_id IS NOT NULL)")
        return
    for action in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER job_organisation_{action.lower()} BEFORE {action} ON job "
            "WHEN NEW.organisation_id IS NULL BEGIN SELECT RAISE(ABORT, 'organisation_missing'); END"
        )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
