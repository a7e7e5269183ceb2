"""Status lists as files, for a plain file host: the path below the folder is the path of the address."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from certify.errors import CertifyError
from certify.status.lists import SignedList
from certify.status.published import status_list_url

_FOR_EVERYBODY = 0o644


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were written anew, and how many had these bytes already."""

    changed: int
    unchanged: int


def files_of(item: SignedList) -> Iterator[tuple[str, bytes]]:
    """Yield (path without a leading slash, bytes) of a list's files: the JSON, and the JWT beside it."""
    path = status_list_url("", item.purpose, item.number).removeprefix("/")
    yield path, item.json
    yield path.removesuffix(".json") + ".jwt", item.jwt


def write_files(lists: Iterable[SignedList], directory: Path) -> Written:
    """Write every list; each file is seen whole, old or new, never in part, and nothing else is touched.

    Raises:
        CertifyError: A file cannot be written; those before it are.
    """
    changed = unchanged = 0
    for item in lists:
        for name, content in files_of(item):
            path = directory / name
            try:
                if _holds(path, content):
                    unchanged += 1
                else:
                    _replace(path, content)
                    changed += 1
            except OSError as error:
                raise CertifyError(f"cannot be written: {error.strerror}.", where=str(path)) from error
    return Written(changed, unchanged)


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
