"""A PDF with room for its signature, and what is signed of it (ISO 32000-2, 12.8.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from certify.parts import NO_HEAD, Head


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedPdf:
    """A complete PDF file whose ``/Contents`` is still all zeros; ``/ByteRange`` is already filled in.

    Attributes:
        tail: The file's bytes behind the head.
        contents_at: Offset in the file of the ``<`` that opens the ``/Contents`` hex string; it is in the tail.
        contents_length: Bytes from that ``<`` through the closing ``>``; even, at least 2.
    """

    tail: bytes
    contents_at: int
    contents_length: int
    head: Head = field(default=NO_HEAD, repr=False)

    @property
    def content(self) -> bytes:
        """The whole file."""
        return self.head.content + self.tail

    @property
    def byte_range(self) -> tuple[int, int, int, int]:
        """The ``/ByteRange``: everything but the hex string, as (start, length, start, length)."""
        after = self.contents_at + self.contents_length
        return 0, self.contents_at, after, len(self.head) + len(self.tail) - after
