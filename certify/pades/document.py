"""A PDF with room for its signature, and what is signed of it (ISO 32000-2, 12.8.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedPdf:
    """A complete PDF file whose ``/Contents`` is still all zeros; ``/ByteRange`` is already filled in.

    Attributes:
        content: The file's bytes.
        contents_at: Offset of the ``<`` that opens the ``/Contents`` hex string.
        contents_length: Bytes from that ``<`` through the closing ``>``; even, at least 2.
    """

    content: bytes
    contents_at: int
    contents_length: int

    @property
    def byte_range(self) -> tuple[int, int, int, int]:
        """The ``/ByteRange``: everything but the hex string, as (start, length, start, length)."""
        after = self.contents_at + self.contents_length
        return 0, self.contents_at, after, len(self.content) - after
