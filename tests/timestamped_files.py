"""Certificate files at every level, stamped by an authority of the tests' own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from signed_files import ISSUER, FakeRegister, Office, award, clock_at, credential_of, one_page_pdf
from timestamp_office import Stamps

from certify.keyring.store import anchors, revocation_list
from certify.pades.document import UnsignedPdf
from certify.pades.read import find_signature, read_updates
from certify.pades.seal import seal_update, token_contents_length
from certify.pades.timestamp import normal, parse
from certify.pades.update import Evidence, lay_out, layout_of
from certify.parts import whole
from certify.pdf.press import CertificatePress
from certify.verification.timestamps import chains_of, trusted_chain
from certify.verification.verifier import Verifier


def der_of(certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


@dataclass
class Stamping:
    """An issuing office and a timestamp authority; ``at`` is when its certificates are signed."""

    office: Office
    stamps: Stamps
    at: datetime
    files: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def open(cls, folder, at: datetime, algorithm: str = "p256", **stamps) -> Stamping:
        return cls(Office.open(folder, algorithm, at), Stamps(at=at + timedelta(seconds=3), **stamps), at)

    def stamp(self, imprint: bytes) -> bytes:
        """Return a token as the client would: checked, and in its normal form."""
        token = parse(self.stamps.token(imprint))
        chain = trusted_chain(token, imprint, [self.stamps.root], self.stamps.at)
        return normal(token, [der_of(item) for item in chain[1:-1]])

    @property
    def stated(self) -> dict[str, object]:
        """What the award of every file here has of its own."""
        return {"issued_at": self.at, "valid_from": self.at.date()}

    def plain(self, signer) -> UnsignedPdf:
        return one_page_pdf(signer.contents_length, at=self.at, attached=credential_of(**self.stated))

    def pressed(self, signer) -> bytes:
        one = award(**self.stated)
        press = CertificatePress(signer.contents_length)
        unsigned = press.press(one, one.verification_url, whole(credential_of(**self.stated)))
        return signer.sign(unsigned, self.at)

    def sign(self, *, pressed: bool = False, stamp=None) -> bytes:
        """Return a file of level B-T, from the real press or of the smallest kind."""
        signer = self.office.signer.timestamped(stamp or self.stamp)
        if pressed:
            return self.pressed(signer)
        return signer.sign(self.plain(signer), self.at)

    def pressed_plainly(self) -> bytes:
        """Return a small file of level B-B."""
        signer = self.office.signer
        return signer.sign(self.plain(signer), self.at)

    def evidence(self, data: bytes) -> Evidence:
        found = find_signature(data)
        chains = chains_of(found, [self.stamps.root], self.stamps.at)
        held = {item for update in found.updates for item in update.evidence.certificates}
        needed = {found.cms.signer, *found.cms.others, *(der_of(item) for chain in chains for item in chain)}
        office = self.office
        own = revocation_list(office.directory, office.passphrase_file, clock_at(self.stamps.at))
        lists = (self.stamps.crl("root"), self.stamps.crl("between")) if chains else ()
        return Evidence(certificates=tuple(sorted(needed - held)), revocation_lists=(own, *lists))

    def archive(self, data: bytes, evidence: Evidence | None = None, *, stamp=None, days: int = 0) -> bytes:
        """Return the file with another update, stamped 10 seconds or so many days after the last one."""
        self.stamps.at += timedelta(days=days, seconds=10)
        _, layout = read_updates(data, find_signature(data).signed_length)
        found = self.evidence(data) if evidence is None else evidence
        unsigned, _ = lay_out(layout, found, token_contents_length())
        return data + seal_update(data, unsigned, stamp or self.stamp)

    def archive_blindly(self, data: bytes) -> bytes:
        """Return the file with another update, however many there are."""
        self.stamps.at += timedelta(seconds=10)
        layout = layout_of(data[: find_signature(data).signed_length])
        while layout.length < len(data):
            _, layout = lay_out(layout, Evidence(), token_contents_length())
        unsigned, _ = lay_out(layout, Evidence(), token_contents_length())
        return data + seal_update(data, unsigned, self.stamp)

    def verifier(self, *registered: bytes, at: datetime | None = None, trusted: bool = True) -> Verifier:
        register = FakeRegister() if registered else None
        for data in registered:
            register.add(data, **self.stated)
        return Verifier(
            anchors(self.office.directory),
            register,
            clock_at(at or self.stamps.at + timedelta(minutes=1)),
            [self.stamps.root] if trusted else [],
            ISSUER,
        )
