"""What the demonstration writes down: summary.json (its keys are listed in docs/commands.md) and README.txt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certify.clock import iso
from certify.completions.model import CompletionRecord
from certify.demo.people import Person
from certify.eligibility.model import Assessment, NotMet, RuleResult
from certify.framework.model import Framework
from certify.issuing.model import CertificateRow
from certify.people.model import Candidate
from certify.verification.report import CheckOutcome, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLine:
    """A candidate, the role they seek, and how that was assessed."""

    candidate: Candidate
    cohort: str
    role_id: str
    assessment: Assessment
    records: tuple[CompletionRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """What the verifier said of a certificate and of a copy with one byte changed."""

    genuine_file: str
    genuine: Report
    changed_file: str
    changed: Report


def shortfall_lines(people: Iterable[CandidateLine]) -> Iterator[str]:
    """Yield one short line for each candidate who is not eligible."""
    for line in people:
        if not line.assessment.eligible:
            yield f"{line.candidate.reference} {line.candidate.name.latin[:28]:<28} {_short(line.assessment)}"


def _short(assessment: Assessment) -> str:
    parts: list[str] = []
    competences: list[str] = []
    for result in assessment.unmet:
        if result.rule == "competence-level" and isinstance(result.outcome, NotMet):
            reached = result.outcome.level or "none"
            competences.append(f"{result.subject} at {result.required_level} (has {reached})")
        elif isinstance(result.outcome, NotMet):
            parts.append(result.outcome.reason)
    shown = competences[:3]
    if len(competences) > len(shown):
        shown.append(f"and {len(competences) - len(shown)} more")
    return "; ".join([*parts, *shown])


def summary(
    framework: Framework,
    made_at: datetime,
    people: Sequence[CandidateLine],
    certificates: Sequence[CertificateRow],
    tampering: Tampering,
) -> bytes:
    """Return summary.json."""
    by_id = {line.candidate.id: line for line in people}
    document = {
        "made_at": iso(made_at),
        "framework": {
            "id": framework.id,
            "version": framework.version,
            "digest": framework.digest,
            "illustrative": framework.illustrative,
        },
        "authority": "authority.pem",
        "counts": {
            "candidates": len(people),
            "eligible": sum(line.assessment.eligible for line in people),
            "completions": sum(len(line.records) for line in people),
            "certificates": len(certificates),
        },
        "candidates": [_candidate(line) for line in people],
        "certificates": [
            {
                "id": row.id,
                "number": row.award.number,
                "reference": by_id[row.candidate_id].candidate.reference,
                "role": row.award.role_id,
                "file": f"certificates/{row.award.number}.pdf",
                "sha256": row.sha256,
                "verification_url": row.award.verification_url,
            }
            for row in certificates
        ],
        "verification": {
            "genuine": _verdict(tampering.genuine_file, tampering.genuine),
            "tampered": _verdict(tampering.changed_file, tampering.changed),
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _candidate(line: CandidateLine) -> dict[str, Any]:
    records = {record.id: record for record in line.records}
    return {
        "reference": line.candidate.reference,
        "name": line.candidate.name.native,
        "latin_name": line.candidate.name.latin,
        "cohort": line.cohort,
        "role": line.role_id,
        "eligible": line.assessment.eligible,
        "missing": [_missing(result) for result in line.assessment.unmet],
        "not_counted": [
            {
                "module": records[result.subject].module_id,
                "version": records[result.subject].module_version,
                "completed_on": records[result.subject].completed_on.isoformat(),
                "rule": result.rule,
                "code": result.outcome.code,
                "reason": result.outcome.reason,
            }
            for result in line.assessment.records
            if isinstance(result.outcome, NotMet)
        ],
    }


def _missing(result: RuleResult) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "rule": result.rule,
        "subject": result.subject,
        "required_level": result.required_level,
        "reached_level": outcome.level,
        "code": outcome.code if isinstance(outcome, NotMet) else "",
        "reason": outcome.reason if isinstance(outcome, NotMet) else "",
        "clause": result.clause,
    }


def _verdict(name: str, report: Report) -> dict[str, Any]:
    return {
        "file": name,
        "verdict": report.verdict.value,
        "failed_checks": [check.id for check in report.checks if check.outcome is CheckOutcome.FAILED],
    }


def readme(public_base: str, password: str, people: Iterable[Person]) -> str:
    """Return the text that explains the folder and holds its sign-ins."""
    sign_ins = "\n".join(f"    {person.email:<30} {person.role.value:<14} {person.does}" for person in people)
    return f"""\
This folder was made by `certify demo`. Everything in it is invented; its certificates are specimens.

    certificates/   the issued certificates, named by their numbers
    tampered/       a copy with one byte changed, which `certify verify` refuses
    authority.pem   the local certification authority, all that a verifier must trust
    summary.json    every candidate and certificate
    certify.db      the register; certify.env has the settings, keys/ the encrypted signing keys

To see it in the browser: `make serve`, or `certify serve --demo` with this folder, then {public_base}
Sign in with the password

    {password}

as one of

{sign_ins}

The password was drawn at random for this folder's database and is good for nothing else.
"""
