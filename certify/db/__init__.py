"""The register on SQLAlchemy: tables, repositories, units of work."""

from certify.db.unit_of_work import SqlDatabase, connect

__all__ = ["SqlDatabase", "connect"]
