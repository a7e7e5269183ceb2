"""Suspend, reinstate, revoke: an append-only history and what it amounts to."""
