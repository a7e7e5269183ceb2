"""Decisions: who may grant or refuse what."""
