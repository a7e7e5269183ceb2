"""X.509 certificates of the local certification authority (RFC 5280) and its signers (RFC 9336)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificatePublicKeyTypes,
    PrivateKeyTypes,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from certify.errors import Conflict, InvalidInput

AUTHORITY_DAYS = 20 * 365
SIGNER_DAYS = 5 * 365
REVOCATION_LIST_DAYS = 40
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # id-kp-documentSigning, RFC 9336


# ub-organization-name and ub-common-name (RFC 5280, appendix A.1) are 64 characters; of a common name `cryptography`
# counts them as bytes of UTF-8, of which a Cyrillic letter takes two.
_NAME_LIMIT = 64


def check_issuer(organisation: str, country: str) -> None:
    """Refuse names that cannot stand in an X.509 certificate.

    Raises:
        InvalidInput: Saying which one and what it should be.
    """
    if not organisation.strip() or not organisation.isprintable() or len(organisation) > _NAME_LIMIT:
        raise InvalidInput(
            "The organisation's name cannot stand in its certificate.",
            where="organisation",
            fix=f"give at most {_NAME_LIMIT} printable characters",
        )
    if not re.fullmatch("[A-Z]{2}", country):
        raise InvalidInput(
            f"{country!r} is not a country code.", where="country", fix="give two capital letters, as BG"
        )


def make_authority(
    key: PrivateKeyTypes, at: datetime, *, organisation: str, country: str
) -> x509.Certificate:
    """Return a self-signed authority that may certify signers, and nothing below them."""
    name = _name(organisation, country, "Certification Authority")
    builder = _builder(name, name, key, at, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return builder.sign(cast("CertificateIssuerPrivateKeyTypes", key), hashes.SHA256())


def issuer_named(authority: x509.Certificate) -> tuple[str, str]:
    """Return the organisation and the country that an authority's certificate names."""
    oids = (NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME)
    organisation, country = (str(authority.subject.get_attributes_for_oid(oid)[0].value) for oid in oids)
    return organisation, country


def make_signer(
    key: PrivateKeyTypes, at: datetime, authority: x509.Certificate, authority_key: PrivateKeyTypes
) -> x509.Certificate:
    """Return a document-signing certificate under ``authority``, never outliving it.

    Raises:
        Conflict: The authority has ended, or does so within a day.
    """
    organisation, country = issuer_named(authority)
    days = min(SIGNER_DAYS, (authority.not_valid_after_utc - at).days)
    if days < 1:
        raise Conflict(
            f"The certification authority ends on {authority.not_valid_after_utc.date()}, and no key signs longer.",
            where=authority.subject.rfc4514_string(),
            fix="run: certify keys rotate --new-authority",
        )
    name = _name(organisation, country, "Certificate Signing")
    builder = _builder(name, authority.subject, key, at, days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    # emailProtection besides: `openssl cms -verify` asks for it unless told otherwise, and an employer
    # should need no flags. The certificate names no e-mail address, so it can stand for none.
    purposes = x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    builder = builder.add_extension(purposes, critical=False)
    issuer_key = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False
    )
    return builder.sign(cast("CertificateIssuerPrivateKeyTypes", authority_key), hashes.SHA256())


def make_revocation_list(key: PrivateKeyTypes, at: datetime, authority: x509.Certificate) -> bytes:
    """Return the authority's revocation list of this moment, DER: it has revoked no signer (RFC 5280, 5).

    Archive timestamps keep it as evidence, because a verifier that follows EN 319 102-1 asks for one. It
    counts for 40 days, so that a list kept with a timestamp was fresh when it was stamped.
    """
    issuer_key = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(at)
        .next_update(at + timedelta(days=REVOCATION_LIST_DAYS))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False
        )
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    revoked = builder.sign(cast("CertificateIssuerPrivateKeyTypes", key), hashes.SHA256())
    return revoked.public_bytes(Encoding.DER)


def _name(organisation: str, country: str, purpose: str) -> x509.Name:
    short = _whole_words(organisation, _NAME_LIMIT - len(purpose) - 1)
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{short} {purpose}".lstrip()),
        ]
    )


def _whole_words(name: str, room: int) -> str:
    """Return as many of the first words as fit, in bytes of UTF-8; the organisation stands in full beside it."""
    words = name.split()
    while len(" ".join(words).encode()) > room:
        words.pop()
    short = " ".join(words)
    if short.count("(") > short.count(")"):
        short = short[: short.rindex("(")]
    return short if words == name.split() else short.rstrip(" ,;:-&/(")


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKeyTypes, at: datetime, days: int
) -> x509.CertificateBuilder:
    public = cast("CertificatePublicKeyTypes", key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # A clock a minute slow must not make the first certificate "signed before its key".
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
