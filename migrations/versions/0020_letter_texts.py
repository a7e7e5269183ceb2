"""Letters' words as administrators write them; append-only. Going back is refused, as for the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_text",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=26), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name="ck_letter_text_version"),
        sa.CheckConstraint("(subject = '') = (body = '')", name="ck_letter_text_body"),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"], name="fk_letter_text_changed_by"),
        sa.PrimaryKeyConstraint("position", name="pk_letter_text"),
        sa.UniqueConstraint("kind", "language", "version", name="uq_letter_text_version"),
    )
    if op.get_context().dialect.name == "postgresql":
        for event, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = "truncate" if event == "TRUNCATE" else "change"
            op.execute(
                f"CREATE TRIGGER letter_text_no_{name} BEFORE {event} ON letter_text "
                f"FOR EACH {each} EXECUTE FUNCTION certify_refuse('append_only')"
            )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER letter_text_no_{action.lower()} BEFORE {action} ON letter_text "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
