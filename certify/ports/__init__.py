"""What the services need from the outside, as protocols. Adapters in `db`, `pdf` and `keyring` meet them.

Every value that crosses a port is a frozen dataclass of the core; no row, session or key object does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from certify.archiving.model import ArchiveUpdate
from certify.certification.model import Application, CaseName, CertificationDecision
from certify.corrections.model import Correction, CorrectionState
from certify.framework.model import Framework
from certify.issuing.model import CertificateRow, FinishedCertificate, GrantedCase, TokenSignatures
from certify.organisations.model import Sight
from certify.paging import Asked, Part
from certify.ports.audit import Trail
from certify.ports.desk import Impartiality, Jobs
from certify.ports.holders import Holders, Shares
from certify.ports.idempotency import KeyedRequests
from certify.ports.mail import LetterTexts, Outbox
from certify.ports.organisations import Organisations
from certify.ports.people import Candidates, Cohorts, Users
from certify.ports.setup import Setup
from certify.ports.signin import AllTries, Factors, OneTimeSecrets, Passkeys, Providers, Tokens
from certify.ports.training import Batches, Completions, Documents, Drafts, EvidenceFiles, Uploads
from certify.publicity.model import PublicityEvent
from certify.status.model import CertificateStatus, ListedStatus, StatusEntry, StatusEvent, StatusVersion


class Frameworks(Protocol):
    """Published framework versions."""

    def publish(self, framework: Framework, document: bytes, at: datetime) -> bool:
        """Store a version with its canonical JSON document; return False where it is there already.

        Raises:
            FrameworkPublished: The version is there with another digest.
        """

    def get(self, framework_id: str, version: str) -> Framework:
        """Return one version, or raise NotFound."""

    def latest(self, framework_id: str) -> Framework:
        """Return the version published last, or raise NotFound."""

    def all(self) -> Sequence[tuple[str, str, datetime]]:
        """Return (framework id, version, published at) of all versions, oldest first."""


class Decisions(Protocol):
    """Append-only certification decisions."""

    def add(self, decision: CertificationDecision) -> None:
        """Append a decision with the completions it relies on.

        Raises:
            AlreadyDecided: The sequence number is taken.
            FourEyes: The database refuses: the decider trained or recorded a completion relied on.
        """

    def get(self, decision_id: str) -> CertificationDecision:
        """Return a decision, or raise NotFound."""

    def of_case(self, candidate_id: str, framework_id: str, role_id: str) -> Sequence[CertificationDecision]:
        """Return the decisions on one candidate and role, by sequence."""

    def of_candidate(self, candidate_id: str) -> Sequence[CertificationDecision]:
        """Return the decisions on one candidate, oldest first."""

    def cases(self, decision_ids: Sequence[str]) -> Sequence[GrantedCase]:
        """Return what the certificates of these decisions are drawn from, of those that have none, by one query."""

    def waiting(
        self,
        framework: Framework,
        on: date,
        sight: Sight,
        asked: Asked,
        *,
        role_id: str = "",
        only: Sequence[CaseName] | None = None,
    ) -> Part[CaseName]:
        """Return a part of the cases that wait for a decision, by the candidates' references and roles.

        Must agree with `certify.eligibility.rules` case by case; a property test holds it.

        Args:
            role_id: Only cases for this role or unit.
            only: Only cases among these.

        Raises:
            InvalidInput: The place to go on behind is none of this list's.
        """

    def granted_without_certificate(self) -> Sequence[str]:
        """Return ids of granted decisions whose certificate is not issued yet (none, or prepared), oldest first."""


class Applications(Protocol):
    """Units that candidates asked to be certified for."""

    def add(self, application: Application) -> None:
        """Append an application; the same candidate and unit again changes nothing."""

    def of_candidate(self, candidate_id: str) -> Sequence[Application]:
        """Return one candidate's applications, oldest first."""


class Corrections(Protocol):
    """Requests to correct a certificate or a name, each ruled on once."""

    def add(self, correction: Correction) -> None:
        """Store a request.

        Raises:
            Conflict: Another one for this certificate (or for this name) is open or was approved.
            NotFound: The candidate's certificate or a user does not exist.
        """

    def get(self, correction_id: str) -> Correction:
        """Return a request, or raise NotFound."""

    def rule(self, correction: Correction) -> None:
        """Store the ruling on an open request.

        Raises:
            Conflict: Somebody ruled on it first.
            FourEyes: The database refuses: who asked, or the holder, rules on it.
        """

    def by_decision(self, decision_id: str) -> Correction | None:
        """Return the correction that a decision approved."""

    def of_candidate(self, candidate_id: str) -> Sequence[Correction]:
        """Return a candidate's requests, oldest first."""

    def all(self) -> Sequence[Correction]:
        """Return every request, oldest first."""

    def part(
        self, sight: Sight, oneself: str | None, asked: Asked, state: CorrectionState | None = None
    ) -> Part[Correction]:
        """Return a part of the requests that somebody may look at, oldest first, or by ``open`` those that wait.

        Args:
            oneself: The candidate that they are.

        Raises:
            InvalidInput: The place to go on behind is none of this list's.
        """

    def count(self, sight: Sight, oneself: str | None, state: CorrectionState | None, most: int) -> int:
        """Return how many requests such a list has, counting no further than ``most``."""


class Certificates(Protocol):
    """The register of certificates and their status events."""

    def prepare(self, rows: Sequence[CertificateRow]) -> Sequence[CertificateRow]:
        """Store the intents, and return for each the row that its decision has now: it, or one that was there.

        Raises:
            Conflict: A status index, number or id is taken (draw again); nothing was stored.
        """

    def store(self, finished: Sequence[FinishedCertificate], at: datetime) -> frozenset[str]:
        """Turn prepared rows into issued ones with their bytes.

        Returns:
            Ids of those that it turned. The others were issued before, and stay as they are.
        """

    def get(self, certificate_id: str) -> CertificateRow:
        """Return a row, or raise NotFound."""

    def locked(self, certificate_id: str) -> CertificateRow:
        """Return a row that no other transaction changes until this one ends, or raise NotFound."""

    def by_id(self, certificate_id: str) -> CertificateRow | None:
        """Return a row, or None where there is none."""

    def by_decisions(self, decision_ids: Sequence[str]) -> Sequence[CertificateRow]:
        """Return the certificates of these decisions."""

    def by_decision(self, decision_id: str) -> CertificateRow | None:
        """Return the certificate of a decision."""

    def by_number(self, number: str) -> CertificateRow | None:
        """Return the certificate with this number."""

    def by_sha256(self, sha256: str) -> CertificateRow | None:
        """Return the certificate whose issued file has this SHA-256."""

    def of_candidate(self, candidate_id: str) -> Sequence[CertificateRow]:
        """Return a candidate's certificates, oldest first."""

    def all(self) -> Sequence[CertificateRow]:
        """Return every certificate, oldest first."""

    def part(
        self, framework_ids: Iterable[str], asked: Asked, status: ListedStatus | None = None
    ) -> Part[CertificateRow]:
        """Return a part of the certificates under frameworks: oldest first, by number, or by their holder's name.

        Raises:
            InvalidInput: The place to go on behind is none of this list's.
        """

    def count(
        self, framework_ids: Iterable[str], words: Sequence[str], status: ListedStatus | None, most: int
    ) -> int:
        """Return how many certificates such a list has, counting no further than ``most``."""

    def ending(self, first: date, last: date) -> Sequence[CertificateRow]:
        """Return the issued certificates whose validity ends within these days, oldest first."""

    def addresses(self) -> Sequence[str]:
        """Return the verification address of every issued certificate, oldest first."""

    def key_ids(self) -> frozenset[str]:
        """Return the ids of all keys that certificates name, prepared ones too: of signatures and credentials."""

    def pdf(self, certificate_id: str) -> bytes:
        """Return the issued bytes, or raise NotFound while there are none."""

    def updates(self, certificate_id: str) -> Sequence[ArchiveUpdate]:
        """Return what was added behind the issued bytes, by sequence."""

    def add_update(self, update: ArchiveUpdate) -> None:
        """Append an update; Conflict where its sequence number is taken, NotFound where nothing is issued."""

    def to_archive(self, renew_before: datetime, *, with_evidence: bool) -> Sequence[str]:
        """Return ids of issued certificates that need a timestamp, oldest first.

        Args:
            renew_before: Archive timestamps whose authority's certificate ends before this need another.
            with_evidence: Whether each needs an archive timestamp (B-LTA), or only a proven time (B-T).
        """

    def tokens(self, certificate_id: str) -> TokenSignatures | None:
        """Return the signatures of the credential as a JWT; None where it was never asked for."""

    def keep_tokens(self, certificate_id: str, signatures: TokenSignatures) -> None:
        """Keep the signatures of the credential as a JWT; what was kept before stays."""

    def without_tokens(self) -> Sequence[str]:
        """Return ids of issued certificates whose credential was never signed as a JWT, oldest first."""

    def events(self, certificate_id: str) -> Sequence[StatusEvent]:
        """Return the status events of one certificate, by sequence."""

    def events_of(self, certificate_ids: Iterable[str]) -> Mapping[str, Sequence[StatusEvent]]:
        """Return the status events of each of these certificates, by one query."""

    def add_event(self, event: StatusEvent) -> None:
        """Append an event; StatusTransition where its sequence number is taken, NotFound where nothing is issued."""


class StatusLists(Protocol):
    """Places in the status lists, and what stands at each."""

    def reserve(self, count: int) -> Sequence[StatusEntry]:
        """Reserve random places that nobody has or ever had; they are spent even if no certificate takes them.

        Reservations stand in a queue until the transaction ends: reserve first in it, before anything else
        is locked, and best in a short transaction of its own.

        Raises:
            Conflict: So many draws in a row were taken that something is wrong with the lists.
        """

    def version(self) -> StatusVersion:
        """Return the version of all status together; costs one row."""

    def last(self) -> int:
        """Return the number of the list opened last; list 1 is always open."""

    def standing(self, list_number: int) -> Sequence[tuple[int, CertificateStatus]]:
        """Return (index, what stands) of each certificate of a list that ever had an event, by one query.

        Whoever erases a person's data leaves the certificate's row and its events, so the bit stays.
        """


class Publicity(Protocol):
    """What holders made public of their certificates."""

    def add(self, event: PublicityEvent) -> None:
        """Append a step; Conflict where its sequence number is taken."""

    def last(self, certificate_id: str) -> PublicityEvent | None:
        """Return the step that counts; None while there is none."""

    def history(self, certificate_id: str) -> Sequence[PublicityEvent]:
        """Return all steps, the oldest first."""

    def public_ids(self) -> Sequence[str]:
        """Return the ids of all certificates that are public, sorted."""


class UnitOfWork(Protocol):
    """One transaction's view of the database."""

    @property
    def organisations(self) -> Organisations: ...
    @property
    def users(self) -> Users: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def tries(self) -> AllTries: ...
    @property
    def factors(self) -> Factors: ...
    @property
    def passkeys(self) -> Passkeys: ...
    @property
    def one_time_secrets(self) -> OneTimeSecrets: ...
    @property
    def providers(self) -> Providers: ...
    @property
    def candidates(self) -> Candidates: ...
    @property
    def cohorts(self) -> Cohorts: ...
    @property
    def frameworks(self) -> Frameworks: ...
    @property
    def completions(self) -> Completions: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def applications(self) -> Applications: ...
    @property
    def corrections(self) -> Corrections: ...
    @property
    def certificates(self) -> Certificates: ...
    @property
    def status_lists(self) -> StatusLists: ...
    @property
    def publicity(self) -> Publicity: ...
    @property
    def keyed_requests(self) -> KeyedRequests: ...
    @property
    def trail(self) -> Trail: ...
    @property
    def setup(self) -> Setup: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def letter_texts(self) -> LetterTexts: ...
    @property
    def impartiality(self) -> Impartiality: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def shares(self) -> Shares: ...
    @property
    def holders(self) -> Holders: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def evidence_files(self) -> EvidenceFiles: ...
    @property
    def documents(self) -> Documents: ...


class Database(Protocol):
    """Where units of work come from."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """Open a consistent view that writes nothing."""

    def writing(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction: committed when the block ends well, rolled back when it raises."""
