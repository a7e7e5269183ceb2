"""The bitstring of a status list: one bit for each entry, compressed, in base64url.

Source: W3C Bitstring Status List 1.0, 2.2 (``encodedList``), 3.3 and 3.4. Entry 0 is the left-most bit of the
first byte, that is its highest.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from certify.errors import InvalidInput
from certify.status.published import ENTRIES

MAX_ENTRIES = 2**24
"""The longest list that is read: two megabytes once expanded."""

_MAX_CHARACTERS = 3_000_000
_BITS = 8
_LEFT_MOST = 0x80
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Bitstring:
    """A list's bits, expanded."""

    content: bytes

    def __len__(self) -> int:
        return len(self.content) * _BITS

    def is_set(self, index: int) -> bool:
        """Tell whether an entry's bit is set.

        Raises:
            InvalidInput: The index is outside the list (RANGE_ERROR of 3.2).
        """
        if not 0 <= index < len(self):
            raise InvalidInput(
                f"{index} is outside the list of {len(self)} entries.", where="statusListIndex"
            )
        place, bit = divmod(index, _BITS)
        return bool(self.content[place] & _LEFT_MOST >> bit)


def bitstring(indexes: Iterable[int], entries: int = ENTRIES) -> Bitstring:
    """Return a bitstring with these entries set.

    Raises:
        InvalidInput: An index is outside the list, or the list is too short, too long or no whole bytes.
    """
    if not ENTRIES <= entries <= MAX_ENTRIES or entries % _BITS:
        raise InvalidInput(f"A status list cannot have {entries} entries.", where="status list")
    content = bytearray(entries // _BITS)
    for index in indexes:
        if not 0 <= index < entries:
            raise InvalidInput(f"{index} is outside the list of {entries} entries.", where="statusListIndex")
        place, bit = divmod(index, _BITS)
        content[place] |= _LEFT_MOST >> bit
    return Bitstring(bytes(content))


def encode(bits: Bitstring) -> str:
    """Return ``encodedList``: GZIP without a time in it, then multibase base64url (``u``, no padding)."""
    packer = zlib.compressobj(wbits=_GZIP)
    return "u" + _base64url(packer.compress(bits.content) + packer.flush())


def decode(encoded: str) -> Bitstring:
    """Read ``encodedList``; never expands more than two megabytes of it.

    Raises:
        InvalidInput: It is not multibase base64url of GZIP, expands to more than any list, has something
            behind its end, or has fewer entries than hide which one is asked for (STATUS_LIST_LENGTH_ERROR).
    """
    if len(encoded) > _MAX_CHARACTERS:
        raise InvalidInput("is longer than any status list.", where="encodedList")
    if not encoded.startswith("u"):
        raise InvalidInput("is not multibase base64url, which starts with u.", where="encodedList")
    content = _expanded(_decoded(encoded[1:]))
    if len(content) * _BITS < ENTRIES:
        raise InvalidInput(f"has fewer than {ENTRIES} entries.", where="encodedList")
    return Bitstring(content)


def _expanded(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        content = unpacker.decompress(packed, MAX_ENTRIES // _BITS + 1)
    except zlib.error as error:
        raise InvalidInput("is not GZIP.", where="encodedList") from error
    if len(content) > MAX_ENTRIES // _BITS:
        raise InvalidInput("expands to more than any status list.", where="encodedList")
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidInput("is cut short, or has something behind its end.", where="encodedList")
    return content


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    """Read base64url in its one spelling: no padding, no spaces, no spare bits."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:  # binascii.Error is one
        raise InvalidInput("is not base64url.", where="encodedList") from error
    if _base64url(raw) != text:
        raise InvalidInput("is not base64url in its one spelling.", where="encodedList")
    return raw
