"""How values are said to people: the words of every enumeration, days, hours, and the verdict's sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from itertools import groupby

from babel import Locale
from babel.dates import format_date
from flask import Flask, g

from certify.award.record import AwardedCompetence
from certify.certification.model import DecisionOutcome
from certify.clock import utc_day
from certify.completions.model import CompletionOutcome
from certify.eligibility.model import Assessment, Met, RuleResult
from certify.imports import RowResult
from certify.issuing.model import CertificateState
from certify.people.model import User, UserRole
from certify.status.model import CertificateStatus, StandingStatus, StatusAction, StatusReason
from certify.verification.report import CheckOutcome, Report

WORDS: Mapping[Enum, str] = {
    CheckOutcome.PASSED: "Passed",
    CheckOutcome.FAILED: "Failed",
    CheckOutcome.INDETERMINATE: "Could not tell",
    CertificateStatus.ACTIVE: "In force",
    CertificateStatus.SUSPENDED: "Suspended",
    CertificateStatus.REVOKED: "Revoked",
    CertificateState.PREPARED: "Being issued",
    CertificateState.ISSUED: "Issued",
    StatusAction.SUSPEND: "Suspend",
    StatusAction.REINSTATE: "Reinstate",
    StatusAction.REVOKE: "Revoke",
    StatusReason.UNDER_INVESTIGATION: "Under investigation",
    StatusReason.SURVEILLANCE_OVERDUE: "Surveillance overdue",
    StatusReason.HOLDER_REQUEST: "At the holder's request",
    StatusReason.INVESTIGATION_CLOSED: "Investigation closed",
    StatusReason.CONDITION_MET: "Condition met",
    StatusReason.MISCONDUCT: "Misconduct",
    StatusReason.OBTAINED_BY_FRAUD: "Obtained by fraud",
    StatusReason.ISSUED_IN_ERROR: "Issued in error",
    StatusReason.REQUIREMENTS_NO_LONGER_MET: "Requirements no longer met",
    StatusReason.SUPERSEDED: "Superseded by another certificate",
    CompletionOutcome.PASSED: "Passed",
    CompletionOutcome.FAILED: "Failed",
    CompletionOutcome.WITHDRAWN: "Withdrawn",
    DecisionOutcome.GRANTED: "Granted",
    DecisionOutcome.REFUSED: "Refused",
    RowResult.RECORDED: "Recorded",
    RowResult.ALREADY_RECORDED: "Already recorded",
    RowResult.REFUSED: "Refused",
    UserRole.TRAINER: "Trainer",
    UserRole.CERTIFIER: "Certifier",
    UserRole.CANDIDATE: "Candidate",
    UserRole.ADMINISTRATOR: "Administrator",
}

RULES: Mapping[str, str] = {
    "admission": "Prior qualification",
    "competence-level": "Competence at its level",
    "completion-accepted": "Counts",
    "completion-outcome": "Does not count: not passed",
    "completion-date": "Does not count yet",
    "module-known": "Does not count: not in this framework version",
    "module-validity": "Does not count: the module was not valid on that day",
}


def word(value: Enum) -> str:
    """Return an enumeration's value in words."""
    return WORDS[value]


def words_of(values: Iterable[Enum]) -> str:
    """Return several values in words, sorted, with commas."""
    return ", ".join(sorted(word(value) for value in values))


def day(value: date | datetime | None) -> str:
    """Write a day as ``24 November 2026``; a moment by its UTC day; nothing as a dash."""
    if value is None:
        return "–"  # noqa: RUF001 - an en dash, on purpose
    return format_date(utc_day(value) if isinstance(value, datetime) else value, "d MMMM y", locale="en")


def hours(minutes: int) -> str:
    """Write minutes as hours: ``12 h``, ``7 h 30 min``."""
    whole, rest = divmod(minutes, 60)
    if not rest:
        return f"{whole} h"
    return f"{whole} h {rest} min" if whole else f"{rest} min"


def unmet_first(assessment: Assessment) -> list[RuleResult]:
    """Put what is missing before what is met: it is what its reader came for."""
    return sorted(assessment.results, key=lambda result: isinstance(result.outcome, Met))


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 module``, ``2 modules``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def country(code: str) -> str:
    """Return a country's English name; its ISO 3166 code where there is none."""
    name: str = Locale("en").territories.get(code, code)
    return name


def by_area(competences: Iterable[AwardedCompetence]) -> list[tuple[str, list[AwardedCompetence]]]:
    """Group an award's competences by area, in the award's order."""
    return [(area, list(items)) for area, items in groupby(competences, key=lambda item: item.area)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer in one sentence.

    Attributes:
        tone: ``good``, ``specimen``, ``bad`` or ``unclear``: colour and icon, never without the words.
        specimen: Whether a word apart has to say SPECIMEN, because the sentence does not.
    """

    tone: str
    sentence: str
    explanation: str
    specimen: bool = False


_WHICH_FAILED: tuple[tuple[str, str], ...] = (
    ("not-a-certificate", "Not a certificate: do not rely on this file."),
    ("added-later", "Added to after it was signed: do not rely on this file."),
    ("changed", "Changed after it was signed: do not rely on this file."),
    ("forged", "Forged: the signature does not belong to the signer."),
)
"""What decides the sentence where several checks failed, the plainest reason first."""


def verdict(report: Report) -> Verdict:
    """Say a report's verdict to somebody who has a paper in hand and half a minute."""
    specimen = report.award is not None and report.award.specimen
    if report.verdict is CheckOutcome.INDETERMINATE:
        return Verdict(
            tone="unclear",
            sentence="Cannot tell: this certificate could not be checked completely.",
            explanation=_first_reason(report, CheckOutcome.INDETERMINATE)
            or "A check could not be made. Try again later.",
            specimen=specimen,
        )
    if report.verdict is CheckOutcome.FAILED:
        sentence, explanation = _refusal(report)
        return Verdict(tone="bad", sentence=sentence, explanation=explanation, specimen=specimen)
    passed = f"All {len(report.checks)} checks below passed just now."
    if specimen:
        return Verdict(
            tone="specimen",
            sentence="SPECIMEN: it certifies nothing.",
            explanation="It was issued under an illustrative framework, to show what a certificate looks like. "
            f"As a specimen it is genuine. {passed}",
        )
    return Verdict(
        tone="good", sentence="Valid: this certificate is genuine and in force.", explanation=passed
    )


def _refusal(report: Report) -> tuple[str, str]:
    award, status = report.award, report.status
    codes = {check.code for check in report.checks if check.outcome is CheckOutcome.FAILED}
    if status and status.status is not CertificateStatus.ACTIVE:
        return _withdrawn(status)
    why = _first_reason(report, CheckOutcome.FAILED)
    if award and codes == {"expired"}:
        return (
            f"Expired: it was valid until {day(award.valid_until)}.",
            "Ask the holder whether it was renewed.",
        )
    if award and codes == {"not-yet-valid"}:
        return f"Not valid yet: it is valid from {day(award.valid_from)}.", ""
    if codes == {"not-registered"}:
        return (
            "Not the issued file: do not rely on it.",
            "Its signature holds, but the issuing body's register does not know this very file.",
        )
    for code, sentence in _WHICH_FAILED:
        if code in codes:
            return sentence, why
    return "Not valid: do not rely on this certificate.", why


def _withdrawn(status: StandingStatus) -> tuple[str, str]:
    reason = f" Reason: {word(status.reason).lower()}." if status.reason else ""
    if status.status is CertificateStatus.REVOKED:
        return (
            "Revoked: do not rely on this certificate.",
            f"The issuing body revoked it on {day(status.since)}, for good.{reason}",
        )
    return (
        "Suspended: do not rely on this certificate for now.",
        f"The issuing body suspended it on {day(status.since)}. It may be reinstated or revoked.{reason}",
    )


def _first_reason(report: Report, outcome: CheckOutcome) -> str:
    found = [check for check in report.checks if check.outcome is outcome]
    return found[0].reason or found[0].title if found else ""


def signed_in() -> User | None:
    """Return the user of this request's navigation; always None on public pages."""
    return getattr(g, "user", None)


def install(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.filters.update(
        word=word,
        words_of=words_of,
        day=day,
        hours=hours,
        by_area=by_area,
        country=country,
        counted=counted,
        unmet_first=unmet_first,
    )
    app.jinja_env.globals.update(
        signed_in=signed_in, rules=RULES, UserRole=UserRole, CheckOutcome=CheckOutcome
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
