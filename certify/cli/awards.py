"""From eligible to certified and after: decide, issue, status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import click

from certify.archiving.service import rendition
from certify.certification.model import DecisionOutcome
from certify.certification.service import apply_for
from certify.certification.service import decide as decide_case
from certify.cli.console import say, say_error, say_json, say_table
from certify.cli.installation import (
    Installation,
    acting,
    as_json,
    no_conflict,
    of_framework,
    of_role,
    with_installation,
)
from certify.clock import iso
from certify.errors import CertifyError
from certify.impartiality.service import declare as declare_interest
from certify.issuing.model import CertificateRow
from certify.status.model import StatusAction, StatusEvent, StatusReason
from certify.status.rules import REASONS
from certify.status.service import change_status, standing


@click.command()
@click.argument("reference", metavar="CANDIDATE")
@click.option("--unit", "unit_id", metavar="UNIT", required=True, help="A competence at a level, as URB-1@5.")
@of_framework
@acting
@with_installation
def apply(
    installation: Installation, reference: str, unit_id: str, framework: str | None, actor: str
) -> None:
    """Put a unit on the certifiers' queue for a candidate. Roles are on it by themselves."""
    services = installation.services
    apply_for(
        services.database,
        services.clock,
        installation.person(actor),
        installation.candidate(reference).id,
        installation.framework_id(framework),
        unit_id,
    )
    say(f"On the queue: {reference} for {unit_id}.")


@click.command()
@click.argument("reference", metavar="CANDIDATE")
@of_role
@click.option(
    "--outcome",
    type=click.Choice([outcome.value for outcome in DecisionOutcome]),
    required=True,
    help="The decision.",
)
@click.option("--reason", default="", help="Needed when refusing.")
@click.option(
    "--language",
    metavar="TAG",
    default="",
    help="Of the certificate, as bg; English where the framework has it and none is given.",
)
@no_conflict
@of_framework
@acting
@as_json
@with_installation
def decide(  # noqa: PLR0913, PLR0917 - a parameter for each option
    installation: Installation,
    reference: str,
    role_id: str,
    outcome: str,
    reason: str,
    language: str,
    framework: str | None,
    actor: str,
    *,
    no_conflict: bool,
    in_json: bool,
) -> None:
    """Grant or refuse certification. Whoever trained, recorded or is the candidate may not."""
    services = installation.services
    person, candidate = installation.person(actor), installation.candidate(reference)
    if no_conflict:
        declare_interest(services.database, services.clock, person, candidate.id)
    decision = decide_case(
        services.database,
        services.clock,
        person,
        candidate_id=candidate.id,
        framework_id=installation.framework_id(framework),
        role_id=role_id,
        outcome=DecisionOutcome(outcome),
        reason=reason,
        language=language,
    )
    if in_json:
        say_json(
            {
                "decision": decision.id,
                "candidate": reference,
                "role": decision.role_id,
                "outcome": decision.outcome.value,
                "framework": decision.framework_id,
                "framework_version": decision.framework_version,
                "decided_at": iso(decision.decided_at),
            }
        )
    else:
        say(f"{decision.outcome.value.capitalize()}: {reference} as {role_id}. Decision {decision.id}.")


@click.command()
@click.argument("reference", metavar="CANDIDATE")
@click.option(
    "--conflict", default="", help="What the conflict of interest is; there is none where not given."
)
@acting
@with_installation
def declare(installation: Installation, reference: str, conflict: str, actor: str) -> None:
    """Declare a conflict of interest in a candidate, or none. Whoever declares one does not decide on them."""
    services = installation.services
    declare_interest(
        services.database,
        services.clock,
        installation.person(actor),
        installation.candidate(reference).id,
        conflict,
    )
    say(f"On record: {'a' if conflict.strip() else 'no'} conflict of interest in {reference}.")


@click.command()
@click.argument("decisions", metavar="[DECISION]...", nargs=-1)
@click.option(
    "--language",
    metavar="TAG",
    help="Of certificates for the DECISIONs given, one of the framework's; where not given English, or the framework's "
    "first. A correction has that of what it corrects.",
)
@click.option(
    "--into",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write each file here, named by its number.",
)
@as_json
@with_installation
def issue(
    installation: Installation,
    decisions: tuple[str, ...],
    language: str | None,
    into: Path | None,
    *,
    in_json: bool,
) -> None:
    """Issue certificates for the DECISIONs given, or for every granted decision that has none yet.

    Issuing again gives the same certificate: a decision has one.
    """
    if language is not None and not decisions:
        raise click.UsageError("Give the DECISIONs whose certificates are to have this --language.")
    # First, since the next run has nothing left to issue, and would write nothing.
    _make(into)
    issuer = installation.services.issuer
    done: list[CertificateRow | CertifyError] = []
    if decisions:
        done += [_outcome(lambda name=name: issuer.issue(name, language)) for name in decisions]  # type: ignore[misc]  # mypy cannot infer a lambda's default
    else:
        done += issuer.issue_pending()
    rows = [row for row in done if isinstance(row, CertificateRow)]
    for row in rows:
        if into is not None:
            _write(installation, row, into)
        _warn_of_language(row, language)
        if not in_json:
            say(f"{row.award.number}  {row.award.holder.latin}  {row.award.verification_url}")
    if in_json:
        say_json([_row_json(row) for row in rows])
    elif not done:
        say("Nothing to issue: every granted decision has its certificate.")
    failures = [error for error in done if isinstance(error, CertifyError)]
    for error in failures:
        say_error(error)
    if failures:
        raise click.exceptions.Exit(1)


def _outcome(action: Callable[[], CertificateRow]) -> CertificateRow | CertifyError:
    """One decision that cannot be issued holds up no other."""
    try:
        return action()
    except CertifyError as error:
        return error


def _warn_of_language(row: CertificateRow, asked: str | None) -> None:
    if asked not in {None, row.award.language}:
        say(
            f"certify: {row.award.number} has the language {row.award.language!r}, not {asked!r}: "
            "it was there already, or corrects one that has it.",
            err=True,
        )


def _make(into: Path | None) -> None:
    """Make the folder, if one was asked for, and see that files can be written there."""
    if into is None:
        return
    try:
        into.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=into):
            pass
    except OSError as error:
        raise CertifyError(f"cannot be written to: {error.strerror}.", where=str(into)) from error


def _write(installation: Installation, row: CertificateRow, into: Path) -> None:
    with installation.services.database.reading() as unit:
        pdf = rendition(unit, row.id)
    try:
        (into / f"{row.award.number}.pdf").write_bytes(pdf)
    except OSError as error:
        raise CertifyError(
            f"cannot be written: {error.strerror}.",
            where=str(into),
            fix="all were issued; give the DECISIONs, with another --into",
        ) from error


def _row_json(row: CertificateRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.award.number,
        "decision": row.decision_id,
        "sha256": row.sha256,
        "verification_url": row.award.verification_url,
    }


@click.group()
def status() -> None:
    """What stands of a certificate; a CERTIFICATE is its id, its number or its verification address."""


@status.command()
@click.argument("certificate")
@as_json
@with_installation
def show(installation: Installation, certificate: str, *, in_json: bool) -> None:
    """Show what stands now and every step that led there."""
    certificate_id = installation.certificate_id(certificate)
    with installation.services.database.reading() as unit:
        row = unit.certificates.get(certificate_id)
        now = standing(unit, certificate_id)
        events = unit.certificates.events(certificate_id)
        acted_by = {event.acted_by: unit.users.get(event.acted_by).email for event in events}
    if in_json:
        say_json(
            {
                "id": row.id,
                "number": row.award.number,
                "state": row.state.value,
                "status": now.status.value,
                "since": now.since and iso(now.since),
                "events": [_event_json(event, acted_by[event.acted_by]) for event in events],
            }
        )
        return
    say(
        f"{row.award.number} is {now.status.value}, valid from {row.award.valid_from} "
        f"until {row.award.valid_until}."
    )
    if events:
        say_table(
            ("", "step", "reason", "by", "at", "note"),
            [
                (
                    str(event.sequence),
                    event.action.value,
                    event.reason.value,
                    acted_by[event.acted_by],
                    iso(event.acted_at),
                    event.note,
                )
                for event in events
            ],
        )


def _step(action: StatusAction, text: str) -> None:
    """Add one command for one step."""
    reasons = sorted(reason.value for reason in REASONS[action])

    @click.argument("certificate")
    @click.option(
        "--reason",
        type=click.Choice(reasons),
        required=True,
        help="For the record; the public is told its category.",
    )
    @click.option("--note", default="", help="For the record only.")
    @acting
    @as_json
    @with_installation
    def command(
        installation: Installation,
        certificate: str,
        reason: str,
        note: str,
        actor: str,
        superseded_by: str | None = None,
        *,
        in_json: bool,
    ) -> None:
        services = installation.services
        event = change_status(
            services.database,
            services.clock,
            installation.person(actor),
            installation.certificate_id(certificate),
            action,
            StatusReason(reason),
            note,
            installation.certificate_id(superseded_by) if superseded_by else None,
        )
        if in_json:
            say_json(_event_json(event, actor))
        else:
            say(
                f"{certificate}: {event.action.value} on record, {event.reason.value}, {iso(event.acted_at)}."
            )

    if StatusReason.SUPERSEDED in REASONS[action]:
        command = click.option(
            "--superseded-by", metavar="CERTIFICATE", help="The one that replaces it, for that reason."
        )(command)
    status.command(action.value, help=text)(command)


_step(StatusAction.SUSPEND, "Suspend a certificate for the time being.")
_step(StatusAction.REINSTATE, "Let a suspended certificate stand again.")
_step(StatusAction.REVOKE, "Revoke a certificate for good.")


def _event_json(event: StatusEvent, acted_by: str) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "action": event.action.value,
        "reason": event.reason.value,
        "note": event.note,
        "superseded_by": event.superseded_by,
        "acted_by": acted_by,
        "acted_at": iso(event.acted_at),
    }
