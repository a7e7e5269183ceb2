"""The verifier: numbered checks on a file's bytes and on what the issuer's register says.

It trusts bytes, trust anchors and the register's answer, and imports no issuer, key store or database.
The checks run in this order, and each one that cannot be made says so:

    1 form        the file is a certificate with exactly one signature, and only timestamps were added later
    2 digest      the bytes are those that were signed
    3 signature   the signature is the signer's
    4 spelling    the signature is written as this system writes it, so that no byte can differ
    5 signer      the signer was certified by a trusted authority when it signed
    6 timestamps  every timestamp in the file is a trusted authority's, over this signature or file
    7 registered  the issuer's register knows these very bytes, as they were signed
    8 period      today lies in the certificate's validity
    9 standing    it is neither suspended nor revoked
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certify.award.record import AwardRecord
from certify.clock import Clock, utc_day
from certify.errors import DatabaseUnavailable, FileUnreadable, InvalidInput, NotFound, SelfCheckFailed
from certify.pades.algorithms import Use, algorithm_of, has_one_spelling, signature_holds
from certify.pades.cms import template
from certify.pades.read import SignatureFound, find_signature
from certify.status.model import CertificateStatus
from certify.verification.report import Check, CheckOutcome, RegisterEntry, Report, SignatureFacts
from certify.verification.timestamps import TimestampFindings, check_timestamps
from certify.verification.trust import CLOCK_SKEW, distrust, load_certificate, signer_seen

MAX_FILE_BYTES = 20_000_000
PASSED, FAILED, INDETERMINATE = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.INDETERMINATE
TITLES = {
    "form": "The file is a certificate with one signature, and nothing but timestamps came later.",
    "digest": "The file is exactly as it was signed.",
    "signature": "The signature is the signer's.",
    "spelling": "The signature is written in its one proper form.",
    "signer": "The signer is certified by the issuing body's authority.",
    "timestamps": "Every timestamp in it is by a timestamp authority that you trust.",
    "registered": "The issuing body's register holds this certificate.",
    "period": "The certificate is within its period of validity.",
    "standing": "The certificate is neither suspended nor revoked.",
}
REQUIRED = tuple(TITLES)
FILE_CHECKS = REQUIRED[:6]
"""The checks that need no register; a file just made must pass them all."""
NUMBERS = {name: number for number, name in enumerate(REQUIRED, start=1)}
EXIT_STATUS = {PASSED: 0, FAILED: 1, INDETERMINATE: 3}
"""What ``certify verify`` exits with; 2 is wrong usage."""


class Register(Protocol):
    """The issuer's register, as far as a verifier asks it."""

    def entry(self, certificate_id: str) -> RegisterEntry | None:
        """Return what is known of an issued certificate."""

    def entry_by_sha256(self, sha256: str) -> RegisterEntry | None:
        """Return what is known of the certificate whose file has this SHA-256."""

    def pdf(self, certificate_id: str) -> bytes:
        """Return the file as it is handed out: the issued bytes, and archive timestamps that were added."""


class _Read(NamedTuple):
    """What a file's bytes say: the checks on them, the SHA-256 of the signed revision, and facts."""

    checks: tuple[Check, ...]
    sha256: str
    facts: SignatureFacts | None


class Verifier:
    """Verifies files and registered certificates.

    Args:
        anchors: The authorities to trust.
        register: The issuer's register; None verifies offline, and leaves open what only it can say.
        clock: Says what today is.
        timestamp_anchors: The timestamp authorities to trust; with none, timestamps cannot be judged.
    """

    def __init__(
        self,
        anchors: Sequence[x509.Certificate],
        register: Register | None,
        clock: Clock,
        timestamp_anchors: Sequence[x509.Certificate] = (),
    ) -> None:
        self._anchors = tuple(anchors)
        self._timestamp_anchors = tuple(timestamp_anchors)
        self._register = register
        self._clock = clock

    def verify_file(self, data: bytes, subject: str = "file") -> Report:
        """Verify a file somebody was given."""
        read = self._file_checks(data)
        entry, registered = self._ask_register(read.sha256)
        return self._report(subject, [*read.checks, registered], entry, read.facts)

    def verify_certificate(self, certificate_id: str) -> Report:
        """Verify a registered certificate: its stored bytes, its period and what stands.

        Raises:
            NotFound: The register knows no issued certificate with this id.
        """
        if self._register is None:
            raise NotFound("There is no register to ask.", where="certificate")
        try:
            entry = self._register.entry(certificate_id)
            data = self._register.pdf(certificate_id) if entry else b""
        except DatabaseUnavailable:
            return _silent_register(certificate_id)
        if entry is None:
            raise NotFound("The register holds no certificate with this identifier.", where="certificate")
        read = self._file_checks(data)
        if read.sha256 == entry.sha256:
            registered = _check("registered", PASSED, reason=f"Number {entry.award.number}.")
        else:
            registered = _check("registered", FAILED, "other-bytes", "The stored file is not the issued one.")
        return self._report(certificate_id, [*read.checks, registered], entry, read.facts)

    def _file_checks(self, data: bytes) -> _Read:
        try:  # 1
            found = find_signature(_bounded(data))
        except FileUnreadable as error:
            unknown = [_check(name, INDETERMINATE, "no-form", "See check 1.") for name in FILE_CHECKS[1:]]
            form = _check("form", FAILED, "not-a-certificate", error.message)
            return _Read((form, *unknown), hashlib.sha256(data).hexdigest(), None)
        form = _outcome("form", "added-later", found.added, holds=not found.added)
        findings = check_timestamps(found, self._anchors, self._timestamp_anchors, self._clock())
        stamped = _check("timestamps", findings.outcome, findings.code, findings.reason)
        checks = (form, *self._signature_checks(found), stamped)
        return _Read(checks, found.revision_sha256, _facts(checks, found, findings))

    def _signature_checks(self, found: SignatureFound) -> list[Check]:
        cms = found.cms
        if found.digest == cms.message_digest:  # 2
            digest = _check("digest", PASSED)
        else:
            digest = _check("digest", FAILED, "changed", "The file was changed after it was signed.")
        try:
            signer = load_certificate(cms.signer)
            key = signer.public_key()
            algorithm = algorithm_of(key, Use.CERTIFICATE_SIGNING)
        except InvalidInput as error:
            unknown = [
                _check(name, INDETERMINATE, "no-signer", "See check 3.") for name in ("spelling", "signer")
            ]
            return [digest, _check("signature", FAILED, "algorithm-not-permitted", error.message), *unknown]
        holds = signature_holds(key, cms.signature, cms.signed_attributes)  # 3
        rebuilt = template(cms.signer, cms.others, algorithm)
        proper = (  # 4
            has_one_spelling(algorithm, cms.signature)
            and rebuilt.encode(cms.message_digest, cms.signature, cms.timestamp) == found.cms_bytes
            and list(cms.others) == [anchor for anchor in self._anchor_bytes() if anchor in cms.others]
            and len(cms.others) == 1
        )
        if found.claimed_at > self._clock() + CLOCK_SKEW:  # 5
            code, reason = (
                "signed-in-future",
                f"It claims to be signed on {found.claimed_at.date()}, still to come.",
            )
        else:
            code, reason = distrust(signer, self._anchors, found.claimed_at)
        return [
            digest,
            _outcome("signature", "forged", "The signature does not belong to the signer.", holds=holds),
            _outcome("spelling", "altered", "The signature's packaging was altered.", holds=proper),
            _outcome("signer", code, reason, holds=not code, seen=signer.subject.rfc4514_string()),
        ]

    def _anchor_bytes(self) -> list[bytes]:
        return [anchor.public_bytes(Encoding.DER) for anchor in self._anchors]

    def _ask_register(self, sha256: str) -> tuple[RegisterEntry | None, Check]:
        if self._register is None:
            return None, _check(
                "registered", INDETERMINATE, "offline", "The issuing body's register was not asked."
            )
        try:
            entry = self._register.entry_by_sha256(sha256)
        except DatabaseUnavailable:
            return None, _check(
                "registered",
                INDETERMINATE,
                "register-unavailable",
                "The register does not answer; try again later.",
            )
        if entry is None:
            return None, _check(
                "registered", FAILED, "not-registered", "The register does not hold this very file."
            )
        return entry, _check("registered", PASSED, reason=f"Number {entry.award.number}.")

    def _report(
        self,
        subject: str,
        checks: Sequence[Check],
        entry: RegisterEntry | None,
        facts: SignatureFacts | None,
    ) -> Report:
        if entry is None:
            reason = "Only the issuing body's register can say; it has not."
            rest = [_check(name, INDETERMINATE, "no-entry", reason) for name in ("period", "standing")]
        else:
            rest = [self._period(entry.award), _standing(entry)]
        return Report(
            subject=subject,
            required=REQUIRED,
            checks=(*checks, *rest),
            award=entry.award if entry else None,
            status=entry.status if entry else None,
            signature=facts,
            renamed=entry.renamed if entry else False,
        )

    def _period(self, award: AwardRecord) -> Check:  # 8
        today = utc_day(self._clock())
        if today < award.valid_from:
            return _check("period", FAILED, "not-yet-valid", f"It is valid from {award.valid_from}.")
        if today > award.valid_until:
            return _check("period", FAILED, "expired", f"It was valid until {award.valid_until}.")
        return _check("period", PASSED, reason=f"Valid from {award.valid_from} until {award.valid_until}.")


def _standing(entry: RegisterEntry) -> Check:  # 9
    status = entry.status
    if status.status is CertificateStatus.ACTIVE:
        return _check("standing", PASSED)
    since = f" since {status.since.date()}" if status.since else ""
    why = f": {status.reason.value.replace('_', ' ')}" if status.reason else ""
    return _check("standing", FAILED, status.status.value, f"It is {status.status.value}{since}{why}.")


def _facts(checks: Sequence[Check], found: SignatureFound, findings: TimestampFindings) -> SignatureFacts:
    passed = {check.id for check in checks if check.outcome is PASSED}
    return SignatureFacts(
        intact={"form", "digest"} <= passed,
        valid={"signature", "spelling"} <= passed,
        trusted="signer" in passed,
        level=findings.level,
        claimed_at=found.claimed_at,
        proven_at=findings.proven_at,
        signer=signer_seen(found.cms.signer),
    )


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise FileUnreadable("The file is far larger than any certificate.")
    return data


def _silent_register(subject: str) -> Report:
    reason = "The register does not answer; try again later."
    checks = tuple(_check(name, INDETERMINATE, "register-unavailable", reason) for name in REQUIRED)
    return Report(subject=subject, required=REQUIRED, checks=checks)


def exit_status(report: Report) -> int:
    """Return what ``certify verify`` exits with for this report."""
    return EXIT_STATUS[report.verdict]


def _outcome(name: str, code: str, reason: str, *, holds: bool, seen: str = "") -> Check:
    return _check(name, PASSED, reason=seen) if holds else _check(name, FAILED, code, reason)


def _check(name: str, outcome: CheckOutcome, code: str = "", reason: str = "") -> Check:
    return Check(number=NUMBERS[name], id=name, title=TITLES[name], outcome=outcome, code=code, reason=reason)


def self_check(
    data: bytes,
    anchors: Sequence[x509.Certificate],
    clock: Clock,
    timestamp_anchors: Sequence[x509.Certificate] = (),
) -> datetime | None:
    """Refuse bytes just made whose checks on the file itself do not all pass.

    Returns:
        When a timestamp in the file proves that its signature existed.

    Raises:
        SelfCheckFailed: Naming the check and its reason.
    """
    report = Verifier(anchors, None, clock, timestamp_anchors).verify_file(data)
    for check in report.checks:
        if check.id in FILE_CHECKS and check.outcome is not PASSED:
            raise SelfCheckFailed(
                f"{check.title} did not hold: {check.reason}", where=f"check {check.number}"
            )
    return report.signature.proven_at if report.signature else None


def read_limited(path: Path) -> bytes:
    """Read a file to verify, never more than 20 MB of it.

    Raises:
        FileUnreadable: Missing, not a file, empty, or too large.
    """
    try:
        if not path.is_file():  # a pipe could make us wait for ever
            raise FileUnreadable(
                "is not a file." if path.exists() else "There is no such file.", where=str(path)
            )
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        what = getattr(error, "strerror", None) or "the name is not one a file can have"
        raise FileUnreadable(f"cannot be read: {what}.", where=str(path)) from error
    if len(data) > MAX_FILE_BYTES:
        raise FileUnreadable(
            f"is larger than {MAX_FILE_BYTES // 1_000_000} MB; a certificate is far smaller.", where=str(path)
        )
    if not data:
        raise FileUnreadable("is empty.", where=str(path))
    return data
