"""What holders decide: shares, chosen roles, and the end of an account.

What a closed account's corrections said of a name and its reasons may be erased, and nothing else of them. Going
back is refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.String(length=26)
_PINNED = ("position", "id", "candidate_id", "certificate_id", "ground", "requested_by", "requested_at")
_NAMED = ("native_name", "latin_name", "printed_name")
_SAID = ("reason", "evidence", "evidence_digest")
_RULED = ("state", "ruling", "ruled_by", "ruled_at", "decision_id")


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
        "share",
        sa.Column("id", _ID, nullable=False),
        sa.Column("candidate_id", _ID, sa.ForeignKey("candidate.id"), nullable=False),
        sa.Column("name_form", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name_form IN ('none', 'printed', 'native', 'latin')", name="ck_share_name_form"),
        sa.PrimaryKeyConstraint("id", name="pk_share"),
        sa.UniqueConstraint("id", "candidate_id", name="uq_share_holder"),
    )
    op.create_index("ix_share_candidate_id", "share", ["candidate_id"])
    op.create_table(
        "share_certificate",
        sa.Column("share_id", _ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("candidate_id", _ID, nullable=False),
        sa.Column("certificate_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("share_id", "sequence", name="pk_share_certificate"),
        sa.ForeignKeyConstraint(
            ["share_id", "candidate_id"],
            ["share.id", "share.candidate_id"],
            name="fk_share_certificate_share",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id", "candidate_id"],
            ["certificate.id", "certificate.candidate_id"],
            name="fk_share_certificate_certificate",
        ),
    )
    op.create_table(
        "chosen_role",
        sa.Column("candidate_id", _ID, sa.ForeignKey("candidate.id"), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_chosen_role"),
    )
    op.create_table(
        "account_closure",
        sa.Column("candidate_id", _ID, sa.ForeignKey("candidate.id"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_account_closure"),
    )


def _refused(differs: str) -> str:
    """An update of a correction is a ruling on an open one, or the erasure of what it said of a closed account."""

    def changed(names: tuple[str, ...]) -> str:
        return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in names)

    no_ruling = f"OLD.state <> 'open' OR NEW.state = 'open' OR {changed((*_PINNED, *_NAMED, *_SAID))}"
    erased = " AND ".join(
        [
            f"NOT ({changed((*_PINNED, *_RULED))})",
            "EXISTS (SELECT 1 FROM account_closure WHERE candidate_id = OLD.candidate_id)",
            *(f"(NOT (OLD.{name} {differs} NEW.{name}) OR NEW.{name} = 'erased')" for name in _NAMED),
            "NEW.reason = 'erased' AND NEW.evidence = '' AND NEW.evidence_digest IS NULL",
        ]
    )
    return f"({no_ruling}) AND NOT ({erased})"


_CLOSED = "EXISTS (SELECT 1 FROM account_closure WHERE candidate_id = NEW.candidate_id)"


def _sqlite() -> None:
    op.execute(
        f"CREATE TRIGGER decision_closed BEFORE INSERT ON decision WHEN {_CLOSED} "
        "BEGIN SELECT RAISE(ABORT, 'decision_closed'); END"
    )
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER account_closure_no_{action.lower()} BEFORE {action} ON account_closure "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )
    op.execute("DROP TRIGGER correction_pinned")
    op.execute(
        f"CREATE TRIGGER correction_pinned BEFORE UPDATE ON correction WHEN {_refused('IS NOT')} "
        "BEGIN SELECT RAISE(ABORT, 'correction_pinned'); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE TRIGGER account_closure_no_change BEFORE UPDATE OR DELETE ON account_closure "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
    )
    op.execute(
        "CREATE TRIGGER account_closure_no_truncate BEFORE TRUNCATE ON account_closure "
        "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
    )
    op.execute(
        "CREATE FUNCTION certify_decision_closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_CLOSED} THEN RAISE EXCEPTION 'decision_closed' "
        "USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_closed'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER decision_closed BEFORE INSERT ON decision "
        "FOR EACH ROW EXECUTE FUNCTION certify_decision_closed()"
    )
    op.execute("DROP TRIGGER correction_pinned ON correction")
    op.execute(
        "CREATE FUNCTION certify_correction_pinned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_refused('IS DISTINCT FROM')} THEN RAISE EXCEPTION 'correction_pinned' "
        "USING ERRCODE = 'check_violation', CONSTRAINT = 'correction_pinned'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER correction_pinned BEFORE UPDATE ON correction FOR EACH ROW "
        "EXECUTE FUNCTION certify_correction_pinned()"
    )
