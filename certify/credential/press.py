"""Makes credentials fast: everything that does not vary is compiled once for each kind of award.

What it makes is byte for byte what the slow path gives (`openbadge.credential`, `dataintegrity.add_proof`,
`jwt.claims`, written by `compact`); property tests hold it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certify.award.fixed import FIXED, CompiledOnce
from certify.award.record import AwardRecord
from certify.clock import iso
from certify.credential.dataintegrity import Sign, proof_options
from certify.credential.didweb import did_of, method_id
from certify.credential.jwt import EDDSA, ES256, base64url, header, registered_claims
from certify.credential.model import CredentialSigner, IssuedCredential
from certify.credential.multibase import base58btc, from_base58btc
from certify.credential.openbadge import contexts, document, issuer_of
from certify.credential.rdf import canonical, compact, escaped
from certify.credential.template import (
    SlottedHash,
    SlottedText,
    check_unmarked,
    mark,
    number_mark,
    slotted,
    slotted_hash,
)
from certify.credential.values import Varying, check_fixed, varying
from certify.errors import InvalidInput, LintFailed

_NAMES = tuple(item.name for item in fields(Varying))
_NUMBERS = frozenset({"workload_minutes", "status_list", "status_index"})
# The slots in which any character may stand, so that JSON and N-Quads each escape it.
_FREE = tuple(_NAMES.index(name) for name in ("number", "printed", "native", "latin"))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is compiled for one kind of award: its JSON without a proof, and the hash of what it states."""

    json: SlottedText
    digest: SlottedHash


class CredentialPress:
    """Makes the credentials of one installation with one pair of keys; threads may share it.

    Args:
        public_base: The installation's; awards of another are refused.
        signer: Holds the keys.
    """

    def __init__(self, public_base: str, signer: CredentialSigner) -> None:
        self._base = public_base
        self._did = did_of(public_base)
        self._signer = signer
        self._first = CompiledOnce(_compile)
        self._correction = CompiledOnce(_compile)
        method = method_id(public_base, signer.eddsa_key_id)
        self._eddsa_header = header(EDDSA, method)
        self._es256_header = header(ES256, method_id(public_base, signer.es256_key_id))
        created, value = mark(0), mark(1)
        options = proof_options(method, created)
        lines = canonical({"@context": contexts(public_base), **options})
        self._proof_digest = slotted_hash(lines, {created: 0})
        self._proof = slotted(compact({**options, "proofValue": value}), {created: 0, value: 1})

    def make(self, award: AwardRecord) -> IssuedCredential:
        """Return the award's credential in all its securings, the same bytes every time.

        Raises:
            LintFailed: A mandatory element is empty, a text cannot stand in a credential, or the
                award's verification address is another installation's.
        """
        values, kind, unsecured = self._unsecured(award)
        payload = self._payload(award, unsecured)
        return IssuedCredential(
            json=self._with_proof(award, values, kind, unsecured),
            jwt_eddsa=_token(self._eddsa_header, payload, self._signer.sign_eddsa),
            jwt_es256=_token(self._es256_header, payload, self._signer.sign_es256),
        )

    def make_json(self, award: AwardRecord) -> bytes:
        """Return only the JSON with its embedded proof; `make` gives the same and the tokens later.

        Raises:
            LintFailed: As `make`.
        """
        return self._with_proof(award, *self._unsecured(award))

    def check(self, award: AwardRecord, data: bytes, public: bytes) -> None:
        """Refuse bytes that are not this award's credential, whole, with a proof that holds.

        Everything is computed again from the award but the signature, which is read from the bytes.

        Args:
            data: ``credential.json`` as found in a finished file.
            public: The Ed25519 key, 32 bytes.

        Raises:
            InvalidInput: They are not.
        """
        values, kind, unsecured = self._unsecured(award)
        created, hashed = self._hashed(award, values, kind)
        found = data.rpartition(b'"proofValue":"')[2].partition(b'"')[0].decode("ascii", "replace")
        if data != self._whole(unsecured, created, found):
            raise InvalidInput("is not the credential of this award.", where="credential")
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(from_base58btc(found), hashed)
        except InvalidSignature as error:
            raise InvalidInput("has a proof that does not hold.", where="credential") from error

    def _unsecured(self, award: AwardRecord) -> tuple[Varying, _Kind, str]:
        if award.verification_url != f"{self._base}/v/{award.certificate_id}":
            raise LintFailed(
                "The verification address is not this installation's.",
                where="verification_url",
                fix=f"it is {self._base}/v/ and the certificate's id",
            )
        # Compiling refuses texts that cannot stand in a credential, nor in the digest that `varying` takes.
        kind = (self._first if award.supersedes is None else self._correction).of(award)
        values = varying(award)
        texts = _texts(values)
        for place in _FREE:
            texts[place] = encode_basestring(texts[place])[1:-1]
        return values, kind, kind.json.fill(texts)

    def _with_proof(self, award: AwardRecord, values: Varying, kind: _Kind, unsecured: str) -> bytes:
        created, hashed = self._hashed(award, values, kind)
        return self._whole(unsecured, created, base58btc(self._signer.sign_eddsa(hashed)))

    def _hashed(self, award: AwardRecord, values: Varying, kind: _Kind) -> tuple[str, bytes]:
        """Return when the proof is made and the 64 bytes that it signs."""
        created = iso(self._signed_at(award))
        texts = _texts(values)
        for place in _FREE:
            texts[place] = escaped(texts[place])
        return created, self._proof_digest.fill((created,)) + kind.digest.fill(texts)

    def _whole(self, unsecured: str, created: str, proof_value: str) -> bytes:
        return f'{unsecured[:-1]},"proof":[{self._proof.fill((created, proof_value))}]}}'.encode()

    def _payload(self, award: AwardRecord, unsecured: str) -> str:
        claims = registered_claims(
            self._did, award.verification_url, self._signed_at(award), award.valid_from, award.valid_until
        )
        return base64url(f"{compact(claims)[:-1]},{unsecured[1:]}".encode())

    def _signed_at(self, award: AwardRecord) -> datetime:
        """The claimed time of the award; never before the key was made, or no verifier would believe it."""
        return max(award.issued_at, self._signer.usable_from)


def _token(head: str, payload: str, sign: Sign) -> str:
    signed = f"{head}.{payload}"
    return f"{signed}.{base64url(sign(signed.encode('ascii')))}"


def _texts(values: Varying) -> list[str]:
    return [
        values.certificate_id,
        values.number,
        values.printed,
        values.native,
        values.latin,
        str(values.workload_minutes),
        values.decided_on,
        values.issued_at,
        values.valid_from,
        values.valid_until,
        str(values.status_list),
        str(values.status_index),
        values.award_digest,
        values.supersedes or "",
    ]


def _compile(award: AwardRecord) -> _Kind:
    """Compile from a credential in which marks stand for all that varies."""
    check_fixed(award)
    check_unmarked([str(getattr(award, name)) for name in FIXED])
    marks: dict[str, Any] = {
        name: number_mark(place) if name in _NUMBERS else mark(place) for place, name in enumerate(_NAMES)
    }
    if award.supersedes is None:
        marks["supersedes"] = None
    places = {str(found): _NAMES.index(name) for name, found in marks.items() if found is not None}
    marked = document(award, Varying(**marks), issuer_of(award))
    return _Kind(slotted(compact(marked), places), slotted_hash(canonical(marked), places))
