"""Puts a signature into a PDF that has room for it, and a timestamp into an update that has room for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from certify.errors import LintFailed
from certify.pades.cms import CmsTemplate
from certify.pades.document import UnsignedPdf
from certify.pades.timestamp import TOKEN_ROOM_BYTES
from certify.parts import Parted

ATTRIBUTE_BYTES = 32
"""What a signature grows by besides its token: the attribute's own headers, and longer headers around it."""


def contents_length(template: CmsTemplate, *, timestamped: bool = False) -> int:
    """Return the length of the ``/Contents`` string that holds any signature of this key, in bytes."""
    token = TOKEN_ROOM_BYTES + ATTRIBUTE_BYTES if timestamped else 0
    return 2 * (template.longest + token) + 2


def token_contents_length() -> int:
    """Return the length of the ``/Contents`` string that holds a document timestamp, in bytes."""
    return 2 * TOKEN_ROOM_BYTES + 2


def seal(
    unsigned: UnsignedPdf,
    template: CmsTemplate,
    sign: Callable[[bytes], bytes],
    stamp: Callable[[bytes], bytes] | None = None,
) -> Parted:
    """Return the signed file.

    Args:
        unsigned: The file with room for the signature.
        template: The constant parts of the key's signatures.
        sign: Signs a message with the private key and returns the signature value.
        stamp: Returns a timestamp token over a SHA-256, or nothing where the file is to go without; None
            for level B-B.

    Raises:
        LintFailed: The room is too small, or is not the empty string that it should be.
    """
    tail, start = unsigned.tail, unsigned.contents_at - len(unsigned.head)
    end = start + unsigned.contents_length
    digits = unsigned.contents_length - 2
    if not 0 < start < end < len(tail) or tail[start:end] != b"<" + b"0" * digits + b">":
        raise LintFailed("The PDF's room for its signature is not an empty string of zeros.")
    _check_room(digits, template.longest)
    view = memoryview(tail)
    sha256 = unsigned.head.hashed.copy()
    sha256.update(view[:start])
    sha256.update(view[end:])
    digest = sha256.digest()
    signature = sign(template.signed_attributes(digest))
    token = stamp(hashlib.sha256(signature).digest()) if stamp is not None else b""
    cms = template.encode(digest, signature, token)
    _check_room(digits, len(cms))
    # Lower case and zeros behind: the one spelling that the strict reader accepts.
    held = cms.hex().encode().ljust(digits, b"0")
    return Parted(unsigned.head, b"".join((view[: start + 1], held, view[end - 1 :])))


def seal_update(data: bytes, update: UnsignedPdf, stamp: Callable[[bytes], bytes]) -> bytes:
    """Return a timestamped update of the file ``data``: the bytes to put behind it.

    Args:
        update: What `certify.pades.update.lay_out` gave for this file.
        stamp: Returns a timestamp token over a SHA-256.

    Raises:
        LintFailed: The token is larger than its room.
    """
    start = update.contents_at - len(data)
    end = start + update.contents_length
    digits = update.contents_length - 2
    sha256 = hashlib.sha256(data)
    sha256.update(update.tail[:start])
    sha256.update(update.tail[end:])
    token = stamp(sha256.digest())
    _check_room(digits, len(token))
    hole = token.hex().encode().ljust(digits, b"0")
    return b"".join((update.tail[: start + 1], hole, update.tail[end - 1 :]))


def _check_room(digits: int, needed: int) -> None:
    if digits < 2 * needed:
        raise LintFailed(
            f"The PDF has room for {digits // 2} bytes of signature and this one needs {needed}.",
            fix="press the certificate with the signer's contents_length",
        )
