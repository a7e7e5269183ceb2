"""Checks files just made: the first of each signer by the verifier's own checks, the next ones by what those learnt.

Of every file the digest is computed, and the signature verified or made again and compared, from the finished bytes. What
is the same in all files of a signer (the structure of the signature, the chain, its trust) is compared as bytes with what passed before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509

from certify.clock import Clock
from certify.pades.algorithms import Use, algorithm_of
from certify.pades.read import find_signature
from certify.pades.recognise import KnownSigner, Sealed, read_sealed
from certify.parts import Parted
from certify.verification.trust import CLOCK_SKEW, distrust, load_certificate

_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class _Known:
    signer: KnownSigner
    certificate: x509.Certificate


class FreshFiles:
    """Checks files just made; threads may share it.

    Args:
        whole: Raises SelfCheckFailed for a file that does not verify, and returns when a timestamp in it proves that
            its signature existed (`certify.verification.verifier.self_check`).
        anchors: The authorities to trust.
    """

    def __init__(
        self, whole: Callable[[bytes], datetime | None], anchors: Sequence[x509.Certificate], clock: Clock
    ) -> None:
        self._whole = whole
        self._anchors = tuple(anchors)
        self._clock = clock
        self._known: tuple[_Known, ...] = ()
        self._trusted_at = lru_cache(64)(self._is_trusted)

    def check(self, pdf: Parted, again: Callable[[bytes], bytes] | None = None) -> datetime | None:
        """Return when a timestamp in the file proves that its signature existed.

        Args:
            again: See `KnownSigner.made`.

        Raises:
            SelfCheckFailed: The file does not verify; it names the check and its reason.
        """
        sealed = read_sealed(pdf)
        if sealed is not None and any(self._passes(known, sealed, again) for known in self._known):
            return None
        proven_at = self._whole(pdf.content)
        if sealed is not None and proven_at is None:
            self._learn(pdf.content)
        return proven_at

    def _passes(self, known: _Known, sealed: Sealed, again: Callable[[bytes], bytes] | None) -> bool:
        return self._trusted_at(known.certificate, sealed.claimed_at, self._clock()) and known.signer.made(
            sealed, again
        )

    def _is_trusted(self, certificate: x509.Certificate, claimed: bytes, now: datetime) -> bool:
        try:
            claimed_at = datetime.strptime(claimed.decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return False
        return claimed_at <= now + CLOCK_SKEW and not any(distrust(certificate, self._anchors, claimed_at))

    def _learn(self, data: bytes) -> None:
        """Keep the signer of a file that passed every check."""
        cms = find_signature(data).cms
        if cms.timestamp:
            return
        certificate = load_certificate(cms.signer)
        public = certificate.public_key()
        signer = KnownSigner(cms.signer, cms.others, public, algorithm_of(public, Use.CERTIFICATE_SIGNING))
        self._known = (_Known(signer, certificate), *self._known)[:_REMEMBERED]
