"""Keys of one store, each opened once: opening is slow on purpose, because it derives a key from the passphrase."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

from certify.clock import Clock
from certify.keyring.credentials import CredentialKeys, edition_of, open_credential_keys
from certify.keyring.store import PdfSigner, open_signer

Opened = TypeVar("Opened", PdfSigner, CredentialKeys)
KeyIds = tuple[str, str]


class KeyRing:
    """Opens keys when they are first needed; threads may share it.

    The active keys are looked up again after every change of the store, so that a process that runs on
    signs nothing with a key that was retired meanwhile.
    """

    def __init__(self, directory: Path, passphrase_file: Path, clock: Clock) -> None:
        self._directory = directory
        self._passphrase_file = passphrase_file
        self._clock = clock
        self._lock = Lock()
        self._edition: tuple[int, int] | None = None
        self._active_signer: PdfSigner | None = None
        self._active_credentials: CredentialKeys | None = None
        self._signers: dict[str, PdfSigner] = {}
        self._credentials: dict[KeyIds, CredentialKeys] = {}

    def signer(self, key_id: str | None = None) -> PdfSigner:
        """Return the active signing key, or the one named; raises as `open_signer`."""
        with self._lock:
            self._look_again()
            if key_id is not None:
                return _kept(self._signers, key_id, lambda: self._open_signer(key_id))
            if self._active_signer is None:
                active = self._open_signer(None)
                self._active_signer = self._signers.setdefault(active.key_id, active)
            return self._active_signer

    def credential_keys(self, key_ids: KeyIds | None = None) -> CredentialKeys:
        """Return the active credential keys, or the two named; raises as `open_credential_keys`."""
        with self._lock:
            self._look_again()
            if key_ids is not None:
                return _kept(self._credentials, key_ids, lambda: self._open_credentials(key_ids))
            if self._active_credentials is None:
                active = self._open_credentials(None)
                self._active_credentials = self._credentials.setdefault(active.ids, active)
            return self._active_credentials

    def _look_again(self) -> None:
        edition = edition_of(self._directory)
        if edition != self._edition:
            self._edition, self._active_signer, self._active_credentials = edition, None, None

    def _open_signer(self, key_id: str | None) -> PdfSigner:
        return open_signer(self._directory, self._passphrase_file, key_id)

    def _open_credentials(self, key_ids: KeyIds | None) -> CredentialKeys:
        return open_credential_keys(self._directory, self._passphrase_file, self._clock, key_ids)


Name = TypeVar("Name", str, KeyIds)


def _kept(known: dict[Name, Opened], name: Name, open_: Callable[[], Opened]) -> Opened:
    if name not in known:
        known[name] = open_()
    return known[name]
