"""Knows an award's own credential again, without any JSON-LD processing.

What is expected is written from the award and compared byte for byte, so nothing of a stranger's document is
interpreted but its proof. What is not recognised may still be a sound credential in another form:
`verify.verify_credential` and `binding.matches` tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from certify.award.record import AwardRecord
from certify.credential import ed25519
from certify.credential.compiled import CompiledCredentials, Stated, compiled_proof
from certify.credential.dataintegrity import check_signed_at, moment, only_proof
from certify.credential.didweb import find_key
from certify.credential.model import KeyKind, PublishedKey
from certify.credential.multibase import base58btc, from_base58btc
from certify.credential.rdf import MAX_CREDENTIAL_BYTES, parse
from certify.errors import InvalidInput
from certify.parts import NO_HEAD, Parted, inflated

_PROOF = b',"proof":'
_LONGEST_PROOF = 2_000
_REMEMBERED = 256
_WRITTEN = re.compile(
    rb',"proof":\[\{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","created":"([0-9TZ:-]{20})",'
    rb'"verificationMethod":"([!#-\[\]-~]+)","proofPurpose":"assertionMethod","proofValue":"(z[1-9A-Za-z]+)"\}\]\}'
)
"""A proof as this system writes it."""


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
        self._signers: tuple[Sequence[PublishedKey], dict[tuple[str, str], PublishedKey]] = ((), {})

    def check(self, data: bytes, award: AwardRecord) -> PublishedKey:
        """Return the key that signed the award's credential; refuse bytes that are not exactly that.

        Args:
            data: ``credential.json`` as found.

        Raises:
            InvalidInput: They say something else, are written otherwise, or the proof does not hold.
            LintFailed: The award can have no credential of this issuer.
        """
        stated = self._compiled.of(award)
        constant = len(stated.head) if data.startswith(stated.head.content) else 0
        return self._check(Parted(stated.head if constant else NO_HEAD, data[constant:]), stated)

    def check_packed(
        self, stream: bytes, award: AwardRecord, again: Callable[[bytes], bytes] | None = None
    ) -> Parted:
        """Return the award's credential that a file just made holds; refuse a stream that does not hold exactly that.

        Of what all credentials of the kind say, the deflated bytes are compared; the rest is inflated.

        Args:
            stream: The credential deflated, as `Parted.deflated` gives it.
            again: Signs with the key that should have made the proof: then the proof is made again and compared, where
                the public key would verify it otherwise.

        Raises:
            InvalidInput: As `check`.
            LintFailed: As `check`.
        """
        stated = self._compiled.of(award)
        tail = inflated(stream, stated.head, MAX_CREDENTIAL_BYTES)
        if tail is None:
            raise InvalidInput("is not packed as this award's credential is.", where="credential")
        found = Parted(stated.head, tail)
        self._check(found, stated, again)
        return found

    def _check(
        self, found: Parted, stated: Stated, again: Callable[[bytes], bytes] | None = None
    ) -> PublishedKey:
        method, created, value = _proof(found.tail)
        key = self._signer(method, created)
        compiled = compiled_proof(self.public_base, method)
        if compiled.secured(stated, created, value) != found:
            raise InvalidInput("is not written as this award's credential is.", where="credential")
        hashed = compiled.hash_data(stated, created)
        if again is None:
            holds = ed25519.holds(key.public, from_base58btc(value), hashed)
        else:
            holds = base58btc(again(hashed)) == value
        if not holds:
            raise InvalidInput("has a proof that does not hold.", where="credential")
        return key

    def _signer(self, method: str, created: str) -> PublishedKey:
        """Return the key of this name, which must have been in use at that moment."""
        keys = self.keys()
        if keys is not self._signers[0]:
            self._signers = keys, {}
        known = self._signers[1]
        if (method, created) not in known:
            key = find_key(self.public_base, keys, method)
            if key.kind is not KeyKind.ED25519:
                raise InvalidInput("was made with a key that makes no embedded proofs.", where="proof")
            check_signed_at(moment(created, "proof.created"), key, "proof.created")
            if len(known) >= _REMEMBERED:
                known.clear()
            known[method, created] = key
        return known[method, created]


def _proof(data: bytes) -> tuple[str, str, str]:
    """Return the verification method, moment and value of a credential's proof."""
    at = max(data.rfind(_PROOF), len(data) - _LONGEST_PROOF)
    if found := _WRITTEN.fullmatch(data, max(at, 0)):
        created, method, value = found.groups()
        return method.decode("ascii"), created.decode("ascii"), value.decode("ascii")
    if not data.startswith(_PROOF, max(at, 0)):
        raise InvalidInput("has no proof.", where="credential")
    proof = only_proof(parse(b"{" + data[at + 1 :]))
    return proof["verificationMethod"], proof["created"], proof["proofValue"]
