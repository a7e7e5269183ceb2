"""The press: pages, names in their own script, and room for the signature, the same bytes every time."""

from __future__ import annotations

import re
from io import BytesIO

from pikepdf import Array, Dictionary, Name, Pdf, String

from certify.award.record import AwardRecord
from certify.errors import InvalidName, LintFailed
from certify.pades.document import UnsignedPdf
from certify.pdf.namefont import NameFont
from certify.pdf.page import NameBox, draw_pages
from certify.pdf.shaping import Run, shape

LARGEST, SMALLEST, SMALLEST_ONE_LINE = 34.0, 15.0, 21.0
LATIN_SIZE = 12.5
_INK = "0.106 0.165 0.200 rg"
_BOX = NameBox()
_BYTE_RANGE = re.compile(rb"/ByteRange \[ 0 9{9} 9{9} 9{9} \]")


class CertificatePress:
    """Presses certificates with room for signatures of one key.

    Args:
        contents_length: Length of the ``/Contents`` string in bytes, as the signer says.
    """

    def __init__(self, contents_length: int) -> None:
        self._room = (contents_length - 2) // 2

    def press(self, award: AwardRecord, scan_address: str, credential: bytes) -> UnsignedPdf:
        """Return the complete file with room for its signature.

        Raises:
            UnprintableName: No shipped font has a character of the name; the message names it.
            InvalidName: The name is too long for the certificate even on two lines.
        """
        lines = fit_name(award.holder.printed)
        other = award.holder.latin if award.holder.latin != award.holder.printed else award.holder.native
        second = shape(other) if other != award.holder.printed else ()
        with Pdf.open(BytesIO(draw_pages(award, scan_address))) as pdf:
            font = NameFont([*(line for line, _ in lines), second])
            page = pdf.pages[0]
            page.Resources.Font[Name.NM] = font.embed(pdf)
            page.contents_add(pdf.make_stream(_name_content(font, lines, second)))
            _attach(pdf, credential)
            self._add_signature_field(pdf, award)
            if Name.Info in pdf.trailer:
                del pdf.trailer.Info
            stream = BytesIO()
            pdf.save(stream, deterministic_id=True, linearize=False)
        return self._with_byte_range(stream.getvalue() + b"\n")

    def _add_signature_field(self, pdf: Pdf, award: AwardRecord) -> None:
        placeholder = 999_999_999
        signature = pdf.make_indirect(
            Dictionary(
                Type=Name.Sig,
                Filter=Name("/Adobe.PPKLite"),
                SubFilter=Name("/ETSI.CAdES.detached"),
                ByteRange=Array([0, placeholder, placeholder, placeholder]),
                Contents=String(bytes(self._room)),
                M=String(award.issued_at.strftime("D:%Y%m%d%H%M%SZ")),
            )
        )
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=String("Signature"),
                F=132,
                Rect=Array([0, 0, 0, 0]),
                P=pdf.pages[0].obj,
                V=signature,
            )
        )
        page = pdf.pages[0]
        page.Annots = Array([*page.get(Name.Annots, Array()), field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)

    def _with_byte_range(self, content: bytes) -> UnsignedPdf:
        empty = b"/Contents <" + b"00" * self._room + b">"
        found = list(_BYTE_RANGE.finditer(content))
        if content.count(empty) != 1 or len(found) != 1:
            raise LintFailed("The pressed file has no single room for its signature.")
        at = content.index(empty) + len(b"/Contents ")
        after = at + 2 * self._room + 2
        written = f"/ByteRange [0 {at} {after} {len(content) - after}".encode("ascii")
        start, end = found[0].span()
        patched = content[:start] + written.ljust(end - start - 1) + b"]" + content[end:]
        return UnsignedPdf(content=patched, contents_at=at, contents_length=2 * self._room + 2)


def _attach(pdf: Pdf, credential: bytes) -> None:
    """Attach the credential to the whole document (ISO 32000-2, 7.11.4 and 14.13)."""
    stream = pdf.make_stream(
        credential,
        Type=Name.EmbeddedFile,
        Subtype=Name("/application/vc"),
        Params=Dictionary(Size=len(credential)),
    )
    file = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String("credential.json"),
            UF=String("credential.json"),
            AFRelationship=Name.Data,
            EF=Dictionary(F=stream, UF=stream),
        )
    )
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("credential.json"), file])))
    pdf.Root.AF = Array([file])


def fit_name(name: str) -> list[tuple[tuple[Run, ...], float]]:
    """Return one or two shaped lines with their font size in points, shrunk until they fit.

    Raises:
        InvalidName: It does not fit even on two lines at 15 points.
    """
    whole = shape(name)
    size = _largest(whole)
    if size >= SMALLEST_ONE_LINE:
        return [(whole, min(size, LARGEST))]
    best: tuple[float, tuple[Run, ...], tuple[Run, ...]] | None = None
    words = name.split(" ")
    for cut in range(1, len(words)):
        first, second = shape(" ".join(words[:cut])), shape(" ".join(words[cut:]))
        fitting = min(_largest(first), _largest(second), 24.0)
        if best is None or fitting > best[0]:
            best = (fitting, first, second)
    if best is not None and best[0] >= SMALLEST:
        return [(best[1], best[0]), (best[2], best[0])]
    if size >= SMALLEST:
        return [(whole, size)]
    raise InvalidName(
        "is too long for the certificate, even on two lines.",
        where="printed name",
        fix="print a shorter form",
    )


def _largest(line: tuple[Run, ...]) -> float:
    return 1000 * _BOX.width / max(_width(line), 1)


def _width(line: tuple[Run, ...]) -> int:
    return sum(run.width for run in line)


def _name_content(
    font: NameFont, lines: list[tuple[tuple[Run, ...], float]], second: tuple[Run, ...]
) -> bytes:
    parts = [_INK.encode("ascii")]
    leading = lines[0][1] * 1.18
    top = _BOX.middle - lines[0][1] * 0.34 + leading * (len(lines) - 1) / 2
    for index, (line, size) in enumerate(lines):
        parts.append(_show(font, line, size, top - index * leading))
    if second:
        size = min(LATIN_SIZE, _largest(second))
        parts.append(_show(font, second, size, _BOX.latin_baseline))
    return b"q\n" + b"\n".join(parts) + b"\nQ\n"


def _show(font: NameFont, line: tuple[Run, ...], size: float, baseline: float) -> bytes:
    left = _BOX.centre - _width(line) * size / 2000
    return f"BT /NM {size:.2f} Tf {left:.2f} {baseline:.2f} Td ".encode("ascii") + font.show(line) + b" ET"
