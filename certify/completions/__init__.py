"""Training records: append-only, idempotent, corrected by superseding."""
