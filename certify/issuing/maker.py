"""Makes certificates of their intents: credential, page, signature, and the check of the finished bytes.

Everything made is a pure function of the intent and the keys that it pins, so making it again after a crash
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from certify.award.lints import SigningToken, lint
from certify.award.record import AwardRecord
from certify.credential.model import IssuedCredential, PublishedKey
from certify.credential.press import CredentialPress
from certify.credential.recognise import KnownIssuer
from certify.errors import CertifyError, FileUnreadable, InvalidInput, SelfCheckFailed
from certify.issuing.model import CertificateRow, FinishedCertificate
from certify.pades.document import UnsignedPdf
from certify.parts import Parted
from certify.ports.making import Press, Signer
from certify.statement.address import read_address, scan_address, statement_of
from certify.statement.verify import verify_statement
from certify.verification.attachment import packed_attachment

WITNESSED_EVERY = 1_000
"""Of so many certificates of one template and one set of keys, the first is validated by other people's code."""

Answer = TypeVar("Answer")
KeyIds = tuple[str, str]
"""An Ed25519 and a P-256 credential key."""

PinnedKeys = tuple[str, KeyIds]
"""The keys that an intent pins: that of files, and those of credentials."""

Sign = Callable[[bytes], bytes]
SelfCheck = Callable[[Parted, Sign | None], datetime | None]
Witness = Callable[[FinishedCertificate, AwardRecord, IssuedCredential], None]
Intent = tuple[CertificateRow, SigningToken | None]
"""A committed intent, and the token from `Maker.approve` where its very award was just approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialDesk:
    """Makes credentials, and the statements in codes, with one pair of keys.

    Attributes:
        p256: The P-256 key, as published; it signs the statements in QR codes, with ``sign_es256``.
        sign_eddsa: Signs as the press does in embedded proofs.
    """

    key_ids: KeyIds
    press: CredentialPress
    p256: PublishedKey
    sign_es256: Sign
    sign_eddsa: Sign


_Answers = dict[str, FinishedCertificate | CertifyError]
_Opened = tuple[Signer, CredentialDesk, Press]


class _Work:
    """A certificate in the making: what each step leaves for the next."""

    __slots__ = (
        "address",
        "attached",
        "award",
        "by_public_keys",
        "code",
        "credential",
        "deflated",
        "desk",
        "finished",
        "pdf",
        "press",
        "proven_at",
        "row",
        "signer",
        "unsigned",
    )

    def __init__(self, row: CertificateRow, signer: Signer, desk: CredentialDesk, press: Press) -> None:
        self.row, self.award = row, row.award
        self.signer, self.desk, self.press = signer, desk, press
        self.by_public_keys = False
        self.credential: Parted
        self.deflated: bytes
        self.address: str
        self.code: object
        self.unsigned: UnsignedPdf
        self.pdf: Parted
        self.proven_at: datetime | None
        self.attached: Parted
        self.finished: FinishedCertificate

    @property
    def keys(self) -> PinnedKeys:
        """The keys that signed it."""
        return self.signer.key_id, self.desk.key_ids


class Maker:
    """Makes certificates of intents, and refuses bytes that do not verify.

    Many are made step by step, each step for all of them: a processor that does one thing many times over does it
    a third faster than many things in turn.

    A signature is checked by making it again from the finished bytes and comparing, where that takes less time than to
    verify it. That would not see a key that went bad in memory, so what each pair of keys made last is verified with the
    public keys alone (docs/adr/0039).

    Args:
        press: Makes the press for a signer's room.
        signer_of: Opens the signing key named, or the active one for None.
        desk_of: Opens the credential keys named, or the active ones for None.
        issuer: Knows again, by published keys alone, what the desk made.
        self_check: Raises SelfCheckFailed for a file that does not verify, and returns when a timestamp in it
            proves that its signature existed. It may compare the signature with one made again.
        witness: Raises SelfCheckFailed for a certificate that other people's code does not accept.
    """

    def __init__(
        self,
        press: Callable[[Signer], Press],
        signer_of: Callable[[str | None], Signer],
        desk_of: Callable[[KeyIds | None], CredentialDesk],
        issuer: KnownIssuer,
        self_check: SelfCheck,
        witness: Witness,
    ) -> None:
        self._press_of = press
        self._signer_of = signer_of
        self._desk_of = desk_of
        self._issuer = issuer
        self._self_check = self_check
        self._witness = witness
        self._made: dict[tuple[object, ...], int] = {}

    def key_ids(self) -> PinnedKeys:
        """Return the active keys, for an intent to pin: that of files, and those of credentials."""
        return self._signer_of(None).key_id, self._desk_of(None).key_ids

    def approve(self, award: AwardRecord) -> SigningToken:
        """Return the right to sign this award, once.

        Raises:
            LintFailed: It lacks something, or cannot be printed.
        """
        (answer,) = self.approve_many([award])
        if isinstance(answer, CertifyError):
            raise answer
        return answer

    def approve_many(self, awards: Sequence[AwardRecord]) -> Sequence[SigningToken | CertifyError]:
        """Return for each award the right to sign it, once, or why there is none (see `approve`)."""
        press = self._press_of(self._signer_of(None))
        linted = [_tried(lint, award) for award in awards]
        checked = [_tried(press.check, award) for award in awards]
        return [
            token if isinstance(token, CertifyError) else refusal or token
            for token, refusal in zip(linted, checked, strict=True)
        ]

    def make(self, row: CertificateRow, token: SigningToken | None = None) -> FinishedCertificate:
        """Return the finished certificate of a committed intent.

        Raises:
            LintFailed: The award is not what was approved, or lacks something.
            SelfCheckFailed: The finished bytes do not verify.
            TimestampUnavailable: The policy asks for a timestamp and there is none to be had.
        """
        made = self.make_many([(row, token)])[row.id]
        if isinstance(made, CertifyError):
            raise made
        return made

    def make_many(self, intents: Sequence[Intent]) -> dict[str, FinishedCertificate | CertifyError]:
        """Return by id the finished certificates, or why there is none (see `make`); one holds up no other."""
        answers: _Answers = {}
        works: list[_Work] = []
        opened: dict[tuple[str, KeyIds | None], _Opened] = {}
        for row, token in intents:
            try:
                (token or lint(row.award)).spend(row.award)
                pinned = row.key_id, row.credential_key_ids
                if pinned not in opened:
                    opened[pinned] = self._open(*pinned)
                works.append(_Work(row, *opened[pinned]))
            except CertifyError as error:
                answers[row.id] = error
        for step in (
            self._credential,
            self._address,
            self._code,
            self._deflate,
            self._press,
            self._sign,
        ):
            works = _advanced(step, works, answers)
        works = self._checked(works, answers)
        works = _advanced(self._finish, works, answers)
        answers.update((work.row.id, work.finished) for work in works)
        return answers

    def _checked(self, works: list[_Work], answers: _Answers) -> list[_Work]:
        """Return those whose finished bytes verify: of each pair of keys the last by the public keys, the others by comparing.

        Where the last does not verify, its keys may have gone bad, and the public keys are asked about every one.
        """
        last = {work.keys: work for work in works}
        for work in last.values():
            work.by_public_keys = True
        works = self._verified(works, answers)
        doubtful = {keys for keys, work in last.items() if work.row.id in answers}
        again = [work for work in works if work.keys in doubtful]
        for work in again:
            work.by_public_keys = True
        return [work for work in works if work.keys not in doubtful] + self._verified(again, answers)

    def _verified(self, works: list[_Work], answers: _Answers) -> list[_Work]:
        return _advanced(self._check_credential, _advanced(self._check_file, works, answers), answers)

    def _open(self, key_id: str, credential_key_ids: KeyIds | None) -> _Opened:
        signer = self._signer_of(key_id)
        return signer, self._desk_of(credential_key_ids), self._press_of(signer)

    def _credential(self, work: _Work) -> None:
        work.credential = work.desk.press.make_parted(work.award)

    def _address(self, work: _Work) -> None:
        work.address = scan_address(work.award, work.desk.p256, work.desk.sign_es256)

    def _code(self, work: _Work) -> None:
        work.code = work.press.code(work.award, work.address)

    def _press(self, work: _Work) -> None:
        work.unsigned = work.press.fill(work.award, work.code, work.credential, work.deflated)

    def _deflate(self, work: _Work) -> None:
        work.deflated = work.credential.deflated()

    def _sign(self, work: _Work) -> None:
        work.pdf = work.signer.seal(work.unsigned, work.award.issued_at)

    def _check_file(self, work: _Work) -> None:
        work.proven_at = self._self_check(work.pdf, None if work.by_public_keys else work.signer.again)

    def _check_credential(self, work: _Work) -> None:
        """Read the credential out of the finished file; it must be the award's, with a true proof."""
        again = None if work.by_public_keys else work.desk.sign_eddsa
        try:
            work.attached = self._issuer.check_packed(packed_attachment(work.pdf), work.award, again)
        except (FileUnreadable, InvalidInput) as error:
            raise SelfCheckFailed(
                f"The attached credential {error.message}", where=work.award.number
            ) from error

    def _finish(self, work: _Work) -> None:
        work.finished = FinishedCertificate(
            certificate_id=work.row.id,
            pdf=work.pdf,
            proven_at=work.proven_at,
            credential_key_ids=work.desk.key_ids,
            credential_sha256=work.attached.sha256,
        )
        if self._is_sampled(work):
            _check_address(work)
            self._witness(work.finished, work.award, work.desk.press.make(work.award))

    def _is_sampled(self, work: _Work) -> bool:
        award = work.award
        kind = (
            award.framework_digest,
            award.role_id,
            award.language,
            award.template_id,
            award.template_version,
            work.row.key_id,
            work.desk.key_ids,
        )
        count = self._made[kind] = self._made.get(kind, -1) + 1
        return count % WITNESSED_EVERY == 0


def _tried(step: Callable[[AwardRecord], Answer], award: AwardRecord) -> Answer | CertifyError:
    try:
        return step(award)
    except CertifyError as error:
        return error


def _advanced(step: Callable[[_Work], None], works: list[_Work], answers: _Answers) -> list[_Work]:
    """Take one step with every certificate, and return those with which it went well."""
    done = []
    for work in works:
        try:
            step(work)
        except CertifyError as error:
            answers[work.row.id] = error
        else:
            done.append(work)
    return done


def _check_address(work: _Work) -> None:
    """Verify the statement in the code as a reader's browser does."""
    if verify_statement(*read_address(work.address), (work.desk.p256,)) != statement_of(work.award):
        raise SelfCheckFailed("The statement in the QR code does not verify.", where=work.award.number)
