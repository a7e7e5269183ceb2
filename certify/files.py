"""Files written whole or not at all, for whoever reads the folder at the same time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from certify.errors import CertifyError

_FOR_EVERYBODY = 0o644


def write_whole(path: Path, content: bytes) -> bool:
    """Write a public file; return False where it held these bytes already and was left alone.

    A reader sees the old file or the new one, never a part.

    Raises:
        CertifyError: It cannot be written.
    """
    try:
        if _holds(path, content):
            return False
        _replace(path, content)
    except OSError as error:
        raise CertifyError(f"cannot be written: {error.strerror}.", where=str(path)) from error
    return True


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, so that two who write at once do not write into each other's file.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), _FOR_EVERYBODY)
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
