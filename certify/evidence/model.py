"""Which files are taken as evidence, told by their content and never by their name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certify.errors import FileUnreadable

_NAME_CHARACTERS = 100
_TAIL_BYTES = 2048


class EvidenceKind(StrEnum):
    """The media types that are taken. Each is drawn, and none can run in a browser."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"

    @property
    def suffix(self) -> str:
        """The ending that a file of this kind gets, whatever it had."""
        return {EvidenceKind.PDF: ".pdf", EvidenceKind.PNG: ".png", EvidenceKind.JPEG: ".jpg"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """What is known of a file that is kept.

    Attributes:
        digest: SHA-256 of its bytes, 64 lower-case hexadecimal digits; records name it.
        added_by: The user who had it. A record shows it only where the same user recorded it.
        name: For people, cleaned, with the ending of its kind.
    """

    digest: str
    added_by: str
    name: str
    kind: EvidenceKind
    size_bytes: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionDocument:
    """The document of a prior qualification, as a diploma, that was brought for one candidate.

    Attributes:
        digest: SHA-256 of its bytes; the review that looked at it names it.
        added_by: The candidate's own user, or who of the staff brought it.
        name: For people, cleaned, with the ending of its kind.
        reviewed: A review names it. Until then it may be replaced and taken back.
    """

    candidate_id: str
    digest: str
    added_by: str
    name: str
    kind: EvidenceKind
    size_bytes: int
    added_at: datetime
    reviewed: bool = False


def kind_of(data: bytes) -> EvidenceKind:
    """Tell a file's kind by its first and last bytes: a file of two kinds at once has only one of the ends.

    Raises:
        FileUnreadable: It is none of the kinds that are taken, or was cut short.
    """
    tail = data[-_TAIL_BYTES:].rstrip(b"\0\r\n ")
    if data.startswith((b"%PDF-1.", b"%PDF-2.")):
        if tail.endswith(b"%%EOF"):
            return EvidenceKind.PDF
    elif data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"):
        if data.endswith(b"\0\0\0\0IEND\xaeB`\x82"):
            return EvidenceKind.PNG
    elif data.startswith(b"\xff\xd8\xff"):
        if data.endswith(b"\xff\xd9"):
            return EvidenceKind.JPEG
    else:
        raise FileUnreadable(
            "is neither a PDF nor a PNG or JPEG picture.", where="evidence", fix="scan or export it as a PDF"
        )
    raise FileUnreadable(
        "is cut short, or something was put behind its end.", where="evidence", fix="scan or export it again"
    )


def clean_file_name(name: str, kind: EvidenceKind) -> str:
    """Return a name that is safe in a header and on a page, with the ending of its kind."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    kept = "".join(letter if letter.isalnum() or letter in " -_()." else "_" for letter in stem)
    return (kept.strip(" .")[:_NAME_CHARACTERS].strip(" .") or "evidence") + kind.suffix
