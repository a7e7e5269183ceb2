"""The one composition root: puts adapters behind the services' ports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from certify.clock import Clock, system_clock
from certify.db.unit_of_work import SqlDatabase
from certify.issuing.register import Register
from certify.issuing.service import Issuer
from certify.keyring.store import PdfSigner, anchors, open_signer
from certify.pdf.labels import written_date
from certify.pdf.press import CertificatePress
from certify.ports import Press, Signer
from certify.sandbox.reader import Bounds, SandboxReader
from certify.settings import Settings
from certify.verification.service import FileVerifier
from certify.verification.verifier import Verifier, self_check


@dataclass(frozen=True)
class Services:
    """An installation, put together. Keys are opened when first needed: verifying needs no passphrase."""

    settings: Settings
    database: SqlDatabase
    clock: Clock

    @cached_property
    def register(self) -> Register:
        """What verifiers may ask."""
        return Register(self.database)

    @cached_property
    def verifier(self) -> Verifier:
        """Trusts this installation's own authority and asks its register."""
        return Verifier(anchors(self.settings.key_directory), self.register, self.clock)

    @cached_property
    def file_verifier(self) -> FileVerifier:
        """Verifies files, and reads those that are no certificate as issued where they can do no harm."""
        bounds = Bounds(
            seconds=self.settings.inspection_seconds, megabytes=self.settings.inspection_megabytes
        )
        return FileVerifier(self.verifier, self.register, SandboxReader(bounds), written_date)

    @cached_property
    def issuer(self) -> Issuer:
        """Signs with this installation's keys."""
        trusted = anchors(self.settings.key_directory)

        @lru_cache(maxsize=16)
        def signer_of(key_id: str | None) -> PdfSigner:
            return open_signer(self.settings.key_directory, self.settings.key_passphrase_file, key_id)

        @lru_cache(maxsize=16)
        def press_of(contents_length: int) -> CertificatePress:
            return CertificatePress(contents_length)

        def press(signer: Signer) -> Press:
            return press_of(signer.contents_length)

        return Issuer(
            self.database,
            press,
            signer_of,
            lambda pdf: self_check(pdf, trusted, self.clock),
            self.clock,
            self.settings.public_base,
        )


def build(settings: Settings, clock: Clock = system_clock) -> Services:
    """Put an installation together; the database must have been migrated (see `SqlDatabase.migrate`)."""
    return Services(settings=settings, database=SqlDatabase(settings.database_url), clock=clock)
