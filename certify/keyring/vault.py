"""Small secrets sealed at rest, with a key derived from the key store's passphrase."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from certify.errors import KeyStoreLocked
from certify.keyring.store import has_keys

_NONCE_BYTES = 12


class PassphraseVault:
    """Meets the port `Vault`. An installation has one secret to keep, the passphrase, and no second one.

    A first administrator may have to seal before there are keys: then the passphrase is made here, as `keys init`
    would make it. Where there are keys, a passphrase that is missing is a fault: another one would not open them.
    """

    def __init__(self, passphrase_file: Path, key_directory: Path) -> None:
        self._file = passphrase_file
        self._keys = key_directory

    def seal(self, plain: bytes, about: str) -> bytes:
        """See `certify.ports.signin.Vault`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._key(make=True)).encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """See `certify.ports.signin.Vault`."""
        try:
            return AESGCM(self._key()).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyStoreLocked(
                "A sealed secret cannot be opened: the passphrase is another one now.",
                fix="certify users reset-second-factor EMAIL",
            ) from error

    def _key(self, *, make: bool = False) -> bytes:
        if make and not has_keys(self._keys):
            with suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as stream:
                    stream.write(secrets.token_urlsafe(32).encode())
        try:
            passphrase = self._file.read_bytes().strip()
        except OSError:
            passphrase = b""
        if not passphrase:
            raise KeyStoreLocked(
                "The passphrase, by which secrets are sealed, cannot be read.",
                where=str(self._file),
                fix="check CERTIFY_KEY_PASSPHRASE_FILE",
            )
        return HKDF(SHA256(), 32, salt=None, info=b"certify sealed secrets 1").derive(passphrase)
