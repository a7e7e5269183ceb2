"""The one table of signature algorithms that this system makes and accepts. What is not in it is refused.

It stands here, below the key store, so that verification can use it without knowing any key store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from certify.errors import InvalidInput


class Use(StrEnum):
    """What a key may sign."""

    AUTHORITY = "authority"
    CERTIFICATE_SIGNING = "certificate-signing"
    CREDENTIAL_SIGNING = "credential-signing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """A permitted algorithm; signatures are over SHA-256 wherever a digest is named.

    Attributes:
        name: Its name in commands and in the key index.
        key: The kind of key.
        oid: Of the signature, in dots.
        identifier: DER of the AlgorithmIdentifier in a CMS SignerInfo.
        uses: What keys of it may sign.
        signature_sizes: Shortest and longest signature, in bytes.
        signs_faster: Whether to sign takes less time than to verify; signing again is then the cheaper check.
    """

    name: str
    key: str
    oid: str
    identifier: bytes
    uses: frozenset[Use]
    signature_sizes: tuple[int, int]
    signs_faster: bool


SHA256_OID = "2.16.840.1.101.3.4.2.1"
# RFC 5754, 2: parameters absent.
SHA256_IDENTIFIER = bytes.fromhex("300b0609608648016503040201")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")  # RFC 5758, 3.2: parameters absent
_RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")  # RFC 4055, 5: parameters NULL
_ED25519 = bytes.fromhex("300506032b6570")  # RFC 8410, 3

_PDF_USES = frozenset({Use.AUTHORITY, Use.CERTIFICATE_SIGNING})

P256 = Algorithm(
    name="p256",
    key="EC on NIST P-256",
    oid="1.2.840.10045.4.3.2",
    identifier=_ECDSA_SHA256,
    uses=_PDF_USES | {Use.CREDENTIAL_SIGNING},
    # A signature in low-s form: r of 1-33 bytes, s of 1-32 bytes, each with a two-byte header, in a SEQUENCE.
    signature_sizes=(8, 71),
    signs_faster=True,
)
RSA3072 = Algorithm(
    name="rsa3072",
    key="RSA of 3072 bits",
    oid="1.2.840.113549.1.1.11",
    identifier=_RSA_SHA256,
    uses=_PDF_USES,
    signature_sizes=(384, 384),
    signs_faster=False,
)
RSA4096 = Algorithm(
    name="rsa4096",
    key="RSA of 4096 bits",
    oid="1.2.840.113549.1.1.11",
    identifier=_RSA_SHA256,
    uses=_PDF_USES,
    signature_sizes=(512, 512),
    signs_faster=False,
)
# Never in a PDF: pdfsig, OpenSSL 3.0 and mutool refuse it there.
ED25519 = Algorithm(
    name="ed25519",
    key="Ed25519",
    oid="1.3.101.112",
    identifier=_ED25519,
    uses=frozenset({Use.CREDENTIAL_SIGNING}),
    signature_sizes=(64, 64),
    signs_faster=True,
)
PERMITTED: tuple[Algorithm, ...] = (P256, RSA3072, RSA4096, ED25519)

_ECDSA = ec.ECDSA(hashes.SHA256())
_RSA_EXPONENT = 65537
_RSA_BY_SIZE = {3072: RSA3072, 4096: RSA4096}
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def algorithm_named(name: str, use: Use) -> Algorithm:
    """Return the permitted algorithm of this name.

    Raises:
        InvalidInput: No such algorithm, or not permitted for this use.
    """
    for algorithm in PERMITTED:
        if algorithm.name == name and use in algorithm.uses:
            return algorithm
    names = ", ".join(item.name for item in PERMITTED if use in item.uses)
    raise InvalidInput(
        f"{name!r} is not a permitted algorithm for {use.value}.", fix=f"choose one of: {names}"
    )


def algorithm_of(public_key: PublicKeyTypes, use: Use) -> Algorithm:
    """Return the permitted algorithm that this key belongs to.

    Raises:
        InvalidInput: The key is of a kind, curve, size or exponent that is not in the table for this use.
    """
    found: Algorithm | None = None
    if isinstance(public_key, ec.EllipticCurvePublicKey) and isinstance(public_key.curve, ec.SECP256R1):
        found = P256
    elif isinstance(public_key, rsa.RSAPublicKey) and public_key.public_numbers().e == _RSA_EXPONENT:
        found = _RSA_BY_SIZE.get(public_key.key_size)
    elif isinstance(public_key, ed25519.Ed25519PublicKey):
        found = ED25519
    if found is None or use not in found.uses:
        raise InvalidInput(f"The key is not of a kind permitted for {use.value}.")
    return found


def new_private_key(algorithm: Algorithm) -> PrivateKeyTypes:
    """Return a fresh private key from the operating system's randomness."""
    if algorithm == P256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    size = next(bits for bits, item in _RSA_BY_SIZE.items() if item == algorithm)
    return rsa.generate_private_key(_RSA_EXPONENT, size)


def signing_function(key: PrivateKeyTypes) -> Callable[[bytes], bytes]:
    """Return a function that signs messages with a P-256 or RSA key; equal messages get equal signatures.

    ECDSA is deterministic (RFC 6979), so that issuing the same intent again gives the same bytes, and in
    low-s form: from any ECDSA signature (r, s) a stranger can make the equally valid (r, n-s), and a
    verifier that asks for the low one leaves a signed file exactly one spelling.

    Raises:
        InvalidInput: The key may not sign certificates.
    """
    algorithm_of(key.public_key(), Use.CERTIFICATE_SIGNING)
    if isinstance(key, rsa.RSAPrivateKey):
        rsa_key, scheme, sha256 = key, padding.PKCS1v15(), hashes.SHA256()
        return lambda message: rsa_key.sign(message, scheme, sha256)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    ec_key, ecdsa = key, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)

    def sign(message: bytes) -> bytes:
        signature = ec_key.sign(message, ecdsa)
        r, s = decode_dss_signature(signature)
        return signature if s <= _P256_ORDER // 2 else encode_dss_signature(r, _P256_ORDER - s)

    return sign


def signature_holds(public_key: PublicKeyTypes, signature: bytes, message: bytes) -> bool:
    """Tell whether a P-256 or RSA signature over ``message`` is mathematically valid."""
    try:
        if isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, message, _ECDSA)
        elif isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def has_one_spelling(algorithm: Algorithm, signature: bytes) -> bool:
    """Tell whether a signature is in the only form that this system writes (strict DER, low s; full length)."""
    shortest, longest = algorithm.signature_sizes
    if not shortest <= len(signature) <= longest:
        return False
    if algorithm != P256:
        return True
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return False
    return 0 < r < _P256_ORDER and 0 < s <= _P256_ORDER // 2 and encode_dss_signature(r, s) == signature
