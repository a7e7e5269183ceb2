"""The composition root of an installation: puts adapters behind the services' ports."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from threading import Event
from typing import Any

from certify.archiving.service import Archivist
from certify.checked.store import CheckedFiles
from certify.clock import Clock, system_clock, utc_day
from certify.content import ContentFolder
from certify.credential.model import PublishedKey
from certify.credential.press import CredentialPress
from certify.credential.recognise import KnownIssuer
from certify.db.engine import shown_address
from certify.db.unit_of_work import SqlDatabase
from certify.errors import KeyStoreLocked, SettingInvalid
from certify.issuing.credentials import Tokens
from certify.issuing.designs import ChosenDesigns
from certify.issuing.maker import CredentialDesk, Maker
from certify.issuing.register import Register
from certify.issuing.service import BATCH, Issuer
from certify.jobs.service import Worker
from certify.keyring.anchors import read_timestamp_anchors
from certify.keyring.authority import check_issuer
from certify.keyring.credentials import edition_of, open_credential_keys, published_keys
from certify.keyring.ring import KeyRing
from certify.keyring.states import KeyState, key_states
from certify.keyring.store import PdfSigner, anchors, init_keys, revocation_list
from certify.keyring.vault import PassphraseVault
from certify.mail.rewording import words_at
from certify.mail.service import Desk, Postman
from certify.oidc.wire import HttpProviderWire
from certify.pdf.design import Designs
from certify.pdf.press import CertificatePress
from certify.ports.making import Press, Signer
from certify.sandbox.picture import first_page
from certify.sandbox.reader import Bounds, SandboxReader
from certify.settings import Settings
from certify.smtp.carrier import SmtpCarrier
from certify.statement.keylist import key_list
from certify.status.publisher import StatusLists
from certify.timestamps.authority import TimestampAuthority
from certify.timestamps.evidence import EvidenceCollector, end_of
from certify.verification.fresh import FreshFiles
from certify.verification.memory import Memory, RememberingIssuer, Trusted
from certify.verification.service import FileVerifier
from certify.verification.trust import Anchors
from certify.verification.verifier import Verifier, self_check


@dataclass(frozen=True)
class Services:
    """An installation, put together. Keys are opened when first needed: verifying needs no passphrase."""

    settings: Settings
    database: SqlDatabase
    clock: Clock

    @cached_property
    def evidence(self) -> ContentFolder:
        """Evidence of training, by its content."""
        return ContentFolder(self.settings.file_directory / "evidence")

    @cached_property
    def documents(self) -> ContentFolder:
        """Documents of prior qualifications, by their content."""
        return ContentFolder(self.settings.file_directory / "documents")

    @cached_property
    def draw(self) -> Callable[[bytes], bytes]:
        """Draws a stranger's file where it can do no harm."""
        return SandboxReader(self._inspection_bounds).picture

    @property
    def _inspection_bounds(self) -> Bounds:
        return Bounds(seconds=self.settings.inspection_seconds, megabytes=self.settings.inspection_megabytes)

    @cached_property
    def waiting_files(self) -> ContentFolder:
        """Files that wait to be imported, by their content."""
        return ContentFolder(self.settings.file_directory / "waiting")

    @cached_property
    def register(self) -> Register:
        """What verifiers may ask."""
        return Register(self.database)

    @cached_property
    def verifier(self) -> Verifier:
        """Trusts this installation's own authority and timestamp authorities, and asks its register."""
        return Verifier(
            *(self.anchors, self.register, self.clock, self.timestamp_anchors, self.known_issuer, self.memory)
        )

    @cached_property
    def memory(self) -> Memory:
        """What this installation's processes have found of files."""
        return Memory(self.checked_files)

    @cached_property
    def checked_files(self) -> CheckedFiles:
        """Where they remember it; without the key store's passphrase, each for itself."""
        settings = self.settings
        try:
            secret = settings.key_passphrase_file.read_bytes().strip()
        except OSError:
            secret = b""
        trusted = Trusted(
            settings.public_base,
            (*self.anchors, *self.timestamp_anchors),
            len(self.anchors),
            self.published_keys,
        )
        return CheckedFiles(settings.checked_file, secret, trusted)

    @property
    def database_address(self) -> str:
        """The database's address without its password, to be shown."""
        return shown_address(self.settings.database_url)

    @cached_property
    def anchors(self) -> Anchors:
        """The authorities of this installation, which its certificates chain to."""
        return anchors(self.settings.key_directory)

    @cached_property
    def timestamp_anchors(self) -> Anchors:
        """The timestamp authorities to trust: none where the file of the default name is not there."""
        path = self.settings.timestamp_anchors
        return (
            [] if path == Settings().timestamp_anchors and not path.exists() else read_timestamp_anchors(path)
        )

    @cached_property
    def timestamp_authority(self) -> TimestampAuthority:
        """Where timestamps come from.

        Raises:
            SettingInvalid: None is set, or it is not told whom to trust.
        """
        settings = self.settings
        if not settings.timestamp_url:
            raise SettingInvalid("No timestamp authority is set.", where="CERTIFY_TIMESTAMP_URL")
        return TimestampAuthority(
            settings.timestamp_url,
            read_timestamp_anchors(settings.timestamp_anchors),
            self.clock,
            settings.timestamp_wait_seconds,
        )

    def archivist(self) -> Archivist:
        """Adds archive timestamps; one for each run, so that it fetches fresh evidence."""
        settings = self.settings
        directory, passphrase_file = settings.key_directory, settings.key_passphrase_file
        evidence = EvidenceCollector(
            self.anchors,
            self.timestamp_anchors,
            lambda authority: revocation_list(directory, passphrase_file, self.clock, authority),
            self.clock,
            settings.timestamp_wait_seconds,
        )
        return Archivist(
            self.database,
            self.timestamp_authority,
            evidence if settings.pades_level == "B-LTA" else None,
            end_of,
            self.self_check,
            self.clock,
        )

    def self_check(self, pdf: bytes) -> datetime | None:
        """Refuse bytes that do not verify; see `certify.verification.verifier.self_check`."""
        return self_check(pdf, self.anchors, self.clock, self.timestamp_anchors)

    @cached_property
    def tokens(self) -> Tokens:
        """The credentials of issued certificates as JWTs."""
        return Tokens(self.database, self.keys.credential_keys)

    @cached_property
    def designs(self) -> Designs:
        """The certificate designs that awards may name."""
        path = self.settings.template_directory
        return Designs(None if path == Settings().template_directory and not path.exists() else path)

    @cached_property
    def chosen_designs(self) -> ChosenDesigns:
        """Those of new certificates.

        Raises:
            SettingInvalid: Two are chosen for the same certificates.
            DesignInvalid: One is not there, or cannot be used.
        """
        return ChosenDesigns(
            self.settings.designs, lambda design_id, version: self.designs.get(design_id, version).kind
        )

    def picture(self, pdf: bytes) -> bytes:
        """Return the first page of a file of our own making as PNG."""
        return first_page(pdf)

    def check_issuer(self, organisation: str, country: str) -> None:
        """Raise InvalidInput for what cannot stand in an X.509 certificate, before there are keys."""
        check_issuer(organisation, country)

    def make_keys(self, organisation: str, country: str) -> None:
        """Make the certification authority with its signing and credential keys; keys that exist stay.

        Raises:
            InvalidInput: A name cannot stand in an X.509 certificate.
            Conflict: There are private keys without an index.
        """
        directory, passphrase_file = self.settings.key_directory, self.settings.key_passphrase_file
        init_keys(directory, passphrase_file, self.clock, organisation=organisation, country=country)
        open_credential_keys(directory, passphrase_file, self.clock)

    def key_states(self) -> tuple[KeyState, ...]:
        """Return every key with its outlook; needs no passphrase.

        Raises:
            KeysMissing: There is no key store.
        """
        return key_states(self.settings.key_directory, self.clock())

    @cached_property
    def file_verifier(self) -> FileVerifier:
        """Verifies files, and reads those that are no certificate as issued where they can do no harm."""
        reader = SandboxReader(self._inspection_bounds)
        return FileVerifier(self.verifier, self.register, reader, self.designs.written_day)

    @cached_property
    def known_issuer(self) -> KnownIssuer:
        """This installation as verifiers know it: its address, and its published keys."""
        return RememberingIssuer(self.settings.public_base, self.published_keys, self.memory)

    @cached_property
    def keys(self) -> KeyRing:
        """This installation's private keys."""
        return KeyRing(self.settings.key_directory, self.settings.key_passphrase_file, self.clock)

    @cached_property
    def vault(self) -> PassphraseVault:
        """Seals second factors."""
        return PassphraseVault(self.settings.key_passphrase_file, self.settings.key_directory)

    @cached_property
    def provider_wire(self) -> HttpProviderWire:
        """Asks organisations' identity providers."""
        return HttpProviderWire()

    @cached_property
    def issuer(self) -> Issuer:
        """Signs with this installation's keys."""
        # pyHanko takes long to load, and most commands issue nothing.
        from certify.witness.validator import Witness  # noqa: PLC0415

        settings = self.settings
        stamp = None
        if settings.pades_level != "B-B":
            authority = self.timestamp_authority
            stamp = authority.stamp if settings.timestamp_policy == "refuse" else authority.stamp_or_nothing

        def signer_of(key_id: str | None) -> PdfSigner:
            signer = self.keys.signer(key_id)
            return signer.timestamped(stamp) if stamp else signer

        @lru_cache(maxsize=16)
        def press_of(contents_length: int) -> CertificatePress:
            return CertificatePress(contents_length, self.designs)

        def press(signer: Signer) -> Press:
            return press_of(signer.contents_length)

        @lru_cache(maxsize=16)
        def desk(key_ids: tuple[str, str]) -> CredentialDesk:
            keys = self.keys.credential_keys(key_ids)
            return CredentialDesk(
                key_ids=key_ids,
                press=CredentialPress(settings.public_base, keys),
                p256=next(key for key in self.published_keys() if key.id == keys.es256_key_id),
                sign_es256=keys.sign_es256,
                sign_eddsa=keys.sign_eddsa,
            )

        def desk_of(key_ids: tuple[str, str] | None) -> CredentialDesk:
            return desk(key_ids or self.keys.credential_keys().ids)

        fresh = FreshFiles(self.self_check, self.anchors, self.clock)
        witness = Witness(anchors(settings.key_directory), self.published_keys)
        maker = Maker(press, signer_of, desk_of, self.known_issuer, fresh.check, witness.examine)
        # A timestamp takes about a second: then nothing waits for others before it is stored.
        batch = 1 if stamp else BATCH
        return Issuer(self.database, maker, self.clock, settings.public_base, batch, self.chosen_designs)

    @cached_property
    def worker(self) -> Worker:
        """Does the work that waits in the background."""
        wait = self.settings.timestamp_wait_seconds if self.settings.timestamp_url else 0
        return Worker(self.database, lambda: self.issuer, self.clock, wait)

    @cached_property
    def bell(self) -> Event:
        """Rung where work was put on the list, so that a worker of this process need not look for it."""
        return Event()

    def statement_keys(self) -> dict[str, Any]:
        """What verifiers keep to check the codes on certificates without a network."""
        with self.database.reading() as unit:
            frameworks = [
                unit.frameworks.get(framework_id, version)
                for framework_id, version, _ in unit.frameworks.all()
            ]
        return key_list(self.settings.public_base, self.published_keys(), frameworks, utc_day(self.clock()))

    @property
    def sends_mail(self) -> bool:
        """Tell whether letters are sent at all: whether a mail server is set."""
        return bool(self.settings.smtp_url)

    @cached_property
    def mail_desk(self) -> Desk:
        """Writes letters."""
        settings = self.settings
        return Desk(
            base=settings.public_base,
            language=settings.mail_language,
            key=self.stop_key,
            own_words=lambda kind, language, at: words_at(self.database, kind, language, at),
        )

    def stop_key(self) -> bytes:
        """Return the key of the links that stop letters, derived one way from the key store's passphrase.

        Raises:
            KeyStoreLocked: The passphrase cannot be read.
        """
        try:
            passphrase = self.settings.key_passphrase_file.read_bytes().strip()
        except OSError as error:
            raise KeyStoreLocked(
                "The passphrase, from which the links in letters are derived, cannot be read.",
                where=str(self.settings.key_passphrase_file),
            ) from error
        return hmac.new(passphrase, b"certify links that stop letters 1", hashlib.sha256).digest()

    @property
    def mail_carrier(self) -> SmtpCarrier:
        """The way to the mail server.

        Raises:
            SettingInvalid: None is set.
        """
        settings = self.settings
        if not settings.smtp_url:
            raise SettingInvalid("No mail server is set.", where="CERTIFY_SMTP_URL", fix="see docs/mail.md")
        return SmtpCarrier(
            settings.smtp_url, settings.smtp_password_file, settings.mail_from, settings.smtp_wait_seconds
        )

    def postman(self) -> Postman:
        """Delivers letters."""
        return Postman(self.database, self.clock, self.mail_carrier, self.mail_desk)

    @cached_property
    def status_lists(self) -> StatusLists:
        """The signed lists of what was suspended and revoked."""
        good = timedelta(days=self.settings.status_list_days)
        return StatusLists(
            self.database, self.keys.credential_keys, self.clock, self.settings.public_base, good
        )

    @cached_property
    def published_keys(self) -> Callable[[], tuple[PublishedKey, ...]]:
        """Tells every key that ever signed credentials here; needs no passphrase."""
        directory = self.settings.key_directory

        @lru_cache(maxsize=1)
        def read(edition: object) -> tuple[PublishedKey, ...]:
            del edition  # another one after every change of the key store, so that a new key is seen
            return published_keys(directory)

        return lambda: read(edition_of(directory))


def build(settings: Settings, clock: Clock = system_clock) -> Services:
    """Put an installation together; the database must have been migrated (see `SqlDatabase.migrate`)."""
    database = SqlDatabase(settings.database_url, keeps_letters=bool(settings.smtp_url), clock=clock)
    return Services(settings=settings, database=database, clock=clock)
