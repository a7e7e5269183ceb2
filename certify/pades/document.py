"""A PDF with room for its signature, and what is signed of it (ISO 32000-2, 12.8.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedPdf:
    """A complete PDF file whose ``/Contents`` is still all zeros; ``/ByteRange`` is already filled in.

    Attributes:
        content: The file's bytes.
        contents_at: Offset of the ``<`` that opens the ``/Contents`` hex string.
        contents_length: Bytes from that ``<`` through the closing ``>``; even, at least 2.
        begun: SHA-256 of the first ``begun_length`` bytes, where whoever made the file has it already; it is
            copied, never changed. A wrong one makes a signature that does not verify.
    """

    content: bytes
    contents_at: int
    contents_length: int
    begun: Any = field(default=None, repr=False, compare=False)  # hashlib's hash object has no public type
    begun_length: int = field(default=0, repr=False, compare=False)

    @property
    def byte_range(self) -> tuple[int, int, int, int]:
        """The ``/ByteRange``: everything but the hex string, as (start, length, start, length)."""
        after = self.contents_at + self.contents_length
        return 0, self.contents_at, after, len(self.content) - after
