"""The verifier: numbered checks on a file's bytes and on what the issuer's register says.

It trusts bytes, trust anchors and the register's answer, and imports no issuer, key store or database.
The checks run in this order, and each one that cannot be made says so:

    1 form        the file is a certificate with exactly one signature, and only timestamps were added later
    2 digest      the bytes are those that were signed
    3 signature   the signature is the signer's
    4 spelling    the signature is written as this system writes it, so that no byte can differ
    5 signer      the signer was certified by a trusted authority when it signed
    6 timestamps  every timestamp in the file is a trusted authority's, over this signature or file
    7 credential  it holds one credential for machines, which it names by its digest
    8 proof       the credential's own proof is the issuer's
    9 registered  the issuer's register knows these very bytes, as they were signed
   10 statements  the credential says what the register says
   11 period      today lies in the certificate's validity
   12 standing    it is neither suspended nor revoked

A credential by itself, as JSON or as a token, is checked from 7 on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certify.award.canonical import digest_of_halves
from certify.award.record import AwardRecord
from certify.clock import Clock, utc_day
from certify.credential.recognise import KnownIssuer
from certify.errors import DatabaseUnavailable, FileUnreadable, InvalidInput, NotFound, SelfCheckFailed
from certify.pades.algorithms import Use, algorithm_of, has_one_spelling, signature_holds
from certify.pades.cms import template
from certify.pades.read import SignatureFound, find_signature
from certify.status.model import CertificateStatus
from certify.verification import credentials
from certify.verification.checks import (
    CREDENTIAL_REQUIRED,
    FAILED,
    FILE_CHECKS,
    INDETERMINATE,
    PASSED,
    REQUIRED,
    check,
    outcome,
)
from certify.verification.credentials import CredentialRead
from certify.verification.memory import FileFound, Memory
from certify.verification.report import Check, RegisterEntry, Report, SignatureFacts
from certify.verification.timestamps import TimestampFindings, check_timestamps
from certify.verification.trust import CLOCK_SKEW, distrust, load_certificate, signer_seen

MAX_FILE_BYTES = 20_000_000
MAX_CREDENTIAL_FILE_BYTES = 1_500_000
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
    """What a file's bytes say: the checks on them, the SHA-256 of the signed revision, facts, and the credential."""

    checks: tuple[Check, ...]
    sha256: str
    facts: SignatureFacts | None
    credential: CredentialRead


class Verifier:
    """Verifies files and registered certificates.

    Args:
        anchors: The authorities to trust.
        register: The issuer's register; None verifies offline, and leaves open what only it can say.
        clock: Says what today is.
        timestamp_anchors: The timestamp authorities to trust; with none, timestamps cannot be judged.
        issuer: Whose credential keys to believe; with none, no credential's proof can be judged.
        memory: Remembers what was found of stored files; it must belong to these same authorities and keys.
    """

    def __init__(
        self,
        anchors: Sequence[x509.Certificate],
        register: Register | None,
        clock: Clock,
        timestamp_anchors: Sequence[x509.Certificate] = (),
        issuer: KnownIssuer | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._anchors = tuple(anchors)
        self._timestamp_anchors = tuple(timestamp_anchors)
        self._register = register
        self._clock = clock
        self._issuer = issuer
        self._memory = memory

    def verify_file(self, data: bytes, subject: str = "file") -> Report:
        """Verify a file somebody was given: a certificate, or a credential by itself."""
        if credentials.looks_like_credential(data[:MAX_CREDENTIAL_FILE_BYTES]):
            return self._verify_credential(data, subject)
        read = self._file_checks(data)
        entry, registered = self._ask_register(lambda register: register.entry_by_sha256(read.sha256))
        return self._report(subject, read, entry, self._judged(read, entry, registered))

    def _verify_credential(self, data: bytes, subject: str) -> Report:
        read = _Read((), "", None, credentials.alone(data))
        entry = None
        proof = credentials.proof(read.credential, self._issuer)
        if read.credential.stated is None or proof.outcome is FAILED:
            # What somebody else made must not be shown beside the record that it names.
            registered = check("registered", INDETERMINATE, "no-proof", "See checks 7 and 8.")
        else:
            certificate_id = str(read.credential.stated["certificateId"])
            entry, registered = self._ask_register(lambda register: register.entry(certificate_id))
        statements = credentials.statements(read.credential, entry)
        return self._report(subject, read, entry, (proof, registered, statements))

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
        known = self._remembered(data, entry)
        read = known or self._file_checks(data)
        if read.sha256 == entry.sha256:
            registered = check("registered", PASSED, reason=f"Number {entry.award.number}.")
        else:
            registered = check("registered", FAILED, "other-bytes", "The stored file is not the issued one.")
        judged = _all_as_registered(registered) if known else self._judged(read, entry, registered)
        return self._report(certificate_id, read, entry, judged)

    def _remembered(self, data: bytes, entry: RegisterEntry) -> _Read | None:
        """Return what was found of these bytes before, where that was good and of this award's credential."""
        if self._memory is None or not entry.credential_sha256:
            return None
        sha256, award = hashlib.sha256(data).hexdigest(), digest_of_halves(entry.award)
        found = self._memory.recall(sha256, entry.credential_sha256, award)
        if found is None:
            return None
        *checks, credential = found.checks
        return _Read(tuple(checks), found.revision_sha256, found.facts, CredentialRead(credential))

    def _file_checks(self, data: bytes) -> _Read:
        try:  # 1
            found = find_signature(_bounded(data))
        except FileUnreadable as error:
            unknown = [check(name, INDETERMINATE, "no-form", "See check 1.") for name in FILE_CHECKS[1:]]
            form = check("form", FAILED, "not-a-certificate", error.message)
            without = CredentialRead(check("credential", INDETERMINATE, "no-form", "See check 1."))
            return _Read((form, *unknown), hashlib.sha256(data).hexdigest(), None, without)
        form = outcome("form", "added-later", found.added, holds=not found.added)
        findings = check_timestamps(found, self._anchors, self._timestamp_anchors, self._clock())
        stamped = check("timestamps", findings.outcome, findings.code, findings.reason)
        checks = (form, *self._signature_checks(found), stamped)
        held = credentials.attached(data[: found.signed_length])
        read = _Read(checks, found.revision_sha256, _facts(checks, found, findings), held)
        if self._memory is not None:
            whole = len(data) == found.signed_length
            _remember(
                self._memory, found.revision_sha256 if whole else hashlib.sha256(data).hexdigest(), read
            )
        return read

    def _signature_checks(self, found: SignatureFound) -> list[Check]:
        cms = found.cms
        if found.digest == cms.message_digest:  # 2
            digest = check("digest", PASSED)
        else:
            digest = check("digest", FAILED, "changed", "The file was changed after it was signed.")
        try:
            signer = load_certificate(cms.signer)
            key = signer.public_key()
            algorithm = algorithm_of(key, Use.CERTIFICATE_SIGNING)
        except InvalidInput as error:
            unknown = [
                check(name, INDETERMINATE, "no-signer", "See check 3.") for name in ("spelling", "signer")
            ]
            return [digest, check("signature", FAILED, "algorithm-not-permitted", error.message), *unknown]
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
            outcome("signature", "forged", "The signature does not belong to the signer.", holds=holds),
            outcome("spelling", "altered", "The signature's packaging was altered.", holds=proper),
            outcome("signer", code, reason, holds=not code, seen=signer.subject.rfc4514_string()),
        ]

    def _anchor_bytes(self) -> list[bytes]:
        return [anchor.public_bytes(Encoding.DER) for anchor in self._anchors]

    def _ask_register(
        self, ask: Callable[[Register], RegisterEntry | None]
    ) -> tuple[RegisterEntry | None, Check]:
        if self._register is None:
            return None, check(
                "registered", INDETERMINATE, "offline", "The issuing body's register was not asked."
            )
        try:
            entry = ask(self._register)
        except DatabaseUnavailable:
            return None, check(
                "registered",
                INDETERMINATE,
                "register-unavailable",
                "The register does not answer; try again later.",
            )
        if entry is None:
            return None, check("registered", FAILED, "not-registered", "The register does not hold this.")
        return entry, check("registered", PASSED, reason=f"Number {entry.award.number}.")

    def _judged(self, read: _Read, entry: RegisterEntry | None, registered: Check) -> tuple[Check, ...]:
        if entry is not None and credentials.recognised(read.credential, entry.award, self._issuer):
            return _all_as_registered(registered)
        held = read.credential
        return credentials.proof(held, self._issuer), registered, credentials.statements(held, entry)

    def _report(
        self, subject: str, read: _Read, entry: RegisterEntry | None, judged: tuple[Check, ...]
    ) -> Report:
        if entry is None:
            reason = "Only the issuing body's register can say; it has not."
            rest = [check(name, INDETERMINATE, "no-entry", reason) for name in ("period", "standing")]
        else:
            rest = [self._period(entry.award), _standing(entry)]
        return Report(
            subject=subject,
            required=REQUIRED if read.checks else CREDENTIAL_REQUIRED,
            checks=(*read.checks, read.credential.check, *judged, *rest),
            award=entry.award if entry else None,
            status=entry.status if entry else None,
            signature=read.facts,
            renamed=entry.renamed if entry else False,
        )

    def _period(self, award: AwardRecord) -> Check:  # 11
        today = utc_day(self._clock())
        if today < award.valid_from:
            return check("period", FAILED, "not-yet-valid", f"It is valid from {award.valid_from}.")
        if today > award.valid_until:
            return check("period", FAILED, "expired", f"It was valid until {award.valid_until}.")
        return check("period", PASSED, reason=f"Valid from {award.valid_from} until {award.valid_until}.")


def _all_as_registered(registered: Check) -> tuple[Check, ...]:
    return check("proof", PASSED), registered, check("statements", PASSED)


def _remember(memory: Memory, sha256: str, read: _Read) -> None:
    checks = (*read.checks, read.credential.check)
    if read.facts is None or any(made.outcome is not PASSED for made in checks):
        return
    found = FileFound(
        revision_sha256=read.sha256,
        credential_sha256=hashlib.sha256(read.credential.data).hexdigest(),
        facts=read.facts,
        texts=tuple((made.id, made.reason) for made in checks),
    )
    memory.remember_file(sha256, found)


def _standing(entry: RegisterEntry) -> Check:  # 12
    status = entry.status
    if status.status is CertificateStatus.ACTIVE:
        return check("standing", PASSED)
    since = f" since {status.since.date()}" if status.since else ""
    why = f": {status.reason.value.replace('_', ' ')}" if status.reason else ""
    return check("standing", FAILED, status.status.value, f"It is {status.status.value}{since}{why}.")


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
    checks = tuple(check(name, INDETERMINATE, "register-unavailable", reason) for name in REQUIRED)
    return Report(subject=subject, required=REQUIRED, checks=checks)


def exit_status(report: Report) -> int:
    """Return what ``certify verify`` exits with for this report."""
    return EXIT_STATUS[report.verdict]


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
    for made in report.checks:
        if made.id in FILE_CHECKS and made.outcome is not PASSED:
            raise SelfCheckFailed(f"{made.title} did not hold: {made.reason}", where=f"check {made.number}")
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
