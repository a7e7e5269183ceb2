"""Knows a signature again whose key it has seen: what is constant is compared as bytes, the rest is checked.

The twin of `read.find_signature` and of the verifier's checks 1 to 4, for files that this system just made. It says
yes or no; only the slow way says why not. Tests hold the two together on damaged files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from certify.errors import LintFailed
from certify.pades.algorithms import Algorithm, has_one_spelling, signature_holds
from certify.pades.cms import template
from certify.pades.read import BYTE_RANGE, BYTE_RANGE_KEY, HEADER, SIGNING_TIME, SIGNING_TIME_KEY, SUBFILTER
from certify.parts import Head, Parted

_DIGEST_SIZE = 32
_ZERO_BYTES = 4
_ONCE = (BYTE_RANGE_KEY, SIGNING_TIME_KEY, SUBFILTER)
"""What stands in a file once, and behind its head."""


class Sealed(NamedTuple):
    """A file's signature as it stands there; nothing is checked but where it stands.

    Attributes:
        digest: SHA-256 over the byte range, computed from the file.
        held: The DER signature and its padding, in hexadecimal digits.
        claimed_at: The signing time that the signed bytes state, 14 digits.
    """

    digest: bytes
    held: bytes
    claimed_at: bytes


def read_sealed(pdf: Parted) -> Sealed | None:
    """Return a file's signature, or None where the file is not exactly of the form that certificates have."""
    tail, before_tail = pdf.tail, len(pdf.head)
    range_at, time_at, _ = places = [_only(tail, text) for text in _ONCE]
    if min(places) < 0 or not _is_beginning(pdf.head):
        return None
    found = BYTE_RANGE.match(tail, range_at)
    if found is None:
        return None
    start, end = int(found[1]) - before_tail, int(found[2]) - before_tail
    if not (
        0 < found.end() <= start < end
        and end + int(found[3]) == len(tail)
        and tail.endswith(b"/Contents ", 0, start)
        and (tail[start], tail[end - 1]) == (ord("<"), ord(">"))
    ):
        return None
    time = SIGNING_TIME.match(tail, time_at)
    if time is None:
        return None
    return Sealed(pdf.sha256_without(start, end), tail[start + 1 : end - 1], time[1])


def _only(data: bytes, text: bytes) -> int:
    """Return where a text stands; -1 where it is not there, or more than once."""
    at = data.rfind(text)  # a signature stands near the end of its file
    return at if data.rfind(text, 0, at) < 0 else -1


@lru_cache(32)
def _is_beginning(head: Head) -> bool:
    """Tell whether a head is how a file may begin, with nothing in it that belongs to a signature."""
    return head.content.startswith(HEADER) and not any(text in head.content for text in _ONCE)


class KnownSigner:
    """A signer whose certificate was checked, with the constant bytes of its signatures.

    Args:
        signer: Its certificate, DER.
        others: The rest of its chain, DER, as its signatures carry it.
        public: The certificate's key.
    """

    def __init__(
        self, signer: bytes, others: Sequence[bytes], public: PublicKeyTypes, algorithm: Algorithm
    ) -> None:
        self._template = made = template(signer, others, algorithm)
        self._public = public
        self._algorithm = algorithm
        # A signature's whole length tells that of its value, and with it where the value begins.
        self._sizes = {}
        for size, head in made.heads.items():
            begin = len(head) + _DIGEST_SIZE + len(made.tails[size])
            self._sizes[begin + size] = begin

    def made(self, sealed: Sealed, again: Callable[[bytes], bytes] | None = None) -> bool:
        """Tell whether this signer made the signature, at level B-B and in the one spelling, over the file's digest.

        Args:
            again: Signs with the signer's key, equal messages equally: then the signature is made again and compared,
                where the public key would verify it otherwise.
        """
        length = (len(sealed.held.rstrip(b"0")) + 1) // 2
        # A signature's own last bytes may be zero.
        for end in range(length, length + _ZERO_BYTES):
            begin = self._sizes.get(end)
            if begin is None:
                continue
            try:
                signature = bytes.fromhex(sealed.held[2 * begin : 2 * end].decode("ascii"))
                written = self._template.encode(sealed.digest, signature)
            except (ValueError, LintFailed):
                continue
            if written.hex().encode("ascii").ljust(len(sealed.held), b"0") == sealed.held:
                message = self._template.signed_attributes(sealed.digest)
                if again is not None:
                    return again(message) == signature
                return has_one_spelling(self._algorithm, signature) and signature_holds(
                    self._public, signature, message
                )
        return False
