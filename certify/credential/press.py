"""Makes credentials fast: everything that does not vary is compiled once for each kind of award (`compiled`).

What it makes is byte for byte what the slow path gives (`openbadge.credential`, `dataintegrity.add_proof`,
`jwt.claims`, written by `compact`); property tests hold it.
"""

from __future__ import annotations

from datetime import datetime

from certify.award.record import AwardRecord
from certify.clock import iso
from certify.credential.compiled import CompiledCredentials, Stated, compiled_proof
from certify.credential.dataintegrity import Sign
from certify.credential.didweb import did_of, method_id
from certify.credential.jwt import EDDSA, ES256, base64url, header, registered_claims
from certify.credential.model import CredentialSigner, IssuedCredential
from certify.credential.multibase import base58btc
from certify.credential.rdf import compact
from certify.parts import Parted


class CredentialPress:
    """Makes the credentials of one installation with one pair of keys; threads may share it.

    Args:
        public_base: The installation's; awards of another are refused.
        signer: Holds the keys.
    """

    def __init__(self, public_base: str, signer: CredentialSigner) -> None:
        self._compiled = CompiledCredentials(public_base)
        self._did = did_of(public_base)
        self._signer = signer
        method = method_id(public_base, signer.eddsa_key_id)
        self._proof = compiled_proof(public_base, method)
        self._eddsa_header = header(EDDSA, method)
        self._es256_header = header(ES256, method_id(public_base, signer.es256_key_id))

    def make(self, award: AwardRecord) -> IssuedCredential:
        """Return the award's credential in all its securings, the same bytes every time.

        Raises:
            LintFailed: A mandatory element is empty, a text cannot stand in a credential, or the
                award's verification address is another installation's.
        """
        stated = self._compiled.of(award)
        payload = self._payload(award, stated)
        return IssuedCredential(
            json=self._with_proof(award, stated).content,
            jwt_eddsa=_token(self._eddsa_header, payload, self._signer.sign_eddsa),
            jwt_es256=_token(self._es256_header, payload, self._signer.sign_es256),
        )

    def make_parted(self, award: AwardRecord) -> Parted:
        """Return only the JSON with its embedded proof; `make` gives the same, and the tokens.

        Raises:
            LintFailed: As `make`.
        """
        return self._with_proof(award, self._compiled.of(award))

    def make_json(self, award: AwardRecord) -> bytes:
        """Return what `make_parted` does, in one."""
        return self.make_parted(award).content

    def _with_proof(self, award: AwardRecord, stated: Stated) -> Parted:
        created = iso(self._signed_at(award))
        signature = self._signer.sign_eddsa(self._proof.hash_data(stated, created))
        return self._proof.secured(stated, created, base58btc(signature))

    def _payload(self, award: AwardRecord, stated: Stated) -> str:
        claims = registered_claims(
            self._did, award.verification_url, self._signed_at(award), award.valid_from, award.valid_until
        )
        return base64url(f"{compact(claims)[:-1]},{stated.json[1:]}".encode())

    def _signed_at(self, award: AwardRecord) -> datetime:
        """The claimed time of the award; never before the key was made, or no verifier would believe it."""
        return max(award.issued_at, self._signer.usable_from)


def _token(head: str, payload: str, sign: Sign) -> str:
    signed = f"{head}.{payload}"
    return f"{signed}.{base64url(sign(signed.encode('ascii')))}"
