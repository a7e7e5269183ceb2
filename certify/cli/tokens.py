"""``certify tokens``: keys for programs that use the API in somebody's name."""

from __future__ import annotations

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, as_json, with_installation
from certify.clock import iso
from certify.signin.model import Scope
from certify.signin.tokens import make_token, revoke_token, tokens_of


@click.group()
def tokens() -> None:
    """Keys for programs that use the API."""


@tokens.command()
@click.argument("email")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="What it may do, within its owner's roles. May be given several times.",
)
@click.option("--days", type=int, default=90, show_default=True, help="How long it works; at most 366.")
@with_installation
def add(installation: Installation, email: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token for EMAIL and print it, this once."""
    services = installation.services
    secret, token = make_token(
        services.database,
        services.clock,
        installation.person(email),
        name=name,
        scopes=[Scope(scope) for scope in scopes],
        days=days,
    )
    click.echo(secret)
    say(f"It works until {iso(token.expires_at)} and is not shown again.")


@tokens.command("list")
@click.argument("email")
@as_json
@with_installation
def list_tokens(installation: Installation, email: str, *, in_json: bool) -> None:
    """List the tokens of EMAIL."""
    services = installation.services
    now = services.clock()
    found = [
        {
            "id": token.id,
            "name": token.name,
            "hint": token.hint,
            "scopes": sorted(token.scopes),
            "expires_at": iso(token.expires_at),
            "used_at": iso(token.used_at) if token.used_at else None,
            "works": token.works(now),
        }
        for token in tokens_of(services.database, installation.person(email).id)
    ]
    if in_json:
        say_json(found)
        return
    say_table(
        ("id", "name", "begins", "may", "until", "last used", ""),
        [
            (
                str(token["id"]),
                str(token["name"]),
                str(token["hint"]),
                ", ".join(token["scopes"]),  # type: ignore[arg-type]  # the list made above
                str(token["expires_at"]),
                str(token["used_at"] or "never"),
                "" if token["works"] else "ended",
            )
            for token in found
        ],
    )


@tokens.command()
@click.argument("email")
@click.argument("token_id")
@with_installation
def revoke(installation: Installation, email: str, token_id: str) -> None:
    """End the token of EMAIL with this id."""
    services = installation.services
    token = revoke_token(services.database, services.clock, installation.person(email), token_id)
    say(f"{token.name} is revoked.")
