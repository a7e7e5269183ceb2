"""Reads the signature of a certificate file and later timestamps, in the one spelling that this system writes.

A certificate is one revision of our own, so the reader can be strict where a general one must be lenient:
one byte range over all of it, one spelling of the signature. Any flipped byte then either changes the
digest or breaks the form. What follows the signed revision must be updates of ours, each a document
timestamp over everything before it: the reader takes the certificates, lists and token out of an update,
lets `certify.pades.update` write it again, and compares every byte. Nothing else may follow.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from certify.errors import FileUnreadable
from certify.pades import der
from certify.pades.cms import ParsedCms, parse
from certify.pades.timestamp import Token, parse_normal
from certify.pades.update import Evidence, Layout, Spelling, lay_out, layout_of

HEADER = b"%PDF-1."
MAX_UPDATES = 24
MAX_UPDATE_BYTES = 2_000_000
BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,9}) (\d{1,9}) (\d{1,9}) *\]")
_UPDATE_RANGE = re.compile(BYTE_RANGE.pattern + rb" /Contents <")
_STREAM = re.compile(rb"\d{1,6} 0 obj\n<< /Length (\d{1,7}) >>\nstream\n")
_STREAM_END = b"\nendstream\nendobj\n"
BYTE_RANGE_KEY = b"/ByteRange"
SIGNING_TIME_KEY = b"/M (D:"
_HEXADECIMAL = b"0123456789abcdef"
SUBFILTER = b"/SubFilter /ETSI.CAdES.detached"
SIGNING_TIME = re.compile(rb"/M \(D:(\d{14})Z\)")
_MAX_CMS_HEX = 100_000
_FIX = "ask the holder for the original"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTimestamp:
    """A later update: a timestamp over everything before it.

    Attributes:
        digest: SHA-256 over its byte range, computed from the file.
        evidence: What the update brought along to check earlier signatures by.
        has_dss: The file has a DSS at this point.
    """

    token: Token
    digest: bytes
    evidence: Evidence
    has_dss: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFound:
    """The one signature of a file, and what came later.

    Attributes:
        digest: SHA-256 over the byte range, computed from the file.
        signed_length: Of the signed revision, in bytes.
        revision_sha256: Of the signed revision, which the register knows; all of the file if nothing was added.
        claimed_at: The signing time that the signed bytes state.
        cms_bytes: The DER signature without its padding.
        timestamp: The timestamp over the signature value, at level B-T.
        updates: The document timestamps added later, oldest first.
        added: Why what follows is not permitted; empty where it is, or nothing does.
    """

    digest: bytes
    signed_length: int
    revision_sha256: str
    claimed_at: datetime
    cms: ParsedCms
    cms_bytes: bytes
    timestamp: Token | None
    updates: tuple[DocumentTimestamp, ...]
    added: str


def find_signature(data: bytes) -> SignatureFound:
    """Find and take apart the one signature of a certificate file; nothing is checked but its form.

    Raises:
        FileUnreadable: Not a PDF, no signature, several, or one that does not cover its whole revision.
    """
    if not data.startswith(HEADER):
        raise FileUnreadable("This is not a PDF file.", fix="give the certificate as it was downloaded")
    # Looking for a plain text is many times faster than for a pattern, in a file that is mostly neither.
    first = data.find(BYTE_RANGE_KEY)
    found = BYTE_RANGE.match(data, max(first, 0)) or BYTE_RANGE.search(data)
    if found is None:
        raise FileUnreadable("The file carries no signature of a certificate.", fix=_FIX)
    before, after, rest = (int(group) for group in found.groups())
    end = after + rest
    if not before + 2 < after <= before + _MAX_CMS_HEX or not found.end() <= before or end > len(data):
        raise FileUnreadable("The signature's byte range is not one that certificates have.", fix=_FIX)
    revision = data[:end]
    others = revision.find(BYTE_RANGE_KEY, found.end()) >= 0 or first != found.start()
    if others or revision.count(SUBFILTER) != 1:
        raise FileUnreadable("The file carries more than one signature.", fix=_FIX)
    held = revision[before:after]
    if held[:1] != b"<" or held[-1:] != b">" or not revision.endswith(b"/Contents ", 0, before):
        raise FileUnreadable("The signature leaves out more of the file than itself.", fix=_FIX)
    cms_bytes = _der_value(held[1:-1])
    parsed = parse(cms_bytes)
    view = memoryview(revision)
    sha256 = hashlib.sha256(view[:before])
    whole = sha256.copy()
    sha256.update(view[after:])
    whole.update(view[before:])
    updates: tuple[DocumentTimestamp, ...] = ()
    added = ""
    if end != len(data):
        try:
            updates, _ = read_updates(data, end)
        except FileUnreadable as error:
            added = f"The file was added to after it was signed. {error.message}"
    return SignatureFound(
        digest=sha256.digest(),
        signed_length=end,
        revision_sha256=whole.hexdigest(),
        claimed_at=_claimed_time(revision),
        cms=parsed,
        cms_bytes=cms_bytes,
        timestamp=parse_normal(parsed.timestamp) if parsed.timestamp else None,
        updates=updates,
        added=added,
    )


def read_updates(data: bytes, signed_end: int) -> tuple[tuple[DocumentTimestamp, ...], Layout]:
    """Read the updates that follow the signed revision, and what the next one would build on.

    Time is proportional to the file: each byte is hashed once and compared once.

    Raises:
        FileUnreadable: Something follows that is not an update in our form, or there are too many.
    """
    layout = layout_of(data[:signed_end])
    running = hashlib.sha256(data[:signed_end])
    updates: list[DocumentTimestamp] = []
    while layout.length < len(data):
        if len(updates) == MAX_UPDATES:
            raise FileUnreadable(f"There are more than {MAX_UPDATES} updates.", fix=_FIX)
        update, after = _read_update(data, layout, running.copy())
        running.update(data[layout.length : after.length])
        updates.append(update)
        layout = after
    return tuple(updates), layout


def _read_update(data: bytes, layout: Layout, sha256: hashlib._Hash) -> tuple[DocumentTimestamp, Layout]:
    evidence, at = _evidence(data, layout.length)
    found = _UPDATE_RANGE.search(data, at, layout.length + MAX_UPDATE_BYTES)
    if found is None:
        raise _not_permitted()
    room = int(found[2]) - int(found[1])
    if room % 2 or not 0 < room <= _MAX_CMS_HEX:
        raise _not_permitted()
    for spelling in reversed(Spelling):
        expected, after = lay_out(layout, evidence, room, spelling=spelling)
        start, end = expected.contents_at, expected.contents_at + room
        before_token = expected.content[: start - layout.length]
        after_token = expected.content[end - layout.length :]
        if data[layout.length : start] == before_token and data[end : after.length] == after_token:
            break
    else:
        raise _not_permitted()
    token_in = data[start:end]
    if (token_in[:1], token_in[-1:]) != (b"<", b">"):
        raise _not_permitted()
    sha256.update(before_token)
    sha256.update(after_token)
    update = DocumentTimestamp(
        token=parse_normal(_der_value(token_in[1:-1])),
        digest=sha256.digest(),
        evidence=evidence,
        has_dss=bool(after.dss),
    )
    return update, after


def _evidence(data: bytes, at: int) -> tuple[Evidence, int]:
    """Read the streams at the start of an update; a certificate has its version before its serial number."""
    certificates: list[bytes] = []
    lists: list[bytes] = []
    limit = at + MAX_UPDATE_BYTES
    while found := _STREAM.match(data, at, limit):
        at = found.end() + int(found[1])
        item = data[found.end() : at]
        if at > limit or not data.startswith(_STREAM_END, at):
            raise _not_permitted()
        at += len(_STREAM_END)
        is_certificate = der.Reader(item).enter(der.SEQUENCE).enter(der.SEQUENCE).next_is(der.CONTEXT_0)
        (certificates if is_certificate else lists).append(item)
    return Evidence(certificates=tuple(certificates), revocation_lists=tuple(lists)), at


def _not_permitted() -> FileUnreadable:
    return FileUnreadable("What was added is not a permitted timestamp.", fix=_FIX)


def _der_value(digits: bytes) -> bytes:
    """Return the DER value that hexadecimal digits begin with, where only zeros follow it."""
    if len(digits) % 2 or not digits or digits.translate(None, _HEXADECIMAL):
        raise FileUnreadable("The signature is not written in lower-case hexadecimal digits.")
    raw = bytes.fromhex(digits.decode("ascii"))
    reader = der.Reader(raw)
    value = reader.raw(der.SEQUENCE)
    if raw[reader.at :].strip(b"\0"):
        raise FileUnreadable("Something is hidden behind the signature.")
    return value


def _claimed_time(data: bytes) -> datetime:
    times, at = [], data.find(SIGNING_TIME_KEY)
    while at >= 0:
        if found := SIGNING_TIME.match(data, at):
            times.append(found[1])
        at = data.find(SIGNING_TIME_KEY, at + 1)
    try:
        (text,) = times
        year, month, day, hour, minute, second = (
            int(text[start:end]) for start, end in pairwise((0, 4, 6, 8, 10, 12, 14))
        )
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise FileUnreadable("The file does not state one signing time.") from error
