"""Where SQLite's commits can be seen without asking SQLite.

In WAL mode each commit ends by writing a new header of the wal-index: 48 bytes, twice, at the beginning of the ``-shm`` file that
every process with a connection has mapped. Readers compare the two copies, and them with what they saw before, to learn what is
committed (sqlite.org/walformat.html, 2). ``PRAGMA data_version`` does that too, between taking a lock and giving it back, which
are two calls of the system and most of what a kept answer costs; to look at the header needs none.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_HEADER = 48
_FORMAT = (3_007_000).to_bytes(4, sys.byteorder)
"""The version of the wal-index that is known here (2.1); it is written in the machine's own order of bytes."""
_MAPPINGS = Path("/proc/self/maps")


class WalIndex:
    """The header as this process has it mapped; only as long as a connection to the file stays open."""

    def __init__(self, address: int) -> None:
        self._headers = (ctypes.c_char * (2 * _HEADER)).from_address(address)

    def header(self) -> bytes | None:
        """Return what is another one after every commit; None while one is being written, or where it is not understood."""
        both = self._headers.raw
        header = both[:_HEADER]
        return header if both[_HEADER:] == header and both.startswith(_FORMAT) else None


def wal_index(database: str | None) -> WalIndex | None:
    """Return the wal-index of a file to which this process has an open connection; None where there is none to be seen."""
    if not database:
        return None
    try:
        shared = Path(f"{database}-shm").stat()
        mappings = _MAPPINGS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:  # not in WAL mode, or no Linux
        return None
    same_device = f"{os.major(shared.st_dev):02x}:{os.minor(shared.st_dev):02x}"
    for line in mappings:
        # address range, permissions, offset, device, inode, path (proc_pid_maps(5))
        where, permissions, offset, device, inode, *_ = line.split(maxsplit=5)
        if (device, inode, int(offset, 16)) == (same_device, str(shared.st_ino), 0) and permissions.endswith(
            "s"
        ):
            found = WalIndex(int(where.partition("-")[0], 16))
            return found if found.header() is not None else None
    return None
