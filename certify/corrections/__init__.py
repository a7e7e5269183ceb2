"""Correct what an issued certificate says: asked for by one person, approved by another, issued as a new one."""
