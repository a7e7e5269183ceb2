"""PDF objects as bytes (ISO 32000-1, 7): constant ones first, in front of those that vary.

What varies has the first object numbers, so that its entries stand together in the cross-reference stream.
Objects that never vary and are no streams lie deflated in object streams (7.5.7).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from struct import Struct

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
MM = 72 / 25.4
_IN_ONE_STREAM = 1000
_STORED = Struct("<BBBHH")  # a zlib header, then that of a block that is stored, and not the last
ENTRY = Struct(">BIH")
"""A cross-reference entry of 1, 4 and 2 bytes (7.5.8.3)."""

ENTRY_WIDTHS = "[1 4 2]"

Body = tuple[bytes, ...]
"""An object in pieces, so that a long one is copied once."""


def plain(value: float) -> str:
    """Write a number with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def text_string(text: str) -> str:
    """Write a text string in hexadecimal, so that no text can look like the file's own syntax (7.9.2)."""
    encoded = text.encode("ascii") if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")
    return f"<{encoded.hex()}>"


@lru_cache(64)
def date_string(at: datetime) -> str:
    """Write a moment in UTC as a date (7.9.4)."""
    return f"(D:{at:%Y%m%d%H%M%S}Z)"


@dataclass(frozen=True, slots=True)
class Prefix:
    """The constant beginning of a file.

    Attributes:
        content: Header and every constant object.
        entries: Cross-reference entries of the constant objects.
        deflated: The same, as the last blocks of a deflated stream (RFC 1951), to which nothing before them matters.
        size: Highest object number and one.
    """

    content: bytes
    entries: bytes
    deflated: bytes
    size: int

    def table(self, varying: bytes) -> bytes:
        """Return all cross-reference entries as a zlib stream (RFC 1950): those that vary stored, the others deflated."""
        length = len(varying)
        checksum = zlib.adler32(self.entries, zlib.adler32(varying))
        return b"".join(
            (
                _STORED.pack(0x78, 0xDA, 0, length, length ^ 0xFFFF),
                varying,
                self.deflated,
                checksum.to_bytes(4),
            )
        )


class Blueprint:
    """Collects the constant objects of a file.

    Args:
        varying: How many objects vary; they have the numbers from 1 on.
    """

    def __init__(self, varying: int) -> None:
        self._first = self._next = varying + 1
        self._objects: dict[int, str] = {}
        self._streams: dict[int, bytes] = {}

    def reserve(self) -> int:
        """Return a free object number, to be filled later."""
        self._next += 1
        return self._next - 1

    def put(self, body: str, number: int | None = None) -> int:
        """Add an object that is no stream and return its number."""
        number = self.reserve() if number is None else number
        self._objects[number] = body
        return number

    def put_plain(self, body: str, number: int) -> None:
        """Add an object that a later update repeats (`certify.pades.update`), in no object stream."""
        self._streams[number] = body.encode("ascii")

    def stream(self, data: bytes, entries: str = "", number: int | None = None) -> int:
        """Add a stream, deflated, with further dictionary entries, and return its number."""
        number = self.reserve() if number is None else number
        packed = zlib.compress(data, 9)
        self._streams[number] = stream_body(packed, f"{entries}/Filter/FlateDecode")
        return number

    def finish(self) -> Prefix:
        """Return all objects as bytes and the entries that find them."""
        places: dict[int, bytes] = {}
        numbers = sorted(self._objects)
        for at in range(0, len(numbers), _IN_ONE_STREAM):
            group = numbers[at : at + _IN_ONE_STREAM]
            holder = self.reserve()
            self._streams[holder] = _object_stream([(number, self._objects[number]) for number in group])
            places |= {number: ENTRY.pack(2, holder, index) for index, number in enumerate(group)}
        content = bytearray(HEADER)
        for number, body in self._streams.items():
            places[number] = ENTRY.pack(1, len(content), 0)
            content += numbered(number, body)
        entries = b"".join(places[number] for number in range(self._first, self._next))
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return Prefix(bytes(content), entries, packer.compress(entries) + packer.flush(), self._next)


def numbered(number: int, body: bytes) -> bytes:
    """Return an object under its number."""
    return b"%d 0 obj\n%b\nendobj\n" % (number, body)


def stream(data: bytes, entries: str = "") -> Body:
    """Return a stream whose data is encoded already."""
    return f"<<{entries}/Length {len(data)}>>\nstream\n".encode("ascii"), data, b"\nendstream"


def stream_body(data: bytes, entries: str = "") -> bytes:
    """Return what `stream` does, in one."""
    return b"".join(stream(data, entries))


def _object_stream(group: Sequence[tuple[int, str]]) -> bytes:
    index, body = "", ""
    for number, text in group:
        index += f"{number} {len(body)} "
        body += text + "\n"
    entries = f"/Type/ObjStm/N {len(group)}/First {len(index)}/Filter/FlateDecode"
    return stream_body(zlib.compress((index + body).encode("ascii"), 9), entries)
