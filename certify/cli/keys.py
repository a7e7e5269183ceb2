"""``certify keys``: the local certification authority and its signing keys."""

from __future__ import annotations

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.findings import keys_lacking
from certify.cli.installation import Installation, as_json, with_installation
from certify.clock import system_clock
from certify.errors import Conflict
from certify.keyring.authority import issuer_named
from certify.keyring.credentials import open_credential_keys
from certify.keyring.store import AUTHORITY, KeyInfo, current_authority, init_keys, list_keys, rotate
from certify.pades.algorithms import PERMITTED, Use


@click.group()
def keys() -> None:
    """Signing keys, kept encrypted under CERTIFY_KEY_DIRECTORY."""


@keys.command()
@click.option(
    "--organisation", metavar="NAME", required=True, help="The issuing body, as certificates name it."
)
@click.option("--country", metavar="CC", required=True, help="Its country: two letters of ISO 3166-1.")
@click.option(
    "--algorithm",
    type=click.Choice([item.name for item in PERMITTED if Use.AUTHORITY in item.uses]),
    default="p256",
    show_default=True,
    help="Of every key made here.",
)
@click.option(
    "--although-certificates-exist",
    "anew",
    is_flag=True,
    help="Begin anew though the register holds certificates of keys that are lost for good: they verify no more.",
)
@as_json
@with_installation
def init(
    installation: Installation, organisation: str, country: str, algorithm: str, *, anew: bool, in_json: bool
) -> None:
    """Make a certification authority, its signing and credential keys, and a passphrase; keys that exist stay."""
    settings = installation.settings
    if not anew:
        _refuse_where_keys_are_lost(installation)
    init_keys(
        settings.key_directory,
        settings.key_passphrase_file,
        system_clock,
        organisation=organisation,
        country=country,
        algorithm=algorithm,
    )
    # Their first need makes the credential keys, also in a store that has none yet.
    open_credential_keys(settings.key_directory, settings.key_passphrase_file, system_clock)
    _show(list_keys(settings.key_directory), in_json=in_json)
    named = issuer_named(current_authority(settings.key_directory))
    if named != (organisation, country):
        say(
            f"certify: {settings.key_directory}: keys exist, so --organisation and --country were not used:"
            f" their authority names {named[0]}, {named[1]}.",
            err=True,
        )
    if not in_json:
        say(
            "",
            f"Give verifiers {settings.key_directory / AUTHORITY}.pem, and keep a copy of the whole folder and of",
            f"{settings.key_passphrase_file} in different places. Without either nothing more can be signed; without",
            "the folder nothing that was issued can be verified here. Copy it again after each: certify keys rotate",
        )


def _refuse_where_keys_are_lost(installation: Installation) -> None:
    if not installation.has_database:
        return
    lacking = keys_lacking(installation.services)
    if lacking:
        raise Conflict(
            f"The register holds certificates of keys that are not there: {', '.join(lacking)}. "
            "With other keys none of them would verify.",
            where=str(installation.settings.key_directory),
            fix="restore the newest backup of this directory, or, where there is none, add --although-certificates-exist",
        )


@keys.command("list")
@as_json
@with_installation
def list_all(installation: Installation, *, in_json: bool) -> None:
    """List every key ever made here, oldest first."""
    _show(list_keys(installation.settings.key_directory), in_json=in_json)


@keys.command("rotate")
@click.option(
    "--new-authority",
    is_flag=True,
    help="Make a new certification authority, too; the present one stays trusted for what it certified.",
)
@as_json
@with_installation
def rotate_signer(installation: Installation, *, new_authority: bool, in_json: bool) -> None:
    """Make new signing and credential keys and retire the present ones; what they signed stays valid.

    Stop every running certify before a new authority is made: it would not trust it until it is started again.
    """
    settings = installation.settings
    rotate(settings.key_directory, settings.key_passphrase_file, system_clock, new_authority=new_authority)
    open_credential_keys(settings.key_directory, settings.key_passphrase_file, system_clock)
    active = [
        key
        for key in list_keys(settings.key_directory)
        if not key.retired_at and (new_authority or key.use != Use.AUTHORITY)
    ]
    _show(tuple(active), in_json=in_json)
    if not in_json:
        say("", f"Back up {settings.key_directory} again: an older copy lacks these keys.")
    if new_authority and not in_json:
        say(
            f"Start certify again everywhere, and give verifiers {settings.key_directory / AUTHORITY}.pem anew: it names",
            "the new authority beside those before it.",
        )


@keys.command("tokens")
@as_json
@with_installation
def sign_tokens(installation: Installation, *, in_json: bool) -> None:
    """Sign the credentials' tokens that nobody asked for yet; do it before a private key is destroyed."""
    count = installation.services.tokens.sign_all()
    if in_json:
        say_json({"signed": count})
    else:
        say(f"Signed the tokens of {count} certificates.")


def _show(found: tuple[KeyInfo, ...], *, in_json: bool) -> None:
    if in_json:
        say_json(
            [
                {
                    "id": key.id,
                    "use": key.use,
                    "algorithm": key.algorithm,
                    "made_at": key.made_at,
                    "retired_at": key.retired_at,
                }
                for key in found
            ]
        )
    else:
        say_table(
            ("key", "use", "algorithm", "made at", "retired at"),
            [(key.id, key.use, key.algorithm, key.made_at, key.retired_at or "") for key in found],
        )
