"""``certify verify --from``: by the files that ``certify publish`` wrote, with no database and no server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from certify.cli.console import say, say_error, say_json
from certify.clock import iso, system_clock
from certify.credential.keyset import read_key_set
from certify.errors import CertifyError, FileUnreadable
from certify.verification.credentials import looks_like_credential
from certify.verification.report import CheckOutcome
from certify.verification.trust import Anchors
from certify.verification.verifier import EXIT_STATUS, read_limited
from certify.verification.without_register import PublishedAnswer, verify_published

VERDICTS = {
    CheckOutcome.PASSED: "It is genuine and stands, by what its issuing body published.",
    CheckOutcome.FAILED: "Do not rely on this: at least one check failed.",
    CheckOutcome.INDETERMINATE: "Cannot be checked now: at least one check could not be made.",
}
NOT_ASKED = "The register was not asked: only it knows files that were made with a stolen key."
_MOST_LISTS = 10_000


def verify_by_files(
    subject: str, folder: Path, anchors: Anchors, timestamp_anchors: Anchors, *, in_json: bool
) -> None:
    """Verify a file by a published folder, say the answer, and end with its status."""
    try:
        data = read_limited(Path(subject))
        if not anchors and not looks_like_credential(data):
            raise click.BadParameter(
                "name the authority that signs certificates; it is not among the published files.",
                param_hint="--authority",
            )
        issuer = read_key_set(read_limited(folder / ".well-known" / "jwks.json"))
        paths = sorted((folder / "status").glob("*/*.json"))[:_MOST_LISTS]
        lists = [read_limited(path) for path in paths]
        answer = verify_published(
            data, Path(subject).name, issuer, lists, anchors, system_clock, timestamp_anchors
        )
    except FileUnreadable as error:
        say_error(error)
        sys.exit(EXIT_STATUS[CheckOutcome.FAILED if error.where == subject else CheckOutcome.INDETERMINATE])
    except CertifyError as error:
        say_error(error)
        sys.exit(EXIT_STATUS[CheckOutcome.INDETERMINATE])
    if in_json:
        say_json(_as_json(answer))
    else:
        say(*_lines(answer))
    sys.exit(EXIT_STATUS[answer.report.verdict])


def _as_json(answer: PublishedAnswer) -> dict[str, Any]:
    stated = answer.credential
    return {
        "verdict": answer.report.verdict.value,
        "subject": answer.report.subject,
        "status_as_of": answer.as_of and iso(answer.as_of),
        "certificate_id": stated and stated["certificateId"],
        "specimen": stated and stated["specimen"],
        "checks": [
            {
                "number": item.number,
                "id": item.id,
                "outcome": item.outcome.value,
                "code": item.code,
                "reason": item.reason,
            }
            for item in answer.report.checks
        ],
    }


def _lines(answer: PublishedAnswer) -> list[str]:
    verdict, stated = answer.report.verdict, answer.credential
    lines = [f"{verdict.value}: {VERDICTS[verdict]}", f"  {answer.report.subject}", ""]
    if stated is not None:
        # The name of a specimen begins with that word (`certify.credential.openbadge`).
        subject = stated["credentialSubject"]
        lines += [
            f"  Number        {subject['licenseNumber']}",
            f"  Holder        {subject['printedName']}",
            f"  Certified as  {stated['name']}",
        ]
    lines += [f"  Status        as of {iso(answer.as_of)}"] if answer.as_of else []
    lines.append(f"  {NOT_ASKED}")
    lines.append("")
    lines += [
        f"  {item.number:<3} {item.outcome.value:<13} {item.title} {item.reason}".rstrip()
        for item in answer.report.checks
    ]
    return lines
