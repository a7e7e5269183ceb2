"""Is the signer's certificate one of the authority's, and good at the time of signing? (RFC 5280, 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certify.errors import InvalidInput
from certify.pades.algorithms import Use, algorithm_of
from certify.verification.report import Signer

_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # id-kp-documentSigning, RFC 9336
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
Anchors = Sequence[x509.Certificate]
"""Authorities to trust."""

_SHA_2 = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
CLOCK_SKEW = timedelta(minutes=5)
_LONGEST_NAME = 200
_REMEMBERED = 64
SKEW_NOTE = "the time that the signature itself claims"


# Nearly every file is signed by one of a few keys, and what is asked of a certificate never changes.
@lru_cache(_REMEMBERED)
def load_certificate(der: bytes) -> x509.Certificate:
    """Return a DER certificate.

    Raises:
        InvalidInput: It is not one.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        # Parsed lazily: touch what is used later, so that a broken part shows here.
        certificate.public_key()
        list(certificate.extensions)
        certificate.subject.rfc4514_string()
        _ = certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UNREADABLE as error:
        raise InvalidInput("The signer's certificate cannot be read.") from error
    return certificate


@lru_cache(_REMEMBERED)
def signer_seen(der: bytes) -> Signer | None:
    """Return whose key a signature claims to be made with; None where its certificate cannot be read."""
    try:
        certificate = load_certificate(der)
        key = algorithm_of(certificate.public_key(), Use.CERTIFICATE_SIGNING).key
    except InvalidInput:
        return None
    return Signer(
        name=_common_name(certificate.subject),
        authority=_common_name(certificate.issuer),
        key=key,
        certificate_sha256=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _common_name(name: x509.Name) -> str:
    """Return a name's common name, or all of it; cut, because anybody may have written it."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = str(found[0].value) if found else name.rfc4514_string()
    return text[:_LONGEST_NAME]


def distrust(signer: x509.Certificate, anchors: Iterable[x509.Certificate], at: datetime) -> tuple[str, str]:
    """Return (code, reason) why the signer is not to be trusted at ``at``; two empty texts where it is."""
    issuer = next((anchor for anchor in anchors if issued(anchor, signer)), None)
    if issuer is None:
        return "unknown-authority", "The signer was not certified by an authority that you trust."
    try:
        algorithm_of(signer.public_key(), Use.CERTIFICATE_SIGNING)
        algorithm_of(issuer.public_key(), Use.AUTHORITY)
    except InvalidInput as error:
        return "algorithm-not-permitted", error.message
    for certificate, what in ((signer, "signer"), (issuer, "authority")):
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            return "outside-validity", f"The {what}'s certificate was not valid on {at.date()}, {SKEW_NOTE}."
    if not _may_sign(signer) or not _is_authority(issuer):
        return "wrong-key-usage", "The signer's key is not for signing documents."
    return "", ""


@lru_cache(_REMEMBERED)
def issued(anchor: x509.Certificate, signer: x509.Certificate) -> bool:
    """Tell whether ``anchor`` signed the certificate ``signer``, by name and by signature, not with SHA-1."""
    try:
        if not isinstance(signer.signature_hash_algorithm, _SHA_2):
            return False
        # The count of unused bits before the signature is under no signature; of whole bytes it is none (X.690, 8.6).
        if not signer.public_bytes(Encoding.DER).endswith(b"\0" + signer.signature):
            return False
        signer.verify_directly_issued_by(anchor)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


@lru_cache(_REMEMBERED)
def _may_sign(signer: x509.Certificate) -> bool:
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
        constraints = signer.extensions.get_extension_for_class(x509.BasicConstraints).value
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    signs = usage.digital_signature and usage.content_commitment and not usage.key_cert_sign
    return signs and not constraints.ca and _DOCUMENT_SIGNING in purposes


@lru_cache(_REMEMBERED)
def _is_authority(issuer: x509.Certificate) -> bool:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return usage.key_cert_sign and constraints.ca
