"""Verifies a certificate or credential by what its issuer published as files, with no register to ask.

Check 12 is made by the signed status lists, and check 11 by what the credential says of its period. Checks 9 and 10 are the
register's alone and are not asked for: a file made with a stolen key, which the register would not know, passes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography import x509

from certify.clock import Clock, iso
from certify.credential.jwt import verify_jwt
from certify.credential.recognise import KnownIssuer
from certify.credential.verify import verify_credential
from certify.errors import CertifyError
from certify.status.model import CertificateStatus
from certify.verification import credentials
from certify.verification.attachment import read_attachment
from certify.verification.checks import CREDENTIAL_REQUIRED, FAILED, INDETERMINATE, PASSED, REQUIRED, check
from certify.verification.report import Check, Report
from certify.verification.standing import CannotTell, ListedStatus, standing_from_lists
from certify.verification.verifier import Verifier

_OF_THE_REGISTER = frozenset({"registered", "statements"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAnswer:
    """What can be said without the register.

    Attributes:
        credential: What the issuer signed; None where its proof does not hold.
        as_of: When the oldest status list that the answer rests on was made; None where the lists do not say.
    """

    report: Report
    credential: dict[str, Any] | None
    as_of: datetime | None


def verify_published(
    data: bytes,
    subject: str,
    issuer: KnownIssuer,
    lists: Iterable[bytes],
    anchors: Sequence[x509.Certificate],
    clock: Clock,
    timestamp_anchors: Sequence[x509.Certificate] = (),
) -> PublishedAnswer:
    """Verify a file somebody was given.

    Args:
        issuer: The issuer, by its published keys.
        lists: Its status lists, from wherever.
        anchors: The authorities to trust for a file's signature; a credential by itself needs none.
        timestamp_anchors: The timestamp authorities to trust.
    """
    found = Verifier(anchors, None, clock, timestamp_anchors, issuer).verify_file(data, subject)
    made = {item.id: item for item in found.checks if item.id not in _OF_THE_REGISTER}
    stated = _stated(data, issuer) if made["proof"].outcome is PASSED else None
    standing: ListedStatus | CannotTell = CannotTell(code="no-proof", reason="See checks 7 and 8.")
    if stated is not None:
        standing = standing_from_lists(stated, lists, issuer.keys(), issuer.public_base, clock())
        made["period"] = _period(stated, clock())
    made["standing"] = _standing(standing)
    asked = REQUIRED if "form" in made else CREDENTIAL_REQUIRED
    report = replace(
        found,
        checks=tuple(made.values()),
        required=tuple(name for name in asked if name not in _OF_THE_REGISTER),
    )
    return PublishedAnswer(
        report=report,
        credential=stated,
        as_of=standing.as_of if isinstance(standing, ListedStatus) else None,
    )


def _stated(data: bytes, issuer: KnownIssuer) -> dict[str, Any] | None:
    """Return the credential whose proof was found to hold."""
    try:
        if not credentials.looks_like_credential(data):
            return verify_credential(read_attachment(data), issuer.public_base, issuer.keys())[0]
        if data.lstrip()[:1] == b"{":
            return verify_credential(data, issuer.public_base, issuer.keys())[0]
        return verify_jwt(data.decode("ascii").strip(), issuer.public_base, issuer.keys())[0]
    except CertifyError:
        return None


def _period(stated: dict[str, Any], now: datetime) -> Check:  # 11
    """Judge by what the issuer signed; both moments are RFC 3339 in UTC, as its schema asks."""
    first, last, today = str(stated["validFrom"]), str(stated["validUntil"]), iso(now)
    if today < first:
        return check("period", FAILED, "not-yet-valid", f"It is valid from {first[:10]}.")
    if today > last:
        return check("period", FAILED, "expired", f"It was valid until {last[:10]}.")
    return check("period", PASSED, reason=f"Valid from {first[:10]} until {last[:10]}.")


def _standing(found: ListedStatus | CannotTell) -> Check:  # 12
    if isinstance(found, CannotTell):
        return check("standing", INDETERMINATE, found.code, found.reason)
    if found.status is CertificateStatus.ACTIVE:
        return check("standing", PASSED, reason=f"By the status lists of {iso(found.as_of)}.")
    told = f"It is {found.status.value}, by the status list of {iso(found.as_of)}."
    return check("standing", FAILED, found.status.value, told)
