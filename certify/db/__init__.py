"""The register on SQLAlchemy: tables, repositories, units of work."""
