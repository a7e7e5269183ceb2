"""The code by which an empty installation is set up, once.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setup_code",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_setup_code"),
        sa.CheckConstraint("id = 1", name="ck_setup_code_id"),
    )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
