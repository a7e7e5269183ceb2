"""The Distinguished Encoding Rules (ITU-T X.690, 10), as far as a CMS signature needs them.

The reader is strict: one spelling for every value, no indefinite or padded lengths, no bytes left over.
"""

from __future__ import annotations

from collections.abc import Iterable

from certify.errors import FileUnreadable

INTEGER = 0x02
OCTET_STRING = 0x04
OID = 0x06
SEQUENCE = 0x30
SET = 0x31
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1

_SHORT = 0x80
_MAX_LENGTH_BYTES = 3  # 16 MB: more than any signature, less than harm
_LOW_TAG = 0x1F


def tlv(tag: int, *parts: bytes) -> bytes:
    """Encode a value of one tag byte around its contents."""
    size = sum(map(len, parts))
    return b"".join((header(tag, size), *parts))


def header(tag: int, size: int) -> bytes:
    """Encode the tag and length that go before ``size`` bytes of contents."""
    if size < _SHORT:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT | len(length))) + length


def oid(dotted: str) -> bytes:
    """Encode an object identifier written in dots."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return tlv(OID, bytes(content))


def set_of(items: Iterable[bytes], tag: int = SET) -> bytes:
    """Encode a SET OF, its members in DER's order (X.690, 11.6)."""
    return tlv(tag, *sorted(items))


class Reader:
    """Reads consecutive values from ``data`` between two offsets; every fault is FileUnreadable."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    @property
    def at(self) -> int:
        """Offset of the next value."""
        return self._at

    def next_is(self, tag: int) -> bool:
        """Tell whether another value with this tag follows."""
        return self._at < self._end and self._data[self._at] == tag

    @property
    def finished(self) -> bool:
        """True when nothing is left."""
        return self._at == self._end

    def finish(self) -> None:
        """Refuse bytes that nothing asked for."""
        if not self.finished:
            raise FileUnreadable("Unexpected further data in a DER value.", where=f"byte {self._at}")

    def _span(self, tag: int | None) -> tuple[int, int, int]:
        start, data, end = self._at, self._data, self._end
        if end - start < 2:  # noqa: PLR2004 - a tag and a length byte
            raise FileUnreadable("A DER value is cut short.", where=f"byte {start}")
        found, size, body = data[start], data[start + 1], start + 2
        if found & _LOW_TAG == _LOW_TAG or (tag is not None and found != tag):
            raise FileUnreadable(f"A DER value has the unexpected tag {found:#04x}.", where=f"byte {start}")
        if size >= _SHORT:
            count = size - _SHORT
            if not 0 < count <= _MAX_LENGTH_BYTES or body + count > end:
                raise FileUnreadable(
                    "A DER length is indefinite, too large or cut short.", where=f"byte {start}"
                )
            size = int.from_bytes(data[body : body + count], "big")
            body += count
            if size < _SHORT or size >> 8 * (count - 1) == 0:
                raise FileUnreadable("A DER length is not in its shortest form.", where=f"byte {start}")
        if size > end - body:
            raise FileUnreadable("A DER value is longer than what holds it.", where=f"byte {start}")
        self._at = body + size
        return start, body, self._at

    def enter(self, tag: int) -> Reader:
        """Read one value with this tag and return a reader of its contents."""
        _, body, end = self._span(tag)
        return Reader(self._data, body, end)

    def content(self, tag: int) -> bytes:
        """Read one value with this tag and return its contents."""
        _, body, end = self._span(tag)
        return self._data[body:end]

    def raw(self, tag: int | None = None) -> bytes:
        """Read one value (with this tag, where one is given) and return it whole, header included."""
        start, _, end = self._span(tag)
        return self._data[start:end]
