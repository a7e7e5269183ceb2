"""The audit trail: own events, and the register's history read as such, in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)

from certify.audit.model import AuditAction, AuditEntry, AuditFilter, AuditPlace, SubjectKind
from certify.certification.model import DecisionOutcome
from certify.clock import Clock
from certify.corrections.model import CorrectionState
from certify.db import tables as t
from certify.db.faults import own_errors
from certify.status.model import StatusAction

Part = ColumnElement[Any]
_MOST_CHARACTERS = 200
_DECISIONS: Mapping[StrEnum, AuditAction] = {
    DecisionOutcome.GRANTED: AuditAction.DECISION_GRANTED,
    DecisionOutcome.REFUSED: AuditAction.DECISION_REFUSED,
}
_STEPS: Mapping[StrEnum, AuditAction] = {
    StatusAction.SUSPEND: AuditAction.CERTIFICATE_SUSPENDED,
    StatusAction.REINSTATE: AuditAction.CERTIFICATE_REINSTATED,
    StatusAction.REVOKE: AuditAction.CERTIFICATE_REVOKED,
}
_RULINGS: Mapping[StrEnum, AuditAction] = {
    CorrectionState.APPROVED: AuditAction.CORRECTION_APPROVED,
    CorrectionState.REFUSED: AuditAction.CORRECTION_REFUSED,
    CorrectionState.WITHDRAWN: AuditAction.CORRECTION_WITHDRAWN,
}


class SqlTrail:
    """Meets the port `Trail`.

    Args:
        clock: Says when an event is appended.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._sql = connection
        self._clock = clock

    def put(
        self,
        actor_id: str | None,
        action: AuditAction,
        subject_kind: SubjectKind,
        subject_id: str,
        detail: str = "",
        candidate_id: str | None = None,
    ) -> None:
        """See `certify.ports.audit.Trail`."""
        with own_errors():
            self._sql.execute(
                insert(t.audit_event).values(
                    at=self._clock(),
                    actor_id=actor_id,
                    action=action.value,
                    subject_kind=subject_kind.value,
                    subject_id=subject_id,
                    candidate_id=candidate_id,
                    detail=detail[:_MOST_CHARACTERS],
                )
            )

    def search(self, asked: AuditFilter, most: int, after: AuditPlace | None = None) -> Sequence[AuditEntry]:
        """See `certify.ports.audit.Trail`."""
        found = _everything().subquery()
        query = select(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(most)
        if asked.action is not None:
            query = query.where(found.c.action == asked.action.value)
        if asked.about:
            names = sorted(asked.about)
            query = query.where(
                or_(
                    *(
                        column.in_(names)
                        for column in (found.c.actor_id, found.c.subject_id, found.c.candidate_id)
                    )
                )
            )
        if asked.since is not None:
            query = query.where(found.c.at >= asked.since)
        if asked.until is not None:
            query = query.where(found.c.at < asked.until)
        if after is not None:
            earlier = or_(found.c.at < after.at, and_(found.c.at == after.at, found.c.id < after.id))
            query = query.where(earlier)
        return [_entry(row) for row in self._sql.execute(query)]


def _everything() -> CompoundSelect[Any]:
    """Each table's history as lines of the trail. A union keeps the types of its first part."""
    c, d, s, k = t.certificate, t.decision, t.status_event, t.correction
    own = t.audit_event.c
    candidate, certificate = SubjectKind.CANDIDATE, SubjectKind.CERTIFICATE
    # A letter and a number of fixed width: ids are compared as texts.
    numbered = literal("e") + func.substr(literal("000000000000") + cast(own.position, Text), -12)
    if_named = case((k.c.certificate_id.is_(None), candidate.value), else_=certificate.value)
    named = func.coalesce(k.c.certificate_id, k.c.candidate_id)
    asked_for = k.c.requested_by, k.c.requested_at
    return union_all(
        select(
            numbered.label("id"),
            own.at.label("at"),
            own.actor_id.label("actor_id"),
            own.action.label("action"),
            own.subject_kind.label("subject_kind"),
            own.subject_id.label("subject_id"),
            own.candidate_id.label("candidate_id"),
            own.detail.label("detail"),
        ),
        _line("d", d.c.id, d.c.decided_at, d.c.decided_by, _of(d.c.outcome, _DECISIONS), candidate, d.c.candidate_id, d.c.candidate_id, d.c.role_id),
        _line("c", c.c.id, c.c.stored_at, null(), literal(AuditAction.CERTIFICATE_ISSUED.value), certificate, c.c.id, c.c.candidate_id, c.c.number).where(c.c.stored_at.is_not(None)),
        _line("s", s.c.id, s.c.acted_at, s.c.acted_by, _of(s.c.action, _STEPS), certificate, s.c.certificate_id, c.c.candidate_id, s.c.reason).join_from(s, c, s.c.certificate_id == c.c.id),
        _line("q", k.c.id, asked_for[1], asked_for[0], literal(AuditAction.CORRECTION_REQUESTED.value), if_named, named, k.c.candidate_id, k.c.ground),
        _line("r", k.c.id, k.c.ruled_at, k.c.ruled_by, _of(k.c.state, _RULINGS), if_named, named, k.c.candidate_id, k.c.ground).where(k.c.ruled_at.is_not(None)),
        _line("a", t.admission.c.id, t.admission.c.reviewed_at, t.admission.c.reviewed_by, case((t.admission.c.accepted, AuditAction.QUALIFICATION_ACCEPTED.value), else_=AuditAction.QUALIFICATION_REFUSED.value), candidate, t.admission.c.candidate_id, t.admission.c.candidate_id, literal("")),
        _line("u", func.substr(literal("000000000000") + cast(t.application.c.position, Text), -12), t.application.c.applied_at, t.application.c.applied_by, literal(AuditAction.UNIT_APPLIED_FOR.value), candidate, t.application.c.candidate_id, t.application.c.candidate_id, t.application.c.role_id),
        _line("n", t.candidate.c.id, t.candidate.c.registered_at, t.candidate.c.registered_by, literal(AuditAction.CANDIDATE_REGISTERED.value), candidate, t.candidate.c.id, t.candidate.c.id, literal("")),
        _line("m", t.completion.c.id, t.completion.c.recorded_at, t.completion.c.recorded_by, literal(AuditAction.RECORD_CORRECTED.value), candidate, t.completion.c.candidate_id, t.completion.c.candidate_id, t.completion.c.module_id).where(t.completion.c.supersedes.is_not(None)),
    )  # fmt: skip


def _line(  # noqa: PLR0917 - one for each column of the trail, in its order
    source: str,
    key: Part,
    at: Part,
    by: Part,
    action: Part,
    kind: SubjectKind | Part,
    subject: Part,
    person: Part,
    detail: Part,
) -> Select[Any]:
    told = literal(kind.value) if isinstance(kind, SubjectKind) else kind
    return select(literal(source) + key, at, cast(by, String(26)), action, told, subject, person, detail)


def _of(column: Part, words: Mapping[StrEnum, AuditAction]) -> Part:
    return case({word.value: action.value for word, action in words.items()}, value=column)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        action=AuditAction(row.action),
        subject_kind=SubjectKind(row.subject_kind),
        subject_id=row.subject_id,
        candidate_id=row.candidate_id,
        detail=row.detail,
    )
