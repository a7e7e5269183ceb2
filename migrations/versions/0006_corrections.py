"""Corrections: requests, their rulings, and certificates that take another's place.

Going back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_PINNED = (
    "position",
    "id",
    "candidate_id",
    "certificate_id",
    "ground",
    "native_name",
    "latin_name",
    "printed_name",
    "reason",
    "evidence",
    "evidence_digest",
    "requested_by",
    "requested_at",
)
_OWN = (
    "NEW.state IN ('approved', 'refused') AND EXISTS (SELECT 1 FROM user_account"
    " WHERE id = NEW.ruled_by AND candidate_id = NEW.candidate_id)"
)
# What a certificate replaces is what its decision's correction names: nothing else, and never nothing.
_CORRECTED = "(SELECT certificate_id FROM correction WHERE decision_id = NEW.decision_id)"
_STILL_STANDS = (
    "NEW.supersedes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM status_event WHERE action = 'revoke'"
    " AND certificate_id = NEW.supersedes AND superseded_by = NEW.id)"
)
_REVOKED = (
    "EXISTS (SELECT 1 FROM status_event WHERE certificate_id = NEW.certificate_id AND action = 'revoke')"
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
    # A key to the table itself: SQLite adds it with the column, PostgreSQL by itself.
    if op.get_context().dialect.name == "postgresql":
        op.add_column("certificate", sa.Column("supersedes", _ID, nullable=True))
        op.create_foreign_key(
            op.f("fk_certificate_supersedes"), "certificate", "certificate", ["supersedes"], ["id"]
        )
    else:
        op.execute(
            "ALTER TABLE certificate ADD COLUMN supersedes VARCHAR(26) "
            "CONSTRAINT fk_certificate_supersedes REFERENCES certificate (id)"
        )
    op.create_index("uq_certificate_supersedes", "certificate", ["supersedes"], unique=True)
    op.create_index("uq_certificate_holder", "certificate", ["id", "candidate_id"], unique=True)
    op.create_table(
        "correction",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("certificate_id", _ID, nullable=True),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("native_name", sa.Text(), nullable=True),
        sa.Column("latin_name", sa.Text(), nullable=True),
        sa.Column("printed_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("evidence_digest", sa.String(length=64), nullable=True),
        sa.Column("requested_by", _ID, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("ruled_by", _ID, nullable=True),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_id", _ID, nullable=True),
        sa.CheckConstraint("ground IN ('name', 'record')", name=op.f("ck_correction_ground")),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'refused', 'withdrawn')", name=op.f("ck_correction_state")
        ),
        sa.CheckConstraint(
            "(ground = 'name' AND native_name IS NOT NULL AND latin_name IS NOT NULL AND printed_name IS NOT NULL)"
            " OR (ground = 'record' AND native_name IS NULL AND latin_name IS NULL AND printed_name IS NULL"
            " AND certificate_id IS NOT NULL)",
            name=op.f("ck_correction_name"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_correction_reason")),
        sa.CheckConstraint("(state = 'open') = (ruled_by IS NULL)", name=op.f("ck_correction_ruled_by")),
        sa.CheckConstraint("(state = 'open') = (ruled_at IS NULL)", name=op.f("ck_correction_ruled_at")),
        sa.CheckConstraint("state <> 'refused' OR ruling <> ''", name=op.f("ck_correction_ruling")),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (ruled_by = requested_by) OR ruled_by IS NULL",
            name=op.f("ck_correction_four_eyes"),
        ),
        sa.CheckConstraint(
            "(state = 'approved' AND certificate_id IS NOT NULL) = (decision_id IS NOT NULL)",
            name=op.f("ck_correction_decision_id"),
        ),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_correction_candidate_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user_account.id"], name=op.f("fk_correction_requested_by")
        ),
        sa.ForeignKeyConstraint(["ruled_by"], ["user_account.id"], name=op.f("fk_correction_ruled_by")),
        sa.ForeignKeyConstraint(
            ["certificate_id", "candidate_id"],
            ["certificate.id", "certificate.candidate_id"],
            name="fk_correction_certificate",
        ),
        sa.ForeignKeyConstraint(
            ["decision_id", "candidate_id", "ruled_by"],
            ["decision.id", "decision.candidate_id", "decision.decided_by"],
            name="fk_correction_decision",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_correction")),
        sa.UniqueConstraint("id", name=op.f("uq_correction_id")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_correction_decision_id")),
    )
    op.create_index(op.f("ix_correction_candidate_id"), "correction", ["candidate_id"], unique=False)
    for name, column, where in (
        ("uq_correction_certificate", "certificate_id", "state IN ('open', 'approved')"),
        ("uq_correction_name", "candidate_id", "certificate_id IS NULL AND state = 'open'"),
    ):
        op.create_index(
            name,
            "correction",
            [column],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _sqlite() -> None:
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _PINNED)
    for name, when, table in (
        (
            "correction_pinned",
            f"UPDATE ON correction WHEN OLD.state <> 'open' OR NEW.state = 'open' OR {changed}",
            "",
        ),
        ("correction_pinned", "DELETE ON correction", "_delete"),
        ("correction_not_own", f"UPDATE ON correction WHEN {_OWN}", "_update"),
        ("correction_not_own", f"INSERT ON correction WHEN {_OWN}", "_insert"),
        (
            "certificate_correction",
            f"INSERT ON certificate WHEN NEW.supersedes IS NOT {_CORRECTED}",
            "",
        ),
        ("certificate_pinned", "UPDATE ON certificate WHEN OLD.supersedes IS NOT NEW.supersedes", "_link"),
        (
            "certificate_supersedes",
            f"UPDATE ON certificate WHEN NEW.state = 'issued' AND {_STILL_STANDS}",
            "",
        ),
        ("status_final", f"INSERT ON status_event WHEN {_REVOKED}", ""),
    ):
        op.execute(f"CREATE TRIGGER {name}{table} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{name}'); END")


def _postgresql() -> None:
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _PINNED)
    op.execute(
        "CREATE TRIGGER correction_pinned BEFORE UPDATE ON correction FOR EACH ROW "
        f"WHEN (OLD.state <> 'open' OR NEW.state = 'open' OR {changed}) "
        "EXECUTE FUNCTION certify_refuse('correction_pinned')"
    )
    op.execute(
        "CREATE TRIGGER correction_no_delete BEFORE DELETE ON correction "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse('correction_pinned')"
    )
    op.execute(
        "CREATE TRIGGER correction_no_truncate BEFORE TRUNCATE ON correction "
        "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('correction_pinned')"
    )
    op.execute(
        "CREATE TRIGGER certificate_link_pinned BEFORE UPDATE ON certificate FOR EACH ROW "
        "WHEN (OLD.supersedes IS DISTINCT FROM NEW.supersedes) "
        "EXECUTE FUNCTION certify_refuse('certificate_pinned')"
    )
    # A WHEN clause may not ask another table, so these have a function each.
    for name, condition, when in (
        ("correction_not_own", _OWN, "INSERT OR UPDATE ON correction"),
        (
            "certificate_correction",
            f"NEW.supersedes IS DISTINCT FROM {_CORRECTED}",
            "INSERT ON certificate",
        ),
        ("certificate_supersedes", f"NEW.state = 'issued' AND {_STILL_STANDS}", "UPDATE ON certificate"),
        ("status_final", _REVOKED, "INSERT ON status_event"),
    ):
        op.execute(
            f"CREATE FUNCTION certify_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{name}' "
            f"USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END IF; RETURN NEW; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} FOR EACH ROW EXECUTE FUNCTION certify_{name}()")
