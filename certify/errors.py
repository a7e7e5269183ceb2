"""Every error that may cross a service boundary.

Raise for "could not do it"; return a value for "the answer is no". Each class carries a stable
``code``; `certify.web.problems` maps every code to an RFC 9457 problem document and a test walks the
subclasses, so an error without a mapping fails the build.
"""

from __future__ import annotations


class CertifyError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        code: Stable machine-readable code, unique per class.
        message: What is wrong, in one sentence for a person.
        where: The file, line, key path, field or record it is about; empty where that says nothing.
        fix: What to do about it; empty where there is nothing the reader can do.
    """

    code = "error"

    def __init__(self, message: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.fix})" if self.fix else text


class InvalidInput(CertifyError):
    """A value given by a person or a program does not have the form asked for."""

    code = "invalid-input"


class InvalidIdentifier(InvalidInput):
    """A text is not an identifier of this system."""

    code = "invalid-identifier"


class InvalidName(InvalidInput):
    """A holder's name cannot be printed or could mislead."""

    code = "invalid-name"


class NotFound(CertifyError):
    """No record has this identifier (or the asker may not know that one has)."""

    code = "not-found"


class Conflict(CertifyError):
    """The record changed, or exists already, in a way that forbids this action."""

    code = "conflict"


class NotPermitted(CertifyError):
    """The person is known, but this action is not theirs."""

    code = "not-permitted"


class NotAuthenticated(CertifyError):
    """The action needs a person or program that has signed in."""

    code = "not-authenticated"


class ProviderRefused(CertifyError):
    """An organisation's identity provider did not say who somebody is, or not in a way that is believed."""

    code = "provider-refused"


class NoAccountHere(CertifyError):
    """Somebody whom an organisation's identity provider knows has no account here."""

    code = "no-account-here"


class ProviderUnavailable(CertifyError):
    """An organisation's identity provider does not answer as it should."""

    code = "provider-unavailable"


class KeyReused(InvalidInput):
    """An idempotency key came with another request before."""

    code = "idempotency-key-reused"


class KeyBusy(Conflict):
    """The first request with this idempotency key is still running."""

    code = "idempotency-key-busy"


class AnswerLost(Conflict):
    """What an idempotency key was for is done, and its answer was lost in a crash."""

    code = "idempotency-answer-lost"


class SecondStepMissing(NotAuthenticated):
    """The first factor is shown and the second is not."""

    code = "second-step-missing"


class TooManyTries(CertifyError):
    """Signing in was tried too often without success; it works again after ``seconds``."""

    code = "too-many-tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many tries went wrong; the next one counts after a wait.", fix=f"wait {seconds} seconds"
        )
        self.seconds = seconds


class FrameworkInvalid(CertifyError):
    """A framework file breaks the format; ``problems`` holds every fault found, not only the first."""

    code = "framework-invalid"

    def __init__(
        self, message: str, *, problems: tuple[str, ...] = (), where: str = "", fix: str = ""
    ) -> None:
        super().__init__(message, where=where, fix=fix)
        self.problems = problems


class FrameworkPublished(Conflict):
    """A published framework version is immutable and the file differs from it."""

    code = "framework-published"


class CompletionConflict(Conflict):
    """The same completion was recorded before with other facts; it needs a correction, not a record."""

    code = "completion-conflict"


class FourEyes(NotPermitted):
    """The certifier trained, recorded or is the candidate of what they want to decide (ISO/IEC 17024, 4.3)."""

    code = "four-eyes"


class ConflictUndeclared(NotPermitted):
    """Whoever decides declares first whether they have a conflict of interest (ISO/IEC 17024, 4.3)."""

    code = "conflict-undeclared"


class CaseNotViewed(Conflict):
    """Several cases are decided at once only where each was opened as it is now."""

    code = "case-not-viewed"


class NotEligible(Conflict):
    """A certification cannot be granted while a rule is not met (ISO/IEC 17024, 9.4.3)."""

    code = "not-eligible"


class AlreadyDecided(Conflict):
    """Somebody decided this case first."""

    code = "already-decided"


class LintFailed(CertifyError):
    """A prepared award breaks a rule for certificates; nothing was signed."""

    code = "lint-failed"


class UnprintableName(LintFailed):
    """A name has a character that no shipped font can draw."""

    code = "unprintable-name"


class DesignInvalid(CertifyError):
    """A certificate design or its labels cannot be used; says which file and which key."""

    code = "design-invalid"


class SelfCheckFailed(CertifyError):
    """The bytes just made do not verify; they were not stored."""

    code = "self-check-failed"


class StatusTransition(Conflict):
    """A certificate in this status cannot take this step."""

    code = "status-transition"


class KeysMissing(CertifyError):
    """A key or the key store is not there, or damaged."""

    code = "keys-missing"


class KeyStoreLocked(CertifyError):
    """The key store's passphrase is missing or wrong."""

    code = "key-store-locked"


class TimestampUnavailable(CertifyError):
    """The timestamp authority gives no timestamp now; what needs one is not done, and can be done later."""

    code = "timestamp-unavailable"


class MailUnavailable(CertifyError):
    """The mail server does not take a letter now; it stays in the queue and is tried again."""

    code = "mail-unavailable"


class MailRefused(CertifyError):
    """The mail server will never take this letter."""

    code = "mail-refused"


class FileUnreadable(InvalidInput):
    """A file given to read is missing, too large, or not of the kind asked for."""

    code = "file-unreadable"


class CredentialNotPublic(CertifyError):
    """The holder has not made the signed credential public; the report about it is."""

    code = "credential-not-public"


class SettingInvalid(CertifyError):
    """A setting from the environment has no usable value."""

    code = "setting-invalid"


class DatabaseUnavailable(CertifyError):
    """The database does not answer, or its schema is not the one this version needs."""

    code = "database-unavailable"
