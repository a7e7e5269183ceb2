"""The register: every table, and triggers that keep append-only rows as they were written.

Going back is refused: a register of certificates is never un-made.
"""

from __future__ import annotations

from alembic import op

from certify.db.tables import APPEND_ONLY, metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# An issued certificate never changes; a prepared one changes once, by being issued.
_PINNED = (
    "id",
    "decision_id",
    "candidate_id",
    "number",
    "status_list",
    "status_index",
    "award",
    "key_id",
    "prepared_at",
)


def upgrade() -> None:
    bind = op.get_bind()
    metadata.create_all(bind)
    if bind.dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    for table in APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _PINNED)
    op.execute(
        "CREATE TRIGGER certificate_pinned BEFORE UPDATE ON certificate "
        f"WHEN OLD.state = 'issued' OR {changed} "
        "BEGIN SELECT RAISE(ABORT, 'certificate is pinned'); END"
    )
    op.execute(
        "CREATE TRIGGER certificate_no_delete BEFORE DELETE ON certificate "
        "BEGIN SELECT RAISE(ABORT, 'certificate is never deleted'); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION certify_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION certify_refuse()"
        )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _PINNED)
    op.execute(
        "CREATE TRIGGER certificate_pinned BEFORE UPDATE ON certificate FOR EACH ROW "
        f"WHEN (OLD.state = 'issued' OR {changed}) EXECUTE FUNCTION certify_refuse()"
    )
    op.execute(
        "CREATE TRIGGER certificate_no_delete BEFORE DELETE ON certificate "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse()"
    )


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
