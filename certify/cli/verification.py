"""``certify verify``: the public verifier on a file or on a registered certificate."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from certify.award.record import AwardRecord
from certify.cli.console import say, say_error, say_json
from certify.cli.installation import FILE, Installation, as_json, with_installation
from certify.clock import iso, system_clock
from certify.errors import CertifyError, FileUnreadable, InvalidIdentifier, NotFound
from certify.identifiers import parse_certificate_number
from certify.keyring.store import anchors, read_anchors
from certify.verification.batch import certificate_named
from certify.verification.report import CheckOutcome, Report, SignatureFacts
from certify.verification.service import FileAnswer, answer_json
from certify.verification.verifier import EXIT_STATUS, Verifier, read_limited

VERDICTS = {
    CheckOutcome.PASSED: "This certificate is genuine and stands.",
    CheckOutcome.FAILED: "Do not rely on this: at least one check failed.",
    CheckOutcome.INDETERMINATE: "Could not tell: at least one check could not be made.",
}


@click.command()
@click.argument("subject", metavar="FILE|ID")
@click.option(
    "--authority",
    metavar="PEM",
    type=FILE,
    help="The certification authority to trust; that of this installation's key directory where not given.",
)
@click.option(
    "--timestamp-authority",
    metavar="PEM",
    type=FILE,
    help="The timestamp authorities to trust; those of CERTIFY_TIMESTAMP_ANCHORS where not given.",
)
@as_json
@with_installation
def verify(
    installation: Installation,
    subject: str,
    authority: Path | None,
    timestamp_authority: Path | None,
    *,
    in_json: bool,
) -> None:
    """Verify a certificate file, or a registered certificate by its id, number or verification address.

    Status: 0 passed, 1 failed, 3 could not tell (also where the register does not answer), 2 wrong usage.
    """
    _check_usage(subject)
    try:
        answer = _answer(installation, subject, authority, timestamp_authority)
    except (NotFound, FileUnreadable) as error:
        say_error(error)
        sys.exit(EXIT_STATUS[CheckOutcome.FAILED])
    except CertifyError as error:
        # No authority, no database, a wrong setting: nothing was learned about the certificate.
        say_error(error)
        sys.exit(EXIT_STATUS[CheckOutcome.INDETERMINATE])
    if in_json:
        say_json(answer_json(answer))
    else:
        say(*report_lines(answer.report), *_inspection_lines(answer))
    sys.exit(EXIT_STATUS[answer.report.verdict])


def _check_usage(subject: str) -> None:
    path = Path(subject)
    if path.is_file() or certificate_named(subject) is not None:
        return
    try:
        parse_certificate_number(subject)
    except InvalidIdentifier as error:
        raise click.BadParameter(
            "no such file, and no certificate id, number or verification address.", param_hint="FILE|ID"
        ) from error


def _answer(
    installation: Installation, subject: str, authority: Path | None, timestamp_authority: Path | None
) -> FileAnswer:
    path = Path(subject)
    trusted = read_anchors(authority) if authority else anchors(installation.settings.key_directory)
    stamping = (
        read_anchors(timestamp_authority) if timestamp_authority else installation.unchecked.timestamp_anchors
    )
    if path.is_file():
        data = read_limited(path)
        if not installation.has_database:
            return FileAnswer(
                report=Verifier(trusted, None, system_clock, stamping).verify_file(data, path.name)
            )
        services = installation.unchecked
        verifier = Verifier(trusted, services.register, system_clock, stamping)
        return services.file_verifier.using(verifier).answer(data, path.name)
    register = installation.services.register
    report = Verifier(trusted, register, system_clock, stamping).verify_certificate(
        installation.certificate_id(subject)
    )
    return FileAnswer(report=report)


def _inspection_lines(answer: FileAnswer) -> list[str]:
    """Return what a file that is no certificate as issued still shows."""
    inspection, record = answer.inspection, answer.record
    if inspection is None:
        return []
    if inspection.certificate_id is None:
        return ["", f"  It names no certificate of this register. {inspection.reason}".rstrip()]
    lines = [
        "",
        f"  It names the certificate {inspection.certificate_id}; a code proves the record, not the file.",
    ]
    lines += [
        f"  {item.fact}: {item.found or 'nothing readable'} in the file, {item.registered} in the register"
        for item in inspection.differences
    ]
    if record is not None:
        lines.append(f"  The record itself: {record.verdict.value}. {VERDICTS[record.verdict]}")
    return lines


def report_lines(report: Report) -> list[str]:
    """Return the report as text: the verdict, the certified facts, then every check."""
    lines = [f"{report.verdict.value}: {VERDICTS[report.verdict]}", f"  {report.subject}"]
    if report.award is not None:
        lines += ["", *_facts(report.award)]
    if report.status is not None:
        lines.append(f"  Status        {report.status.status.value}")
    if report.signature is not None:
        lines += _signature(report.signature)
    lines.append("")
    for check in report.checks:
        why = f" {check.reason}" if check.reason else ""
        lines.append(f"  {check.number}  {check.outcome.value:<13} {check.title}{why}")
    return lines


def _signature(facts: SignatureFacts) -> list[str]:
    held = {"intact": facts.intact, "valid": facts.valid, "trusted": facts.trusted}
    words = ", ".join(name if holds else f"not {name}" for name, holds in held.items())
    if facts.proven_at is None:
        time = f"{iso(facts.claimed_at)}, as the signer says"
    else:
        time = f"{iso(facts.proven_at)} at the latest, proven by a timestamp"
    return [f"  Signature     {facts.level.value}: {words}", f"  Signed        {time}"]


def _facts(award: AwardRecord) -> list[str]:
    name = award.holder.printed
    if award.holder.latin != name:
        name += f" ({award.holder.latin})"
    facts = {
        "Number": award.number,
        "Holder": name,
        "Certified as": award.role_title,
        "EQF levels": f"{award.level_minimum} to {award.level_maximum}, {len(award.competences)} competences",
        "Framework": f"{award.framework_title} {award.framework_version}",
        "Issued by": f"{award.awarding_body}, {award.country}",
        "Valid": f"from {award.valid_from} until {award.valid_until}",
    }
    lines = ["  SPECIMEN: issued under an illustrative framework; it certifies nothing."] * award.specimen
    return lines + [f"  {title:<13} {value}" for title, value in facts.items()]
