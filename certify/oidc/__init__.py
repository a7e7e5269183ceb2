"""Asking identity providers over HTTP."""
