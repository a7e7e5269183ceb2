"""A file that all processes of a machine share: what one of them has checked, the others need not check again.

It can be deleted at any time, and whatever is wrong with it, the answer is only that nothing is remembered. Every entry
carries a seal under a key that only who holds the key store's passphrase can make, and that is another one for other
authorities, issuer's keys or checks; so nobody who can write to the file alone can make a bad file pass.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib import resources
from pathlib import Path

_MOST_IN_MEMORY = 20_000
_MOST_AT_ONCE = 2_000
_WAIT_SECONDS = 0.05
_UNUSABLE = (sqlite3.Error, OSError, ValueError)  # ValueError: a NUL in the path
_TABLE = """CREATE TABLE IF NOT EXISTS checked (
    place INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, value TEXT NOT NULL, seal BLOB NOT NULL
)"""
_SINCE = f"SELECT place, key, value, seal FROM checked WHERE place > ? ORDER BY place LIMIT {_MOST_AT_ONCE}"  # noqa: S608 - a number of ours
_OF_KEYS = "SELECT place, key, value, seal FROM checked WHERE key IN ({})"
_FLUSH_SECONDS = 0.05
_SEAL_BYTES = 16
_ROOMS = ("award", "credential", "pades", "verification")
"""The rooms whose code finds what is remembered."""


class CheckedFiles:
    """Meets `certify.verification.memory.Store`; threads may share it.

    Args:
        path: The shared file; None remembers in this process alone.
        secret: What only this installation's own processes know; empty remembers in this process alone.
        trust: Tells what the findings depend on besides the bytes: another text voids all that is remembered.
    """

    def __init__(self, path: Path | None, secret: bytes, trust: Callable[[], bytes]) -> None:
        self._path = path if secret else None
        self._secret = hmac.digest(secret, b"certify checked files 2" + code_digest(), "sha256")
        self._trust = trust
        self._sealing: tuple[bytes | None, bytes] = (None, b"")
        self._lock = threading.Lock()
        self._held: sqlite3.Connection | None = None
        self._known: dict[str, tuple[str, bytes]] = {}
        self._read_until = 0
        self._pending: list[tuple[str, str, bytes]] = []
        self._timer: threading.Timer | None = None

    def recall(self, *keys: str) -> tuple[str | None, ...]:
        """Return what was remembered under each key, under the present trust."""
        if self._path is not None and any(key not in self._known for key in keys):
            self._read_on(keys)
        sealing = self._sealing_key()
        return tuple(self._sealed(sealing, key) for key in keys)

    def _sealed(self, sealing: bytes, key: str) -> str | None:
        value, seal = self._known.get(key, ("", b""))
        return value if hmac.compare_digest(_seal(sealing, key, value), seal) else None

    def _read_on(self, keys: Sequence[str]) -> None:
        """Read what other processes remembered since, all at once; of what was long ago, only what is asked for."""
        try:
            with self._lock:
                rows = self._file().execute(_SINCE, (self._read_until,)).fetchall()
                if rows:
                    self._read_until = rows[-1][0]
                self._keep(rows)
                missing = [key for key in keys if key not in self._known]
                if missing:
                    places = ", ".join("?" * len(missing))
                    self._keep(self._file().execute(_OF_KEYS.format(places), missing).fetchall())
        except _UNUSABLE:
            return

    def remember(self, key: str, value: str) -> None:
        """Remember it here at once, and in the file soon: several at once cost hardly more than one."""
        seal = _seal(self._sealing_key(), key, value)
        with self._lock:
            self._keep([(0, key, value, seal)])
            if self._path is None:
                return
            self._pending.append((key, value, seal))
            if self._timer is None:
                # A process that ends waits for it, so nothing is lost.
                self._timer = threading.Timer(_FLUSH_SECONDS, self.flush)
                self._timer.start()

    def flush(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            self._timer, pending, self._pending = None, self._pending, []
            if not pending:
                return
            # What cannot be written is not remembered; whoever asks checks again.
            with suppress(*_UNUSABLE):
                file = self._file()
                with file:
                    file.executemany(
                        "INSERT OR REPLACE INTO checked (key, value, seal) VALUES (?, ?, ?)", pending
                    )

    def close(self) -> None:
        """Write what is not written yet, and close the file."""
        self.flush()
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

    def _file(self) -> sqlite3.Connection:
        if self._held is None:
            assert self._path is not None
            self._path.parent.mkdir(parents=True, exist_ok=True)
            held = sqlite3.connect(self._path, timeout=_WAIT_SECONDS, check_same_thread=False)
            held.execute("PRAGMA journal_mode = WAL")
            # After a power cut an entry may be missing; a half-written one has no seal that holds.
            held.execute("PRAGMA synchronous = OFF")
            held.execute(_TABLE)
            # What is old is read when it is asked for.
            (newest,) = held.execute("SELECT coalesce(max(place), 0) FROM checked").fetchone()
            self._read_until = max(0, newest - _MOST_AT_ONCE)
            self._held = held
        return self._held

    def _keep(self, rows: Iterable[tuple[int, str, str, bytes]]) -> None:
        if len(self._known) >= _MOST_IN_MEMORY:
            self._known.clear()
        self._known.update((key, (value, seal)) for _, key, value, seal in rows)

    def _sealing_key(self) -> bytes:
        trusted, (before, sealing) = self._trust(), self._sealing
        if trusted != before:
            sealing = hmac.digest(self._secret, trusted, "sha256")
            self._sealing = trusted, sealing
        return sealing


def code_digest() -> bytes:
    """Return a digest of the code that finds what is remembered: other checks find anew."""
    whole = hashlib.sha256()
    ground = resources.files("certify")
    for folder in (ground, *(ground.joinpath(room) for room in _ROOMS)):
        for file in sorted(
            (item for item in folder.iterdir() if item.name.endswith(".py")), key=lambda f: f.name
        ):
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.digest()


def _seal(sealing: bytes, key: str, value: str) -> bytes:
    # BLAKE2 is keyed by itself (RFC 7693, 2.5), in a third of HMAC's time.
    return hashlib.blake2b(f"{len(key)} {key}{value}".encode(), key=sealing, digest_size=_SEAL_BYTES).digest()
