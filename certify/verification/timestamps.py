"""Is a timestamp a trusted authority's, over exactly this? (RFC 3161, 2.2 to 2.4; RFC 5280, 6.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from certify.errors import InvalidInput, SelfCheckFailed
from certify.pades.read import SignatureFound
from certify.pades.timestamp import Token
from certify.pades.update import Evidence
from certify.verification.report import CheckOutcome, Level
from certify.verification.trust import CLOCK_SKEW, UNREADABLE, distrust, issued, load_certificate

_LEAST_RSA_BITS = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
Chain = tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampFindings:
    """What a file's timestamps prove.

    Attributes:
        proven_at: When a trusted authority first saw the signature; None where none did.
    """

    outcome: CheckOutcome
    code: str = ""
    reason: str = ""
    level: Level = Level.B_B
    proven_at: datetime | None = None


class Distrusted(Exception):
    """Why a timestamp is not to be trusted: a stable code and one sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def check_timestamps(
    found: SignatureFound,
    anchors: Sequence[x509.Certificate],
    timestamp_anchors: Sequence[x509.Certificate],
    now: datetime,
) -> TimestampFindings:
    """Judge every timestamp of a file: the one in its signature, and those added later."""
    if found.timestamp is None and not found.updates:
        return TimestampFindings(outcome=CheckOutcome.PASSED, reason="It carries none.")
    if not timestamp_anchors:
        return TimestampFindings(
            outcome=CheckOutcome.INDETERMINATE,
            code="no-timestamp-authority",
            reason="You named no timestamp authority to trust.",
        )
    try:
        proven_at = _check_all(found, anchors, timestamp_anchors, now)
    except Distrusted as error:
        return TimestampFindings(outcome=CheckOutcome.FAILED, code=error.code, reason=error.reason)
    archived = bool(found.updates) and found.updates[-1].has_dss
    return TimestampFindings(
        outcome=CheckOutcome.PASSED,
        reason=f"The signature existed on {proven_at:%Y-%m-%d at %H:%M:%S} UTC.",
        level=Level.B_LTA if archived else Level.B_T,
        proven_at=proven_at,
    )


def chains_of(
    found: SignatureFound, timestamp_anchors: Sequence[x509.Certificate], now: datetime
) -> list[Chain]:
    """Return the chains of a file's timestamps, oldest first.

    Raises:
        SelfCheckFailed: One of them does not hold.
    """
    stamped = [(update.token, update.digest) for update in found.updates]
    if found.timestamp is not None:
        stamped.insert(0, (found.timestamp, hashlib.sha256(found.cms.signature).digest()))
    try:
        return [trusted_chain(token, imprint, timestamp_anchors, now) for token, imprint in stamped]
    except Distrusted as error:
        raise SelfCheckFailed(error.reason, where="timestamps") from error


def _check_all(
    found: SignatureFound,
    anchors: Sequence[x509.Certificate],
    timestamp_anchors: Sequence[x509.Certificate],
    now: datetime,
) -> datetime:
    """Return the earliest proven time."""
    signer = _loaded(found.cms.signer)
    vouched = {signer, *anchors}
    times = [found.claimed_at]
    if found.timestamp is not None:
        imprint = hashlib.sha256(found.cms.signature).digest()
        vouched |= {*_in_file(found.timestamp, imprint, timestamp_anchors, now, times)}
        code, reason = distrust(signer, anchors, found.timestamp.stamped_at)
        if code == "outside-validity":
            raise Distrusted("timestamp-too-late", reason)
    for update in found.updates:
        _check_evidence(update.evidence, vouched)
        vouched |= {*_in_file(update.token, update.digest, timestamp_anchors, now, times)}
    return times[1]


def _in_file(
    token: Token, imprint: bytes, anchors: Iterable[x509.Certificate], now: datetime, times: list[datetime]
) -> Chain:
    """Check a token in a file, and that its time does not lie before the times so far."""
    chain = trusted_chain(token, imprint, anchors, now)
    if not {certificate.public_bytes(Encoding.DER) for certificate in chain} >= set(token.others):
        raise Distrusted("timestamp-altered", "A timestamp carries a certificate that proves nothing.")
    if token.stamped_at < times[-1] - CLOCK_SKEW:
        raise Distrusted("timestamp-too-early", "A timestamp is older than what it stamps.")
    times.append(token.stamped_at)
    return chain


def _check_evidence(evidence: Evidence, vouched: set[x509.Certificate]) -> None:
    """Let only such evidence pass as belongs to the signatures so far: an update is no place to hide things."""
    for item in evidence.certificates:
        certificate = _loaded(item)
        if certificate not in vouched and not any(issued(certificate, known) for known in vouched):
            raise Distrusted("unknown-evidence", "A later update carries a certificate that proves nothing.")
        vouched.add(certificate)
    for item in evidence.revocation_lists:
        try:
            revoked = x509.load_der_x509_crl(item)
            proper = any(
                revoked.issuer == known.subject and revoked.is_signature_valid(known.public_key())  # type: ignore[arg-type]  # any other key is refused below
                for known in vouched
            )
        except UNREADABLE as error:
            raise Distrusted(
                "unknown-evidence", "A later update carries what is no revocation list."
            ) from error
        if not proper:
            raise Distrusted(
                "unknown-evidence", "A later update carries a revocation list that proves nothing."
            )


def _loaded(item: bytes) -> x509.Certificate:
    try:
        return load_certificate(item)
    except InvalidInput as error:
        raise Distrusted("timestamp-forged", error.message) from error


def trusted_chain(token: Token, imprint: bytes, anchors: Iterable[x509.Certificate], now: datetime) -> Chain:
    """Return a token's chain, from its signer to a trusted authority, once everything about it holds.

    Raises:
        Distrusted: With the first thing that does not hold.
    """
    if token.imprint != imprint:
        raise Distrusted("timestamp-of-another", "A timestamp in it is that of something else.")
    signer, others = _loaded(token.signer), [_loaded(item) for item in token.others]
    if not (token.names_signer and _message_digest(token) == token.message_digest and _holds(token, signer)):
        raise Distrusted("timestamp-forged", "A timestamp's signature does not belong to its signer.")
    chain = _chain(signer, others, tuple(anchors))
    if not _stamps(signer) or not all(_certifies(item) for item in chain[1:]):
        raise Distrusted("timestamp-key-usage", "A timestamp's key is not for timestamps.")
    for certificate in chain:
        if not certificate.not_valid_before_utc <= token.stamped_at <= certificate.not_valid_after_utc:
            raise Distrusted(
                "timestamp-outside-validity",
                f"A timestamp authority's certificate was not valid on {token.stamped_at.date()}, when it stamped.",
            )
    if token.stamped_at > now + CLOCK_SKEW:
        raise Distrusted(
            "timestamp-in-future", f"A timestamp is of {token.stamped_at.date()}, still to come."
        )
    return chain


def _chain(signer: x509.Certificate, others: Sequence[x509.Certificate], anchors: Chain) -> Chain:
    chain, rest = [signer], list(others)
    while True:
        for anchor in anchors:
            if chain[-1] == anchor:
                return tuple(chain)
            if issued(anchor, chain[-1]):
                return (*chain, anchor)
        above = next((item for item in rest if issued(item, chain[-1])), None)
        if above is None:
            raise Distrusted(
                "unknown-timestamp-authority", "A timestamp is not by an authority that you trust."
            )
        rest.remove(above)
        chain.append(above)


def _message_digest(token: Token) -> bytes:
    return hashlib.new(token.digest, token.info).digest()


def _holds(token: Token, signer: x509.Certificate) -> bool:
    key, digest = signer.public_key(), _HASHES[token.digest]
    try:
        if token.kind == "rsa" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS:
            key.verify(token.signature, token.signed_attributes, padding.PKCS1v15(), digest)
            return True
        if token.kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(token.signature, token.signed_attributes, ec.ECDSA(digest))
            strict = encode_dss_signature(*decode_dss_signature(token.signature)) == token.signature
            return strict and isinstance(key.curve, _CURVES)
    except (InvalidSignature, ValueError):
        return False
    return False


def _stamps(signer: x509.Certificate) -> bool:
    """Tell whether this certificate may stamp: RFC 3161, 2.3 wants the one purpose, and critical."""
    try:
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    if not purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        return False
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return (usage.digital_signature or usage.content_commitment) and not usage.key_cert_sign


def _certifies(authority: x509.Certificate) -> bool:
    try:
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca and usage.key_cert_sign
