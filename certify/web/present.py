"""How values are said to people, in their language: the words of every enumeration, days, hours, countries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from itertools import groupby

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, current_app, g

from certify.audit.model import AuditAction
from certify.award.record import AwardedCompetence
from certify.certification.model import DecisionOutcome
from certify.clock import utc_day
from certify.completions.model import CompletionOutcome
from certify.eligibility.model import Assessment, Met, RuleResult
from certify.imports import RowResult
from certify.issuing.model import CertificateState
from certify.mail.model import LetterKind, LetterState
from certify.people.model import User, UserRole
from certify.signin.model import Scope
from certify.status.model import CertificateStatus, StatusAction, StatusReason
from certify.status.public import PublicReason
from certify.verification.report import CheckOutcome
from certify.web.i18n import N_, NP_, gettext, language, say

PUBLISHED = "PUBLISHED_ON"
"""Under this key `certify.web.publish` tells the application on which day its pages are written as files."""

WORDS: Mapping[Enum, str] = {
    CheckOutcome.PASSED: NP_("check", "Passed"),
    CheckOutcome.FAILED: NP_("check", "Failed"),
    CheckOutcome.INDETERMINATE: NP_("check", "Could not tell"),
    CertificateStatus.ACTIVE: NP_("status", "In force"),
    CertificateStatus.SUSPENDED: NP_("status", "Suspended"),
    CertificateStatus.REVOKED: NP_("status", "Revoked"),
    CertificateState.PREPARED: NP_("certificate", "Being issued"),
    CertificateState.ISSUED: NP_("certificate", "Issued"),
    StatusAction.SUSPEND: NP_("step", "Suspend"),
    StatusAction.REINSTATE: NP_("step", "Reinstate"),
    StatusAction.REVOKE: NP_("step", "Revoke"),
    StatusReason.UNDER_INVESTIGATION: NP_("reason", "Under investigation"),
    StatusReason.SURVEILLANCE_OVERDUE: NP_("reason", "Surveillance overdue"),
    StatusReason.HOLDER_REQUEST: NP_("reason", "At the holder's request"),
    StatusReason.INVESTIGATION_CLOSED: NP_("reason", "Investigation closed"),
    StatusReason.CONDITION_MET: NP_("reason", "Condition met"),
    StatusReason.MISCONDUCT: NP_("reason", "Misconduct"),
    StatusReason.OBTAINED_BY_FRAUD: NP_("reason", "Obtained by fraud"),
    StatusReason.ISSUED_IN_ERROR: NP_("reason", "Issued in error"),
    StatusReason.REQUIREMENTS_NO_LONGER_MET: NP_("reason", "Requirements no longer met"),
    StatusReason.SUPERSEDED: NP_("reason", "Superseded by another certificate"),
    PublicReason.UNDER_REVIEW: NP_("public reason", "Under review"),
    PublicReason.CONDITION_NOT_MET: NP_("public reason", "A condition for keeping it is not met"),
    PublicReason.RULES_NOT_KEPT: NP_("public reason", "The rules of the scheme were not kept"),
    PublicReason.ISSUED_IN_ERROR: NP_("public reason", "Issued in error"),
    PublicReason.HOLDER_REQUEST: NP_("public reason", "At the holder's request"),
    PublicReason.SUPERSEDED: NP_("public reason", "Replaced by another certificate"),
    CompletionOutcome.PASSED: NP_("completion", "Passed"),
    CompletionOutcome.FAILED: NP_("completion", "Failed"),
    CompletionOutcome.WITHDRAWN: NP_("completion", "Withdrawn"),
    DecisionOutcome.GRANTED: NP_("decision", "Granted"),
    DecisionOutcome.REFUSED: NP_("decision", "Refused"),
    RowResult.RECORDED: NP_("row", "Recorded"),
    RowResult.ALREADY_RECORDED: NP_("row", "Already recorded"),
    RowResult.REFUSED: NP_("row", "Refused"),
    AuditAction.DECISION_GRANTED: NP_("done", "Granted a certification"),
    AuditAction.DECISION_REFUSED: NP_("done", "Refused a certification"),
    AuditAction.CERTIFICATE_ISSUED: NP_("done", "A certificate was issued"),
    AuditAction.CERTIFICATE_SUSPENDED: NP_("done", "Suspended a certificate"),
    AuditAction.CERTIFICATE_REINSTATED: NP_("done", "Reinstated a certificate"),
    AuditAction.CERTIFICATE_REVOKED: NP_("done", "Revoked a certificate"),
    AuditAction.CORRECTION_REQUESTED: NP_("done", "Asked for a correction"),
    AuditAction.CORRECTION_APPROVED: NP_("done", "Approved a correction"),
    AuditAction.CORRECTION_REFUSED: NP_("done", "Refused a correction"),
    AuditAction.CORRECTION_WITHDRAWN: NP_("done", "Withdrew a request for a correction"),
    AuditAction.QUALIFICATION_ACCEPTED: NP_("done", "Accepted a prior qualification"),
    AuditAction.QUALIFICATION_REFUSED: NP_("done", "Did not accept a prior qualification"),
    AuditAction.UNIT_APPLIED_FOR: NP_("done", "Applied for a single competence"),
    AuditAction.CANDIDATE_REGISTERED: NP_("done", "Registered a candidate"),
    AuditAction.RECORD_CORRECTED: NP_("done", "Corrected a training record"),
    AuditAction.SIGNED_IN: NP_("done", "Signed in"),
    AuditAction.SIGN_IN_FAILED: NP_("done", "Could not sign in"),
    AuditAction.ACCOUNT_MADE: NP_("done", "Made an account"),
    AuditAction.ACCOUNT_CHANGED: NP_("done", "Changed an account"),
    AuditAction.ACCOUNT_SWITCHED_OFF: NP_("done", "Switched an account off"),
    AuditAction.ACCOUNT_CLOSED: NP_("done", "Closed their account"),
    AuditAction.PERSON_ERASED: NP_("done", "Erased a person who asked for it"),
    AuditAction.ACCOUNT_SWITCHED_ON: NP_("done", "Switched an account on"),
    AuditAction.SIGN_IN_LINK_SENT: NP_("done", "A link to sign in was sent"),
    AuditAction.PASSWORD_LINK_SENT: NP_("done", "A link to choose a password was sent"),
    AuditAction.PASSWORD_SET: NP_("done", "Set a password"),
    AuditAction.PROVIDER_SET: NP_("done", "Set an organisation's own sign-in"),
    AuditAction.PROVIDER_REMOVED: NP_("done", "Took an organisation's own sign-in away"),
    AuditAction.IDENTITY_LINKED: NP_("done", "Linked an account to the organisation's own sign-in"),
    AuditAction.IDENTITY_UNLINKED: NP_("done", "Took the link to the organisation's own sign-in away"),
    AuditAction.TOKEN_MADE: NP_("done", "Made a token for a program"),
    AuditAction.TOKEN_REVOKED: NP_("done", "Revoked a token"),
    AuditAction.SECOND_FACTOR_SET: NP_("done", "Set up a second factor"),
    AuditAction.SECOND_FACTOR_ENDED: NP_("done", "Ended a second factor"),
    AuditAction.RECOVERY_CODE_USED: NP_("done", "Used a recovery code"),
    AuditAction.RECOVERY_CODES_MADE: NP_("done", "Made new recovery codes"),
    AuditAction.PASSKEY_MADE: NP_("done", "Made a passkey"),
    AuditAction.PASSKEY_ENDED: NP_("done", "Removed a passkey"),
    AuditAction.COHORT_FORMED: NP_("done", "Formed a cohort"),
    AuditAction.COHORT_JOINED: NP_("done", "Added a candidate to a cohort"),
    AuditAction.SCHEME_PUBLISHED: NP_("done", "Published a scheme"),
    AuditAction.SCHEME_ASSIGNED: NP_("done", "Assigned a scheme to its certification body"),
    AuditAction.ORGANISATION_ADDED: NP_("done", "Added an organisation"),
    AuditAction.ORGANISATION_CHANGED: NP_("done", "Changed an organisation"),
    AuditAction.LETTERS_QUEUED: NP_("done", "Queued letters"),
    AuditAction.LETTER_RETRIED: NP_("done", "Let a letter be tried again"),
    AuditAction.LETTER_REWORDED: NP_("done", "Changed what a letter says"),
    AuditAction.DOCUMENT_BROUGHT: NP_("done", "Brought the document of a prior qualification"),
    AuditAction.DOCUMENT_TAKEN_BACK: NP_("done", "Took back the document of a prior qualification"),
    AuditAction.EXPORTED: NP_("done", "Exported data"),
    AuditAction.SET_UP: NP_("done", "Set up the installation"),
    LetterKind.ACCOUNT_MADE: NP_("letter", "An account was made"),
    LetterKind.INVITATION: NP_("letter", "An account was made, with a link to choose a password"),
    LetterKind.PASSWORD_LINK: NP_("letter", "A link to choose a password"),
    LetterKind.SIGN_IN_LINK: NP_("letter", "A link to sign in"),
    LetterKind.CERTIFICATE_ISSUED: NP_("letter", "A certificate was issued"),
    LetterKind.CERTIFICATE_ENDS: NP_("letter", "A certificate ends soon"),
    LetterKind.CORRECTION_APPROVED: NP_("letter", "A correction was approved"),
    LetterKind.CORRECTION_REFUSED: NP_("letter", "A correction was refused"),
    LetterKind.TRIAL: NP_("letter", "A trial letter"),
    LetterState.WAITING: NP_("letter state", "Waiting"),
    LetterState.SENT: NP_("letter state", "Sent"),
    LetterState.GIVEN_UP: NP_("letter state", "Given up"),
    LetterState.EXPIRED: NP_("letter state", "Too late to send"),
    LetterState.UNWANTED: NP_("letter state", "Stopped by its reader"),
    Scope.READ: NP_("scope", "Read"),
    Scope.RECORD: NP_("scope", "Record training"),
    Scope.CERTIFY: NP_("scope", "Decide on certification"),
    Scope.ADMINISTER: NP_("scope", "Administer"),
    UserRole.TRAINER: N_("Trainer"),
    UserRole.CERTIFIER: N_("Certifier"),
    UserRole.CANDIDATE: N_("Candidate"),
    UserRole.ADMINISTRATOR: N_("Administrator"),
}

RULES: Mapping[str, str] = {
    "admission": N_("Prior qualification"),
    "competence-level": N_("Competence at its level"),
    "completion-accepted": N_("Counts"),
    "completion-outcome": N_("Does not count: not passed"),
    "completion-date": N_("Does not count yet"),
    "module-known": N_("Does not count: not in this framework version"),
    "module-validity": N_("Does not count: the module was not valid on that day"),
}


def word(value: Enum) -> str:
    """Return an enumeration's value in words."""
    return say(WORDS[value])


def rule(name: str) -> str:
    """Return what a rule asks, in words."""
    return say(RULES[name])


def words_of(values: Iterable[Enum]) -> str:
    """Return several values in words, sorted, with commas."""
    return ", ".join(sorted(word(value) for value in values))


def day(value: date | datetime | None) -> str:
    """Write a day with its month in words, ``24 November 2026``; a moment by its UTC day; nothing as a dash."""
    if value is None:
        return "–"  # noqa: RUF001 - an en dash, on purpose
    return format_date(
        utc_day(value) if isinstance(value, datetime) else value, "long", locale=language().locale
    )


def day_of(moment_text: str) -> str:
    """Write the day of an RFC 3339 moment, as the key store keeps them."""
    return day(date.fromisoformat(moment_text[:10]))


def moment(value: datetime | None) -> str:
    """Write a moment, ``24 November 2026, 12:30 UTC``; nothing as a dash. The reader's own zone is not known."""
    if value is None:
        return "–"  # noqa: RUF001 - an en dash, on purpose
    said = format_datetime(value.astimezone(UTC), "d MMMM y, HH:mm", locale=language().locale)
    return f"{said} UTC"


def hours(minutes: int) -> str:
    """Write minutes as hours: ``12 h``, ``7 h 30 min``."""
    whole, rest = divmod(minutes, 60)
    if not rest:
        return gettext("%(hours)s h", hours=number(whole))
    if not whole:
        return gettext("%(minutes)s min", minutes=rest)
    return gettext("%(hours)s h %(minutes)s min", hours=number(whole), minutes=rest)


def number(value: int) -> str:
    """Write a count as the language groups its digits."""
    return format_decimal(value, locale=language().locale)


def unmet_first(assessment: Assessment) -> list[RuleResult]:
    """Put what is missing before what is met: it is what its reader came for."""
    return sorted(assessment.results, key=lambda result: isinstance(result.outcome, Met))


def country(code: str) -> str:
    """Return a country's name; its ISO 3166 code where there is none."""
    name: str = language().locale.territories.get(code, code)
    return name


def by_area(competences: Iterable[AwardedCompetence]) -> list[tuple[str, list[AwardedCompetence]]]:
    """Group an award's competences by area, in the award's order."""
    return [(area, list(items)) for area, items in groupby(competences, key=lambda item: item.area)]


def published() -> date | None:
    """Return the day on which this page is written as a static file; None on a page that a server answers."""
    found: date | None = current_app.config.get(PUBLISHED)
    return found


def signed_in() -> User | None:
    """Return the user of this request's navigation; None on public pages, and before the second step."""
    session = getattr(g, "session", None)
    return None if session is not None and session.pending else getattr(g, "user", None)


def install(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.filters.update(
        word=word,
        words_of=words_of,
        day=day,
        day_of=day_of,
        moment=moment,
        hours=hours,
        by_area=by_area,
        country=country,
        number=number,
        unmet_first=unmet_first,
    )
    app.jinja_env.globals.update(
        published=published, signed_in=signed_in, rule=rule, UserRole=UserRole, CheckOutcome=CheckOutcome
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
