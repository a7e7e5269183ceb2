"""The audit trail's own events, which are only ever added.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("position", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=26)),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.String(length=26)),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_event"),
        sa.CheckConstraint(
            "subject_kind IN ('candidate', 'certificate', 'user', 'cohort', 'organisation', 'scheme', 'letter', 'installation')",
            name="ck_audit_event_subject_kind",
        ),
        sa.CheckConstraint("length(detail) <= 200", name="ck_audit_event_detail"),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event "
            "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
        )
        op.execute(
            "CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_event_no_{action.lower()} BEFORE {action} ON audit_event "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
