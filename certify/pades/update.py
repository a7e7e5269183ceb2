"""Later updates of a certificate file: a document timestamp, and what proves it (ISO 32000-2, 12.8.4 and 12.8.5).

An update changes nothing but this: it adds certificates and revocation lists (the DSS), one signature field
and the timestamp in it, and repeats the catalog, the form and the page's list of annotations with the new
references in them. Everything else of it follows from the file before it, so the same function writes an
update and, on the reading side, writes it again to compare every byte: see `certify.pades.read`.

The file before it is always one that this system wrote and signed, or updated. No other file is understood.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from certify.errors import FileUnreadable
from certify.pades.document import UnsignedPdf

_TRAILER = re.compile(rb"trailer\s*<<([^>]*(?:<[0-9A-Fa-f]*>[^>]*)*)>>\s*startxref\n(\d{1,10})\n%%EOF\n*\Z")
_ROOT, _SIZE = re.compile(rb"/Root (\d{1,6}) 0 R"), re.compile(rb"/Size (\d{1,6})")
_ID = re.compile(rb"/ID (\[\s*<[0-9A-Fa-f]{2,64}>\s*<[0-9A-Fa-f]{2,64}>\s*\])")
_OBJECT = re.compile(rb"\d{1,6} 0 obj\s+")
_XREF = re.compile(rb"xref\n0 (\d{1,6}) ?\n")
_XREF_STREAM = re.compile(
    rb"\d{1,6} 0 obj\n<</Type/XRef(/Size[^\n]*)/W\[1 4 2\](/[^\n]*)/Length (\d{1,7})>>\nstream\n"
)
_START = re.compile(rb"startxref\n(\d{1,10})\n%%EOF\n\Z")
_FORM = re.compile(rb"/AcroForm (?:(\d{1,6}) 0 R|<<)")
_PAGES = re.compile(rb"/Pages (\d{1,6}) 0 R")
_KIDS = re.compile(rb"/Kids \[\s*(\d{1,6}) 0 R")
_FIELDS = re.compile(rb"/Fields (\[[\s\d R]*)\]")
_ANNOTATIONS = re.compile(rb"/Annots (\[[\s\d R]*)\]")
_LANGUAGE = re.compile(rb"/Lang ?\(([A-Za-z0-9-]{1,35})\)")
_XREF_ENTRY = 20
_DEFLATED = b"/Filter/FlateDecode"
_STREAM_END = b"\nendstream\nendobj\n"
_STREAM_ENTRY = struct.Struct(">BIH")
_TRAILER_SIZE = 1000
_LARGEST_OBJECT = 100_000
_ID_DIGITS = 32
_BYTE_RANGE_DIGITS = 32
_EXTENSIONS = b" /Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 2 >> >>"
"""EN 319 142-1, 5.6: the catalog says that the file has a DSS."""
_DESCRIPTIONS = {
    b"en": "Timestamp added later; it covers all of the file before it.",
    b"bg": "Времеви печат, добавен по-късно; обхваща целия файл преди него.",
}
"""ISO 14289-1, 7.18.4: what a field is, in the document's language. To change or add one takes another `Spelling`."""
_IN_ENGLISH = "\x1ben\x1b"
"""ISO 32000-1, 7.9.2.2: in whatever language the document is, this text is in English."""


class Spelling(IntEnum):
    """How an update is written. New ones are written in the last, and those of every other are read for good.

    EARLY leaves the file's ``/ID`` as it was; IDENTIFIED says there that the file was updated; DESCRIBED also says
    what the timestamp's field is, to whoever does not see it.
    """

    EARLY = 1
    IDENTIFIED = 2
    DESCRIBED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a later reader needs to check the signatures so far, DER: certificates and revocation lists."""

    certificates: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the next update builds on.

    Attributes:
        length: Of the file so far, in bytes.
        xref_at: Offset of its last cross-reference table.
        streamed: Whether that table is a stream, as an update's must then be too (7.5.8.4).
        size: The next free object number.
        root, form, page: Numbers of the catalog, and of the objects with the form's fields and the first
            page's annotations; the form may be in the catalog.
        bodies: These objects as they stand.
        identity: The trailer's ``/ID`` array.
        dss: The DSS object's number; 0 while there is none.
        certificates, revocation_lists: Numbers of the streams that the DSS lists.
        timestamps: How many document timestamps there are.
    """

    length: int
    xref_at: int
    size: int
    root: int
    form: int
    page: int
    bodies: Mapping[int, bytes]
    identity: bytes
    dss: int = 0
    certificates: tuple[int, ...] = ()
    revocation_lists: tuple[int, ...] = ()
    timestamps: int = 0
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    """A single revision's cross-references: ``entries`` are ``width`` bytes each, from object 0 on."""

    at: int
    trailer: bytes
    size: int
    entries: bytes
    width: int

    def offset(self, number: int) -> int:
        """Return where an object lies that is in no object stream."""
        entry = self.entries[number * self.width : (number + 1) * self.width]
        if self.width == _XREF_ENTRY and re.fullmatch(rb"\d{10} 00000 n[ \r]\n", entry):
            return int(entry[:10])
        if self.width == _STREAM_ENTRY.size == len(entry) and (entry[0], entry[5:]) == (1, b"\0\0"):
            return int.from_bytes(entry[1:5], "big")
        raise _odd("cross-reference table")


def _table_of(revision: bytes) -> _Table:
    trailer = _TRAILER.search(revision, max(0, len(revision) - _TRAILER_SIZE))
    if trailer is None:
        raise _odd("end")
    at, size = int(trailer[2]), _number(_SIZE, trailer[1])
    head = _XREF.match(revision, at)
    if head is None or int(head[1]) != size:
        raise _odd("cross-reference table")
    return _Table(at, trailer[1], size, revision[head.end() : head.end() + size * _XREF_ENTRY], _XREF_ENTRY)


def _stream_of(revision: bytes) -> _Table | None:
    """Return the cross-references of a file in which they are a stream (ISO 32000-2, 7.5.8)."""
    start = _START.search(revision, max(0, len(revision) - _TRAILER_SIZE))
    head = _XREF_STREAM.match(revision, int(start[1])) if start else None
    if start is None or head is None:
        return None
    trailer = head[1] + head[2]
    size, width = _number(_SIZE, trailer), _STREAM_ENTRY.size
    end = head.end() + int(head[3])
    entries = revision[head.end() : end]
    if _DEFLATED in trailer:
        entries = _inflated(entries, size * width)
    if len(entries) != size * width or revision[end : start.start()] != _STREAM_END:
        raise _odd("cross-reference table")
    return _Table(head.start(), trailer, size, entries, width)


def _inflated(stream: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        entries = inflater.decompress(stream, size + 1)
    except zlib.error:
        entries = b""
    if not inflater.eof or inflater.unused_data:
        raise _odd("cross-reference table")
    return entries


def layout_of(revision: bytes) -> Layout:
    """Return what an update of a signed, single-revision file of ours builds on.

    Raises:
        FileUnreadable: The file is not laid out as ours are.
    """
    if not revision.endswith(b"\n"):  # PDF/A-3, 6.1.9: an object starts on a line of its own
        raise _odd("end")
    table = _stream_of(revision) or _table_of(revision)
    trailer = table.trailer

    def body(number: int) -> bytes:
        start = _OBJECT.match(revision, table.offset(number))
        if start is None or not start[0].startswith(b"%d " % number):
            raise _odd("cross-reference table")
        end = revision.find(b"endobj", start.end(), start.end() + _LARGEST_OBJECT)
        if end < 0:
            raise _odd("object")
        return revision[start.end() : end].strip()

    root = _number(_ROOT, trailer)
    catalog = body(root)
    found = list(_FORM.finditer(catalog))
    if len(found) != 1 or b"/DSS" in catalog or not catalog.endswith(b">>"):
        raise _odd("catalog")
    form = int(found[0][1] or root)
    page = _number(_KIDS, body(_number(_PAGES, catalog)))
    identity = _ID.findall(trailer)
    if len(identity) != 1 or b"/Prev" in trailer or b"/Info" in trailer:
        raise _odd("trailer")
    return Layout(
        length=len(revision),
        xref_at=table.at,
        size=table.size,
        root=root,
        form=form,
        page=page,
        streamed=table.width == _STREAM_ENTRY.size,
        bodies=MappingProxyType({number: body(number) for number in (root, form, page)}),
        identity=identity[0],
    )


def lay_out(
    before: Layout, evidence: Evidence, contents_length: int, *, spelling: Spelling = Spelling.DESCRIBED
) -> tuple[UnsignedPdf, Layout]:
    """Return the bytes of an update with room for its timestamp, and what stands after it.

    The offsets of the `UnsignedPdf` count from the start of the whole file, its content from the update's.

    Args:
        evidence: New certificates and revocation lists; with none ever, the file gets no DSS.
        contents_length: Length of the ``/Contents`` string in bytes, even.
        spelling: Another than the last one only to read what was written in it.

    Raises:
        FileUnreadable: The form or the page does not list its fields or annotations once.
    """
    out, offsets = bytearray(), {}

    def put(number: int, *parts: bytes) -> None:
        offsets[number] = before.length + len(out)
        out.extend(b"%d 0 obj\n%s\nendobj\n" % (number, b"".join(parts)))

    number = before.size
    lists = (before.certificates, before.revocation_lists)
    grown: list[tuple[int, ...]] = []
    for known, new in zip(lists, (evidence.certificates, evidence.revocation_lists), strict=True):
        for item in new:
            put(number, b"<< /Length %d >>\nstream\n" % len(item), item, b"\nendstream")
            number += 1
        grown.append((*known, *range(number - len(new), number)))
    bodies, dss = dict(before.bodies), before.dss
    if (evidence.certificates or evidence.revocation_lists) and not dss:
        dss, number = number, number + 1
        catalog = bodies[before.root]
        extensions = b"" if b"/Extensions" in catalog else _EXTENSIONS
        bodies[before.root] = b"%s /DSS %d 0 R%s >>" % (catalog[:-2].rstrip(), dss, extensions)
    if dss:
        put(dss, b"<< /Type /DSS /Certs %s /CRLs %s >>" % (_references(grown[0]), _references(grown[1])))
    field, signature = number, number + 1
    bodies[before.form] = _listing(_FIELDS, bodies[before.form], field)
    bodies[before.page] = _listing(_ANNOTATIONS, bodies[before.page], field)
    for changed in sorted(name for name, body in bodies.items() if body != before.bodies[name]):
        put(changed, bodies[changed])
    put(
        field,
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Timestamp %d)%s /F 132 /Rect [0 0 0 0] /P %d 0 R /V %d 0 R >>"
        % (
            before.timestamps + 1,
            _described(before.bodies[before.root]) if spelling >= Spelling.DESCRIBED else b"",
            *(before.page, signature),
        ),
    )
    offsets[signature] = before.length + len(out)
    out += (
        b"%d 0 obj\n<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 /ByteRange ["
        % (signature)
    )
    hole = len(out)
    out += b" " * _BYTE_RANGE_DIGITS + b"] /Contents "
    contents_at = len(out)
    out += b"<" + b"0" * (contents_length - 2) + b"> >>\nendobj\n"
    xref_at = before.length + len(out)
    identity = before.identity if spelling == Spelling.EARLY else _renewed(before.identity, bytes(out))
    if before.streamed:
        offsets[signature + 1] = xref_at
        out += _cross_reference_stream(offsets, before, identity)
    else:
        out += _cross_references(offsets)
        out += b"trailer\n<< /Size %d /Root %d 0 R /Prev %d /ID %s >>\n" % (
            *(signature + 1, before.root, before.xref_at, identity),
        )
    out += b"startxref\n%d\n%%%%EOF\n" % xref_at
    start, end = before.length + contents_at, before.length + contents_at + contents_length
    length = before.length + len(out)
    byte_range = b"0 %d %d %d" % (start, end, length - end)
    out[hole : hole + _BYTE_RANGE_DIGITS] = byte_range.ljust(_BYTE_RANGE_DIGITS)
    laid_out = UnsignedPdf(tail=bytes(out), contents_at=start, contents_length=contents_length)
    return laid_out, Layout(
        length=length,
        xref_at=xref_at,
        size=max(offsets) + 1,
        streamed=before.streamed,
        root=before.root,
        form=before.form,
        page=before.page,
        bodies=MappingProxyType(bodies),
        identity=identity,
        dss=dss,
        certificates=grown[0],
        revocation_lists=grown[1],
        timestamps=before.timestamps + 1,
    )


def _described(catalog: bytes) -> bytes:
    """Return the entry that says what the timestamp's field is, in the language of the catalog or marked as English."""
    found = _LANGUAGE.search(catalog)
    text = _DESCRIPTIONS.get(found[1]) if found else None
    written = text or _IN_ENGLISH + _DESCRIPTIONS[b"en"]
    return b" /TU <feff%s>" % written.encode("utf-16-be").hex().encode("ascii")


def _renewed(identity: bytes, update: bytes) -> bytes:
    """Return a file's ``/ID`` after an update: the first half stays, the second follows from what came in (14.4)."""
    first = identity[identity.index(b"<") : identity.index(b">") + 1]
    second = hashlib.sha256(identity + update).hexdigest()[:_ID_DIGITS]
    return b"[%s<%s>]" % (first, second.encode("ascii"))


def _references(numbers: Sequence[int]) -> bytes:
    return b"[" + b" ".join(b"%d 0 R" % number for number in numbers) + b"]"


def _listing(pattern: re.Pattern[bytes], body: bytes, number: int) -> bytes:
    found = list(pattern.finditer(body))
    if len(found) != 1:
        raise _odd("list of fields or annotations")
    at = found[0].end(1)
    return b"%s %d 0 R%s" % (body[:at].rstrip(), number, body[at:])


def _runs(offsets: Mapping[int, int]) -> list[list[int]]:
    """Return the object numbers, one list for each run of them."""
    runs: list[list[int]] = []
    for number in sorted(offsets):
        if number - 1 in offsets:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _cross_references(offsets: Mapping[int, int]) -> bytes:
    """Return the table, one section for each run of numbers."""
    out = bytearray(b"xref\n")
    for run in _runs(offsets):
        out += b"%d %d\n" % (run[0], len(run))
        out += b"".join(b"%010d 00000 n \n" % offsets[number] for number in run)
    return bytes(out)


def _cross_reference_stream(offsets: Mapping[int, int], before: Layout, identity: bytes) -> bytes:
    """Return the table as a stream, which is the object with the highest number."""
    index = b" ".join(b"%d %d" % (run[0], len(run)) for run in _runs(offsets))
    entries = b"".join(_STREAM_ENTRY.pack(1, offsets[number], 0) for number in sorted(offsets))
    return (
        b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Index[%s]/Root %d 0 R/Prev %d/ID %s/Length %d>>\nstream\n"
        % (
            *(max(offsets), max(offsets) + 1, index, before.root),
            *(before.xref_at, identity, len(entries)),
        )
        + entries
        + _STREAM_END
    )


def _number(pattern: re.Pattern[bytes], text: bytes) -> int:
    found = pattern.findall(text)
    if len(found) != 1:
        raise _odd("structure")
    return int(found[0])


def _odd(what: str) -> FileUnreadable:
    return FileUnreadable(f"The file's {what} is not laid out as that of certificates.")
