"""What holders make public of their certificates: steps that are only ever added.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publicity",
        sa.Column("certificate_id", sa.String(length=26), sa.ForeignKey("certificate.id"), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("acted_by", sa.String(length=26), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", "sequence", name="pk_publicity"),
        sa.CheckConstraint("sequence >= 1", name="ck_publicity_sequence"),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER publicity_no_change BEFORE UPDATE OR DELETE ON publicity "
            "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
        )
        op.execute(
            "CREATE TRIGGER publicity_no_truncate BEFORE TRUNCATE ON publicity "
            "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER publicity_no_{action.lower()} BEFORE {action} ON publicity "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
