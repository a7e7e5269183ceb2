"""The numbered checks: their names, titles and order, and how one is written down."""

from __future__ import annotations

from certify.verification.report import Check, CheckOutcome

PASSED, FAILED, INDETERMINATE = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.INDETERMINATE
TITLES = {
    "form": "The file is a certificate with one signature, and nothing but timestamps came later.",
    "digest": "The file is exactly as it was signed.",
    "signature": "The signature is the signer's.",
    "spelling": "The signature is written in its one proper form.",
    "signer": "The signer is certified by the issuing body's authority.",
    "timestamps": "Every timestamp in it is by a timestamp authority that you trust.",
    "credential": "It holds one credential for machines, in the proper form.",
    "proof": "The credential's own proof is the issuing body's.",
    "registered": "The issuing body's register holds this certificate.",
    "statements": "The credential says what the register says.",
    "period": "The certificate is within its period of validity.",
    "standing": "The certificate is neither suspended nor revoked.",
}
REQUIRED = tuple(TITLES)
FILE_CHECKS = REQUIRED[:6]
"""The checks of the signed file itself, which need no register and no credential key."""
CREDENTIAL_REQUIRED = REQUIRED[6:]
"""The checks of a credential that is verified by itself, under the numbers that they have in a file."""
NUMBERS = {name: number for number, name in enumerate(REQUIRED, start=1)}


def check(name: str, outcome: CheckOutcome, code: str = "", reason: str = "") -> Check:
    """Return a check's outcome."""
    return Check(number=NUMBERS[name], id=name, title=TITLES[name], outcome=outcome, code=code, reason=reason)


def outcome(name: str, code: str, reason: str, *, holds: bool, seen: str = "") -> Check:
    """Return a check that passed or failed."""
    return check(name, PASSED, reason=seen) if holds else check(name, FAILED, code, reason)
