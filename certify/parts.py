"""Bytes in two parts: a head that many share, which is hashed and deflated once, and a tail of its own."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from isal import isal_zlib

_ZLIB_HEADER = zlib.compress(b"")[:2]
_RAW = -zlib.MAX_WBITS


class Head:
    """The beginning that many share; compared by identity.

    Attributes:
        hashed: hashlib's hash object of the content; it is copied, never changed.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.hashed: Any = hashlib.sha256(content)

    def __len__(self) -> int:
        return len(self.content)

    @cached_property
    def sha256(self) -> str:
        """Its own SHA-256, 64 hex digits."""
        return str(self.hashed.hexdigest())

    @cached_property
    def deflated(self) -> bytes:
        """The beginning of a zlib stream: blocks to which nothing behind them refers (RFC 1951; a full flush)."""
        if not self.content:
            return _ZLIB_HEADER
        packer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
        return _ZLIB_HEADER + packer.compress(self.content) + packer.flush(zlib.Z_FULL_FLUSH)

    @cached_property
    def adler32(self) -> int:
        """The checksum of RFC 1950."""
        return zlib.adler32(self.content)


NO_HEAD = Head(b"")
"""Of what shares nothing."""


@dataclass(frozen=True)
class Parted:
    """Bytes in two parts."""

    head: Head = field(repr=False)
    tail: bytes

    def __len__(self) -> int:
        return len(self.head.content) + len(self.tail)

    @property
    def content(self) -> bytes:
        """The whole."""
        return self.head.content + self.tail

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the whole, 64 hex digits."""
        state = self.head.hashed.copy()
        state.update(self.tail)
        return str(state.hexdigest())

    def sha256_without(self, start: int, end: int) -> bytes:
        """Return the SHA-256 of all but these bytes of the tail; that of the whole, which begins alike, is kept."""
        view = memoryview(self.tail)
        others = self.head.hashed.copy()
        others.update(view[:start])
        whole = others.copy()
        others.update(view[end:])
        whole.update(view[start:])
        self.__dict__["sha256"] = whole.hexdigest()  # where `cached_property` keeps it
        digest: bytes = others.digest()
        return digest

    def deflated(self) -> bytes:
        """Return the whole as a zlib stream (RFC 1950), of which only the tail is deflated now."""
        checksum = zlib.adler32(self.tail, self.head.adler32)
        return b"".join((self.head.deflated, _packed(self.tail, _RAW), checksum.to_bytes(4, "big")))


def deflated(data: bytes) -> bytes:
    """Return a zlib stream (RFC 1950) of bytes that are nobody else's, made fast; the same on one kind of processor."""
    return _packed(data, zlib.MAX_WBITS)


def _packed(data: bytes, window: int) -> bytes:
    # Of text that was never seen before, ISA-L makes a tenth more bytes than zlib in a tenth of the time (docs/adr/0040).
    packed: bytes = isal_zlib.compress(data, 0, window)
    return packed


def whole(data: bytes) -> Parted:
    """Return bytes that share nothing."""
    return Parted(NO_HEAD, data)


def inflated(stream: bytes, head: Head, most: int) -> bytes | None:
    """Return the tail in a zlib stream that `Parted.deflated` made with this head; None where it is another.

    Args:
        most: The largest tail to expect, in bytes.
    """
    if not stream.startswith(head.deflated):
        return None
    inflater = zlib.decompressobj(_RAW)
    try:
        tail = inflater.decompress(stream[len(head.deflated) :], most)
    except zlib.error:
        return None
    checksum = zlib.adler32(tail, head.adler32).to_bytes(4, "big")
    return tail if inflater.eof and inflater.unused_data == checksum else None
