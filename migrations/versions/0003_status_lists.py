"""Status lists: reserved places, and one row that says whether any status changed.

Every place that a certificate has is reserved; from now on a certificate takes a reserved one. Going back is
refused, as for the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNRESERVED = (
    "NOT EXISTS (SELECT 1 FROM status_entry"
    " WHERE status_list = NEW.status_list AND status_index = NEW.status_index)"
)


def upgrade() -> None:
    op.create_table(
        "status_entry",
        sa.Column("status_list", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.CheckConstraint("status_list >= 1", name=op.f("ck_status_entry_status_list")),
        sa.CheckConstraint("status_index BETWEEN 0 AND 131071", name=op.f("ck_status_entry_status_index")),
        sa.PrimaryKeyConstraint("status_list", "status_index", name=op.f("pk_status_entry")),
    )
    op.create_table(
        "status_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_status_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_version")),
    )
    op.execute(
        "INSERT INTO status_entry (status_list, status_index) SELECT status_list, status_index FROM certificate"
    )
    op.execute(
        "INSERT INTO status_version (id, number, changed_at) SELECT 1, count(*), max(acted_at) FROM status_event"
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
            f"CREATE TRIGGER status_entry_no_{action.lower()} BEFORE {action} ON status_entry "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )
    op.execute(
        "CREATE TRIGGER status_version_no_delete BEFORE DELETE ON status_version "
        "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
    )
    op.execute(
        f"CREATE TRIGGER certificate_entry_reserved BEFORE INSERT ON certificate WHEN {_UNRESERVED} "
        "BEGIN SELECT RAISE(ABORT, 'certificate_entry_reserved'); END"
    )
    op.execute(
        "CREATE TRIGGER status_event_counted AFTER INSERT ON status_event BEGIN "
        "UPDATE status_version SET number = number + 1, "
        "changed_at = max(coalesce(changed_at, NEW.acted_at), NEW.acted_at); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE TRIGGER status_entry_no_change BEFORE UPDATE OR DELETE ON status_entry "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
    )
    op.execute(
        "CREATE TRIGGER status_version_no_delete BEFORE DELETE ON status_version "
        "FOR EACH ROW EXECUTE FUNCTION certify_refuse('append_only')"
    )
    for table in ("status_entry", "status_version"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION certify_refuse('append_only')"
        )
    op.execute(
        "CREATE FUNCTION certify_require_reserved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_UNRESERVED} THEN RAISE EXCEPTION 'place not reserved' "
        "USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_entry_reserved'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER certificate_entry_reserved BEFORE INSERT ON certificate "
        "FOR EACH ROW EXECUTE FUNCTION certify_require_reserved()"
    )
    op.execute(
        "CREATE FUNCTION certify_count_status() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE status_version SET number = number + 1, changed_at = greatest(changed_at, NEW.acted_at); "
        "RETURN NULL; END $$"
    )
    # Deferred: counted at the commit. Counted at once, two transactions could commit in the other order than
    # they counted, and whoever had read the higher number would never look again.
    op.execute(
        "CREATE CONSTRAINT TRIGGER status_event_counted AFTER INSERT ON status_event "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION certify_count_status()"
    )
