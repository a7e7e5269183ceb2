"""A trainer's desk: records that retract, batches, drafts, uploads, remembered columns and evidence files.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_DIGEST = sa.String(length=64)
_RETRACTS = "NOT retracts OR (supersedes IS NOT NULL AND outcome = 'withdrawn')"


def upgrade() -> None:
    # SQLite adds a check with its column only, and PostgreSQL understands the same.
    op.execute(
        "ALTER TABLE completion ADD COLUMN retracts BOOLEAN DEFAULT false NOT NULL "
        f"CONSTRAINT ck_completion_retracts CHECK ({_RETRACTS})"
    )
    _table(
        "draft",
        _to("user_id", "user_account"),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        _at("kept_at"),
        key=("user_id", "form"),
    )
    _table(
        "batch",
        sa.Column("id", _ID, nullable=False),
        _to("entered_by", "user_account"),
        _to("cohort_id", "cohort", nullable=True),
        sa.Column("framework_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content_digest", _DIGEST, nullable=False),
        _at("entered_at"),
        key=("id",),
    )
    _table(
        "batch_line",
        _to("batch_id", "batch"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        _to("candidate_id", "candidate", nullable=True),
        _to("completion_id", "completion", nullable=True),
        sa.Column("module_id", sa.Text, nullable=False),
        sa.Column("completed_on", sa.Date, nullable=True),
        sa.Column("outcome", sa.Text, nullable=True),
        sa.CheckConstraint(
            "result IN ('recorded', 'already recorded', 'refused')", name=op.f("ck_batch_line_result")
        ),
        sa.CheckConstraint(
            "outcome IN ('passed', 'failed', 'withdrawn')", name=op.f("ck_batch_line_outcome")
        ),
        sa.CheckConstraint(
            "(result = 'refused') = (completion_id IS NULL)", name=op.f("ck_batch_line_completion_id")
        ),
        key=("batch_id", "position"),
    )
    _table(
        "upload",
        sa.Column("id", _ID, nullable=False),
        _to("uploaded_by", "user_account"),
        sa.Column("framework_id", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("file_digest", _DIGEST, nullable=False),
        _at("uploaded_at"),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("trial", sa.Text, nullable=False),
        key=("id",),
    )
    _table(
        "column_mapping",
        _to("user_id", "user_account"),
        sa.Column("layout", _DIGEST, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        _at("kept_at"),
        key=("user_id", "layout"),
    )
    _table(
        "evidence_file",
        sa.Column("digest", _DIGEST, nullable=False),
        _to("added_by", "user_account"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        _at("added_at"),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_evidence_file_size_bytes")),
        key=("digest", "added_by"),
    )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _to(name: str, table: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _ID, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _table(name: str, *columns: sa.Column[object] | sa.CheckConstraint, key: tuple[str, ...]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))
