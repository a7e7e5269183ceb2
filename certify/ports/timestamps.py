"""What archiving asks of a timestamp authority and of what is known of its signatures, as protocols."""

from __future__ import annotations

from typing import Protocol

from certify.pades.update import Evidence


class EvidenceSource(Protocol):
    """Gathers what later readers check a file's signatures by."""

    def evidence(self, data: bytes) -> Evidence:
        """Return what the next update of this file should bring.

        Raises:
            TimestampUnavailable: Some of it is not to be had now.
        """


class TimestampAuthority(Protocol):
    """Says when something existed (RFC 3161)."""

    def stamp(self, imprint: bytes) -> bytes:
        """Return a checked token over a SHA-256, in the form that files hold.

        Raises:
            TimestampUnavailable: The authority gives none now.
        """
