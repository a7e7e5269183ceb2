"""Core values as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from certify.award.record import to_json
from certify.certification.model import CertificationDecision
from certify.certification.service import Case
from certify.clock import iso
from certify.completions.model import CompletionRecord
from certify.corrections.model import Correction
from certify.eligibility.model import Assessment, Met, RuleResult, Standing
from certify.framework.model import Certifiable, Framework, ModuleVersion
from certify.imports import ImportReport
from certify.issuing.model import CertificateRow
from certify.people.model import Candidate, Cohort, CohortMember, HolderName, User
from certify.status.model import CertificateStatus, StatusEvent

Json = dict[str, Any]
LANGUAGE = "en"


def name_shape(name: HolderName) -> Json:
    """A holder's name in its three forms."""
    return {"native": name.native, "latin": name.latin, "printed": name.printed}


def report_shape(report: ImportReport, *, kept: bool) -> Json:
    """What became of a file's rows."""
    return {
        "kept": kept,
        "recorded": report.recorded,
        "already": report.already,
        "refused": report.refused,
        "rows": [{"line": row.line, "result": row.result.value, "reason": row.reason} for row in report.rows],
    }


def user_shape(user: User) -> Json:
    """Who is signed in, without address and password hash."""
    return {
        "id": user.id,
        "display_name": user.display_name,
        "roles": sorted(role.value for role in user.roles),
        "candidate_id": user.candidate_id,
    }


def module_shape(framework: Framework, module: ModuleVersion) -> Json:
    """A module version."""
    return {
        "id": module.id,
        "version": module.version,
        "title": framework.text(module.title, LANGUAGE),
        "workload_minutes": module.workload_minutes,
        "valid_from": module.valid_from,
        "valid_until": module.valid_until,
        "addresses": [asdict(item) for item in module.addresses],
    }


def framework_shape(framework: Framework) -> Json:
    """A framework version with what recording and assessing need."""
    return {
        "id": framework.id,
        "version": framework.version,
        "title": framework.text(framework.title, LANGUAGE),
        "digest": framework.digest,
        "illustrative": framework.illustrative,
        "roles": [
            {
                "id": role.id,
                "title": framework.text(role.title, LANGUAGE),
                "requires": [asdict(item) for item in role.requires],
            }
            for role in framework.roles
        ],
        "competences": [
            {
                "id": item.id,
                "area_id": item.area_id,
                "title": framework.text(item.title, LANGUAGE),
                "unit_levels": list(item.unit_levels),
            }
            for item in framework.competences
        ],
        "modules": [module_shape(framework, module) for module in framework.modules],
    }


def unit_shape(framework: Framework, item: Certifiable, *, applied: bool) -> Json:
    """A unit that somebody could be certified for."""
    return {
        "role_id": item.id,
        "competence_id": item.requires[0].competence_id,
        "level": item.requires[0].level,
        "title": framework.text(item.title, LANGUAGE),
        "applied": applied,
    }


def cohort_shape(cohort: Cohort) -> Json:
    """A cohort without its members."""
    return {
        "id": cohort.id,
        "code": cohort.code,
        "title": cohort.title,
        "framework_id": cohort.framework_id,
        "starts_on": cohort.starts_on,
    }


def member_shape(member: CohortMember, candidate: Candidate) -> Json:
    """A candidate in a cohort."""
    return {
        "candidate_id": candidate.id,
        "reference": candidate.reference,
        "name": candidate.name.native,
        "role_id": member.role_id,
    }


def completion_shape(record: CompletionRecord, *, stands: bool) -> Json:
    """A training record."""
    return {
        "id": record.id,
        "candidate_id": record.candidate_id,
        "module_id": record.module_id,
        "module_version": record.module_version,
        "completed_on": record.completed_on,
        "outcome": record.outcome.value,
        "workload_minutes": record.workload_minutes,
        "evidence_digest": record.evidence_digest,
        "trainer_id": record.trainer_id,
        "recorded_by": record.recorded_by,
        "recorded_at": iso(record.recorded_at),
        "supersedes": record.supersedes,
        "correction_reason": record.correction_reason,
        "stands": stands,
    }


def standing_shape(standing: Standing) -> Json:
    """One candidate's line in a set answer."""
    return {
        "candidate_id": standing.candidate_id,
        "eligible": standing.eligible,
        "admitted": standing.admitted,
        "shortfalls": [asdict(item) for item in standing.shortfalls],
    }


def rule_shape(result: RuleResult) -> Json:
    """One rule's result."""
    outcome = result.outcome
    shape: Json = {
        "rule": result.rule,
        "subject": result.subject,
        "clause": result.clause,
        "required_level": result.required_level,
        "met": isinstance(outcome, Met),
        "level": outcome.level,
    }
    if isinstance(outcome, Met):
        return shape | {"by": list(outcome.by)}
    return shape | {"code": outcome.code, "reason": outcome.reason}


def assessment_shape(assessment: Assessment) -> Json:
    """Every rule's result."""
    return {
        "framework_id": assessment.framework_id,
        "framework_version": assessment.framework_version,
        "role_id": assessment.role_id,
        "candidate_id": assessment.candidate_id,
        "on": assessment.on,
        "eligible": assessment.eligible,
        "results": [rule_shape(item) for item in assessment.results],
        "records": [rule_shape(item) for item in assessment.records],
    }


def case_shape(case: Case) -> Json:
    """A case that waits."""
    return {
        "candidate_id": case.candidate.id,
        "reference": case.candidate.reference,
        "name": case.candidate.name.native,
        "role_id": case.role_id,
        "cohort": case.cohort_code,
        "conflict": str(case.own or ""),
        "relied_on": list(case.assessment.relied_on),
    }


def certificate_shape(row: CertificateRow, status: CertificateStatus) -> Json:
    """A certificate with what stands."""
    return {
        "id": row.id,
        "number": row.award.number,
        "candidate_id": row.candidate_id,
        "decision_id": row.decision_id,
        "state": row.state.value,
        "sha256": row.sha256,
        "verification_url": row.award.verification_url,
        "status": status.value,
        "award": to_json(row.award),
    }


def decision_shape(decision: CertificationDecision) -> Json:
    """A decision without its certificate."""
    return {
        "id": decision.id,
        "outcome": decision.outcome.value,
        "sequence": decision.sequence,
        "framework_version": decision.framework_version,
        "certificate": None,
        "problem": None,
    }


def correction_shape(correction: Correction) -> Json:
    """A request for a correction, without its new certificate."""
    return {
        "id": correction.id,
        "candidate_id": correction.candidate_id,
        "certificate_id": correction.certificate_id,
        "ground": correction.ground.value,
        "name": correction.name and asdict(correction.name),
        "reason": correction.reason,
        "evidence": correction.evidence,
        "evidence_digest": correction.evidence_digest,
        "requested_by": correction.requested_by,
        "requested_at": iso(correction.requested_at),
        "state": correction.state.value,
        "ruling": correction.ruling,
        "ruled_at": correction.ruled_at and iso(correction.ruled_at),
        "certificate": None,
        "problem": None,
    }


def event_shape(event: StatusEvent) -> Json:
    """A step in a certificate's life, without its note."""
    return {
        "id": event.id,
        "sequence": event.sequence,
        "action": event.action.value,
        "reason": event.reason.value,
        "acted_at": iso(event.acted_at),
        "superseded_by": event.superseded_by,
    }
