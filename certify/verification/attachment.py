"""Reads the credential out of a certificate file, in the one spelling that this system writes.

A file from a stranger is read as bytes: one embedded file is looked for, its dictionary must be a short line,
its length must lead to its end, and it may inflate to no more than a credential may have. No reader of PDF
syntax sees it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache

from certify.credential.rdf import MAX_CREDENTIAL_BYTES
from certify.errors import FileUnreadable
from certify.parts import Head, Parted

_MARK = b"/EmbeddedFile"
_OPENING = re.compile(rb"\n\d{1,7} 0 obj\n<<([^\n]{1,500})>>\nstream\n")
_LENGTH = re.compile(rb"/Length (\d{1,7})(?=[ />]|$)")
_DEFLATED = re.compile(rb"/Filter ?/FlateDecode")
_LONGEST_OPENING = 600
_END = b"\nendstream\nendobj\n"


def read_attachment(data: bytes) -> bytes:
    """Return the one embedded file of a certificate.

    Raises:
        FileUnreadable: There is none, there are several, or it is not in this system's spelling.
    """
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(_packed(data), MAX_CREDENTIAL_BYTES)
    except zlib.error as error:
        raise FileUnreadable("cannot be inflated.") from error
    if not inflater.eof or inflater.unused_data:
        raise FileUnreadable("is larger than any credential, or does not end where it should.")
    return content


def packed_attachment(pdf: Parted) -> bytes:
    """Return the one embedded file of a certificate just made, deflated as it is; raises as `read_attachment`."""
    return _packed(pdf.content if _holds_mark(pdf.head) else pdf.tail)


@lru_cache(32)
def _holds_mark(head: Head) -> bool:
    return next(_marks(head.content), None) is not None


def _marks(data: bytes) -> Iterator[int]:
    """Yield where an embedded file's dictionary says what it is."""
    at = data.find(_MARK)
    while at >= 0:
        if not data[at + len(_MARK) : at + len(_MARK) + 1].isalpha():
            yield at
        at = data.find(_MARK, at + 1)


def _packed(data: bytes) -> bytes:
    marks = _marks(data)
    mark = next(marks, None)
    if mark is None:
        raise FileUnreadable("is not there.")
    if next(marks, None) is not None:
        raise FileUnreadable("is there more than once.")
    mark_end = mark + len(_MARK)
    before = data.rfind(b"\n", 0, data.rfind(b" 0 obj\n", max(0, mark - _LONGEST_OPENING), mark) + 1)
    opening = _OPENING.match(data, max(0, before), min(len(data), mark_end + _LONGEST_OPENING))
    lengths = _LENGTH.findall(opening.group(1)) if opening else []
    if opening is None or len(lengths) != 1 or not _DEFLATED.search(opening.group(1)):
        raise FileUnreadable("is not written as certificates have it.")
    end = opening.end() + int(lengths[0])
    if not opening.start() < mark < opening.end() or data[end : end + len(_END)] != _END:
        raise FileUnreadable("is not written as certificates have it.")
    return data[opening.end() : end]
