"""Puts a signature into a PDF that has room for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from certify.errors import LintFailed
from certify.pades.cms import CmsTemplate
from certify.pades.document import UnsignedPdf


def contents_length(template: CmsTemplate) -> int:
    """Return the length of the ``/Contents`` string that holds any signature of this key, in bytes."""
    return 2 * template.longest + 2


def seal(unsigned: UnsignedPdf, template: CmsTemplate, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the signed file.

    Args:
        unsigned: The file with room for the signature.
        template: The constant parts of the key's signatures.
        sign: Signs a message with the private key and returns the signature value.

    Raises:
        LintFailed: The room is too small, or is not the empty string that it should be.
    """
    content, start = unsigned.content, unsigned.contents_at
    end = start + unsigned.contents_length
    digits = unsigned.contents_length - 2
    if not (0 < start < end < len(content)) or content[start:end] != b"<" + b"0" * digits + b">":
        raise LintFailed("The PDF's room for its signature is not an empty string of zeros.")
    if digits < 2 * template.longest:
        raise LintFailed(
            f"The PDF has room for {digits // 2} bytes of signature and this key needs {template.longest}.",
            fix="press the certificate with the signer's contents_length",
        )
    view = memoryview(content)
    sha256 = hashlib.sha256(view[:start])
    sha256.update(view[end:])
    digest = sha256.digest()
    cms = template.encode(digest, sign(template.signed_attributes(digest)))
    # Lower case and zeros behind: the one spelling that the strict reader accepts.
    return b"".join((view[: start + 1], cms.hex().encode().ljust(digits, b"0"), view[end - 1 :]))
