"""Files kept under the SHA-256 of their bytes, in a folder that only this system's user may read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from certify.errors import CertifyError, NotFound

_DIGEST = frozenset("0123456789abcdef")
_DIGEST_LENGTH = 64


@dataclass(frozen=True, slots=True)
class ContentFolder:
    """A folder of files named by their digest: the same bytes twice are one file, and none is ever overwritten."""

    folder: Path

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256 (64 lower-case hexadecimal digits).

        Raises:
            CertifyError: They cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        try:
            if not path.exists():
                _write(path, data)
        except OSError as error:
            raise CertifyError(f"cannot be written: {error.strerror}.", where=str(path)) from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes with this digest.

        Raises:
            NotFound: They are not there.
            CertifyError: What is there has another digest, or cannot be read: the disk is at fault.
        """
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound("This file is not kept here.") from error
        except OSError as error:
            raise CertifyError(f"cannot be read: {error.strerror}.", where=str(path)) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise CertifyError("is not what was kept under its digest.", where=str(path))
        return data

    def drop(self, digest: str) -> None:
        """Forget the bytes with this digest; nothing happens where they are not there.

        Raises:
            CertifyError: They cannot be removed.
        """
        path = self._path(digest)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CertifyError(f"cannot be removed: {error.strerror}.", where=str(path)) from error

    def _path(self, digest: str) -> Path:
        # It becomes a part of a path, so it is looked at whoever gives it.
        if len(digest) != _DIGEST_LENGTH or not set(digest) <= _DIGEST:
            raise NotFound("This is no digest of a file.")
        return self.folder / digest[:2] / digest


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Mode 0600; whoever writes the same bytes at the same time writes the same file.
    descriptor, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
