"""Applications: units that candidates asked to be certified for, each once and for ever.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("framework_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("applied_by", _ID, nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["applied_by"], ["user_account.id"], name=op.f("fk_application_applied_by")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_application_candidate_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_application")),
        sa.UniqueConstraint("candidate_id", "framework_id", "role_id", name="uq_application_wish"),
    )
    op.create_index(op.f("ix_application_framework_id"), "application", ["framework_id"], unique=False)
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER application_no_change BEFORE UPDATE OR DELETE ON application "
            "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
        )
        op.execute(
            "CREATE TRIGGER application_no_truncate BEFORE TRUNCATE ON application "
            "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER application_no_{action.lower()} BEFORE {action} ON application "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
