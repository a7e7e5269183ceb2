"""Knows an award's own credential again, without any JSON-LD processing.

What is expected is written from the award and compared byte for byte, so nothing of a stranger's document is
interpreted but its proof. What is not recognised may still be a sound credential in another form:
`verify.verify_credential` and `binding.matches` tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certify.award.record import AwardRecord
from certify.credential.compiled import CompiledCredentials, compiled_proof
from certify.credential.dataintegrity import check_signed_at, moment, only_proof
from certify.credential.didweb import find_key, method_id
from certify.credential.model import KeyKind, PublishedKey
from certify.credential.multibase import from_base58btc
from certify.credential.rdf import parse
from certify.errors import InvalidInput

_PROOF = b',"proof":'
_LONGEST_PROOF = 2_000


class KnownIssuer:
    """An issuer as verifiers know it; threads may share it.

    Args:
        public_base: The issuer's; every credential of it names this address.
        keys: Tells every key that the issuer ever published.
    """

    def __init__(self, public_base: str, keys: Callable[[], Sequence[PublishedKey]]) -> None:
        self.public_base = public_base
        self.keys = keys
        self._compiled = CompiledCredentials(public_base)

    def check(self, data: bytes, award: AwardRecord) -> PublishedKey:
        """Return the key that signed the award's credential; refuse bytes that are not exactly that.

        Args:
            data: ``credential.json`` as found.

        Raises:
            InvalidInput: They say something else, are written otherwise, or the proof does not hold.
            LintFailed: The award can have no credential of this issuer.
        """
        at = max(data.rfind(_PROOF), len(data) - _LONGEST_PROOF)
        if not data.startswith(_PROOF, at):
            raise InvalidInput("has no proof.", where="credential")
        proof = only_proof(parse(b"{" + data[at + 1 :]))
        key = find_key(self.public_base, self.keys(), proof["verificationMethod"])
        if key.kind is not KeyKind.ED25519:
            raise InvalidInput("was made with a key that makes no embedded proofs.", where="proof")
        check_signed_at(moment(proof["created"], "proof.created"), key, "proof.created")
        compiled = compiled_proof(self.public_base, method_id(self.public_base, key.id))
        stated = self._compiled.of(award)
        if compiled.secured(stated, proof["created"], proof["proofValue"]) != data:
            raise InvalidInput("is not written as this award's credential is.", where="credential")
        hashed = compiled.hash_data(stated, proof["created"])
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(from_base58btc(proof["proofValue"]), hashed)
        except (InvalidSignature, ValueError) as error:
            raise InvalidInput("has a proof that does not hold.", where="credential") from error
        return key
