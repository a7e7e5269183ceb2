"""The press: each kind of award is compiled once and then filled, the same bytes every time."""

from __future__ import annotations

from certify.award.fixed import CompiledOnce
from certify.award.record import AwardRecord
from certify.pades.document import UnsignedPdf
from certify.parts import Parted
from certify.pdf.compiled import CompiledAward
from certify.pdf.design import Designs
from certify.pdf.slots import Code


class CertificatePress:
    """Presses certificates with room for signatures of one key; threads may share it.

    Args:
        contents_length: Length of the ``/Contents`` string in bytes, as the signer says.
        designs: The designs that awards may name; only the shipped ones where none are given.
    """

    def __init__(self, contents_length: int, designs: Designs | None = None) -> None:
        self._room = contents_length
        found = designs or Designs()
        self._compiled = CompiledOnce(lambda award: CompiledAward(award, found))

    def press(self, award: AwardRecord, scan_address: str, credential: Parted) -> UnsignedPdf:
        """Return the complete file with room for its signature.

        Args:
            award: What it certifies.
            scan_address: What the QR code holds.
            credential: The award's credential in JSON, attached as ``credential.json``.

        Raises:
            UnprintableName: No shipped font has a character of the name; the message names it.
            InvalidName: The name is too long for the certificate even on two lines.
            DesignInvalid: The award's design or language is not there.
            LintFailed: A text does not fit the design, or the scan address no code.
        """
        return self.fill(award, self.code(award, scan_address), credential, credential.deflated())

    def code(self, award: AwardRecord, scan_address: str) -> Code:
        """Return what `fill` prints as an award's code; raises as `press`."""
        return self._compiled.of(award).code(scan_address)

    def fill(self, award: AwardRecord, code: Code, credential: Parted, deflated: bytes) -> UnsignedPdf:
        """Return what `press` does; the code was drawn and the credential deflated before."""
        return self._compiled.of(award).fill(award, code, credential, deflated, self._room)

    def check(self, award: AwardRecord) -> None:
        """Refuse what `press` would refuse of an award, whatever its code and credential."""
        self._compiled.of(award).check(award)
