"""What making a certificate needs: a press and a signer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from certify.award.record import AwardRecord
from certify.pades.document import UnsignedPdf
from certify.parts import Parted


class Press(Protocol):
    """Draws certificates."""

    def code(self, award: AwardRecord, scan_address: str) -> Any:  # noqa: ANN401 - the press's own
        """Return the QR code of an award, drawn for its page.

        Args:
            scan_address: What the code holds.
        """

    def fill(
        self,
        award: AwardRecord,
        code: Any,  # noqa: ANN401 - as above
        credential: Parted,
        deflated: bytes,
    ) -> UnsignedPdf:
        """Return the complete file with room for its signature, the same bytes every time.

        Args:
            award: What the page says.
            code: From `code`.
            credential: The file to attach as ``credential.json``.
            deflated: The same as a zlib stream.

        Raises:
            UnprintableName: No shipped font has a character; the message names it.
        """

    def check(self, award: AwardRecord) -> None:
        """Refuse what `fill` would refuse, for less work; what passes here can be filled in with any credential.

        Raises:
            UnprintableName: As `fill`.
        """


class Signer(Protocol):
    """Signs under the local certification authority; the private key stays inside."""

    @property
    def key_id(self) -> str:
        """Stable name of the key."""

    @property
    def again(self) -> Callable[[bytes], bytes] | None:
        """Signs a message as `seal` does, for a check; None where verifying takes less time."""

    @property
    def contents_length(self) -> int:
        """Room that a signature of this key needs: the length of the ``/Contents`` string in bytes, even."""

    def seal(self, unsigned: UnsignedPdf, at: datetime) -> Parted:
        """Return the signed file (PAdES B-B, or B-T where signatures are timestamped) with the claimed time ``at``.

        Raises:
            TimestampUnavailable: The policy asks for a timestamp and the authority gives none.
        """
