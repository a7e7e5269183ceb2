"""Checks 7, 8 and 10: the credential, in a certificate file or by itself, as JSON or as a token.

Where the register tells the award, the credential is first compared with the one that this award has, which costs
little (`certify.credential.recognise`). Only what is not recognised is read as JSON-LD, to say what is wrong.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from certify.award.record import AwardRecord
from certify.credential.binding import matches
from certify.credential.jwt import claimed, verify_jwt
from certify.credential.model import PublishedKey
from certify.credential.rdf import parse
from certify.credential.recognise import KnownIssuer
from certify.credential.verify import verify_credential
from certify.errors import CertifyError, FileUnreadable, InvalidInput, KeysMissing
from certify.verification.attachment import read_attachment
from certify.verification.checks import FAILED, INDETERMINATE, PASSED, check
from certify.verification.report import Check, RegisterEntry

_IDENTIFIERS = re.compile(rb"/ID \[<([0-9a-f]{32})><([0-9a-f]{32})>\]")
_TOKEN = re.compile(rb"\s*[\w-]+\.[\w-]+\.[\w-]*\s*", re.ASCII)
_REMEMBERED = 32
_UNREAD = "It could not be checked, because check 7 failed."


@dataclass(frozen=True, slots=True)
class CredentialRead:
    """A credential as it was found, and check 7.

    Attributes:
        data: ``credential.json``, or a token; empty where there is nothing to check.
        is_token: It is a JWT.
        stated: What it claims, which nothing vouches for yet.
    """

    check: Check
    data: bytes = b""
    is_token: bool = False
    stated: Mapping[str, Any] | None = None


def looks_like_credential(data: bytes) -> bool:
    """Tell whether a file can only be meant as a credential by itself, and never as a certificate file."""
    return data.lstrip()[:1] == b"{" or (data.lstrip()[:2] == b"ey" and _TOKEN.fullmatch(data) is not None)


def attached(revision: bytes) -> CredentialRead:
    """Read the credential of a certificate file, which the file names by its digest (ISO 32000-2, 14.4).

    Args:
        revision: The file as it was signed.
    """
    try:
        data = read_attachment(revision)
    except FileUnreadable as error:
        return _unread(f"The credential {error.message}")
    named = _IDENTIFIERS.findall(revision)
    digest = hashlib.sha256(data).hexdigest()[:32].encode()
    if named != [(digest, digest)]:
        return CredentialRead(
            check("credential", FAILED, "another-credential", "It names another credential.")
        )
    return _read(data, is_token=False)


def alone(data: bytes) -> CredentialRead:
    """Read a credential that is a file of its own."""
    is_token = data.lstrip()[:1] != b"{"
    return _read(data.strip() if is_token else data, is_token=is_token)


def _read(data: bytes, *, is_token: bool) -> CredentialRead:
    try:
        stated = claimed(data.decode("ascii")) if is_token else parse(data)
        if not isinstance(stated.get("certificateId"), str):
            raise InvalidInput("names no certificate.", where="certificateId")
    except CertifyError as error:
        return _unread(f"The credential {error.message}")
    return CredentialRead(check("credential", PASSED), data, is_token, stated)


def _unread(reason: str) -> CredentialRead:
    return CredentialRead(check("credential", FAILED, "not-a-credential", reason))


def recognised(read: CredentialRead, award: AwardRecord, issuer: KnownIssuer | None) -> bool:
    """Tell whether a credential is byte for byte the award's own, so that checks 8 and 10 both pass."""
    if issuer is None or read.stated is None or read.is_token:
        return False
    try:
        issuer.check(read.data, award)
    except CertifyError:
        return False
    return True


def proof(read: CredentialRead, issuer: KnownIssuer | None) -> Check:
    """Return check 8.

    Args:
        issuer: Whose keys to believe; None where they are not known.
    """
    if read.stated is None:
        return check("proof", INDETERMINATE, "no-credential", _UNREAD)
    try:
        keys = issuer.keys() if issuer else ()
    except KeysMissing:
        issuer = None
    if issuer is None:
        return check(
            "proof", INDETERMINATE, "no-issuer-keys", "The issuing body's credential keys are not known here."
        )
    fault = _fault(read.data, issuer.public_base, tuple(keys), is_token=read.is_token)
    if fault:
        return check(
            "proof", FAILED, "credential-forged", f"The credential is not the issuing body's: {fault}"
        )
    return check("proof", PASSED)


# Whether a proof holds hangs on nothing else, and JSON-LD takes long: the same file is often asked about again.
@lru_cache(_REMEMBERED)
def _fault(data: bytes, public_base: str, keys: tuple[PublishedKey, ...], *, is_token: bool) -> str:
    """Return why a credential is not the issuer's; empty where it is."""
    try:
        if is_token:
            verify_jwt(data.decode("ascii"), public_base, keys)
        else:
            verify_credential(data, public_base, keys)
    except CertifyError as error:
        return str(error)
    return ""


def statements(read: CredentialRead, entry: RegisterEntry | None) -> Check:
    """Return check 10.

    Args:
        entry: What the register says; None where it was not asked, or does not know.
    """
    if read.stated is None:
        return check("statements", INDETERMINATE, "no-credential", _UNREAD)
    if entry is None:
        return check(
            "statements", INDETERMINATE, "no-entry", "Only the issuing body's register can say; it has not."
        )
    try:
        differences = matches(read.stated, entry.award)
    except CertifyError as error:
        differences = [str(error)]
    if differences:
        more = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
        return check("statements", FAILED, "other-statements", f"They differ: {differences[0]}{more}.")
    return check("statements", PASSED)
