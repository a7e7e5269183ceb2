"""Alembic's entry: runs the revisions on the connection that `SqlDatabase.migrate` hands over."""

from __future__ import annotations

from alembic import context

from certify.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
context.run_migrations()
