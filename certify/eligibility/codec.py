"""An assessment as canonical JSON, for the decision that pins it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import rfc8785

from certify.eligibility.model import Assessment, Met, NotMet, RuleResult


def to_json(assessment: Assessment) -> dict[str, Any]:
    """Return the assessment as JSON values."""
    return {
        "framework_id": assessment.framework_id,
        "framework_version": assessment.framework_version,
        "framework_digest": assessment.framework_digest,
        "role_id": assessment.role_id,
        "candidate_id": assessment.candidate_id,
        "on": assessment.on.isoformat(),
        "eligible": assessment.eligible,
        "results": [_result_json(result) for result in assessment.results],
        "records": [_result_json(result) for result in assessment.records],
    }


def encode(assessment: Assessment) -> str:
    """Return the assessment as canonical JSON text (RFC 8785)."""
    return rfc8785.dumps(to_json(assessment)).decode("utf-8")


def decode(text: str) -> Assessment:
    """Rebuild an assessment from `encode`'s text; only for text this system wrote."""
    document = json.loads(text)
    return Assessment(
        framework_id=document["framework_id"],
        framework_version=document["framework_version"],
        framework_digest=document["framework_digest"],
        role_id=document["role_id"],
        candidate_id=document["candidate_id"],
        on=date.fromisoformat(document["on"]),
        results=tuple(_result(item) for item in document["results"]),
        records=tuple(_result(item) for item in document["records"]),
    )


def _result_json(result: RuleResult) -> dict[str, Any]:
    outcome = result.outcome
    common = {
        "rule": result.rule,
        "subject": result.subject,
        "clause": result.clause,
        "required_level": result.required_level,
        "level": outcome.level,
    }
    if isinstance(outcome, Met):
        return {**common, "met": True, "by": list(outcome.by)}
    return {**common, "met": False, "code": outcome.code, "reason": outcome.reason}


def _result(item: dict[str, Any]) -> RuleResult:
    outcome: Met | NotMet
    if item["met"]:
        outcome = Met(tuple(item["by"]), item["level"])
    else:
        outcome = NotMet(item["code"], item["reason"], item["level"])
    return RuleResult(
        rule=item["rule"],
        subject=item["subject"],
        clause=item["clause"],
        outcome=outcome,
        required_level=item["required_level"],
    )
