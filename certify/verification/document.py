"""The report as JSON: the document that page, API and command line all show, described by ``report.schema.json``.

Members and codes are only ever added (docs/report-schema.md).
"""

from __future__ import annotations

from importlib import resources
from typing import Any

from certify.award.record import to_json
from certify.clock import iso
from certify.status.public import PublicStatus
from certify.verification.answer import answer
from certify.verification.report import Report, SignatureFacts


def report_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON values."""
    return {
        "subject": report.subject,
        "verdict": report.verdict.value,
        "answer": answer(report).value,
        "checks": [
            {
                "number": check.number,
                "id": check.id,
                "title": check.title,
                "outcome": check.outcome.value,
                "code": check.code,
                "reason": check.reason,
            }
            for check in report.checks
        ],
        "signature": report.signature and _signature(report.signature),
        "status": report.status and _status(report.status),
        "renamed": report.renamed,
        "award": report.award and to_json(report.award),
    }


def _signature(facts: SignatureFacts) -> dict[str, Any]:
    signer = facts.signer
    return {
        "intact": facts.intact,
        "valid": facts.valid,
        "trusted": facts.trusted,
        "level": facts.level.value,
        "claimed_at": iso(facts.claimed_at),
        "proven_at": facts.proven_at and iso(facts.proven_at),
        "signer": signer
        and {
            "name": signer.name,
            "authority": signer.authority,
            "key": signer.key,
            "certificate_sha256": signer.certificate_sha256,
        },
    }


def _status(status: PublicStatus) -> dict[str, Any]:
    return {
        "status": status.status.value,
        "since": status.since and iso(status.since),
        "reason": status.reason and status.reason.value,
        "superseded_by": status.superseded_by,
    }


def report_schema() -> str:
    """Return the JSON Schema of `report_json`'s document."""
    return resources.files("certify.verification").joinpath("report.schema.json").read_text("utf-8")
