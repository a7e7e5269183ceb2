"""A small honest PDF with room for a signature, an authority, and a register: what verification tests need."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from credential_keys import BASE, KEYS

from certify.award.record import AwardedCompetence, AwardRecord
from certify.credential.press import CredentialPress
from certify.credential.recognise import KnownIssuer
from certify.errors import DatabaseUnavailable, NotFound
from certify.keyring.store import PdfSigner, anchors, init_keys, open_signer
from certify.pades.document import UnsignedPdf
from certify.people.model import HolderName
from certify.status.model import CertificateStatus
from certify.status.public import PublicStatus
from certify.verification.report import RegisterEntry
from certify.verification.verifier import Verifier

SIGNED_AT = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)
ISSUER = KnownIssuer(BASE, KEYS.published)
CERTIFICATE_ID = "AAAQEAYEAUDAOCAJBIFQYDIOB4"
_PRESS = CredentialPress(BASE, KEYS)


def clock_at(moment: datetime):
    return lambda: moment


def one_page_pdf(
    room: int,
    *,
    text: str = "Certificate",
    at: datetime = SIGNED_AT,
    subfilter: str = "ETSI.CAdES.detached",
    attached: bytes | None = None,
) -> UnsignedPdf:
    """Return a one-page PDF 1.7 with an invisible, empty signature of ``room`` bytes, and its credential."""
    attached = credential_of(issued_at=at) if attached is None else attached
    packed, name = zlib.compress(attached), hashlib.sha256(attached).hexdigest()[:32].encode()
    content = f"BT /F1 24 Tf 72 400 Td ({text}) Tj ET".encode()
    objects = [
        (
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] /SigFlags 3 >>"
            b" /Names << /EmbeddedFiles << /Names [(credential.json) 10 0 R] >> >> >>"
        ),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Contents 4 0 R /Resources 8 0 R /Annots [6 0 R] >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /Rect [0 0 0 0] /F 132 /P 3 0 R /V 7 0 R >>",
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s /M (D:%s)\n/ByteRange [0 %s] /Contents %s >>"
        % (
            subfilter.encode(),
            at.strftime("%Y%m%d%H%M%SZ").encode(),
            b"*" * 30,
            b"<" + b"0" * (room - 2) + b">",
        ),
        b"<< /Font << /F1 5 0 R >> >>",
        b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<< /Type /Filespec /F (credential.json) /UF (credential.json) /EF << /F 9 0 R /UF 9 0 R >> >>",
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /ID [<%s><%s>] >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        name,
        name,
        start,
    )
    at_contents = out.index(b"/Contents <0") + len(b"/Contents ")
    after = at_contents + room
    numbers = b"%d %d %d" % (at_contents, after, len(out) - after)
    place = out.index(b"*" * 30)
    out[place : place + 30] = numbers.ljust(30)
    return UnsignedPdf(tail=bytes(out), contents_at=at_contents, contents_length=room)


def award(**changes) -> AwardRecord:
    certificate_id = changes.get("certificate_id", CERTIFICATE_ID)
    plain = AwardRecord(
        certificate_id=certificate_id,
        number="S4C-2026-7K3MQ-9XT2A-Y",
        language="en",
        specimen=True,
        kind="role",
        holder=HolderName(native="Мария Иванова", latin="Maria Ivanova", printed="Maria Ivanova"),
        role_id="coordinator",
        role_title="Coordinator",
        description="Coordinates.",
        phase="Planning",
        framework_id="skills4cities",
        framework_title="Skills4Cities",
        framework_version="1.0",
        framework_digest="0" * 64,
        competences=(AwardedCompetence(id="c1", title="Listening", area="People", level=5),),
        level_minimum=5,
        level_maximum=5,
        workload_minutes=600,
        awarding_body="Body",
        country="BG",
        website="https://body.example",
        signatory="A. Person",
        assessment="Examination",
        participation="Online",
        quality_assurance="ISO/IEC 17024",
        renewal="After three years",
        decided_on=date(2026, 11, 23),
        issued_at=SIGNED_AT,
        valid_from=date(2026, 11, 24),
        valid_until=date(2029, 11, 23),
        verification_url=f"{BASE}/v/{certificate_id}",
        status_list=0,
        status_index=0,
        template_id="role",
        template_version=1,
    )
    return replace(plain, **changes)


def credential_of(**changes) -> bytes:
    """Return the award's ``credential.json``."""
    return _PRESS.make_json(award(**changes))


@dataclass
class FakeRegister:
    """A register in memory; ``silent`` makes it unavailable, as a database that is down."""

    files: dict[str, tuple[RegisterEntry, bytes]] = field(default_factory=dict)
    silent: bool = False

    def add(self, data: bytes, status: PublicStatus | None = None, **changes) -> None:
        record = award(**changes)
        entry = RegisterEntry(
            award=record,
            sha256=hashlib.sha256(data).hexdigest(),
            status=status or PublicStatus(status=CertificateStatus.ACTIVE),
        )
        self.files[record.certificate_id] = entry, data

    def entry(self, certificate_id: str) -> RegisterEntry | None:
        self._answer()
        return self.files[certificate_id][0] if certificate_id in self.files else None

    def entry_by_sha256(self, sha256: str) -> RegisterEntry | None:
        self._answer()
        return next((entry for entry, _ in self.files.values() if entry.sha256 == sha256), None)

    def pdf(self, certificate_id: str) -> bytes:
        self._answer()
        if certificate_id not in self.files:
            raise NotFound("no such certificate")
        return self.files[certificate_id][1]

    def _answer(self) -> None:
        if self.silent:
            raise DatabaseUnavailable("The database does not answer.")


@dataclass(frozen=True)
class Office:
    """An issuing office: its keys, and a verifier that trusts them."""

    directory: Path
    passphrase_file: Path

    @classmethod
    def open(cls, directory: Path, algorithm: str = "p256", at: datetime = SIGNED_AT) -> Office:
        office = cls(directory, directory / "passphrase")
        init_keys(
            office.directory,
            office.passphrase_file,
            clock_at(at),
            organisation="Skills4Cities",
            country="BG",
            algorithm=algorithm,
        )
        return office

    @property
    def signer(self) -> PdfSigner:
        return open_signer(self.directory, self.passphrase_file)

    @property
    def authority_file(self) -> Path:
        return self.directory / "authority.pem"

    def sign(self, **drawing) -> bytes:
        signer = self.signer
        return signer.sign(one_page_pdf(signer.contents_length, **drawing), drawing.get("at", SIGNED_AT))

    def verifier(self, register: FakeRegister | None = None, at: datetime = SIGNED_AT) -> Verifier:
        return Verifier(anchors(self.directory), register, clock_at(at), issuer=ISSUER)


def outcomes(report) -> dict[str, str]:
    """Return outcome and code of every check that did not pass."""
    return {check.id: check.code for check in report.checks if check.outcome.value != "PASSED"}
