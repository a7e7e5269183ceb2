"""``certify publish`` and ``certify doctor``: the public side as files, and whether everything that must answer does."""

from __future__ import annotations

import json
import random
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click

from certify.cli.console import say, say_json
from certify.cli.findings import (
    Finding,
    design_finding,
    key_findings,
    keys_lacking,
    pinned_findings,
    timestamp_findings,
)
from certify.cli.installation import Installation, as_json, told_in_full, with_installation
from certify.errors import CertifyError, DatabaseUnavailable, KeysMissing
from certify.status.published import StatusPurpose, status_list_url
from certify.web.app import create_app
from certify.web.publish import publish as write_public_side

_WAIT_SECONDS = 10
_SAMPLE = 5
_MOST_ANSWER_BYTES = 2_000_000
# A list counts for seven days unless a setting says otherwise, and for four at least: a copy that ends so soon is one
# that nobody renews.
_PUBLISH_BEFORE = timedelta(days=3)


@click.command()
@click.argument("folder", metavar="DIRECTORY", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--although-keys-are-missing",
    "lacking_keys",
    is_flag=True,
    help="Publish though keys that certificates name are lost for good: what they signed verifies there no more.",
)
@as_json
@with_installation
def publish(installation: Installation, folder: Path, *, lacking_keys: bool, in_json: bool) -> None:
    """Write the whole public side as static files, for any web host.

    That is keys, status lists, schemes, and the certificates that their holders made public. Run it again at any time, at least once a week, since status lists end: only what changed is written, and
    what is no longer public is removed.
    """
    services = installation.services
    lacking = keys_lacking(services)
    if lacking and not lacking_keys:
        # What was published before may be the last copy of their public keys: it is not written over.
        raise KeysMissing(
            f"certificates name keys that are not there: {', '.join(lacking)}. Nothing was written.",
            where=str(services.settings.key_directory),
            fix="restore the newest backup of this directory, or, where there is none, add --although-keys-are-missing",
        )
    with services.database.reading() as unit:
        names = unit.publicity.public_ids()
    done = write_public_side(create_app(services), folder, names)
    if in_json:
        say_json({"files": done.files, "written": done.written, "removed": done.removed})
    else:
        say(f"{done.files} files, {done.written} written, {done.removed} removed: {folder}")


@click.command()
@click.option(
    "--all", "every", is_flag=True, help="Ask every address ever printed, not only some of each host."
)
@as_json
@with_installation
def doctor(installation: Installation, *, every: bool, in_json: bool) -> None:
    """Say whether everything that must answer does: database, keys, and every host whose address was ever printed.

    Status 1 where something is wrong. A CERTIFY_* variable that is no setting is named, and does not count as wrong.
    """
    findings = list(_findings(installation, every=every))
    if in_json:
        say_json([asdict(item) for item in findings])
    else:
        for item in findings:
            said = item.fault or item.advice
            how = "wrong" if item.fault else "odd" if item.advice else "good"
            say(f"{how:<5}  {item.what}{': ' if said else ''}{said}")
    if any(item.fault for item in findings):
        raise click.exceptions.Exit(1)


def _findings(installation: Installation, *, every: bool) -> Iterator[Finding]:
    # First, and whatever comes then: the address of the database may be what was misspelt.
    for name, meant in installation.unknown_variables.items():
        yield Finding(
            name, advice=f"is no setting, so nothing reads it{f'; did you mean {meant}?' if meant else ''}"
        )
    try:
        services = installation.services
    except CertifyError as error:
        full = told_in_full(error) if isinstance(error, DatabaseUnavailable) else error
        yield Finding("the settings and the database", str(full))
        return
    yield Finding("the database answers and has this version's schema")
    yield design_finding(services)
    yield from key_findings(services)
    yield from pinned_findings(services)
    yield from timestamp_findings(services)
    with services.database.reading() as unit:
        addresses = unit.certificates.addresses()
        last = unit.status_lists.last()
    by_base: dict[str, list[str]] = {services.settings.public_base: []}
    for address in addresses:
        by_base.setdefault(address.rpartition("/v/")[0], []).append(address)
    for base, printed in by_base.items():
        yield _asked(f"{base}/.well-known/did.json" if not urlsplit(base).path else f"{base}/did.json", {})
        for purpose in StatusPurpose:
            yield _list(status_list_url(base, purpose, last), services.clock())
        chosen = printed if every else random.sample(printed, min(_SAMPLE, len(printed)))
        for address in chosen:
            yield _asked(address, {"subject": address.rpartition("/")[2]})


def _list(address: str, now: datetime) -> Finding:
    """Look whether a status list still counts for a while: on a plain file host nothing else would tell."""
    found, fault = _answer(address)
    if fault:
        return Finding(address, fault)
    try:
        left = datetime.strptime(str(found.get("validUntil")), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - now
    except ValueError:
        return Finding(address, "is no status list")
    if left < timedelta(0):
        return Finding(address, f"has ended {-left.days} days ago; run: certify publish, each night")
    told = f"ends in {left.days} days; run: certify publish, each night"
    return Finding(address, told if left < _PUBLISH_BEFORE else "")


def _asked(address: str, expected: Mapping[str, str]) -> Finding:
    """Ask an address that this installation printed, and look whether its answer is about the same."""
    found, fault = _answer(address)
    if not fault and any(found.get(name) != value for name, value in expected.items()):
        fault = "answers about something else"
    return Finding(address, fault)


def _answer(address: str) -> tuple[Mapping[str, object], str]:
    """Return what an address answers with, or what is wrong with it."""
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 - http(s) only: settings and the register hold no other
    try:
        with urllib.request.urlopen(request, timeout=_WAIT_SECONDS) as answer:  # noqa: S310 - as above
            found = json.loads(answer.read(_MOST_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        return {}, f"answers {error.code}"
    except (OSError, ValueError) as error:
        return {}, f"does not answer as it should ({type(error).__name__})"
    return (found, "") if isinstance(found, dict) else ({}, "answers about something else")
