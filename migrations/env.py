"""Alembic's entry.

`SqlDatabase.migrate` hands over its connection; ``alembic upgrade head`` takes ``CERTIFY_DATABASE_URL``, and
with ``--sql`` prints what a database administrator would run.
"""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection

from certify.db.engine import WRITING, make_engine
from certify.db.tables import metadata
from certify.settings import read_settings


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
    context.run_migrations()


def _main() -> None:
    handed_over = context.config.attributes.get("connection")
    if handed_over is not None:
        _run(handed_over)
        return
    engine = make_engine(read_settings(os.environ).database_url)
    if context.is_offline_mode():
        context.configure(dialect_name=engine.dialect.name, target_metadata=metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        _run(connection)
    engine.dispose()


_main()
