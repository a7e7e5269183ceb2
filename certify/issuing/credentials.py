"""The credential of an issued certificate, to hand out alone: as JSON, or as a token of either key."""

from __future__ import annotations

from certify.credential.didweb import method_id
from certify.credential.jwt import EDDSA, ES256, rebuilt
from certify.errors import InvalidInput, NotFound
from certify.issuing.model import CertificateRow
from certify.ports import UnitOfWork
from certify.verification.attachment import read_attachment

ALGORITHMS = (EDDSA, ES256)


def credential_json(unit: UnitOfWork, row: CertificateRow) -> bytes:
    """Return the very bytes that are attached to the certificate.

    Raises:
        NotFound: It is not issued yet, or was issued by an earlier version, without a credential.
    """
    if row.credential_sha256 is None:
        raise NotFound("There is no credential to this certificate.", where="certificate")
    return read_attachment(unit.certificates.pdf(row.id))


def credential_token(unit: UnitOfWork, row: CertificateRow, algorithm: str = EDDSA) -> str:
    """Return the same credential as a JWT; only its signature is kept, the rest follows from the attachment.

    Raises:
        InvalidInput: There is no such algorithm.
        NotFound: As `credential_json`.
    """
    if algorithm not in ALGORITHMS:
        raise InvalidInput(f"must be one of {', '.join(ALGORITHMS)}.", where="alg")
    signatures = unit.certificates.tokens(row.id)
    if signatures is None or row.credential_key_ids is None:
        raise NotFound("There is no credential to this certificate.", where="certificate")
    eddsa_key, es256_key = row.credential_key_ids
    key, signature = (eddsa_key, signatures.eddsa) if algorithm == EDDSA else (es256_key, signatures.es256)
    base = row.award.verification_url.rpartition("/v/")[0]
    return rebuilt(credential_json(unit, row), algorithm, method_id(base, key), signature)
