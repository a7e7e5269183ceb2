"""Transactions: a consistent view for reading, and one that is committed whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from certify.clock import Clock, system_clock
from certify.db import schema
from certify.db.applications import SqlApplications
from certify.db.at_once import AtOnce
from certify.db.audit import SqlTrail
from certify.db.certificates import SqlCertificates
from certify.db.completions import SqlCompletions
from certify.db.corrections import SqlCorrections
from certify.db.decisions import SqlDecisions
from certify.db.documents import SqlDocuments
from certify.db.engine import WRITING, make_engine
from certify.db.factors import SqlFactors, SqlOneTimeSecrets, SqlPasskeys
from certify.db.faults import own_errors
from certify.db.frameworks import SqlFrameworks
from certify.db.holders import SqlHolders
from certify.db.impartiality import SqlImpartiality
from certify.db.jobs import SqlJobs
from certify.db.keyed_requests import SqlKeyedRequests
from certify.db.letter_texts import SqlLetterTexts
from certify.db.letters import SqlOutbox
from certify.db.organisations import SqlOrganisations
from certify.db.people import SqlCandidates, SqlCohorts, SqlUsers
from certify.db.providers import SqlProviders
from certify.db.publicity import SqlPublicity
from certify.db.setup_code import SqlSetup
from certify.db.shares import SqlShares
from certify.db.signin import SqlTokens, SqlTries
from certify.db.status_lists import SqlStatusLists
from certify.db.training import SqlBatches, SqlDrafts, SqlEvidenceFiles, SqlUploads
from certify.db.version import DataVersion


class SqlUnitOfWork:
    """One transaction's view of the database; meets the port `UnitOfWork`."""

    def __init__(
        self, connection: Connection, *, keeps_letters: bool = False, clock: Clock = system_clock
    ) -> None:
        self.organisations = SqlOrganisations(connection)
        self.users = SqlUsers(connection)
        self.tokens = SqlTokens(connection)
        self.tries = SqlTries(connection)
        self.factors = SqlFactors(connection)
        self.passkeys = SqlPasskeys(connection)
        self.providers = SqlProviders(connection)
        self.one_time_secrets = SqlOneTimeSecrets(connection)
        self.candidates = SqlCandidates(connection)
        self.cohorts = SqlCohorts(connection)
        self.frameworks = SqlFrameworks(connection)
        self.completions = SqlCompletions(connection)
        self.decisions = SqlDecisions(connection)
        self.applications = SqlApplications(connection)
        self.corrections = SqlCorrections(connection)
        self.certificates = SqlCertificates(connection)
        self.status_lists = SqlStatusLists(connection)
        self.publicity = SqlPublicity(connection)
        self.keyed_requests = SqlKeyedRequests(connection)
        self.trail = SqlTrail(connection, clock)
        self.setup = SqlSetup(connection)
        self.outbox = SqlOutbox(connection, is_open=keeps_letters)
        self.letter_texts = SqlLetterTexts(connection)
        self.impartiality = SqlImpartiality(connection)
        self.jobs = SqlJobs(connection)
        self.shares = SqlShares(connection)
        self.holders = SqlHolders(connection)
        self.batches = SqlBatches(connection)
        self.drafts = SqlDrafts(connection)
        self.uploads = SqlUploads(connection)
        self.evidence_files = SqlEvidenceFiles(connection)
        self.documents = SqlDocuments(connection)


class SqlDatabase:
    """The register on SQLite or PostgreSQL; meets the port `Database`. Threads may share it.

    Args:
        url: ``sqlite:///file`` or ``postgresql+psycopg://...``.
        keeps_letters: Whether letters are queued: only where a mail server is set, so that setting one later
            sends nothing old.
        clock: Says when an event of the audit trail is appended.
    """

    def __init__(self, url: str, *, keeps_letters: bool = False, clock: Clock = system_clock) -> None:
        self._keeps_letters = keeps_letters
        self._clock = clock
        engine = make_engine(url)
        self._engine: Engine = engine
        self._writer = engine.execution_options(**{WRITING: True})
        self._reader = engine
        self.version = DataVersion(engine)
        self.at_once = AtOnce(engine)
        if engine.dialect.name == "postgresql":
            self._reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @contextmanager
    def reading(self) -> Iterator[SqlUnitOfWork]:
        """Open a consistent view that writes nothing: what one query saw, the next one sees.

        Raises:
            DatabaseUnavailable: The database does not answer, or the block tried to write.
        """
        with own_errors(), self._reader.connect() as connection:
            yield SqlUnitOfWork(connection, keeps_letters=self._keeps_letters, clock=self._clock)

    @contextmanager
    def writing(self) -> Iterator[SqlUnitOfWork]:
        """Open a transaction, committed when the block ends well and rolled back when it raises.

        SQLite has one writer at a time, which the others wait for. PostgreSQL's writers wait for each other
        only over the same candidate, decision or certificate, whose row the repositories lock.

        Raises:
            DatabaseUnavailable: The database does not answer, or another writer took too long.
        """
        with own_errors(), self._writer.begin() as connection:
            yield SqlUnitOfWork(connection, keeps_letters=self._keeps_letters, clock=self._clock)

    def migrate(self) -> None:
        """Bring the schema to this version's; several processes may do it at once.

        Raises:
            DatabaseUnavailable: The database does not answer, or a newer version made its schema.
        """
        with own_errors(), self._writer.begin() as connection:
            schema.upgrade(connection)

    def check(self) -> None:
        """Raise DatabaseUnavailable unless the database answers and has this version's schema."""
        with own_errors(), self._reader.connect() as connection:
            schema.require_head(connection)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.version.close()
        self.at_once.close()
        self._engine.dispose()


def connect(url: str, *, keeps_letters: bool = False) -> SqlDatabase:
    """Return the register at ``url`` (``sqlite:///file`` or ``postgresql+psycopg://...``); nothing is opened yet.

    Raises:
        SettingInvalid: The address is of no such database.
    """
    return SqlDatabase(url, keeps_letters=keeps_letters)
