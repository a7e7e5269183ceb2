"""Prepare, then issue: the intent is committed before anything is signed, so a crash leaves one certificate.

    1 read the decision; where it has a certificate already, that one is the answer
    2 draw the award and lint it; press it once, so that what cannot be printed is refused now
    3 commit the intent (the award, the key, the random id and reserved status index) as a `prepared` row
    4 press and sign exactly what the intent says; both are pure functions of it
    5 check the finished bytes with the public verifier's own checks
    6 store bytes and digest, turning the row into `issued`; what it corrects is superseded in the same transaction

A crash before 3 leaves nothing. After 3 it leaves the intent, and issuing again goes on from there. Of two
issuers of one decision the second finds the first one's intent, and the store keeps what came first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from certify.award.lints import lint
from certify.award.record import AwardRecord
from certify.certification.model import DecisionOutcome
from certify.clock import Clock
from certify.corrections.service import draw_correction, supersede
from certify.errors import CertifyError, Conflict
from certify.issuing.awarding import draw_award
from certify.issuing.model import CertificateRow, CertificateState
from certify.ports import Database, Press, Signer, UnitOfWork

SelfCheck = Callable[[bytes], datetime | None]
SignerOf = Callable[[str | None], Signer]


class Issuer:
    """Issues certificates for granted decisions.

    Args:
        press: Makes the press for a signer's room.
        signer_of: Opens the signing key named, or the active one for None.
        self_check: Raises SelfCheckFailed for bytes that do not verify, and returns when a timestamp in them
            proves that their signature existed.
        public_base: Start of every verification address.
    """

    def __init__(
        self,
        database: Database,
        press: Callable[[Signer], Press],
        signer_of: SignerOf,
        self_check: SelfCheck,
        clock: Clock,
        public_base: str,
    ) -> None:
        self._database = database
        self._press = press
        self._signer_of = signer_of
        self._self_check = self_check
        self._clock = clock
        self._public_base = public_base

    def issue(self, decision_id: str, language: str = "en") -> CertificateRow:
        """Return the decision's one certificate, making it where it is not made yet.

        Raises:
            NotFound: No such decision.
            Conflict: The decision does not grant anything.
            LintFailed: The award lacks something, or its name cannot be printed.
            SelfCheckFailed: The finished bytes do not verify; they are not stored.
            TimestampUnavailable: The policy asks for a timestamp and there is none to be had; the intent stays.
        """
        row = self.prepare(decision_id, language)
        if row.state is CertificateState.ISSUED:
            return row
        signer = self._signer_of(row.key_id)
        token = lint(row.award)
        unsigned = self._press(signer).press(row.award, row.award.verification_url, b"")
        token.spend(row.award)
        pdf = signer.sign(unsigned, row.award.issued_at)
        proven_at = self._self_check(pdf)
        with self._database.writing() as unit:
            supersede(unit, row.id, self._clock())
            sha256 = hashlib.sha256(pdf).hexdigest()
            return unit.certificates.store(row.id, pdf, sha256, self._clock(), proven_at)

    def prepare(self, decision_id: str, language: str = "en") -> CertificateRow:
        """Return the decision's intent, committing it where there is none yet."""
        with self._database.reading() as unit:
            known = unit.certificates.by_decision(decision_id)
            if known is not None:
                return known
            draw = self._draw(unit, decision_id, language)
            candidate_id = unit.decisions.get(decision_id).candidate_id
        signer = self._signer_of(None)
        with self._database.writing() as unit:
            (place,) = unit.status_lists.reserve(1)
        award = draw(place=place)
        lint(award)
        self._press(signer).press(award, award.verification_url, b"")
        row = CertificateRow(
            id=award.certificate_id,
            decision_id=decision_id,
            candidate_id=candidate_id,
            award=award,
            key_id=signer.key_id,
            state=CertificateState.PREPARED,
            prepared_at=award.issued_at,
        )
        with self._database.writing() as unit:
            return unit.certificates.prepare(row)

    def prove(self, award: AwardRecord) -> None:
        """Try whether an award could be issued, keeping nothing.

        Raises:
            LintFailed: It lacks something, or its name cannot be printed.
        """
        lint(award)
        self._press(self._signer_of(None)).press(award, award.verification_url, b"")

    def issue_pending(
        self, on_each: Callable[[int, int], None] | None = None
    ) -> Sequence[CertificateRow | CertifyError]:
        """Issue for every granted decision that has no certificate yet; one that fails holds up no other.

        Args:
            on_each: Called with (done, of) after each.
        """
        with self._database.reading() as unit:
            pending = unit.decisions.granted_without_certificate()
        done: list[CertificateRow | CertifyError] = []
        for decision_id in pending:
            try:
                done.append(self.issue(decision_id))
            except CertifyError as error:
                error.where = error.where or f"decision {decision_id}"
                done.append(error)
            if on_each is not None:
                on_each(len(done), len(pending))
        return done

    def _draw(self, unit: UnitOfWork, decision_id: str, language: str) -> Callable[..., AwardRecord]:
        """Return the award but for its place in the status lists, which is reserved only for what can be drawn."""
        decision = unit.decisions.get(decision_id)
        if decision.outcome is not DecisionOutcome.GRANTED:
            raise Conflict(
                "This decision refused the certification.", fix="decide again once the gap is closed"
            )
        now = self._clock()
        correction = draw_correction(unit, decision, at=now, public_base=self._public_base)
        if correction is not None:
            return correction
        framework = unit.frameworks.get(decision.framework_id, decision.framework_version)
        return partial(
            draw_award,
            decision,
            framework,
            unit.candidates.get(decision.candidate_id),
            [unit.completions.get(name) for name in decision.assessment.relied_on],
            at=now,
            language=language,
            public_base=self._public_base,
        )
