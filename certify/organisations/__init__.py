"""Organisations: who trains, who certifies under which scheme, and whose people may see what."""
