"""The composition root of a design's preview: a certificate as it would be issued now, with keys that are thrown away."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from certify.clock import Clock
from certify.credential.press import CredentialPress
from certify.issuing.specimen import SPECIMEN_BASE, specimen_award
from certify.keyring.credentials import open_credential_keys
from certify.keyring.store import init_keys, open_signer
from certify.pdf.design import Design, Designs
from certify.pdf.press import CertificatePress


def preview(design: Design, designs: Designs, language: str, name: str, clock: Clock) -> bytes:
    """Return a specimen of a design, pressed and signed as any certificate, with keys that are thrown away.

    Args:
        designs: Where its labels are.
        language: Of the labels, as a BCP 47 tag.
        name: The holder's.

    Raises:
        DesignInvalid: There are no labels in the language.
        LintFailed: A text or the name does not fit.
    """
    now = clock()
    award = specimen_award(design.kind, (design.id, design.version), language, name, now)
    with TemporaryDirectory() as folder:
        directory, passphrase_file = Path(folder) / "keys", Path(folder) / "passphrase"
        init_keys(directory, passphrase_file, clock, organisation="SPECIMEN", country=award.country)
        keys = open_credential_keys(directory, passphrase_file, clock)
        credential = CredentialPress(SPECIMEN_BASE, keys).make_parted(award)
        signer = open_signer(directory, passphrase_file)
    press = CertificatePress(signer.contents_length, designs)
    return signer.seal(press.press(award, award.verification_url, credential), now).content
