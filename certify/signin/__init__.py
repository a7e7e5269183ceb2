"""Signing in: sessions, limits on trying, and tokens for programs."""
