"""How values are said to people: the words of every enumeration, days, hours, and the verdict's sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from itertools import groupby

from babel.dates import format_date
from flask import Flask, g

from certify.award.record import AwardedCompetence
from certify.certification.model import DecisionOutcome
from certify.clock import utc_day
from certify.completions.model import CompletionOutcome
from certify.imports import RowResult
from certify.issuing.model import CertificateState
from certify.people.model import User, UserRole
from certify.status.model import CertificateStatus, StatusAction, StatusReason
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


def by_area(competences: Iterable[AwardedCompetence]) -> list[tuple[str, list[AwardedCompetence]]]:
    """Group an award's competences by area, in the award's order."""
    return [(area, list(items)) for area, items in groupby(competences, key=lambda item: item.area)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer in one sentence.

    Attributes:
        tone: ``good``, ``bad`` or ``unclear``: colour and icon, never alone.
    """

    tone: str
    sentence: str
    explanation: str


def verdict(report: Report) -> Verdict:
    """Say a report's verdict to somebody who has a paper in hand and half a minute."""
    if report.verdict is CheckOutcome.PASSED:
        return Verdict(
            tone="good",
            sentence="This certificate stands.",
            explanation="Every check below passed just now.",
        )
    if report.verdict is CheckOutcome.INDETERMINATE:
        open_checks = [
            c.reason for c in report.checks if c.outcome is CheckOutcome.INDETERMINATE and c.reason
        ]
        return Verdict(
            tone="unclear",
            sentence="We could not tell whether this certificate stands.",
            explanation=open_checks[0] if open_checks else "A check could not be made. Try again later.",
        )
    return Verdict(tone="bad", sentence=_refusal(report), explanation=_why(report))


def _refusal(report: Report) -> str:
    codes = {check.code for check in report.checks if check.outcome is CheckOutcome.FAILED}
    status = report.status
    if status and status.status is CertificateStatus.REVOKED:
        reason = word(status.reason).lower() if status.reason else "no reason given"
        return f"Do not rely on this certificate: revoked on {day(status.since)}, {reason}."
    if status and status.status is CertificateStatus.SUSPENDED:
        reason = word(status.reason).lower() if status.reason else "no reason given"
        return f"Do not rely on this certificate for now: suspended since {day(status.since)}, {reason}."
    if report.award and codes == {"expired"}:
        return f"Do not rely on this certificate: it expired on {day(report.award.valid_until)}."
    if report.award and codes == {"not-yet-valid"}:
        return f"Do not rely on this certificate yet: it is valid from {day(report.award.valid_from)}."
    if codes == {"not-a-certificate"} or "not-a-certificate" in codes:
        return "Do not rely on this file: it is not a certificate."
    return "Do not rely on this certificate."


def _why(report: Report) -> str:
    failed = [check for check in report.checks if check.outcome is CheckOutcome.FAILED]
    return failed[0].reason or failed[0].title if failed else ""


def signed_in() -> User | None:
    """Return the user of this request's navigation; always None on public pages."""
    return getattr(g, "user", None)


def install(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.filters.update(word=word, words_of=words_of, day=day, hours=hours, by_area=by_area)
    app.jinja_env.globals.update(
        signed_in=signed_in, rules=RULES, UserRole=UserRole, CheckOutcome=CheckOutcome
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
