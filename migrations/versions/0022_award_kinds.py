"""What all awards of a kind say is kept once; a certificate's row keeps what varies.

Awards prepared before are kept whole, which is what their empty column says. Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "award_kind",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_award_kind"),
    )
    op.execute(
        "ALTER TABLE certificate ADD COLUMN award_kind_sha256 VARCHAR(64) "
        "CONSTRAINT fk_certificate_award_kind_sha256 REFERENCES award_kind (sha256)"
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
            f"CREATE TRIGGER award_kind_no_{action.lower()} BEFORE {action} ON award_kind "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )
    op.execute(
        "CREATE TRIGGER certificate_kind_pinned BEFORE UPDATE ON certificate "
        "WHEN OLD.award_kind_sha256 IS NOT NEW.award_kind_sha256 "
        "BEGIN SELECT RAISE(ABORT, 'certificate_pinned'); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE TRIGGER award_kind_no_change BEFORE UPDATE OR DELETE ON award_kind "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
    )
    op.execute(
        "CREATE TRIGGER award_kind_no_truncate BEFORE TRUNCATE ON award_kind "
        "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
    )
    op.execute(
        "CREATE TRIGGER certificate_kind_pinned BEFORE UPDATE ON certificate FOR EACH ROW "
        "WHEN (OLD.award_kind_sha256 IS DISTINCT FROM NEW.award_kind_sha256) "
        "EXECUTE FUNCTION certify_refuse('certificate_pinned')"
    )
