"""A decision says in which language its certificate is; empty is the usual one. Going back is refused, as for the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("language", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
