"""Letters to be sent, who wants no more of a kind, and the language that a person wants to be written to in.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("user_account", "candidate"):
        op.add_column(table, sa.Column("language", sa.Text))
    op.create_table(
        "letter",
        sa.Column("position", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("to_address", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sa.Column("not_after", _MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("lease", _ID),
        sa.Column("leased_until", _MOMENT),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("settled_at", _MOMENT),
        sa.PrimaryKeyConstraint("position", name="pk_letter"),
        sa.UniqueConstraint("id", name="uq_letter_id"),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'given-up', 'expired', 'unwanted')", name="ck_letter_state"
        ),
        sa.CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="ck_letter_settled_at"),
        sa.CheckConstraint("state IN ('waiting', 'given-up') OR content = '{}'", name="ck_letter_content"),
        sa.CheckConstraint("attempts >= 0", name="ck_letter_attempts"),
    )
    op.create_index("ix_letter_state_due_at", "letter", ["state", "due_at"])
    op.create_table(
        "letter_stop",
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("stopped_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("email_folded", "kind", name="pk_letter_stop"),
    )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
