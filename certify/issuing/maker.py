"""Makes one certificate of its intent: credential, page, signature, and the check of the finished bytes.

Everything made is a pure function of the intent and the keys that it pins, so making it again after a crash
gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from certify.award.lints import SigningToken, lint
from certify.award.record import AwardRecord
from certify.credential.jwt import signature_of
from certify.credential.model import IssuedCredential, PublishedKey
from certify.credential.press import CredentialPress
from certify.credential.recognise import KnownIssuer
from certify.errors import FileUnreadable, InvalidInput, SelfCheckFailed
from certify.issuing.model import CertificateRow, FinishedCertificate, TokenSignatures
from certify.ports import Press, Signer
from certify.statement.address import read_address, scan_address, statement_of
from certify.statement.verify import verify_statement
from certify.verification.attachment import read_attachment

WITNESSED_EVERY = 1_000
"""Of so many certificates of one template and one set of keys, the first is validated by other people's code."""

KeyIds = tuple[str, str]
"""An Ed25519 and a P-256 credential key."""

SelfCheck = Callable[[bytes], datetime | None]
Witness = Callable[[FinishedCertificate, AwardRecord, IssuedCredential], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialDesk:
    """Makes credentials, and the statements in codes, with one pair of keys.

    Attributes:
        p256: The P-256 key, as published; it signs the statements in QR codes, with ``sign_es256``.
    """

    key_ids: KeyIds
    press: CredentialPress
    p256: PublishedKey
    sign_es256: Callable[[bytes], bytes]


class Maker:
    """Makes certificates of intents, and refuses bytes that do not verify.

    Args:
        press: Makes the press for a signer's room.
        signer_of: Opens the signing key named, or the active one for None.
        desk_of: Opens the credential keys named, or the active ones for None.
        issuer: Knows again, by published keys alone, what the desk made.
        self_check: Raises SelfCheckFailed for a file that does not verify, and returns when a timestamp in it
            proves that its signature existed.
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
        self._press = press
        self._signer_of = signer_of
        self._desk_of = desk_of
        self._issuer = issuer
        self._self_check = self_check
        self._witness = witness
        self._made: dict[tuple[object, ...], int] = {}

    def key_ids(self) -> tuple[str, KeyIds]:
        """Return the active keys, for an intent to pin: that of files, and those of credentials."""
        return self._signer_of(None).key_id, self._desk_of(None).key_ids

    def approve(self, award: AwardRecord) -> SigningToken:
        """Return the right to sign this award, once.

        Raises:
            LintFailed: It lacks something, or cannot be printed.
        """
        token = lint(award)
        self._press(self._signer_of(None)).check(award)
        return token

    def make(self, row: CertificateRow, token: SigningToken | None = None) -> FinishedCertificate:
        """Return the finished certificate of a committed intent.

        Args:
            row: The intent.
            token: From `approve`, where this very award was just approved.

        Raises:
            LintFailed: The award is not what was approved, or lacks something.
            SelfCheckFailed: The finished bytes do not verify.
            TimestampUnavailable: The policy asks for a timestamp and there is none to be had.
        """
        award = row.award
        signer, desk = self._signer_of(row.key_id), self._desk_of(row.credential_key_ids)
        token = token or lint(award)
        token.spend(award)
        issued = desk.press.make(award)
        unsigned = self._press(signer).press(award, _checked_address(award, desk), issued.json)
        pdf = signer.sign(unsigned, award.issued_at)
        proven_at = self._self_check(pdf)
        attached = self._check_credential(pdf, award)
        finished = FinishedCertificate(
            certificate_id=row.id,
            pdf=pdf,
            sha256=hashlib.sha256(pdf).hexdigest(),
            proven_at=proven_at,
            credential_key_ids=desk.key_ids,
            credential_sha256=hashlib.sha256(attached).hexdigest(),
            tokens=TokenSignatures(signature_of(issued.jwt_eddsa), signature_of(issued.jwt_es256)),
        )
        if self._is_sampled(award, row.key_id, desk.key_ids):
            self._witness(finished, award, issued)
        return finished

    def _is_sampled(self, award: AwardRecord, key_id: str, credential_key_ids: KeyIds) -> bool:
        kind = (
            award.framework_digest,
            award.role_id,
            award.language,
            award.template_id,
            award.template_version,
            key_id,
            credential_key_ids,
        )
        count = self._made[kind] = self._made.get(kind, -1) + 1
        return count % WITNESSED_EVERY == 0

    def _check_credential(self, pdf: bytes, award: AwardRecord) -> bytes:
        """Return the credential that is read out of the finished file; it must be the award's, with a true proof."""
        try:
            attached = read_attachment(pdf)
            self._issuer.check(attached, award)
        except (FileUnreadable, InvalidInput) as error:
            raise SelfCheckFailed(f"The attached credential {error.message}", where=award.number) from error
        return attached


def _checked_address(award: AwardRecord, desk: CredentialDesk) -> str:
    """Return the address for the QR code; its statement must verify as a reader's browser verifies it."""
    address = scan_address(award, desk.p256, desk.sign_es256)
    if verify_statement(*read_address(address), (desk.p256,)) != statement_of(award):
        raise SelfCheckFailed("The statement in the QR code does not verify.", where=award.number)
    return address
