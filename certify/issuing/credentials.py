"""The credential of an issued certificate, to hand out alone: as JSON, or as a token of either key.

A token is signed when it is first asked for, by the keys that the certificate's intent pinned, and its signature
is kept; from then on handing it out needs no key (docs/adr/0022-tokens-are-kept-as-their-signatures.md).
"""

from __future__ import annotations

from collections.abc import Callable

from certify.credential.didweb import method_id
from certify.credential.jwt import EDDSA, ES256, rebuilt, to_be_signed
from certify.credential.model import CredentialSigner
from certify.errors import InvalidInput, NotFound
from certify.issuing.model import CertificateRow, TokenSignatures
from certify.ports import Database, UnitOfWork
from certify.verification.attachment import read_attachment

ALGORITHMS = (EDDSA, ES256)
KeyIds = tuple[str, str]
"""An Ed25519 and a P-256 credential key."""


def credential_json(unit: UnitOfWork, row: CertificateRow) -> bytes:
    """Return the very bytes that are attached to the certificate.

    Raises:
        NotFound: It is not issued yet, or was issued by an earlier version, without a credential.
    """
    if row.credential_sha256 is None:
        raise NotFound("There is no credential to this certificate.", where="certificate")
    return read_attachment(unit.certificates.pdf(row.id))


class Tokens:
    """The credentials of issued certificates as JWTs; threads may share it.

    Args:
        keys_of: Opens the two credential keys named, retired ones too.
    """

    def __init__(self, database: Database, keys_of: Callable[[KeyIds], CredentialSigner]) -> None:
        self._database = database
        self._keys_of = keys_of

    def of(self, row: CertificateRow, algorithm: str = EDDSA) -> str:
        """Return an issued certificate's credential as a JWT, the same every time.

        Raises:
            InvalidInput: There is no such algorithm.
            NotFound: As `credential_json`.
            KeysMissing: It was never asked for, and its private keys are gone.
            KeyStoreLocked: It was never asked for, and there is no passphrase here to sign it.
        """
        if algorithm not in ALGORITHMS:
            raise InvalidInput(f"must be one of {', '.join(ALGORITHMS)}.", where="alg")
        with self._database.reading() as unit:
            attached = credential_json(unit, row)
            signatures = unit.certificates.tokens(row.id)
        names = _key_names(row)
        if signatures is None:
            signatures = self._sign(row, attached, names)
        if algorithm == EDDSA:
            return rebuilt(attached, EDDSA, names[0], signatures.eddsa)
        return rebuilt(attached, ES256, names[1], signatures.es256)

    def sign_all(self) -> int:
        """Sign every token that nobody asked for yet, and return how many certificates had none.

        Raises:
            KeysMissing: A private key is gone.
            KeyStoreLocked: There is no passphrase here.
        """
        with self._database.reading() as unit:
            waiting = unit.certificates.without_tokens()
        for certificate_id in waiting:
            with self._database.reading() as unit:
                row = unit.certificates.get(certificate_id)
                attached = credential_json(unit, row)
            self._sign(row, attached, _key_names(row))
        return len(waiting)

    def _sign(self, row: CertificateRow, attached: bytes, names: tuple[str, str]) -> TokenSignatures:
        assert row.credential_key_ids is not None
        keys = self._keys_of(row.credential_key_ids)
        signatures = TokenSignatures(
            keys.sign_eddsa(to_be_signed(attached, EDDSA, names[0]).encode("ascii")),
            keys.sign_es256(to_be_signed(attached, ES256, names[1]).encode("ascii")),
        )
        with self._database.writing() as unit:
            # Both algorithms have one signature for one message: whoever was first kept the same.
            unit.certificates.keep_tokens(row.id, signatures)
        return signatures


def _key_names(row: CertificateRow) -> tuple[str, str]:
    if row.credential_key_ids is None:
        raise NotFound("There is no credential to this certificate.", where="certificate")
    base = row.award.verification_url.rpartition("/v/")[0]
    eddsa, es256 = row.credential_key_ids
    return method_id(base, eddsa), method_id(base, es256)
