"""Reads the signature of a certificate file, in the one spelling that this system writes.

Certificates are single-revision files of our own, so the reader can be strict where a general one must be
lenient: one byte range over the whole file, one spelling of the signature. Any flipped byte then either
changes the digest or breaks the form.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from certify.errors import FileUnreadable
from certify.pades.cms import ParsedCms, parse

_BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,9}) (\d{1,9}) (\d{1,9}) *\]")
_SUBFILTER = b"/SubFilter /ETSI.CAdES.detached"
_SIGNING_TIME = re.compile(rb"/M \(D:(\d{14})Z\)")
_MAX_CMS_HEX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFound:
    """The one signature of a file.

    Attributes:
        digest: SHA-256 over the byte range, computed from the file.
        claimed_at: The signing time that the signed bytes state.
        cms_bytes: The DER signature without its padding.
    """

    digest: bytes
    claimed_at: datetime
    cms: ParsedCms
    cms_bytes: bytes


def find_signature(data: bytes) -> SignatureFound:
    """Find and take apart the one signature of a certificate file; nothing is checked but its form.

    Raises:
        FileUnreadable: Not a PDF, no signature, several, or one that does not cover the whole file.
    """
    if not data.startswith(b"%PDF-1."):
        raise FileUnreadable("This is not a PDF file.", fix="give the certificate as it was downloaded")
    ranges = list(_BYTE_RANGE.finditer(data))
    if not ranges:
        raise FileUnreadable(
            "The file carries no signature of a certificate.", fix="ask the holder for the original"
        )
    if len(ranges) > 1 or data.count(b"/ByteRange") > 1 or data.count(_SUBFILTER) != 1:
        raise FileUnreadable(
            "The file carries more than one signature.", fix="ask the holder for the original"
        )
    before, after, rest = (int(group) for group in ranges[0].groups())
    if after + rest != len(data):
        raise FileUnreadable(
            "The file was added to after it was signed.", fix="ask the holder for the original"
        )
    if not before + 2 < after <= before + _MAX_CMS_HEX or not ranges[0].end() <= before:
        raise FileUnreadable("The signature's byte range is not one that certificates have.")
    held = data[before:after]
    if held[:1] != b"<" or held[-1:] != b">" or not data[:before].endswith(b"/Contents "):
        raise FileUnreadable("The signature leaves out more of the file than itself.")
    cms_bytes, parsed = _read_contents(held[1:-1])
    sha256 = hashlib.sha256(data[:before])
    sha256.update(data[after:])
    return SignatureFound(
        digest=sha256.digest(), claimed_at=_claimed_time(data), cms=parsed, cms_bytes=cms_bytes
    )


def _read_contents(digits: bytes) -> tuple[bytes, ParsedCms]:
    if len(digits) % 2 or not re.fullmatch(rb"[0-9a-f]+", digits):
        raise FileUnreadable("The signature is not written in lower-case hexadecimal digits.")
    raw = bytes.fromhex(digits.decode("ascii"))
    parsed = parse(raw)
    if raw[parsed.length :].strip(b"\0"):
        raise FileUnreadable("Something is hidden behind the signature.")
    return raw[: parsed.length], parsed


def _claimed_time(data: bytes) -> datetime:
    times = _SIGNING_TIME.findall(data)
    try:
        (text,) = times
        return datetime.strptime(text.decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise FileUnreadable("The file does not state one signing time.") from error
