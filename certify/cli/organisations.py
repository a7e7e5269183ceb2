"""``certify organisations``: who trains here, and who certifies under which scheme."""

from __future__ import annotations

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, as_json, with_installation
from certify.organisations.service import add_organisation, assign_scheme, change_organisation


@click.group()
def organisations() -> None:
    """Organisations, their schemes, and who helps their people."""


@organisations.command()
@click.argument("name")
@click.option("--country", default="", help="Two capital letters.")
@click.option("--help-contact", default="", help="Who helps its people: an e-mail address, or words.")
@with_installation
def add(installation: Installation, name: str, country: str, help_contact: str) -> None:
    """Add an organisation."""
    made = add_organisation(
        installation.services.database, None, name=name, country=country, help_contact=help_contact
    )
    say(f"Added {made.name}.")


@organisations.command()
@click.argument("name")
@click.option("--rename", metavar="NAME", help="Its new name.")
@click.option("--country", help="Two capital letters.")
@click.option("--help-contact", help="Who helps its people: an e-mail address, or words.")
@with_installation
def change(
    installation: Installation, name: str, rename: str | None, country: str | None, help_contact: str | None
) -> None:
    """Change an organisation's particulars; what is not given stays."""
    known = installation.organisation(name)
    changed = change_organisation(
        installation.services.database,
        None,
        known.id,
        name=known.name if rename is None else rename,
        country=known.country if country is None else country,
        help_contact=known.help_contact if help_contact is None else help_contact,
    )
    say(f"{changed.name}: {changed.country or 'no country'}, help: {changed.help_contact or 'nobody named'}.")


@organisations.command()
@click.argument("framework")
@click.argument("name")
@with_installation
def certifies(installation: Installation, framework: str, name: str) -> None:
    """Let the certifiers of the organisation NAME decide under FRAMEWORK, and nobody else's."""
    organisation = installation.organisation(name)
    assign_scheme(installation.services.database, None, framework, organisation.id)
    say(f"{organisation.name} certifies under {framework}.")


@organisations.command("list")
@as_json
@with_installation
def list_organisations(installation: Installation, *, in_json: bool) -> None:
    """List the organisations with the schemes that they certify under."""
    with installation.services.database.reading() as unit:
        found = unit.organisations.all()
        bodies = unit.organisations.bodies()
        frameworks = sorted({framework_id for framework_id, _version, _at in unit.frameworks.all()})
    operator = found[0].id
    schemes = {
        organisation.id: [
            framework_id
            for framework_id in frameworks
            if bodies.get(framework_id, operator) == organisation.id
        ]
        for organisation in found
    }
    if in_json:
        say_json(
            [
                {
                    "name": organisation.name,
                    "country": organisation.country,
                    "help_contact": organisation.help_contact,
                    "operator": organisation.operator,
                    "certifies": schemes[organisation.id],
                }
                for organisation in found
            ]
        )
        return
    say_table(
        ("name", "country", "help", "certifies under", ""),
        [
            (
                organisation.name,
                organisation.country,
                organisation.help_contact,
                ", ".join(schemes[organisation.id]),
                "runs this installation" if organisation.operator else "",
            )
            for organisation in found
        ],
    )
