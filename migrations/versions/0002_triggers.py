"""Triggers that keep what was written as it was written, whoever writes to the database and with what.

Going back is refused, as for the tables.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_APPEND_ONLY = (
    "admission",
    "framework",
    "completion",
    "decision",
    "decision_reliance",
    "certificate_file",
    "status_event",
)
_PINNED = (
    "position",
    "id",
    "decision_id",
    "candidate_id",
    "decision_outcome",
    "number",
    "status_list",
    "status_index",
    "award",
    "key_id",
    "prepared_at",
)
_OWN = "EXISTS (SELECT 1 FROM user_account WHERE id = NEW.decided_by AND candidate_id = NEW.candidate_id)"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _sqlite() -> None:
    """The message of each is the name that `certify.db.faults` knows it by."""
    for table in _APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
            )
    # A prepared certificate changes once, by being issued; nothing else about it ever does.
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _PINNED)
    op.execute(
        "CREATE TRIGGER certificate_no_update BEFORE UPDATE ON certificate "
        f"WHEN OLD.state <> 'prepared' OR NEW.state <> 'issued' OR {changed} "
        "BEGIN SELECT RAISE(ABORT, 'certificate_pinned'); END"
    )
    op.execute(
        "CREATE TRIGGER certificate_no_delete BEFORE DELETE ON certificate "
        "BEGIN SELECT RAISE(ABORT, 'certificate_pinned'); END"
    )
    op.execute(
        f"CREATE TRIGGER decision_not_own BEFORE INSERT ON decision WHEN {_OWN} "
        "BEGIN SELECT RAISE(ABORT, 'decision_not_own'); END"
    )


def _postgresql() -> None:
    """Each raises a check violation that bears the name that `certify.db.faults` knows it by."""
    op.execute(
        "CREATE FUNCTION certify_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is refused on %', TG_OP, TG_TABLE_NAME "
        "USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0]; END $$"
    )
    op.execute(
        "CREATE FUNCTION certify_refuse_own_decision() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_OWN} THEN RAISE EXCEPTION 'own decision' "
        "USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_not_own'; END IF; RETURN NEW; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
        )
    for table in (*_APPEND_ONLY, "certificate"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
        )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _PINNED)
    op.execute(
        "CREATE TRIGGER certificate_no_update BEFORE UPDATE ON certificate FOR EACH ROW "
        f"WHEN (OLD.state <> 'prepared' OR NEW.state <> 'issued' OR {changed}) "
        "EXECUTE FUNCTION certify_refuse('certificate_pinned')"
    )
    op.execute(
        "CREATE TRIGGER certificate_no_delete BEFORE DELETE ON certificate "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse('certificate_pinned')"
    )
    op.execute(
        "CREATE TRIGGER decision_not_own BEFORE INSERT ON decision "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse_own_decision()"
    )
