"""``certify setup``: print the code by which an empty installation is set up in the browser."""

from __future__ import annotations

import click

from certify.cli.console import say
from certify.cli.installation import Installation, with_installation
from certify.setup.service import is_open, new_code


@click.command()
@with_installation
def setup(installation: Installation) -> None:
    """Print a code by which an installation without people is set up in the browser; any earlier code is void."""
    prepare(installation)
    services = installation.services
    code = new_code(services.database, services.clock)
    say("Start certify serve where it does not run, open /setup there, and type this code within 24 hours:")
    say("", f"    {code}", "")


def prepare(installation: Installation) -> None:
    """Make the database where it would be a SQLite file that is not there yet, and say so: another may have been meant."""
    if not installation.has_database:
        installation.unchecked.database.migrate()
        say(f"Made a new, empty database: {installation.settings.database_url} (CERTIFY_DATABASE_URL).")


def waits(installation: Installation) -> bool:
    """Tell whether the installation waits to be set up."""
    with installation.services.database.reading() as unit:
        return is_open(unit)
