"""Status lists as files, for a plain file host: the path below the folder is the path of the address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from certify.files import write_whole
from certify.status.lists import SignedList
from certify.status.published import status_list_url


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
            if write_whole(directory / name, content):
                changed += 1
            else:
                unchanged += 1
    return Written(changed, unchanged)
