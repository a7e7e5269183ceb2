"""Private keys as encrypted files, the passphrase that opens them, and files that are written whole."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from certify.errors import CertifyError, KeysMissing, KeyStoreLocked


def encrypt(key: PrivateKeyTypes, passphrase: bytes) -> bytes:
    """Return a private key as encrypted PKCS#8, PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def load_key(directory: Path, key_id: str, passphrase: bytes) -> PrivateKeyTypes:
    """Open a private key.

    Raises:
        KeysMissing: It is not there.
        KeyStoreLocked: The passphrase does not open it, or others may read it.
    """
    path = directory / f"{key_id}.key"
    try:
        if path.stat().st_mode & 0o077:
            raise KeyStoreLocked("Others may read the private key.", where=str(path), fix=f"chmod 600 {path}")
        return load_pem_private_key(path.read_bytes(), passphrase)
    except OSError as error:
        raise KeysMissing(
            "The private key is missing.", where=str(path), fix="restore it from a backup"
        ) from error
    except (ValueError, TypeError) as error:  # TypeError: the key was never encrypted
        raise KeyStoreLocked(
            "The passphrase does not open this key.", where=str(path), fix="check CERTIFY_KEY_PASSPHRASE_FILE"
        ) from error


def read_passphrase(path: Path) -> bytes:
    """Return the passphrase.

    Raises:
        KeyStoreLocked: It cannot be read, is empty, or others may read it.
    """
    try:
        passphrase = path.read_bytes().strip()
        shared = path.stat().st_mode & 0o077
    except OSError as error:
        raise KeyStoreLocked(
            "The passphrase file cannot be read.",
            where=str(path),
            fix="put it back, or set CERTIFY_KEY_PASSPHRASE_FILE to where it is",
        ) from error
    if shared:
        raise KeyStoreLocked("Others may read the passphrase file.", where=str(path), fix=f"chmod 600 {path}")
    if not passphrase:
        raise KeyStoreLocked("The passphrase file is empty.", where=str(path), fix="restore it from a backup")
    return passphrase


def write_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file whole or not at all, even when the power fails; CertifyError where that cannot be done."""
    temporary = path.with_name(path.name + ".new")
    try:
        # A leftover may have another mode, or be a link to elsewhere: never write through it.
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
    except OSError as error:
        raise CertifyError(f"cannot be written: {error.strerror}.", where=str(path)) from error
