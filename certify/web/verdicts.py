"""How a verification report is said to people: the verdict's sentence, and every check with what it means.

Everything is looked up by the report's stable codes, never by the core's English: a code that has no words
here is shown in that English, marked as such, and `tests/architecture/test_translations.py` fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certify.award.record import AwardRecord
from certify.status.public import PublicStatus
from certify.verification.answer import Answer, answer
from certify.verification.batch import Line
from certify.verification.report import Check, CheckOutcome, Report
from certify.web.i18n import N_, NP_, gettext, ngettext, say
from certify.web.present import day, word

LABELS: Mapping[Answer, str] = {
    Answer.VALID: NP_("answer", "Valid"),
    Answer.VALID_OLDER_NAME: NP_("answer", "Valid, under an older name"),
    Answer.SPECIMEN: NP_("answer", "Specimen"),
    Answer.SUSPENDED: NP_("answer", "Suspended"),
    Answer.REVOKED: NP_("answer", "Revoked"),
    Answer.SUPERSEDED: NP_("answer", "Superseded"),
    Answer.EXPIRED: NP_("answer", "Expired"),
    Answer.NOT_YET_VALID: NP_("answer", "Not valid yet"),
    Answer.NOT_GENUINE: NP_("answer", "Not genuine"),
    Answer.CANNOT_TELL: NP_("answer", "Cannot tell"),
}
"""Each answer in a word or two."""

TONES: Mapping[Answer, str] = {
    Answer.VALID: "good",
    Answer.VALID_OLDER_NAME: "good",
    Answer.SPECIMEN: "specimen",
    Answer.SUSPENDED: "paused",
    Answer.REVOKED: "revoked",
    Answer.SUPERSEDED: "replaced",
    Answer.EXPIRED: "expired",
    Answer.NOT_YET_VALID: "early",
    Answer.NOT_GENUINE: "bad",
    Answer.CANNOT_TELL: "unclear",
}
"""Each answer's colour and icon (certify.css, icons.html); the words are always there as well."""

CHECKS: Mapping[str, tuple[str, str]] = {
    "form": (
        N_("The file is a certificate with one signature, and nothing but timestamps came later."),
        N_(
            "It is a PDF with one signature that covers all of it. A page added or replaced later is found here."
        ),
    ),
    "digest": (
        N_("The file is exactly as it was signed."),
        N_("Its bytes are those that were signed; a single changed letter is found here."),
    ),
    "signature": (
        N_("The signature is the signer's."),
        N_("It was made with the signer's own key, which nobody else has."),
    ),
    "spelling": (
        N_("The signature is written in its one proper form."),
        N_("Nothing is hidden beside it, and no byte of it can be different."),
    ),
    "signer": (
        N_("The signer is certified by the issuing body's authority."),
        N_(
            "The issuing body's own certification authority vouched for the signer's key at the time of signing."
        ),
    ),
    "timestamps": (
        N_("Every timestamp in it is by a trusted timestamp authority."),
        N_("Somebody independent attests when it was signed. A certificate need not have a timestamp."),
    ),
    "credential": (
        N_("It holds one credential for machines, in the proper form."),
        N_("The same certificate as data, an Open Badge, lies in the file, and the file names it."),
    ),
    "proof": (
        N_("The credential's own proof is the issuing body's."),
        N_("It was signed with a key that the issuing body publishes, and nothing in it was changed."),
    ),
    "registered": (
        N_("The issuing body's register holds this certificate."),
        N_("The register knows this very file, so it was not made with a stolen key."),
    ),
    "statements": (
        N_("The credential says what the register says."),
        N_("Every fact in it, from the name to each competence, is the one that was certified."),
    ),
    "period": (
        N_("The certificate is within its period of validity."),
        N_("Today lies between its first and its last day."),
    ),
    "standing": (
        N_("The certificate is neither suspended nor revoked."),
        N_("The issuing body has not withdrawn it, for a time or for good."),
    ),
}
"""Each check's title, true when it passes, and what it means."""

REASONS: Mapping[str, str] = {
    "not-a-certificate": N_("This is not a certificate in the form in which it was issued."),
    "added-later": N_("Something was added to the file after it was signed."),
    "changed": N_("The file was changed after it was signed."),
    "forged": N_("The signature does not belong to the signer."),
    "algorithm-not-permitted": N_("The signature uses an algorithm that is not permitted."),
    "altered": N_("The signature's packaging was altered."),
    "unknown-authority": N_("The signer was not certified by the issuing body's authority."),
    "outside-validity": N_("The signer's own certificate was not valid on the day of signing."),
    "wrong-key-usage": N_("The signer's key is not for signing documents."),
    "signed-in-future": N_("It claims to be signed on a day that is still to come."),
    "unknown-timestamp-authority": N_("A timestamp is not by a trusted timestamp authority."),
    "no-timestamp-authority": N_("It has a timestamp, and no timestamp authority is trusted here."),
    "timestamp-of-another": N_("A timestamp in it belongs to something else."),
    "timestamp-forged": N_("A timestamp's signature does not belong to its signer."),
    "timestamp-altered": N_("A timestamp carries a certificate that proves nothing."),
    "timestamp-key-usage": N_("A timestamp's key is not for timestamps."),
    "timestamp-outside-validity": N_("A timestamp authority's certificate was not valid when it stamped."),
    "timestamp-in-future": N_("A timestamp states a time that is still to come."),
    "timestamp-too-early": N_("A timestamp is older than what it stamps."),
    "timestamp-too-late": N_("The signer's certificate was not valid at the time that a timestamp proves."),
    "unknown-evidence": N_("Something was added with a timestamp that does not belong to it."),
    "not-registered": N_("The register does not hold this very file."),
    "other-bytes": N_("The stored file is not the one that was issued."),
    "offline": N_("The issuing body's register was not asked."),
    "register-unavailable": N_("The register does not answer; try again later."),
    "not-a-credential": N_("It holds no credential in the form in which it was issued."),
    "another-credential": N_("It holds a credential that belongs to another certificate."),
    "credential-forged": N_("The credential was changed, or the issuing body did not make it."),
    "other-statements": N_("The credential and the register do not say the same."),
    "no-issuer-keys": N_("The issuing body's credential keys are not known here."),
    "no-credential": N_("It could not be checked, because check 7 failed."),
    "no-proof": N_("It could not be checked, because check 7 or 8 failed."),
    "no-form": N_("It could not be checked, because check 1 failed."),
    "no-signer": N_("It could not be checked, because check 3 failed."),
    "no-entry": N_("Only the issuing body's register can say; it has not."),
}
"""Why a check did not pass, by its code. Those of dates and of status are said with their day."""

SAYS_MORE = frozenset(
    {
        "not-a-certificate",
        "not-a-credential",
        "credential-forged",
        "other-statements",
        "added-later",
        "algorithm-not-permitted",
        "outside-validity",
    }
)
"""Codes that stand for several findings; the core's own sentence, in English, tells which."""

_WHICH_FAILED: tuple[tuple[str, str], ...] = (
    ("not-a-certificate", N_("Not a certificate: do not rely on this file.")),
    ("added-later", N_("Added to after it was signed: do not rely on this file.")),
    ("changed", N_("Changed after it was signed: do not rely on this file.")),
    ("forged", N_("Forged: the signature does not belong to the signer.")),
    ("credential-forged", N_("Changed or forged: the issuing body did not make this credential.")),
)
"""What decides the sentence where several checks failed, the plainest reason first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer in one sentence.

    Attributes:
        answer: Stable code.
        tone: Colour and icon, never without the words.
        label: The answer in a word or two.
        specimen: Whether a word apart has to say SPECIMEN, because the sentence does not.
        successor: Id of the certificate that replaces this one, where the register names it.
    """

    answer: Answer
    tone: str
    label: str
    sentence: str
    explanation: str
    specimen: bool = False
    successor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSaid:
    """A check as a page shows it; ``detail`` is the core's English where the code alone says too little."""

    number: int
    id: str
    outcome: CheckOutcome
    title: str
    meaning: str
    reason: str
    detail: str
    title_in_english: bool


def verdict(report: Report) -> Verdict:
    """Say a report's verdict to somebody who has a paper in hand and half a minute."""
    found = answer(report)
    sentence, explanation = _sentence(report, found)
    return Verdict(
        answer=found,
        tone=TONES[found],
        label=say(LABELS[found]),
        sentence=sentence,
        explanation=explanation,
        successor=(report.status.superseded_by or "") if report.status is not None else "",
        specimen=found is not Answer.SPECIMEN and report.award is not None and report.award.specimen,
    )


def _sentence(report: Report, found: Answer) -> tuple[str, str]:
    if report.verdict is CheckOutcome.PASSED:
        return _passed(report, found)
    if found in {Answer.SUSPENDED, Answer.REVOKED, Answer.SUPERSEDED} and report.status is not None:
        return _withdrawn(report.status, found)
    if found is Answer.CANNOT_TELL:
        why = _first_reason(report, CheckOutcome.INDETERMINATE)
        sentence = gettext("Cannot tell now: this certificate could not be checked completely.")
        return sentence, why or gettext("A check could not be made. Try again later.")
    award = report.award
    if award is not None and found is Answer.EXPIRED:
        return (
            gettext("Expired: it was valid until %(day)s.", day=day(award.valid_until)),
            gettext("It is genuine. Ask the holder whether it was renewed."),
        )
    if award is not None and found is Answer.NOT_YET_VALID:
        return (
            gettext("Not valid yet: it is valid from %(day)s.", day=day(award.valid_from)),
            gettext("It is genuine, and its time has not begun."),
        )
    return _refusal(report)


def _passed(report: Report, found: Answer) -> tuple[str, str]:
    number = len(report.checks)
    passed = ngettext(
        "The one check below passed just now.", "All %(num)s checks below passed just now.", number
    )
    if found is Answer.SPECIMEN:
        shown = gettext(
            "It was issued under an illustrative framework, to show what a certificate looks like. "
            "As a specimen it is genuine."
        )
        return gettext("SPECIMEN: it certifies nothing."), f"{shown} {passed}"
    if found is Answer.VALID_OLDER_NAME:
        renamed = gettext(
            "The register has another name for its holder today. Ask for a document that shows both names."
        )
        said = gettext("Valid, under an older name: this certificate is genuine and in force.")
        return said, f"{renamed} {passed}"
    return gettext("Valid: this certificate is genuine and in force."), passed


def _refusal(report: Report) -> tuple[str, str]:
    codes = {check.code for check in report.checks if check.outcome is CheckOutcome.FAILED}
    if codes == {"not-registered"}:
        return (
            gettext("Not the issued file: do not rely on it."),
            gettext("Its signature holds, but the issuing body's register does not know this very file."),
        )
    why = _first_reason(report, CheckOutcome.FAILED)
    for code, sentence in _WHICH_FAILED:
        if code in codes:
            return say(sentence), why
    return gettext("Not valid: do not rely on this certificate."), why


def _withdrawn(status: PublicStatus, found: Answer) -> tuple[str, str]:
    when = day(status.since)
    if found is Answer.SUPERSEDED:
        return (
            gettext("Superseded on %(day)s: a newer certificate replaces this one.", day=when),
            gettext("Do not rely on this one. Ask the holder for the newer certificate."),
        )
    reason = gettext("Reason: %(reason)s.", reason=word(status.reason).lower()) if status.reason else ""
    if found is Answer.REVOKED:
        sentence = gettext("Revoked on %(day)s: do not rely on this certificate.", day=when)
        means = gettext("The issuing body withdrew it for good.")
    else:
        sentence = gettext("Suspended since %(day)s: do not rely on this certificate for now.", day=when)
        means = gettext("The issuing body may reinstate or revoke it.")
    return sentence, f"{means} {reason}".strip()


def _first_reason(report: Report, outcome: CheckOutcome) -> str:
    found = next((check for check in report.checks if check.outcome is outcome), None)
    if found is None:
        return ""
    said = said_check(found, report)
    return said.reason or said.title


def said_check(check: Check, report: Report) -> CheckSaid:
    """Say one check: what is checked, what that means, and what was found."""
    title, meaning = CHECKS.get(check.id, (check.title, ""))
    reason = _reason(check, report)
    return CheckSaid(
        number=check.number,
        id=check.id,
        outcome=check.outcome,
        title=say(title),
        meaning=say(meaning) if meaning else "",
        reason=reason,
        detail=check.reason if check.code in SAYS_MORE or (check.code and not reason) else "",
        title_in_english=check.id not in CHECKS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSaid:
    """The answer to one of many, in a word or two and, where it is not valid, in a sentence."""

    tone: str
    label: str
    sentence: str


def said_line(line: Line) -> LineSaid:
    """Say the answer to one of many."""
    if line.report is None:
        return LineSaid(
            tone="unclear",
            label=say(NP_("answer", "Not found")),
            sentence=gettext("The register holds no such certificate; perhaps it was mistyped."),
        )
    said = verdict(line.report)
    return LineSaid(
        tone=said.tone, label=said.label, sentence="" if said.answer is Answer.VALID else said.sentence
    )


def said_checks(report: Report) -> list[CheckSaid]:
    """Say every check of a report."""
    return [said_check(check, report) for check in report.checks]


def _reason(check: Check, report: Report) -> str:
    if check.code in REASONS:
        return say(REASONS[check.code])
    if check.id == "timestamps" and not check.code:
        return _stamped(report)
    if check.id == "standing" and report.status is not None and check.code:
        return _standing(report.status)
    found = (check.id, check.code)
    return _dated(report.award).get(found, "") if report.award is not None else ""


def _stamped(report: Report) -> str:
    if report.signature is None or report.signature.proven_at is None:
        return gettext("It carries none.")
    return gettext("It existed, signed, on %(day)s.", day=day(report.signature.proven_at))


def _dated(award: AwardRecord) -> Mapping[tuple[str, str], str]:
    """Say what was found of an award, by check and code; an empty code is a check that passed."""
    start, end = day(award.valid_from), day(award.valid_until)
    return {
        ("registered", ""): gettext("Number %(number)s.", number=award.number),
        ("period", ""): gettext("Valid from %(start)s until %(end)s.", start=start, end=end),
        ("period", "expired"): gettext("It was valid until %(day)s.", day=end),
        ("period", "not-yet-valid"): gettext("It is valid from %(day)s.", day=start),
    }


def _standing(status: PublicStatus) -> str:
    said = gettext("%(status)s since %(day)s.", status=word(status.status), day=day(status.since))
    if not status.reason:
        return said
    reason = gettext("Reason: %(reason)s.", reason=word(status.reason).lower())
    return f"{said} {reason}"
