"""``certify organisations``: who trains here, and who certifies under which scheme."""

from __future__ import annotations

from pathlib import Path

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, as_json, read_file, with_installation
from certify.errors import InvalidInput
from certify.organisations.service import add_organisation, assign_scheme, change_organisation
from certify.signin.provider_desk import redirect_address
from certify.signin.providers import provider_of, remove_provider, set_provider

MAX_SECRET_BYTES = 4_096


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


@organisations.command()
@click.argument("name")
@click.option("--issuer", help="The provider's address, exactly as it names itself.")
@click.option("--client-id", help="What this installation is called there.")
@click.option(
    "--secret-file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the client's secret from the first line of FILE. It is kept sealed.",
)
@click.option("--domain", "domains", multiple=True, help="Of its people's e-mail addresses; several times.")
@click.option(
    "--second-factor",
    "words",
    metavar="VALUE",
    multiple=True,
    help="Its word for a second factor counts where amr or acr has this value, for instance mfa.",
)
@click.option("--no-second-factor", is_flag=True, help="Its word for a second factor no longer counts.")
@click.option("--remove", is_flag=True, help="Take it away, and every link to it.")
@with_installation
def provider(
    installation: Installation,
    name: str,
    issuer: str | None,
    client_id: str | None,
    secret_file: Path | None,
    domains: tuple[str, ...],
    words: tuple[str, ...],
    *,
    no_second_factor: bool,
    remove: bool,
) -> None:
    """Let people of the organisation NAME sign in at its own OpenID Connect provider; what is not given stays.

    Nobody gets an account by it: the first time, people are known by their verified e-mail address.
    """
    organisation, services = installation.organisation(name), installation.services
    if remove:
        remove_provider(services.database, None, organisation.id)
        say(f"{organisation.name} has no sign-in of its own.")
        return
    known = provider_of(services.database, None, organisation.id)
    if known is None and not (issuer and client_id and domains):
        raise InvalidInput("A provider has --issuer, --client-id and --domain.", where=organisation.name)
    secret = read_file(secret_file, MAX_SECRET_BYTES).decode("utf-8", "replace") if secret_file else ""
    made = set_provider(
        services.database,
        services.provider_wire,
        services.vault,
        None,
        organisation.id,
        issuer=issuer or (known.issuer if known else ""),
        client_id=client_id or (known.client_id if known else ""),
        secret=secret.split("\n", 1)[0].strip(),
        domains=domains or (known.domains if known else ()),
        second_factor=() if no_second_factor else words or None,
    )
    say(
        f"People of {organisation.name} sign in at {made.issuer}.",
        f"Domains: {', '.join(sorted(made.domains))}.",
        f"Second factor by: {', '.join(sorted(made.second_factor)) or 'ours alone'}.",
        f"Redirect address: {redirect_address(services.settings.public_base, organisation.id)}",
    )


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
