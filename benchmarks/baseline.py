"""The baseline: a signed page as one writes it with reportlab, qrcode and pyHanko, and nothing besides.

No tags, no PDF/A, no attachment, no self-check, no register. The fonts are the same, registered once.
"""

from __future__ import annotations

from io import BytesIO

import qrcode
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from certify.award.record import AwardRecord
from certify.pdf.shaping import font_bytes

WIDTH, HEIGHT = landscape(A4)


class Baseline:
    """Draws and signs pages with one key."""

    def __init__(self, key: object, chain: list[x509.Certificate]) -> None:
        if "Serif" not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont("Serif", BytesIO(font_bytes("NotoSerif-Medium"))))
            pdfmetrics.registerFont(TTFont("Sans", BytesIO(font_bytes("NotoSans-Regular"))))
        certificates = [asn1_x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in chain]
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]
        self._signer = signers.SimpleSigner(
            signing_cert=certificates[0],
            signing_key=asn1_keys.PrivateKeyInfo.load(der),
            cert_registry=SimpleCertificateStore.from_certs(certificates),
        )

    def make(self, award: AwardRecord) -> bytes:
        """Return one signed page."""
        stream = BytesIO()
        canvas = Canvas(stream, pagesize=(WIDTH, HEIGHT))
        canvas.rect(10 * mm, 10 * mm, WIDTH - 20 * mm, HEIGHT - 20 * mm)
        lines = (
            ("Sans", 12, award.awarding_body),
            ("Serif", 32, "Certificate"),
            ("Serif", 34, award.holder.printed),
            ("Sans", 12, award.holder.latin),
            ("Serif", 23, award.role_title),
            ("Sans", 9, award.description),
            ("Sans", 10, f"{award.number}, {award.valid_from} to {award.valid_until}"),
            (
                "Sans",
                10,
                f"{award.framework_title}, {award.framework_version}; {award.workload_minutes // 60} h",
            ),
            ("Sans", 8, award.verification_url),
        )
        for row, (font, size, text) in enumerate(lines):
            canvas.setFont(font, size)
            canvas.drawCentredString(WIDTH / 2, HEIGHT - (35 + 14 * row) * mm, text)
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
        code.add_data(award.verification_url)
        picture = BytesIO()
        code.make_image().save(picture)
        canvas.drawImage(ImageReader(picture), WIDTH - 60 * mm, 20 * mm, 35 * mm, 35 * mm)
        canvas.save()
        writer = IncrementalPdfFileWriter(BytesIO(stream.getvalue()))
        meta = signers.PdfSignatureMetadata(
            field_name="Signature", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        return bytes(signers.sign_pdf(writer, meta, signer=self._signer).getvalue())
