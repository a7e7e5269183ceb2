"""Credentials: the keys that an intent pins for them, their digest, and their signatures as JWTs.

Certificates issued before hold none, which is what their empty columns say. Going back is refused, as for
the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

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
_PINNED_ONCE = ("eddsa_key_id", "es256_key_id")
"""An intent that an earlier version left has none; whoever finishes it gives it its keys."""


def upgrade() -> None:
    for name in _PINNED_ONCE:
        op.add_column("certificate", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("certificate", sa.Column("credential_sha256", sa.String(64), nullable=True))
    for name in ("jwt_eddsa", "jwt_es256"):
        op.add_column("certificate_file", sa.Column(name, sa.LargeBinary(), nullable=True))
    if op.get_context().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)


def _changed(differs: str) -> str:
    pinned = [f"OLD.{name} {differs} NEW.{name}" for name in _PINNED]
    once = [f"OLD.{name} IS NOT NULL AND OLD.{name} {differs} NEW.{name}" for name in _PINNED_ONCE]
    return " OR ".join([*pinned, *once])


_MISSING = "NEW.eddsa_key_id IS NULL OR NEW.es256_key_id IS NULL"
_WITHOUT = f"NEW.state = 'issued' AND ({_MISSING} OR NEW.credential_sha256 IS NULL)"


def _sqlite() -> None:
    op.execute("DROP TRIGGER certificate_no_update")
    op.execute(
        "CREATE TRIGGER certificate_no_update BEFORE UPDATE ON certificate "
        f"WHEN OLD.state <> 'prepared' OR NEW.state <> 'issued' OR {_changed('IS NOT')} "
        "BEGIN SELECT RAISE(ABORT, 'certificate_pinned'); END"
    )
    for action, missing in (("INSERT", _MISSING), ("UPDATE", _WITHOUT)):
        op.execute(
            f"CREATE TRIGGER certificate_credential_{action.lower()} BEFORE {action} ON certificate "
            f"WHEN {missing} BEGIN SELECT RAISE(ABORT, 'certificate_credential'); END"
        )


def _postgresql() -> None:
    op.execute("DROP TRIGGER certificate_no_update ON certificate")
    op.execute(
        "CREATE TRIGGER certificate_no_update BEFORE UPDATE ON certificate FOR EACH ROW "
        f"WHEN (OLD.state <> 'prepared' OR NEW.state <> 'issued' OR {_changed('IS DISTINCT FROM')}) "
        "EXECUTE FUNCTION certify_refuse('certificate_pinned')"
    )
    for action, missing in (("INSERT", _MISSING), ("UPDATE", _WITHOUT)):
        op.execute(
            f"CREATE TRIGGER certificate_credential_{action.lower()} BEFORE {action} ON certificate "
            f"FOR EACH ROW WHEN ({missing}) EXECUTE FUNCTION certify_refuse('certificate_credential')"
        )
