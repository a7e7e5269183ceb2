"""Embedded proofs: Data Integrity with the cryptosuite ``eddsa-rdfc-2022``, made and strictly checked.

Source: W3C Data Integrity EdDSA Cryptosuites 1.0, 3.2. This is the slow path, which does the whole
JSON-LD processing; `press` is the fast one, and tests hold both to the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certify.clock import iso
from certify.credential.contexts import OB_V3, VC_V2, own_context
from certify.credential.didweb import did_of, find_key
from certify.credential.model import KeyKind, PublishedKey
from certify.credential.multibase import base58btc, from_base58btc
from certify.credential.rdf import canonical, check_shape
from certify.errors import InvalidInput

CRYPTOSUITE = "eddsa-rdfc-2022"
Sign = Callable[[bytes], bytes]
"""Signs a message with the issuer's Ed25519 key and returns the 64 bytes of RFC 8032."""

_PROOF_MEMBERS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
_SIGNATURE_BYTES = 64
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def proof_options(verification_method: str, created: str) -> dict[str, str]:
    """Return a proof without its value; ``created`` is an RFC 3339 moment."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }


def hash_data(document: Mapping[str, Any], options: Mapping[str, str]) -> bytes:
    """Return the 64 bytes that are signed: hash of the proof's options, then of the document (3.2.4)."""
    unsecured = {key: value for key, value in document.items() if key != "proof"}
    configuration = {"@context": document["@context"], **options}
    return b"".join(
        hashlib.sha256(canonical(part).encode("utf-8")).digest() for part in (configuration, unsecured)
    )


def add_proof(
    document: Mapping[str, Any], verification_method: str, created: datetime, sign: Sign
) -> dict[str, Any]:
    """Return the document with its proof, as an array of one (the Open Badges schema wants an array)."""
    options = proof_options(verification_method, iso(created))
    signature = sign(hash_data(document, options))
    return {**document, "proof": [{**options, "proofValue": base58btc(signature)}]}


def verify(document: Mapping[str, Any], public_base: str, keys: Sequence[PublishedKey]) -> PublishedKey:
    """Return the key whose proof secures the document; strict, so that nothing in it can be other than issued.

    Args:
        document: A credential or status list credential as `rdf.parse` reads it.
        public_base: The issuer's; the DID, the contexts and the key's name must be its own.
        keys: Every key that the issuer ever published.

    Raises:
        InvalidInput: Saying what is wrong: the shape, a context, the issuer, the key or the signature.
    """
    check_shape(dict(document))
    check_contexts(document, public_base)
    check_issuer(document, public_base)
    proof = only_proof(document)
    key = find_key(public_base, keys, proof["verificationMethod"])
    if key.kind is not KeyKind.ED25519:
        raise InvalidInput("was made with a key that makes no embedded proofs.", where="proof")
    check_signed_at(moment(proof["created"], "proof.created"), key, "proof.created")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        signature = from_base58btc(proof["proofValue"])
    except InvalidInput as error:
        raise InvalidInput("is not a signature.", where="proof.proofValue") from error
    if len(signature) != _SIGNATURE_BYTES:
        raise InvalidInput("is not a signature.", where="proof.proofValue")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, hash_data(document, options))
    except (InvalidSignature, ValueError) as error:
        raise InvalidInput("does not hold: the credential was changed or forged.", where="proof") from error
    return key


def check_contexts(document: Mapping[str, Any], public_base: str) -> None:
    """A context decides what every word means and is itself not signed: only the issuer's own lists pass."""
    allowed = ([VC_V2, OB_V3, own_context(public_base)], [VC_V2])
    if document.get("@context") not in allowed:
        raise InvalidInput("is not the list of contexts that this issuer uses.", where="@context")


def only_proof(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the one proof of a document, with all its members as this suite has them."""
    proofs = document.get("proof")
    if not isinstance(proofs, list) or len(proofs) != 1 or not isinstance(proofs[0], dict):
        raise InvalidInput("must be an array of exactly one proof.", where="proof")
    proof: dict[str, Any] = proofs[0]
    if set(proof) != _PROOF_MEMBERS or not all(isinstance(value, str) for value in proof.values()):
        raise InvalidInput("does not have the members of a proof, all of them texts.", where="proof")
    fixed = proof_options(proof["verificationMethod"], proof["created"])
    for name, value in fixed.items():
        if proof[name] != value:
            raise InvalidInput(f"is {proof[name]!r}; only {value!r} is accepted.", where=f"proof.{name}")
    return proof


def check_issuer(document: Mapping[str, Any], public_base: str) -> None:
    """Refuse a document of another issuer."""
    issuer = document.get("issuer")
    if (issuer.get("id") if isinstance(issuer, Mapping) else issuer) != did_of(public_base):
        raise InvalidInput("names another issuer.", where="issuer")


def check_signed_at(signed_at: datetime, key: PublishedKey, where: str) -> None:
    """Refuse what a key is said to have signed before it was made or after it was retired."""
    if signed_at < key.made_at or (key.retired_at is not None and signed_at > key.retired_at):
        raise InvalidInput("lies outside the time in which the key signed.", where=where)


def moment(text: str, where: str) -> datetime:
    """Read a moment as `iso` writes it, or raise InvalidInput."""
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)  # noqa: TRY301 - a wrong form and an impossible day are one refusal
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidInput("is not a moment in UTC.", where=where) from error
