"""Archive timestamps: bytes that come behind issued files, and whether an issued file proves its time itself.

Files issued before state no proven time, which is true of them. Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLE = "certificate_update"


def upgrade() -> None:
    op.add_column("certificate_file", sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        _TABLE,
        sa.Column("certificate_id", sa.String(26), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("with_evidence", sa.Boolean(), nullable=False),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renew_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_certificate_update_sequence")),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate_file.certificate_id"],
            name=op.f("fk_certificate_update_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("certificate_id", "sequence", name=op.f("pk_certificate_update")),
        sa.UniqueConstraint("sha256", name=op.f("uq_certificate_update_sha256")),
    )
    if op.get_context().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _sqlite() -> None:
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {_TABLE}_no_{action.lower()} BEFORE {action} ON {_TABLE} "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )


def _postgresql() -> None:
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_change BEFORE UPDATE OR DELETE ON {_TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
    )
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_truncate BEFORE TRUNCATE ON {_TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
    )
