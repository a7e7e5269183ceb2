"""What a later reader needs to check a file's signatures by: certificates, and revocation lists fresh today."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from certify.clock import Clock
from certify.errors import TimestampUnavailable
from certify.exchange import NoAnswer, exchange
from certify.pades.read import DocumentTimestamp, find_signature
from certify.pades.update import Evidence
from certify.verification.timestamps import Chain, chains_of
from certify.verification.trust import UNREADABLE, issued, load_certificate

_MAX_LIST_BYTES = 500_000


class EvidenceCollector:
    """Gathers evidence; meets the port `certify.ports.EvidenceSource`. One of them serves one run.

    Args:
        anchors, timestamp_anchors: The authorities to trust.
        own_list: Makes the revocation list of one of the anchors, an authority of our own.
        wait_seconds: The most that fetching one list may take.
    """

    def __init__(
        self,
        anchors: Sequence[x509.Certificate],
        timestamp_anchors: Sequence[x509.Certificate],
        own_list: Callable[[x509.Certificate], bytes],
        clock: Clock,
        wait_seconds: float,
    ) -> None:
        self._anchors = tuple(anchors)
        self._timestamp_anchors = tuple(timestamp_anchors)
        self._own_list = own_list
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._lists: dict[str, bytes] = {}

    def evidence(self, data: bytes) -> Evidence:
        """Return what the next update of this file should bring: what it needs and does not hold yet.

        Raises:
            TimestampUnavailable: A revocation list that a certificate names is not to be had, or not good.
        """
        found = find_signature(data)
        chains = chains_of(found, self._timestamp_anchors, self._clock())
        held = {item for update in found.updates for item in update.evidence.certificates}
        needed = {found.cms.signer, *found.cms.others}
        needed |= {_der(certificate) for chain in chains for certificate in chain}
        lists = [self._own(found.cms.signer), *(item for chain in chains for item in self._of_chain(chain))]
        known = {item for update in found.updates for item in update.evidence.revocation_lists}
        return Evidence(
            certificates=tuple(sorted(needed - held)),
            revocation_lists=tuple(dict.fromkeys(item for item in lists if item not in known)),
        )

    def _own(self, signer: bytes) -> bytes:
        """Return the list of the authority that certified the signer: it need not be the present one."""
        certificate = load_certificate(signer)
        authority = next((item for item in self._anchors if issued(item, certificate)), self._anchors[0])
        name = authority.fingerprint(SHA256()).hex()
        if name not in self._lists:
            self._lists[name] = self._own_list(authority)
        return self._lists[name]

    def _of_chain(self, chain: Chain) -> Iterator[bytes]:
        for certificate, issuer in pairwise(chain):
            for url in _list_addresses(certificate):
                if url not in self._lists:
                    self._lists[url] = self._fetched(url, issuer)
                yield self._lists[url]
                break  # the others are the same list at other places (RFC 5280, 4.2.1.13)

    def _fetched(self, url: str, issuer: x509.Certificate) -> bytes:
        # The address is signed by an authority that the operator chose to trust; nothing else is fetched.
        try:
            data = exchange(url, seconds=self._wait_seconds, limit_bytes=_MAX_LIST_BYTES)
            revoked = x509.load_der_x509_crl(data)
            good = (
                revoked.issuer == issuer.subject
                and revoked.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # another kind is a TypeError
                and (revoked.next_update_utc is None or revoked.next_update_utc > self._clock())
            )
        except (NoAnswer, *UNREADABLE) as error:
            raise self._unavailable(url, str(error)) from error
        if not good:
            raise self._unavailable(url, "It is not its authority's, or out of date.")
        return data

    @staticmethod
    def _unavailable(url: str, reason: str) -> TimestampUnavailable:
        return TimestampUnavailable(
            f"A revocation list of the timestamp authority is not to be had. {reason}",
            where=url,
            fix="try again later",
        )


def end_of(update: DocumentTimestamp) -> datetime:
    """Return when the certificate of the authority that stamped this update ends."""
    return load_certificate(update.token.signer).not_valid_after_utc


def _list_addresses(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    return [
        name.value
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier) and name.value.startswith(("http://", "https://"))
    ]


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
