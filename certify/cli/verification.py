"""``certify verify``: the public verifier on a file or on a registered certificate."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from certify.award.record import AwardRecord
from certify.cli.console import say, say_error, say_json
from certify.cli.installation import FILE, Installation, as_json, with_installation
from certify.cli.published import verify_by_files
from certify.clock import iso, system_clock
from certify.credential.keyset import read_key_set
from certify.errors import CertifyError, FileUnreadable, InvalidIdentifier, KeysMissing, NotFound
from certify.identifiers import parse_certificate_number
from certify.keyring.anchors import read_anchors, read_timestamp_anchors
from certify.keyring.store import anchors
from certify.verification.batch import certificate_named
from certify.verification.report import CheckOutcome, Report, SignatureFacts
from certify.verification.service import FileAnswer, answer_json
from certify.verification.trust import Anchors
from certify.verification.verifier import EXIT_STATUS, Register, Verifier, read_limited

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
@click.option(
    "--issuer-keys",
    metavar="JWKS",
    type=FILE,
    help="The issuing body's credential keys, as it publishes them; this installation's where its own authority "
    "is trusted.",
)
@click.option(
    "--from",
    "published",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Verify by the files that certify publish wrote there, alone: no database and no server is asked.",
)
@as_json
@with_installation
def verify(
    installation: Installation,
    subject: str,
    authority: Path | None,
    timestamp_authority: Path | None,
    issuer_keys: Path | None,
    published: Path | None,
    *,
    in_json: bool,
) -> None:
    """Verify a file, or a registered certificate by its id, number or verification address.

    The file is a certificate, or a credential by itself: JSON, or a token.

    Status: 0 passed, 1 failed, 3 could not tell (also where the register does not answer), 2 wrong usage.
    """
    if published is not None:
        own = _own_anchors(installation, needed=False)
        verify_by_files(
            subject,
            published,
            read_anchors(authority) if authority else own,
            read_timestamp_anchors(timestamp_authority) if timestamp_authority else [],
            in_json=in_json,
        )
    _check_usage(subject)
    try:
        trust = _trust(installation, authority, timestamp_authority, issuer_keys)
        answer = _answer(installation, subject, trust)
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


VerifierOf = Callable[[Register | None], Verifier]


def _trust(
    installation: Installation,
    authority: Path | None,
    timestamp_authority: Path | None,
    issuer_keys: Path | None,
) -> VerifierOf:
    """Return what makes verifiers that trust what the options say, and this installation where they say nothing."""
    own = _own_anchors(installation, needed=authority is None and issuer_keys is None)
    trusted = read_anchors(authority) if authority else own
    stamping = (
        read_timestamp_anchors(timestamp_authority)
        if timestamp_authority
        else installation.unchecked.timestamp_anchors
    )
    issuer = None
    if issuer_keys is not None:
        issuer = read_key_set(read_limited(issuer_keys))
    elif trusted == own:
        issuer = installation.unchecked.known_issuer
    return lambda register: Verifier(trusted, register, system_clock, stamping, issuer)


def _own_anchors(installation: Installation, *, needed: bool) -> Anchors:
    try:
        return anchors(installation.settings.key_directory)
    except KeysMissing:
        if needed:
            raise
        return []


def _answer(installation: Installation, subject: str, verifier_of: VerifierOf) -> FileAnswer:
    path = Path(subject)
    if path.is_file():
        data = read_limited(path)
        if not installation.has_database:
            return FileAnswer(report=verifier_of(None).verify_file(data, path.name))
        services = installation.unchecked
        verifier = verifier_of(services.register)
        return services.file_verifier.using(verifier).answer(data, path.name)
    verifier = verifier_of(installation.services.register)
    return FileAnswer(report=verifier.verify_certificate(installation.certificate_id(subject)))


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
