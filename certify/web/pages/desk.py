"""What the pages of a certifier's desk have in common: the dossier of a case, and what became of a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certify.certification.model import CertificationDecision, DecisionOutcome
from certify.certification.service import Case, case_of
from certify.completions.model import CompletionRecord
from certify.errors import CertifyError, NotFound, NotPermitted
from certify.evidence.model import AdmissionDocument, EvidenceFile
from certify.evidence.service import evidence_of
from certify.framework.model import Framework
from certify.impartiality.model import Declaration
from certify.impartiality.service import deciders
from certify.issuing.model import CertificateRow, GrantedCase
from certify.jobs.model import Job
from certify.people.model import AdmissionRecord, Candidate, User
from certify.ports import UnitOfWork
from certify.web.i18n import language
from certify.web.scope import may_review
from certify.web.sessions import current_user
from certify.web.state import services, today


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything for one decision: the case, its framework, records by id, and who recorded them.

    Attributes:
        documents: Of the prior qualification, the oldest first.
        may_not_review: Why the asking certifier may not review it; empty where they may.
        evidence: The kept files of records, by the records' ids.
        trainers: Who trained, with how many records, the most first.
        declarations: The last word of each certifier on their interest in this person.
        declared: The asking certifier said before that they have none.
        deciders: Who may decide, where the asking certifier may not.
        earlier: Decisions already taken on this case, oldest first.
        granted: The one that stands under this framework version, after which there is nothing to decide.
        certificate: The certificate that it was issued as.
        obstacle: What would stop its certificate from being issued; None where nothing would, or nothing is to be
            decided.
    """

    case: Case
    framework: Framework
    admission: AdmissionRecord | None
    documents: Sequence[AdmissionDocument]
    may_not_review: str
    records: Mapping[str, CompletionRecord]
    names: Mapping[str, str]
    evidence: Mapping[str, EvidenceFile]
    trainers: Sequence[tuple[str, int]]
    declarations: Sequence[Declaration]
    declared: bool
    deciders: Sequence[User]
    earlier: Sequence[CertificationDecision]
    granted: CertificationDecision | None
    certificate: CertificateRow | None
    obstacle: CertifyError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What became of a decision: the job that its certificate waits in, or the certificate."""

    decision: CertificationDecision
    person: Candidate
    job: Job | None
    certificate: CertificateRow | None


def dossier_of(candidate_id: str, framework_id: str, role_id: str) -> Dossier:
    """Collect a case with all that its page shows."""
    given, user = services(), current_user()
    found = case_of(given.database, user, candidate_id, framework_id, role_id, today())
    with given.database.reading() as unit:
        records = {record.id: record for record in unit.completions.of_candidate(candidate_id)}
        admission = unit.candidates.admission(candidate_id)
        documents = unit.documents.of_candidate(candidate_id)
        may_not_review = _why_not_review(unit, user, candidate_id)
        earlier = unit.decisions.of_case(candidate_id, framework_id, role_id)
        last_words = {item.declared_by: item for item in unit.impartiality.declarations(candidate_id)}
        people = {record.trainer_id for record in records.values()}
        people |= {record.recorded_by for record in records.values()}
        people |= {admission.reviewed_by} if admission else set()
        people |= {decision.decided_by for decision in earlier} | last_words.keys()
        names = {user_id: unit.users.get(user_id).display_name for user_id in people}
        framework = unit.frameworks.get(framework_id, found.assessment.framework_version)
        # The last one: a correction is a decision too, and its certificate is the one that stands.
        granted = next(
            (
                decision
                for decision in reversed(earlier)
                if decision.outcome is DecisionOutcome.GRANTED
                and decision.framework_version == framework.version
            ),
            None,
        )
        certificate = unit.certificates.by_decision(granted.id) if granted else None
        evidence = evidence_of(unit, records.values())
        able = deciders(unit, found.assessment, tuple(records.values())) if found.own else ()
    trained = Counter(names[record.trainer_id] for record in records.values())
    own = last_words.get(user.id)
    return Dossier(
        case=found,
        framework=framework,
        admission=admission,
        documents=documents,
        may_not_review=may_not_review,
        records=records,
        names=names,
        evidence=evidence,
        trainers=trained.most_common(),
        declarations=list(last_words.values()),
        declared=own is not None and not own.conflict,
        deciders=able,
        earlier=earlier,
        granted=granted,
        certificate=certificate,
        obstacle=None if granted or not found.assessment.eligible else _obstacle(found, records),
    )


def certificate_languages(framework: Framework) -> list[str]:
    """Return the languages that certificates of a framework can be printed in; the first is what is usual here."""
    given = services()
    designs = [given.designs.get(*given.chosen_designs.of(framework.id, kind)) for kind in ("role", "unit")]
    labels = [given.designs.languages(design.labels_version) for design in designs]
    spoken = [tag for tag in framework.languages if all(tag in known for known in labels)]
    # Whoever works in a language most likely certifies in it.
    return sorted(spoken, key=lambda tag: tag != language().tag)


def _obstacle(found: Case, records: Mapping[str, CompletionRecord]) -> CertifyError | None:
    """Return what would stop the certificate of a case from being issued, were it granted now."""
    given, assessment = services(), found.assessment
    minutes = sum(records[record_id].workload_minutes for record_id in assessment.relied_on)
    case = GrantedCase(
        decision_id="",
        candidate_id=found.candidate.id,
        framework_id=assessment.framework_id,
        framework_version=assessment.framework_version,
        role_id=found.role_id,
        granted=True,
        corrects=False,
        decided_at=given.clock(),
        holder=found.candidate.name,
        workload_minutes=minutes,
    )
    try:
        given.issuer.foresee(case)
    except CertifyError as error:
        return error
    return None


def _why_not_review(unit: UnitOfWork, user: User, candidate_id: str) -> str:
    try:
        may_review(unit, user, candidate_id)
    except NotPermitted as refusal:
        return str(refusal)
    return ""


def notice_of(unit: UnitOfWork, user: User, decision_id: str) -> Notice | None:
    """Return what became of a decision that ``user`` took; None for any other."""
    try:
        decision = unit.decisions.get(decision_id)
    except NotFound:
        return None
    if decision.decided_by != user.id:
        return None
    certificate = unit.certificates.by_decision(decision.id)
    return Notice(
        decision=decision,
        person=unit.candidates.get(decision.candidate_id),
        job=unit.jobs.waiting_with(decision.id),
        certificate=certificate if certificate and certificate.sha256 else None,
    )
