"""Prepare, then issue: the intent is committed before anything is signed, so a crash leaves one certificate.

    1 read the decisions; those that have a certificate already are answered by it
    2 draw each award and lint it; what cannot be printed is refused now
    3 commit the intents (the award, the keys, the random id and reserved status index) as `prepared` rows
    4 make of each intent its credential, page and signature: all are pure functions of it
    5 check the finished bytes with the public verifier's own checks
    6 store bytes and digests, turning the rows into `issued`; what they correct is superseded in the same transaction

A crash before 3 leaves nothing. After 3 it leaves the intents, and issuing again goes on from there. Of two
issuers of one decision the second finds the first one's intent, and the store keeps what came first. Many
decisions are issued in batches, each step for all of a batch; one that fails holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from certify.award.lints import SigningToken
from certify.award.record import AwardRecord
from certify.clock import Clock
from certify.corrections.service import Drawing, draw_correction, supersede
from certify.errors import CertifyError, Conflict, DatabaseUnavailable, NotFound
from certify.framework.model import Framework
from certify.issuing.awarding import draw_award, unfilled_award
from certify.issuing.collector import collector_paused
from certify.issuing.designs import ChosenDesigns
from certify.issuing.maker import Maker, PinnedKeys
from certify.issuing.model import CertificateRow, CertificateState, FinishedCertificate, GrantedCase
from certify.issuing.telling import tell_holders
from certify.ports import Database, UnitOfWork
from certify.status.model import StatusEntry

BATCH = 250
"""Certificates that share their commits: few enough to hold in memory, many enough that a commit costs little."""

_USUAL = "en"

Outcome = CertificateRow | CertifyError
OnEach = Callable[[int, int], None]


class Issuer:
    """Issues certificates for granted decisions.

    Args:
        maker: Makes certificates of intents.
        public_base: Start of every verification address.
        batch: Decisions that share their commits.
        designs: Those of new certificates; None for the shipped ones.
    """

    def __init__(
        self,
        database: Database,
        maker: Maker,
        clock: Clock,
        public_base: str,
        batch: int = BATCH,
        designs: ChosenDesigns | None = None,
    ) -> None:
        self._database = database
        self._maker = maker
        self._clock = clock
        self._public_base = public_base
        self._batch = batch
        self._designs = designs or ChosenDesigns()
        # Published framework versions never change.
        self._frameworks: dict[tuple[str, str], Framework] = {}
        self._unfilled: dict[tuple[str | None, ...], AwardRecord] = {}

    def issue(self, decision_id: str, language: str | None = None) -> CertificateRow:
        """Return the decision's one certificate, making it where it is not made yet.

        Raises:
            NotFound: No such decision.
            Conflict: The decision does not grant anything.
            InvalidInput: The framework has no texts in that language.
            LintFailed: The award lacks something, or its name cannot be printed.
            SelfCheckFailed: The finished bytes do not verify; they are not stored.
            TimestampUnavailable: The policy asks for a timestamp and there is none to be had; the intent stays.
        """
        (outcome,) = self.issue_many([decision_id], language)
        if isinstance(outcome, CertifyError):
            raise outcome
        return outcome

    def issue_pending(self, on_each: OnEach | None = None) -> Sequence[Outcome]:
        """Issue for every granted decision that has no certificate yet; one that fails holds up no other.

        Args:
            on_each: Called with (done, of) after each.
        """
        with self._database.reading() as unit:
            pending = unit.decisions.granted_without_certificate()
        return self.issue_many(pending, on_each=on_each)

    def issue_many(
        self, decision_ids: Sequence[str], language: str | None = None, on_each: OnEach | None = None
    ) -> Sequence[Outcome]:
        """Issue for each of these decisions, in their order: its one certificate, or why there is none.

        Args:
            decision_ids: Without repetitions.
            language: Of what is drawn now, one of the framework's; where none is given, the decision's, and where that
                has none English, or the framework's first. An intent that is there keeps its own, and a correction has that of what it corrects.
            on_each: Called with (done, of) after each.
        """
        outcomes: list[Outcome] = []
        for start in range(0, len(decision_ids), self._batch):
            ids = decision_ids[start : start + self._batch]
            with collector_paused():
                found = self._issue(ids, language)
            for decision_id in ids:
                outcomes.append(found[decision_id])
                if on_each is not None:
                    on_each(len(outcomes), len(decision_ids))
        return outcomes

    def prepare(self, decision_id: str, language: str | None = None) -> CertificateRow:
        """Return the decision's intent, committing it where there is none yet."""
        prepared = self._prepare([decision_id], language)
        for error in prepared.failed.values():
            raise error
        return prepared.rows[0]

    def prove(self, award: AwardRecord) -> None:
        """Try whether an award could be issued, keeping nothing.

        Raises:
            LintFailed: It lacks something, or its name cannot be printed.
        """
        self._maker.approve(award)

    def foresee(self, case: GrantedCase, language: str | None = None) -> None:
        """Try what issuing would do for a case that is not decided yet, as far as nothing is kept.

        Raises:
            LintFailed: The award lacks something, or its name cannot be printed.
            KeysMissing, KeyStoreLocked: There is nothing to sign with.
        """
        with self._database.reading() as unit:
            drawing = self._drawing(unit, case, self._clock(), language)
        self._maker.key_ids()
        self._maker.approve(drawing(place=StatusEntry(1, 0)))

    def _issue(self, ids: Sequence[str], language: str | None) -> Mapping[str, Outcome]:
        try:
            prepared = self._prepare(ids, language)
        except CertifyError as error:
            return {decision_id: _about(decision_id, error) for decision_id in ids}
        found: dict[str, Outcome] = {**prepared.failed}
        waiting = [row for row in prepared.rows if row.state is CertificateState.PREPARED]
        made = self._maker.make_many([(row, prepared.tokens.get(row.id)) for row in waiting])
        finished: dict[str, FinishedCertificate] = {}
        for row in prepared.rows:
            answer = made.get(row.id)
            if isinstance(answer, CertifyError):
                found[row.decision_id] = _about(row.decision_id, answer)
            else:
                found[row.decision_id] = row
                if answer is not None:
                    finished[row.id] = answer
        rows = [row for row in waiting if row.id in finished]
        found.update(_one_by_one_if_need_be(lambda part: self._store(part, finished), rows))
        return found

    def _store(
        self, rows: Sequence[CertificateRow], finished: Mapping[str, FinishedCertificate]
    ) -> Sequence[CertificateRow]:
        at = self._clock()
        with self._database.writing() as unit:
            # In one order, so that two who store corrections never wait for each other.
            for certificate_id in sorted(row.id for row in rows if row.award.supersedes):
                supersede(unit, certificate_id, at)
            stored = unit.certificates.store([finished[row.id] for row in rows], at)
            if unit.outbox.is_open:
                tell_holders(unit, [row for row in rows if row.id in stored], at)
            return [
                _issued(row, finished[row.id], at) if row.id in stored else unit.certificates.get(row.id)
                for row in rows
            ]

    def _prepare(self, ids: Sequence[str], language: str | None) -> _Prepared:
        prepared = _Prepared([], {}, {})
        with self._database.reading() as unit:
            cases = {case.decision_id: case for case in unit.decisions.cases(ids)}
            others = [name for name in ids if name not in cases]
            if others:
                prepared.rows.extend(unit.certificates.by_decisions(others))
            # Before the keys are looked up: so none of them was retired before the award's time.
            drawings = self._drawings(unit, cases.values(), self._clock(), language, prepared)
        for name in {*others} - {row.decision_id for row in prepared.rows}:
            prepared.failed[name] = _about(name, NotFound("There is no such decision."))
        if drawings:
            with self._database.writing() as unit:
                places = unit.status_lists.reserve(len(drawings))
            awards = [draw(place=place) for draw, place in zip(drawings.values(), places, strict=True)]
            keys = self._maker.key_ids()
            approved = self._maker.approve_many(awards)
            intents = [
                self._intent(cases[name], award, answer, keys, prepared)
                for name, award, answer in zip(drawings, awards, approved, strict=True)
            ]
            rows = [row for row in intents if row is not None]
            for name, outcome in _one_by_one_if_need_be(self._commit, rows).items():
                if isinstance(outcome, CertifyError):
                    prepared.failed[name] = outcome
                else:
                    prepared.rows.append(outcome)
        return prepared

    def _drawings(
        self,
        unit: UnitOfWork,
        cases: Iterable[GrantedCase],
        at: datetime,
        language: str | None,
        prepared: _Prepared,
    ) -> dict[str, Drawing]:
        """Return the awards but for their places in the status lists, which are reserved only for what can be drawn."""
        drawings: dict[str, Drawing] = {}
        for case in cases:
            try:
                drawings[case.decision_id] = self._drawing(unit, case, at, language)
            except CertifyError as error:
                prepared.failed[case.decision_id] = _about(case.decision_id, error)
        return drawings

    def _drawing(self, unit: UnitOfWork, case: GrantedCase, at: datetime, language: str | None) -> Drawing:
        if not case.granted:
            raise Conflict(
                "This decision refused the certification.", fix="decide again once the gap is closed"
            )
        if case.corrects:
            decision = unit.decisions.get(case.decision_id)
            correction = draw_correction(unit, decision, at=at, public_base=self._public_base)
            if correction is not None:
                return correction
        version = case.framework_id, case.framework_version
        if language is None:
            language = case.language or None
        kind = (*version, case.role_id, language)
        if kind not in self._unfilled:
            framework = self._frameworks.setdefault(version, unit.frameworks.get(*version))
            # What is signed stays as it is, so nobody gets another language than the one asked for.
            if language is not None:
                framework.require_language(language)
            design = self._designs.of(framework.id, framework.certifiable[case.role_id].kind)
            self._unfilled[kind] = unfilled_award(
                framework, case.role_id, _USUAL if language is None else language, design
            )
        return partial(
            draw_award,
            case,
            self._frameworks[version],
            self._unfilled[kind],
            at=at,
            public_base=self._public_base,
        )

    def _intent(
        self,
        case: GrantedCase,
        award: AwardRecord,
        approved: SigningToken | CertifyError,
        keys: PinnedKeys,
        prepared: _Prepared,
    ) -> CertificateRow | None:
        """Return the intent for an award that may be signed."""
        if isinstance(approved, CertifyError):
            prepared.failed[case.decision_id] = _about(case.decision_id, approved)
            return None
        prepared.tokens[award.certificate_id] = approved
        key_id, credential_key_ids = keys
        return CertificateRow(
            id=award.certificate_id,
            decision_id=case.decision_id,
            candidate_id=case.candidate_id,
            award=award,
            key_id=key_id,
            credential_key_ids=credential_key_ids,
            state=CertificateState.PREPARED,
            prepared_at=award.issued_at,
        )

    def _commit(self, rows: Sequence[CertificateRow]) -> Sequence[CertificateRow]:
        with self._database.writing() as unit:
            return unit.certificates.prepare(rows)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A batch's committed intents (or what was issued before), the rights to sign, and what failed by decision."""

    rows: list[CertificateRow]
    tokens: dict[str, SigningToken]
    failed: dict[str, CertifyError]


def _one_by_one_if_need_be(
    write: Callable[[Sequence[CertificateRow]], Sequence[CertificateRow]], rows: Sequence[CertificateRow]
) -> dict[str, Outcome]:
    """Write all rows in one transaction; where that is refused, each in its own, so that one holds up no other."""
    if not rows:
        return {}
    try:
        return {row.decision_id: row for row in write(rows)}
    except CertifyError as error:
        if len(rows) == 1 or isinstance(error, DatabaseUnavailable):
            return {row.decision_id: _about(row.decision_id, error) for row in rows}
    return {name: outcome for row in rows for name, outcome in _one_by_one_if_need_be(write, [row]).items()}


def _issued(row: CertificateRow, finished: FinishedCertificate, at: datetime) -> CertificateRow:
    return CertificateRow(
        id=row.id,
        decision_id=row.decision_id,
        candidate_id=row.candidate_id,
        award=row.award,
        key_id=row.key_id,
        credential_key_ids=finished.credential_key_ids,
        state=CertificateState.ISSUED,
        prepared_at=row.prepared_at,
        sha256=finished.sha256,
        stored_at=at,
        credential_sha256=finished.credential_sha256,
    )


def _about(decision_id: str, error: CertifyError) -> CertifyError:
    """Return the error as one about this decision; several may fail of one cause."""
    own = copy(error)
    own.where = own.where or f"decision {decision_id}"
    return own
