"""The repository of certification decisions, which are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Text, bindparam, exists, func, insert, select

from certify.certification.model import CaseName, CertificationDecision, DecisionOutcome
from certify.db import tables as t
from certify.db import waiting
from certify.db.completions import lock_candidate
from certify.db.faults import own_errors
from certify.db.sets import among, among_given, texts
from certify.eligibility import codec
from certify.errors import Conflict, NotEligible, NotFound
from certify.framework.model import Framework
from certify.issuing.model import CertificateState, GrantedCase
from certify.organisations.model import Sight
from certify.paging import Asked, Part
from certify.people.model import HolderName
from certify.status.model import StatusAction


class SqlDecisions:
    """Append-only certification decisions."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, decision: CertificationDecision) -> None:
        """See `certify.ports.Decisions`.

        Raises:
            Conflict: A record relied on was corrected meanwhile, or is not there; assess again.
            NotEligible: Granted without a record to rely on.
            NotFound: The candidate, the decider or the framework version does not exist.
        """
        lock_candidate(self._sql, decision.candidate_id)
        reliance = self._reliance(decision)
        if decision.outcome is DecisionOutcome.GRANTED and not reliance:
            raise NotEligible("A certification that relies on no record cannot be granted.")
        values = {name: getattr(decision, name) for name in decision.__slots__}
        values["outcome"] = decision.outcome.value
        values["assessment"] = codec.encode(decision.assessment)
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.decision).values(values))
            if reliance:
                self._sql.execute(insert(t.decision_reliance), reliance)

    def get(self, decision_id: str) -> CertificationDecision:
        """See `certify.ports.Decisions`."""
        row = self._sql.execute(select(t.decision).where(t.decision.c.id == decision_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such decision.")
        return _decision(row)

    def of_case(self, candidate_id: str, framework_id: str, role_id: str) -> Sequence[CertificationDecision]:
        """See `certify.ports.Decisions`."""
        table = t.decision.c
        query = (
            select(t.decision)
            .where(
                table.candidate_id == candidate_id,
                table.framework_id == framework_id,
                table.role_id == role_id,
            )
            .order_by(table.sequence)
        )
        return [_decision(row) for row in self._sql.execute(query)]

    def of_candidate(self, candidate_id: str) -> Sequence[CertificationDecision]:
        """See `certify.ports.Decisions`."""
        table = t.decision.c
        query = (
            select(t.decision)
            .where(table.candidate_id == candidate_id)
            .order_by(table.decided_at, table.sequence, table.id)
        )
        return [_decision(row) for row in self._sql.execute(query)]

    def cases(self, decision_ids: Sequence[str]) -> Sequence[GrantedCase]:
        """See `certify.ports.Decisions`."""
        rows = self._sql.execute(_cases(self._sql.dialect.name), {"ids": texts(decision_ids)})
        return [_case(row) for row in rows]

    def waiting(
        self,
        framework: Framework,
        on: date,
        sight: Sight,
        asked: Asked,
        *,
        role_id: str = "",
        only: Sequence[CaseName] | None = None,
    ) -> Part[CaseName]:
        """See `certify.ports.Decisions`."""
        return Part(*waiting.waiting(self._sql, framework, on, sight, asked, role_id, only))

    def granted_without_certificate(self) -> Sequence[str]:
        """See `certify.ports.Decisions`."""
        table, made = t.decision.c, t.certificate.c
        issued = exists().where(made.decision_id == table.id, made.state == CertificateState.ISSUED.value)
        # What was to be corrected was revoked meanwhile: its correction is never issued.
        asked, told = t.correction.c, t.status_event.c
        pointless = exists().where(
            asked.decision_id == table.id,
            asked.certificate_id == told.certificate_id,
            told.action == StatusAction.REVOKE.value,
        )
        query = (
            select(table.id)
            .where(table.outcome == DecisionOutcome.GRANTED.value, ~issued, ~pointless)
            .order_by(table.decided_at, table.id)
        )
        return self._sql.execute(query).scalars().all()

    def _reliance(self, decision: CertificationDecision) -> list[dict[str, str]]:
        """The rows that tie the decision to the people behind each record; its keys make them true ones."""
        table, later = t.completion.c, t.completion.alias("later")
        asked = decision.assessment.relied_on
        query = select(table.id, table.trainer_id, table.recorded_by).where(
            among(self._sql, table.id, asked),
            table.candidate_id == decision.candidate_id,
            ~exists().where(later.c.supersedes == table.id),
        )
        rows = self._sql.execute(query).all()
        if len(rows) != len(asked):
            raise Conflict(
                "A training record that the assessment relies on has been corrected meanwhile.",
                fix="assess the candidate again",
            )
        return [
            {
                "decision_id": decision.id,
                "completion_id": row.id,
                "candidate_id": decision.candidate_id,
                "decided_by": decision.decided_by,
                "trainer_id": row.trainer_id,
                "recorded_by": row.recorded_by,
            }
            for row in rows
        ]


@cache
def _cases(dialect: str) -> Select[Any]:
    """What is drawn for the decisions ``ids`` that have no certificate yet."""
    decided, person, relied = t.decision.c, t.candidate.c, t.decision_reliance.c
    workload = (
        select(func.sum(t.completion.c.workload_minutes))
        .select_from(t.decision_reliance)
        .join(t.completion, t.completion.c.id == relied.completion_id)
        .where(relied.decision_id == decided.id)
        .scalar_subquery()
    )
    asked = t.correction.c
    corrects = exists().where(asked.decision_id == decided.id, asked.certificate_id.is_not(None))
    return (
        select(
            decided.id,
            decided.candidate_id,
            decided.framework_id,
            decided.framework_version,
            decided.role_id,
            decided.outcome,
            decided.decided_at,
            decided.language,
            person.native_name,
            person.latin_name,
            person.printed_name,
            func.coalesce(workload, 0).label("workload_minutes"),
            corrects.label("corrects"),
        )
        .join(t.candidate, person.id == decided.candidate_id)
        .where(
            among_given(dialect, decided.id, bindparam("ids", type_=Text)),
            ~exists().where(t.certificate.c.decision_id == decided.id),
        )
    )


def _case(row: Row[Any]) -> GrantedCase:
    values: tuple[Any, ...] = tuple(row)
    decision_id, candidate_id, framework_id, version, role_id, outcome, decided_at, *others = values
    language, native, latin, printed, workload_minutes, corrects = others
    return GrantedCase(
        decision_id=decision_id,
        candidate_id=candidate_id,
        framework_id=framework_id,
        framework_version=version,
        role_id=role_id,
        granted=outcome == DecisionOutcome.GRANTED.value,
        corrects=corrects,
        decided_at=decided_at,
        holder=HolderName(native=native, latin=latin, printed=printed),
        workload_minutes=workload_minutes,
        language=language,
    )


def _decision(row: Row[Any]) -> CertificationDecision:
    values = {name: getattr(row, name) for name in CertificationDecision.__slots__}
    values["outcome"] = DecisionOutcome(row.outcome)
    values["assessment"] = codec.decode(row.assessment)
    return CertificationDecision(**values)
