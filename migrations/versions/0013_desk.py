"""A certifier's desk: declared conflicts of interest, opened cases, and jobs.

From here on a decision names the decider's word that they have no conflict of interest in the candidate; those
of before have none. Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_APPEND_ONLY = ("conflict_declaration", "case_view")
_UNDECLARED = (
    "NOT EXISTS (SELECT 1 FROM conflict_declaration AS said WHERE said.id = NEW.declaration_id"
    " AND said.candidate_id = NEW.candidate_id AND said.declared_by = NEW.decided_by AND said.conflict = '')"
)
_DECLARED = (
    "EXISTS (SELECT 1 FROM conflict_declaration AS said WHERE said.candidate_id = NEW.candidate_id"
    " AND said.declared_by = NEW.decided_by AND said.conflict <> '')"
)


def upgrade() -> None:
    _tables()
    if op.get_context().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _tables() -> None:
    op.create_table(
        "conflict_declaration",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, sa.ForeignKey("candidate.id"), nullable=False),
        sa.Column("declared_by", _ID, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("conflict", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_conflict_declaration"),
        sa.UniqueConstraint("id", name="uq_conflict_declaration_id"),
    )
    op.create_index(
        "ix_conflict_declaration_candidate_id", "conflict_declaration", ["candidate_id", "declared_by"]
    )
    op.create_table(
        "case_view",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("candidate_id", _ID, sa.ForeignKey("candidate.id"), nullable=False),
        sa.Column("framework_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("viewed_by", _ID, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_case_view"),
        sa.UniqueConstraint(
            "viewed_by", "candidate_id", "framework_id", "role_id", "digest", name="uq_case_view_results"
        ),
    )
    op.create_table(
        "job",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("requested_by", _ID, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'finished')", name="ck_job_state"),
        sa.CheckConstraint("(state = 'running') = (lease <> '')", name="ck_job_lease"),
        sa.CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="ck_job_leased_until"),
        sa.CheckConstraint("(state = 'finished') = (finished_at IS NOT NULL)", name="ck_job_finished_at"),
        sa.PrimaryKeyConstraint("position", name="pk_job"),
        sa.UniqueConstraint("id", name="uq_job_id"),
    )
    _partial_index("ix_job_due", "job", "position", "state <> 'finished'", unique=False)
    op.create_table(
        "job_item",
        sa.Column("job_id", _ID, sa.ForeignKey("job.id"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("decision_id", _ID, sa.ForeignKey("decision.id"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name="ck_job_item_state"),
        sa.CheckConstraint("(state = 'failed') = (code <> '')", name="ck_job_item_code"),
        sa.PrimaryKeyConstraint("job_id", "sequence", name="pk_job_item"),
    )
    _partial_index("uq_job_item_waiting", "job_item", "decision_id", "state = 'waiting'", unique=True)
    # A key in a new column: SQLite adds it with the column, PostgreSQL by itself.
    if op.get_context().dialect.name == "postgresql":
        op.add_column("decision", sa.Column("declaration_id", _ID, nullable=True))
        op.create_foreign_key(
            "fk_decision_declaration_id", "decision", "conflict_declaration", ["declaration_id"], ["id"]
        )
    else:
        op.execute(
            "ALTER TABLE decision ADD COLUMN declaration_id VARCHAR(26) "
            "CONSTRAINT fk_decision_declaration_id REFERENCES conflict_declaration (id)"
        )


def _partial_index(name: str, table: str, column: str, where: str, *, unique: bool) -> None:
    op.create_index(
        name,
        table,
        [column],
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _sqlite() -> None:
    for table in _APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
            )
    for name, condition in (("decision_conflict", _DECLARED), ("decision_undeclared", _UNDECLARED)):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON decision WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def _postgresql() -> None:
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
        )
    for name, condition in (("decision_conflict", _DECLARED), ("decision_undeclared", _UNDECLARED)):
        op.execute(
            f"CREATE FUNCTION certify_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{name}' "
            f"USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON decision FOR EACH ROW EXECUTE FUNCTION certify_{name}()"
        )
