"""``certify users``: who may sign in. Passwords are prompted for or read from a file, never arguments."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, as_json, read_file, with_installation
from certify.errors import InvalidInput
from certify.people.model import UserRole
from certify.people.service import add_user, set_password
from certify.signin.links import invitation, send_password_link
from certify.signin.second_factor import reset
from certify.signin.service import end_other_sessions
from certify.signin.tokens import revoke_all

MAX_PASSWORD_BYTES = 4_096
PASSWORD_FILE = click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Read the password from the first line of FILE (- for standard input) instead of asking.",
)


@click.group()
def users() -> None:
    """People who sign in."""


@users.command()
@click.argument("email")
@click.option("--name", required=True, help="The name that pages show.")
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in UserRole]),
    multiple=True,
    required=True,
    help="May be given several times.",
)
@click.option(
    "--candidate", metavar="REFERENCE", help="The candidate this person is; for the role of candidate."
)
@click.option(
    "--organisation", metavar="NAME", help="Theirs; by default the one that runs this installation."
)
@click.option(
    "--invite",
    is_flag=True,
    help="Send a letter with a link to choose a password, instead of asking for one.",
)
@PASSWORD_FILE
@with_installation
def add(
    installation: Installation,
    email: str,
    name: str,
    roles: tuple[str, ...],
    candidate: str | None,
    organisation: str | None,
    password_file: Path | None,
    *,
    invite: bool,
) -> None:
    """Add somebody who can sign in."""
    services = installation.services
    welcome = invitation(services.clock, services.settings.public_base, None) if invite else None
    user = add_user(
        services.database,
        email=email,
        display_name=name,
        roles=[UserRole(role) for role in roles],
        candidate_id=installation.candidate(candidate).id if candidate else None,
        organisation_id=installation.organisation(organisation).id if organisation else None,
        password=None if invite else _password(password_file),
        welcome=welcome,
    )
    say(f"Added {user.email}: {', '.join(sorted(user.roles))}.")


@users.command("list")
@as_json
@with_installation
def list_users(installation: Installation, *, in_json: bool) -> None:
    """List everybody who can sign in."""
    with installation.services.database.reading() as unit:
        found = unit.users.all()
        names = {organisation.id: organisation.name for organisation in unit.organisations.all()}
    if in_json:
        say_json(
            [
                {
                    "email": user.email,
                    "name": user.display_name,
                    "organisation": names[user.organisation_id],
                    "roles": sorted(user.roles),
                    "active": user.active,
                }
                for user in found
            ]
        )
        return
    say_table(
        ("e-mail", "name", "organisation", "roles", ""),
        [
            (
                user.email,
                user.display_name,
                names[user.organisation_id],
                ", ".join(sorted(user.roles)),
                "" if user.active else "switched off",
            )
            for user in found
        ],
    )


@users.command()
@click.argument("email")
@PASSWORD_FILE
@with_installation
def password(installation: Installation, email: str, password_file: Path | None) -> None:
    """Give somebody a new password and end every session they have."""
    services = installation.services
    user = installation.anybody(email)
    set_password(services.database, user.id, _password(password_file))
    say(f"{user.email} has a new password; every session of theirs is closed.")


@users.command("password-link")
@click.argument("email")
@with_installation
def password_link(installation: Installation, email: str) -> None:
    """Send somebody a letter with a link by which they choose a password."""
    services = installation.services
    user = installation.anybody(email)
    send_password_link(services.database, services.clock, services.settings.public_base, None, user.id)
    say(f"A letter to {user.email} is queued; its link works once and not for long.")


@users.command("sign-out")
@click.argument("email")
@click.option("--tokens", is_flag=True, help="Revoke the tokens of their programs too.")
@with_installation
def sign_out(installation: Installation, email: str, *, tokens: bool) -> None:
    """End every session of somebody, for instance where a device was lost.

    Their password, authenticator app and passkeys go on working: a lost device that holds a passkey signs in again
    until `reset-second-factor` forgets it, or its owner does.
    """
    services = installation.services
    user = installation.anybody(email)
    ended = end_other_sessions(services.database, user.id)
    revoked = revoke_all(services.database, services.clock, user.id) if tokens else 0
    say(f"Ended {ended} sessions and revoked {revoked} tokens of {user.email}.")
    with services.database.reading() as unit:
        passkeys = len(unit.passkeys.of_user(user.id))
    if passkeys:
        say(f"Their passkeys still sign in ({passkeys}): certify users reset-second-factor {user.email}")


@users.command("reset-second-factor")
@click.argument("email")
@with_installation
def reset_second_factor(installation: Installation, email: str) -> None:
    """Forget somebody's authenticator app, recovery codes and passkeys, and end every session of theirs.

    Make sure that it is they who ask: with the password alone they then set up another one.
    """
    services = installation.services
    user = installation.anybody(email)
    reset(services.database, user)
    end_other_sessions(services.database, user.id)
    say(f"{user.email} sets up a second factor at the next sign-in, where their role needs one.")


def _password(path: Path | None) -> str:
    if path is None:
        secret: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return secret
    if str(path) == "-":
        raw = sys.stdin.buffer.readline(MAX_PASSWORD_BYTES)
    else:
        raw = read_file(path, MAX_PASSWORD_BYTES)
    try:
        return raw.decode("utf-8").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text.", where="password") from error
