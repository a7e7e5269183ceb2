"""The demonstration's folder: made, recognised and cleared by this module alone.

A marker file lists everything that was made, before it is made. Clearing removes what the list names and
nothing else, so a file that somebody put there stays, and a folder without the marker is never touched.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from certify.errors import CertifyError, Conflict, FileUnreadable
from certify.files import alone
from certify.settings import Settings

MARKER = ".made-by-certify-demo"
ENVIRONMENT = "certify.env"
_FIRST_LINE = "certify demo made the files listed here and removes them when it runs again."


class DemoFolder:
    """A folder that the demonstration may write to."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def keys(self) -> Path:
        """Where the key store is."""
        return self.root / "keys"

    def settings(self, public_base: str) -> Settings:
        """Return settings under which everything stays in this folder."""
        return Settings(
            database_url=f"sqlite:///{self.root.resolve() / 'certify.db'}",
            public_base=public_base,
            key_directory=self.keys.resolve(),
            key_passphrase_file=self.keys.resolve() / "passphrase",
            file_directory=self.root.resolve() / "files",
            checked_file=self.root.resolve() / "checked.db",
            secure_cookies=False,
            require_second_factor=False,
        )

    def claim(self, *names: str) -> None:
        """Put files on the list of what the demonstration made; call it before they are made."""
        try:
            with (self.root / MARKER).open("a", encoding="utf-8") as stream:
                stream.writelines(f"{name}\n" for name in names)
        except OSError as error:
            raise _unwritable(self.root, error) from error

    def write(self, name: str, content: bytes, *, private: bool = False) -> Path:
        """Claim and write one file; ``private`` lets only its owner read it."""
        self.claim(name)
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600 if private else 0o644)
            path.write_bytes(content)
        except OSError as error:
            raise _unwritable(path, error) from error
        return path

    def write_environment(self, public_base: str) -> None:
        """Leave the settings where ``certify serve --demo`` and a shell find them."""
        chosen = self.settings(public_base)
        lines = (
            "# Settings of this demonstration. For other commands: set -a; . ./certify.env; set +a",
            f"CERTIFY_PUBLIC_BASE='{chosen.public_base}'",
            *(f"{name}={shlex.quote(value)}" for name, value in _paths(chosen).items()),
            "# Sign-in works over plain http here. Never copy this line to a real installation.",
            "CERTIFY_SECURE_COOKIES='no'",
            "# One password opens every role here, so that all can be tried. The same goes for this line.",
            "CERTIFY_REQUIRE_SECOND_FACTOR='no'",
        )
        self.write(ENVIRONMENT, "\n".join((*lines, "")).encode())


@contextmanager
def open_folder(root: Path) -> Iterator[DemoFolder]:
    """Give a folder to fill, new, empty, or cleared of an earlier demonstration; until the end no other one gets it.

    Raises:
        Conflict: It holds something and is no demonstration's folder, or another process is at work in it.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(root, error) from error
    with alone(root, wait=False):
        _begin(root)
        yield DemoFolder(root)


def _begin(root: Path) -> None:
    marker = root / MARKER
    try:
        if marker.is_file():
            _clear(root, marker)
        elif any(root.iterdir()):
            raise Conflict(
                "holds something that certify demo did not make; nothing was changed.",
                where=str(root),
                fix="give another folder with --into",
            )
        marker.write_text(_FIRST_LINE + "\n", encoding="utf-8")
    except OSError as error:
        raise _unwritable(root, error) from error
    except UnicodeDecodeError as error:
        raise Conflict(
            "is damaged; nothing was removed.", where=str(marker), fix="give another folder with --into"
        ) from error


def read_environment(root: Path) -> Mapping[str, str]:
    """Return the settings that a demonstration left in its folder, wherever the folder was moved to.

    Raises:
        FileUnreadable: There are none.
    """
    path = root / ENVIRONMENT
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(
            "is not there, or cannot be read.", where=str(path), fix=f"run: certify demo --into {root}"
        ) from error
    pairs = (line.partition("=") for line in text.splitlines() if line.startswith("CERTIFY_"))
    left = {name: value.strip("'") for name, _, value in pairs}
    return left | _paths(DemoFolder(root).settings(left.get("CERTIFY_PUBLIC_BASE", "")))


def _paths(chosen: Settings) -> dict[str, str]:
    return {
        "CERTIFY_DATABASE_URL": chosen.database_url,
        "CERTIFY_KEY_DIRECTORY": str(chosen.key_directory),
        "CERTIFY_FILE_DIRECTORY": str(chosen.file_directory),
        "CERTIFY_KEY_PASSPHRASE_FILE": str(chosen.key_passphrase_file),
        "CERTIFY_CHECKED_FILE": str(chosen.checked_file),
    }


def _clear(root: Path, marker: Path) -> None:
    listed = [line for line in marker.read_text("utf-8").splitlines()[1:] if line]
    folders: set[Path] = set()
    for name in listed:
        path = root / name
        inside = ".." not in PurePosixPath(name).parts and path.parent.resolve().is_relative_to(
            root.resolve()
        )
        if not inside:
            raise Conflict("lists something outside its folder; nothing was removed.", where=str(marker))
        if path.parent != root:
            folders.add(path.parent)
    for name in listed:
        (root / name).unlink(missing_ok=True)
    for folder in sorted(folders, reverse=True):
        # What somebody else put into a folder keeps the folder.
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _unwritable(path: Path, error: OSError) -> CertifyError:
    return CertifyError(f"cannot be written: {error.strerror}.", where=str(path))
