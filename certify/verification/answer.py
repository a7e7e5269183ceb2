"""The one answer that a report amounts to: what somebody with a certificate in hand wants to know."""

from __future__ import annotations

from enum import StrEnum

from certify.status.model import CertificateStatus
from certify.status.public import PublicReason
from certify.verification.report import CheckOutcome, Report


class Answer(StrEnum):
    """The answers, each with its own word, colour and icon on the page; the values are stable."""

    VALID = "valid"
    VALID_OLDER_NAME = "valid-older-name"
    SPECIMEN = "specimen"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    NOT_GENUINE = "not-genuine"
    CANNOT_TELL = "cannot-tell"


def answer(report: Report) -> Answer:
    """Return what a report amounts to.

    What the issuing body withdrew is told as that, whatever else failed: its reader needs no other reason.
    A date decides only where nothing else failed, so a forgery that claims to be expired is no expired
    certificate.
    """
    if report.verdict is CheckOutcome.INDETERMINATE:
        return Answer.CANNOT_TELL
    if report.verdict is CheckOutcome.PASSED:
        if report.award is not None and report.award.specimen:
            return Answer.SPECIMEN
        return Answer.VALID_OLDER_NAME if report.renamed else Answer.VALID
    status = report.status
    if status is not None and status.status is CertificateStatus.REVOKED:
        return Answer.SUPERSEDED if status.reason is PublicReason.SUPERSEDED else Answer.REVOKED
    if status is not None and status.status is CertificateStatus.SUSPENDED:
        return Answer.SUSPENDED
    failed = {check.code for check in report.checks if check.outcome is CheckOutcome.FAILED}
    by_date = {"expired": Answer.EXPIRED, "not-yet-valid": Answer.NOT_YET_VALID}
    return by_date[failed.pop()] if len(failed) == 1 and failed <= by_date.keys() else Answer.NOT_GENUINE
