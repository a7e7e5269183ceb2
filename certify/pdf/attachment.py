"""The credential inside the file (ISO 32000-1, 7.11.4; ISO 19005-3, 6.8), deflated cheaply.

Most of a credential is the same for every award of its kind. That part is deflated once into blocks of its
own that refer to nothing before them (RFC 1951; a full flush), and put between what is deflated each time.
"""

from __future__ import annotations

import zlib

_WINDOW_BITS, _MEMORY_LEVEL = 12, 5
_PROBE = 48
# Small windows start fast; the header allows any up to 32 KiB (RFC 1950, 2.2).
_ZLIB_HEADER = zlib.compress(b"")[:2]


class CredentialDeflater:
    """Deflates credentials of one kind; correct for any bytes, fast where a credential resembles the one before."""

    def __init__(self) -> None:
        self._known: tuple[bytes, bytes] | None = None

    def deflate(self, data: bytes, varying: str) -> bytes:
        """Return the data as a zlib stream (RFC 1950).

        Args:
            data: The credential.
            varying: A text that is spread over what varies and in nothing that is constant.
        """
        known = self._known
        # The constant part is looked for by its beginning: to search for all of it would take longer than to deflate.
        at = data.find(known[0][:_PROBE]) if known else -1
        if known is None or at < 0 or not data.startswith(known[0], at):
            longest = max(data.split(varying.encode()), key=len)
            if len(longest) < _PROBE:
                return zlib.compress(data)
            known = self._known = longest, _block(longest, 9, zlib.Z_FULL_FLUSH)
            at = data.index(longest)
        constant, packed = known
        return b"".join(
            (
                _ZLIB_HEADER,
                _block(data[:at], 1, zlib.Z_FULL_FLUSH),
                packed,
                _block(data[at + len(constant) :], 1, zlib.Z_FINISH),
                zlib.adler32(data).to_bytes(4, "big"),
            )
        )


def _block(data: bytes, level: int, ending: int) -> bytes:
    if level == 1:
        packer = zlib.compressobj(1, zlib.DEFLATED, -_WINDOW_BITS, _MEMORY_LEVEL)
    else:
        packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(ending)
