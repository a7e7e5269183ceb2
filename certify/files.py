"""Files written whole or not at all, for whoever reads the folder at the same time, and folders held by one process."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certify.errors import CertifyError, Conflict

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


@contextmanager
def alone(directory: Path, *, wait: bool = True) -> Iterator[None]:
    """Keep every other process that asks for the same out of a folder; the lock ends with the process.

    Args:
        directory: Is there already.
        wait: Wait for whoever has it; otherwise raise.

    Raises:
        Conflict: Another process has it, and ``wait`` is false.
        CertifyError: It cannot be opened or locked.
    """
    with _locked(directory, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB)):
        yield


@contextmanager
def in_use(directory: Path) -> Iterator[None]:
    """Let no process have a folder `alone` while it is used here; others may use it at the same time.

    Raises:
        Conflict: Another process has it alone.
        CertifyError: It cannot be opened or locked.
    """
    with _locked(directory, fcntl.LOCK_SH | fcntl.LOCK_NB):
        yield


@contextmanager
def _locked(directory: Path, how: int) -> Iterator[None]:
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CertifyError(f"cannot be opened: {error.strerror}.", where=str(directory)) from error
    try:
        _lock(descriptor, directory, how)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path, how: int) -> None:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError as error:
        raise Conflict(
            "is in use by another process; nothing was done.",
            where=str(directory),
            fix="try again when that one has ended",
        ) from error
    except OSError as error:
        raise CertifyError(f"cannot be locked: {error.strerror}.", where=str(directory)) from error


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
