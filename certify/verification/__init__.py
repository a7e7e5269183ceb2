"""Checks on bytes and register entries. Knows no issuer, no key store, no database."""
