"""The ``certify`` command: its groups, and how its errors are shown."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from certify import __version__
from certify.cli.console import say_error, show_anything
from certify.errors import CertifyError, DatabaseUnavailable

_MODULES = {
    "apply": "awards",
    "archive": "archive",
    "candidates": "records",
    "cohorts": "records",
    "completions": "records",
    "corrections": "corrections",
    "db": "server",
    "decide": "awards",
    "declare": "awards",
    "demo": "demonstration",
    "doctor": "publishing",
    "eligibility": "records",
    "framework": "frameworks",
    "issue": "awards",
    "jobs": "jobs",
    "keys": "keys",
    "mail": "mail",
    "organisations": "organisations",
    "publish": "publishing",
    "serve": "server",
    "setup": "setup",
    "status": "awards",
    "status-lists": "status_lists",
    "template": "templates",
    "tokens": "tokens",
    "users": "users",
    "verify": "verification",
}
"""The module of each command; it is loaded for the command that is asked for, since all of them take a second."""


class Application(click.Group):
    """A group that loads its commands when they are asked for, shows errors in one line and ends with status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in alphabetical order."""
        del ctx
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        del ctx
        if cmd_name not in _MODULES:
            return None
        command: click.Command = getattr(
            import_module(f"certify.cli.{_MODULES[cmd_name]}"), cmd_name.replace("-", "_")
        )
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except DatabaseUnavailable as error:
            from certify.cli.installation import told_in_full  # noqa: PLC0415 - who meets it has loaded it

            say_error(told_in_full(error))
            sys.exit(1)
        except CertifyError as error:
            say_error(error)
            sys.exit(1)


@click.group(cls=Application, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="certify", message="%(prog)s %(version)s")
def main() -> None:
    """Competence-based certification, from training records to certificates that anybody can verify.

    Settings come from CERTIFY_* variables (docs/settings.md). Status 0 is success, 1 an error, 2 wrong usage.
    """
    show_anything()
