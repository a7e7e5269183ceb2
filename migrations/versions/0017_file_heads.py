"""Files keep the beginning that they share once, and tokens are signed when they are first asked for.

Files issued before are kept whole, which is what their empty column says. Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_head",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_file_head"),
    )
    op.create_table(
        "credential_token",
        sa.Column("certificate_id", sa.String(26), nullable=False),
        sa.Column("jwt_eddsa", sa.LargeBinary(), nullable=False),
        sa.Column("jwt_es256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", name="pk_credential_token"),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_credential_token_certificate_id"
        ),
        sa.CheckConstraint(
            "length(jwt_eddsa) = 64 AND length(jwt_es256) = 64", name="ck_credential_token_signatures"
        ),
    )
    op.execute(
        "ALTER TABLE certificate_file ADD COLUMN head_sha256 VARCHAR(64) "
        "CONSTRAINT fk_certificate_file_head_sha256 REFERENCES file_head (sha256)"
    )
    for table in ("file_head", "credential_token"):
        _append_only(table)


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _append_only(table: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )
