"""``certify corrections``: ask for a name or a certificate to be put right, and rule on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, acting, as_json, no_conflict, with_installation
from certify.clock import iso
from certify.corrections import service
from certify.corrections.model import Correction, CorrectionState
from certify.impartiality.service import declare
from certify.people.names import holder_name


@click.group()
def corrections() -> None:
    """Put a name or an issued certificate right: one person asks, another approves."""


def _needed(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an option that must say something; where it is empty, its name and ``text`` say what to write."""

    def filled(_context: click.Context, _option: click.Parameter, value: str) -> str:
        if value.strip():
            return value
        raise click.BadParameter(f"it is empty: say {text[0].lower()}{text[1:]}")

    return click.option(name, required=True, callback=filled, help=text)


def _with_grounds(command: Callable[..., None], *, evidence_needed: bool) -> Callable[..., None]:
    """Add what every request says, as ``grounds``."""
    shown = "What was shown, when and to whom."

    @_needed("--reason", "What is wrong, or has changed.")
    @(_needed("--evidence", shown) if evidence_needed else click.option("--evidence", default="", help=shown))
    @click.option("--evidence-digest", metavar="SHA256", help="Of the evidence's file.")
    @wraps(command)
    def gathered(
        *args: Any,  # noqa: ANN401 - whatever click hands on
        reason: str,
        evidence: str,
        evidence_digest: str | None,
        **rest: Any,  # noqa: ANN401 - as above
    ) -> None:
        grounds = {"reason": reason, "evidence": evidence, "evidence_digest": evidence_digest}
        command(*args, grounds=grounds, **rest)

    return gathered


@corrections.command()
@click.argument("reference", metavar="CANDIDATE")
@click.option("--native", required=True, help="The name in its own script.")
@click.option("--latin", required=True, help="In Latin letters, as in the passport.")
@click.option("--printed", default="", help="The form to print large; the native one where not given.")
@partial(_with_grounds, evidence_needed=True)
@acting
@as_json
@with_installation
def name(
    installation: Installation,
    reference: str,
    native: str,
    latin: str,
    printed: str,
    actor: str,
    *,
    grounds: dict[str, Any],
    in_json: bool,
) -> None:
    """Ask for another name, on each certificate in force or else in the register alone."""
    services = installation.services
    asked = service.request_name(
        services.database,
        services.clock,
        installation.person(actor),
        installation.candidate(reference).id,
        holder_name(native, latin, printed),
        **grounds,
    )
    _show(installation, asked, in_json=in_json)


@corrections.command()
@click.argument("certificate")
@partial(_with_grounds, evidence_needed=False)
@acting
@as_json
@with_installation
def record(
    installation: Installation,
    certificate: str,
    actor: str,
    *,
    grounds: dict[str, Any],
    in_json: bool,
) -> None:
    """Ask to issue a CERTIFICATE anew from training records that were corrected since."""
    services = installation.services
    asked = service.request_record(
        services.database,
        services.clock,
        installation.person(actor),
        installation.certificate_id(certificate),
        **grounds,
    )
    _show(installation, [asked], in_json=in_json)


@corrections.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that were ruled on.")
@as_json
@with_installation
def list_them(installation: Installation, *, everything: bool, in_json: bool) -> None:
    """List the requests that wait for a ruling."""
    with installation.services.database.reading() as unit:
        found = unit.corrections.all()
    _show(
        installation,
        [item for item in found if everything or item.state is CorrectionState.OPEN],
        in_json=in_json,
    )


@corrections.command()
@click.argument("correction")
@no_conflict
@acting
@as_json
@with_installation
def approve(
    installation: Installation, correction: str, actor: str, *, no_conflict: bool, in_json: bool
) -> None:
    """Approve a request and issue the new certificate. Whoever asked, or holds it, may not."""
    services = installation.services
    issuer, person = services.issuer, installation.person(actor)
    if no_conflict:
        with services.database.reading() as unit:
            candidate_id = unit.corrections.get(correction).candidate_id
        declare(services.database, services.clock, person, candidate_id)
    done = service.approve(services.database, services.clock, person, correction, issuer.prove)
    row = issuer.issue(done.decision_id) if done.decision_id else None
    if in_json:
        say_json(_json(done) | {"certificate": row and row.id, "number": row and row.award.number})
    else:
        say(f"Approved {done.id}." + (f" Issued {row.award.number}." if row else ""))


@corrections.command()
@click.argument("correction")
@_needed("--reason", "Why; the person who asked reads it.")
@acting
@as_json
@with_installation
def refuse(installation: Installation, correction: str, reason: str, actor: str, *, in_json: bool) -> None:
    """Refuse a request; the certificate stays as it is."""
    services = installation.services
    done = service.refuse(services.database, services.clock, installation.person(actor), correction, reason)
    _show(installation, [done], in_json=in_json)


@corrections.command()
@click.argument("correction")
@acting
@as_json
@with_installation
def withdraw(installation: Installation, correction: str, actor: str, *, in_json: bool) -> None:
    """Take back one's own request."""
    services = installation.services
    _show(
        installation,
        [service.withdraw(services.database, services.clock, installation.person(actor), correction)],
        in_json=in_json,
    )


def _show(installation: Installation, rows: Sequence[Correction], *, in_json: bool) -> None:
    if in_json:
        say_json([_json(item) for item in rows])
    elif rows:
        with installation.services.database.reading() as unit:
            references = {
                item.candidate_id: unit.candidates.get(item.candidate_id).reference for item in rows
            }
        say_table(
            ("correction", "candidate", "ground", "state", "certificate", "name", "reason"),
            [
                (
                    item.id,
                    references[item.candidate_id],
                    item.ground.value,
                    item.state.value,
                    item.certificate_id or "-",
                    item.name.latin if item.name else "-",
                    item.reason,
                )
                for item in rows
            ],
        )
    else:
        say("No request waits.")


def _json(item: Correction) -> dict[str, Any]:
    return {
        "id": item.id,
        "candidate": item.candidate_id,
        "certificate": item.certificate_id,
        "ground": item.ground.value,
        "name": item.name
        and {"native": item.name.native, "latin": item.name.latin, "printed": item.name.printed},
        "reason": item.reason,
        "evidence": item.evidence,
        "evidence_digest": item.evidence_digest,
        "requested_at": iso(item.requested_at),
        "state": item.state.value,
        "ruling": item.ruling,
        "ruled_at": item.ruled_at and iso(item.ruled_at),
    }
