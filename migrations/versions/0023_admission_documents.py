"""Documents of prior qualifications. Going back is refused, as for the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admission_document",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("candidate_id", sa.String(length=26), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.String(length=26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size_bytes > 0", name="ck_admission_document_size_bytes"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_admission_document_candidate_id"
        ),
        sa.ForeignKeyConstraint(["added_by"], ["user_account.id"], name="fk_admission_document_added_by"),
        sa.PrimaryKeyConstraint("position", name="pk_admission_document"),
        sa.UniqueConstraint("candidate_id", "digest", name="uq_admission_document_digest"),
    )
    op.create_index("ix_admission_document_digest", "admission_document", ["digest"])


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
