"""Addresses that holders give away: each shows what its holder chose of their certificates, until they withdraw it."""
