"""Starts the worker for one file, within bounds of time, memory and output."""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
import sys
import threading
from dataclasses import dataclass

from certify.errors import FileUnreadable
from certify.verification.inspection import FileKind, Seen

_MOST_AT_ONCE = 2
_WAIT_SECONDS = 5
_MOST_OUTPUT_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one file may cost.

    Attributes:
        seconds: Of processor time, and twice as long on the clock.
        megabytes: Of memory.
    """

    seconds: int = 10
    megabytes: int = 768


class SandboxReader:
    """Reads files, a few at a time; threads may share it."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._turns = threading.BoundedSemaphore(_MOST_AT_ONCE)

    def __call__(self, data: bytes) -> Seen:
        """Return what the file shows; a file that cannot be read within its bounds is UNREADABLE, with the reason."""
        if not self._turns.acquire(timeout=_WAIT_SECONDS):
            return _unreadable("Too many files are being read just now; try again in a minute.")
        try:
            return self._read(data)
        finally:
            self._turns.release()

    def picture(self, data: bytes) -> bytes:
        """Return the first page of a PDF, or a picture, drawn anew as JPEG.

        Raises:
            FileUnreadable: It cannot be drawn within its bounds.
        """
        if not self._turns.acquire(timeout=_WAIT_SECONDS):
            raise FileUnreadable("Too many files are being drawn just now.", fix="try again in a minute")
        try:
            drawn = self._run(data, "draw")
        except subprocess.TimeoutExpired:
            drawn = b""
        finally:
            self._turns.release()
        if not drawn.startswith(b"\xff\xd8\xff"):
            raise FileUnreadable("This file cannot be shown here.", fix="open it instead")
        return drawn

    def _read(self, data: bytes) -> Seen:
        try:
            output = self._run(data, "read")
        except subprocess.TimeoutExpired:
            return _unreadable("Reading the file took too long.")
        if not output:
            return _unreadable("The file cannot be read within the bounds that are set for one file.")
        return _seen(output)

    def _run(self, data: bytes, asked: str) -> bytes:
        """Return what the worker answers; nothing where it failed or said too much."""
        bounds = self._bounds
        # -I: nothing of the caller's environment or folder is imported; no settings, no keys.
        command = [sys.executable, "-I", "-m", "certify.sandbox.worker"]
        command += [str(bounds.seconds), str(bounds.megabytes), asked]
        done = subprocess.run(  # noqa: S603 - our own program; the file is only its input
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=2 * bounds.seconds,
            check=False,
        )
        return b"" if done.returncode or len(done.stdout) > _MOST_OUTPUT_BYTES else done.stdout


def _unreadable(reason: str) -> Seen:
    return Seen(kind=FileKind.UNREADABLE, reason=reason)


def _seen(output: bytes) -> Seen:
    """Take the worker's answer as a stranger's word: it read a stranger's file."""
    try:
        told = json.loads(output)
        return Seen(
            kind=FileKind(told["kind"]),
            text=str(told["text"]),
            codes=tuple(str(code) for code in told["codes"]),
            attachments=tuple(
                (str(name), base64.b64decode(content, validate=True)) for name, content in told["attachments"]
            ),
            reason=str(told["reason"]),
        )
    except (ValueError, TypeError, KeyError, binascii.Error):
        return _unreadable("The file cannot be read.")
