"""Names folded for search and order, and the indices that lists are read by. Going back is refused, as for the tables."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def _fill(table: str, columns: tuple[str, ...]) -> None:
    connection = op.get_bind()
    named = sa.table(table, sa.column("id"), sa.column("folded"), *(sa.column(name) for name in columns))
    fill = sa.update(named).where(named.c.id == sa.bindparam("key")).values(folded=sa.bindparam("text"))
    last = ""
    while True:
        query = sa.select(named).where(named.c.id > last).order_by(named.c.id).limit(_AT_ONCE)
        rows = connection.execute(query).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(
            fill,
            [
                {"key": row.id, "text": _folded(" ".join(getattr(row, name) for name in columns))}
                for row in rows
            ],
        )


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("candidate", "reference", type_=sa.Text(collation="C"), existing_nullable=False)
    folded = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    for table, columns, indices in (
        (
            "candidate",
            ("native_name", "latin_name", "printed_name", "reference"),
            (("folded", "id"), ("organisation_id", "reference"), ("organisation_id", "folded", "id")),
        ),
        (
            "user_account",
            ("display_name", "email"),
            (("folded", "id"), ("organisation_id", "folded", "id"), ("organisation_id", "email_folded")),
        ),
        ("cohort", ("title", "code"), (("folded", "id"), ("organisation_id", "code"))),
    ):
        op.add_column(table, sa.Column("folded", folded, nullable=False, server_default=""))
        _fill(table, columns)
        for index in indices:
            op.create_index(op.f(f"ix_{table}_{'_'.join(index)}"), table, list(index), unique=False)


def downgrade() -> None:
    message = "The register is never un-made; restore a backup instead."
    raise RuntimeError(message)
