"""The command line: one ``certify`` command over the same services as the web (see docs/commands.md)."""

from certify.cli.app import main

__all__ = ["main"]
