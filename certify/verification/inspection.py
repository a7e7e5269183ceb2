"""What a file that is no certificate as issued still shows. Nothing of it is trusted: it only says which record to look up and compare."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    """What a file turned out to be."""

    PDF = "pdf"
    IMAGE = "image"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the sandbox read.

    Attributes:
        text: Of the first pages of a PDF, lines as they were found; empty for an image.
        codes: The texts of QR codes, in the order found.
        attachments: Names and bytes of attached files, the first few and small ones.
        reason: Why nothing could be read, in a sentence; empty where something was.
    """

    kind: FileKind
    text: str = ""
    codes: tuple[str, ...] = ()
    attachments: tuple[tuple[str, bytes], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fact that the file states otherwise than the register.

    Attributes:
        fact: Stable name: a field of the award, or ``competence:<id>``.
        registered: What the register says.
        found: What the file says; empty where it does not say anything that could be read.
    """

    fact: str
    registered: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A file that is no certificate as issued, held against the record that it names.

    Attributes:
        certificate_id: The registered certificate that its code or text names; None where it names none.
        differences: Every fact in which it differs from that record.
    """

    kind: FileKind
    certificate_id: str | None
    differences: tuple[Difference, ...] = ()
    reason: str = ""
