"""The ``certify`` command: its groups, and how its errors are shown."""

from __future__ import annotations

import sys
from typing import Any

import click

from certify import __version__
from certify.cli import (
    archive,
    awards,
    corrections,
    demonstration,
    frameworks,
    jobs,
    keys,
    mail,
    organisations,
    publishing,
    records,
    server,
    setup,
    status_lists,
    templates,
    tokens,
    users,
    verification,
)
from certify.cli.console import say_error, show_anything
from certify.cli.installation import told_in_full
from certify.errors import CertifyError, DatabaseUnavailable


class Application(click.Group):
    """A group that shows this system's errors in one line and ends with status 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except CertifyError as error:
            say_error(told_in_full(error) if isinstance(error, DatabaseUnavailable) else error)
            sys.exit(1)


@click.group(cls=Application, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="certify", message="%(prog)s %(version)s")
def main() -> None:
    """Competence-based certification, from training records to certificates that anybody can verify.

    Settings come from CERTIFY_* variables (docs/settings.md). Status 0 is success, 1 an error, 2 wrong usage.
    """
    show_anything()


for command in (
    demonstration.demo,
    server.serve,
    setup.setup,
    server.db,
    frameworks.framework,
    organisations.organisations,
    users.users,
    tokens.tokens,
    records.cohorts,
    records.candidates,
    records.completions,
    records.eligibility,
    awards.apply,
    awards.declare,
    awards.decide,
    awards.issue,
    awards.status,
    jobs.jobs,
    corrections.corrections,
    archive.archive,
    status_lists.status_lists,
    verification.verify,
    keys.keys,
    mail.mail,
    templates.template,
    publishing.publish,
    publishing.doctor,
):
    main.add_command(command)
