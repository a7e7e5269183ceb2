"""The tiny TrueType font of one certificate, and its PDF objects (ISO 32000-1, 9.7)."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.transform import Offset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name, Object, Pdf

from certify.pdf.shaping import UNITS, Cluster, Run, outlines

ASCENT, DESCENT = 1069, -293
_TAG = "CRTFYA+CertifyName"


class NameFont:
    """Gives every distinct cluster a code, in the order in which they first appear."""

    def __init__(self, lines: Iterable[tuple[Run, ...]]) -> None:
        clusters = (cluster for line in lines for run in line for cluster in run.clusters)
        self._codes = {cluster: code for code, cluster in enumerate(dict.fromkeys(clusters), start=1)}

    def show(self, line: tuple[Run, ...]) -> bytes:
        """Return the TJ operator that draws a line, each run in reading order."""
        parts: list[str] = []
        for run in line:
            if run.rtl:
                parts.append(self._right_to_left(run))
            else:
                parts += [f"<{self._codes[cluster]:04X}>" for cluster in run.clusters]
        return f"[{' '.join(parts)}] TJ".encode("ascii")

    def _right_to_left(self, run: Run) -> str:
        # Letters are written in reading order, each placed by stepping back, so that they are copied so.
        parts, at = [], 0
        right = run.width
        for cluster in run.clusters:
            right -= cluster.advance
            parts.append(f"{at - right} <{self._codes[cluster]:04X}>")
            at = right + cluster.advance
        return " ".join([*parts, str(at - run.width)])

    def embed(self, pdf: Pdf) -> Object:
        """Return the Type 0 font as an object of ``pdf``."""
        widths = [cluster.advance for cluster in self._codes]
        program = pdf.make_stream(self._program())
        program.Length1 = len(program.read_bytes())
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/" + _TAG),
            Flags=4,
            FontBBox=Array([-500, DESCENT, 2000, ASCENT]),
            ItalicAngle=0,
            Ascent=ASCENT,
            Descent=DESCENT,
            CapHeight=714,
            StemV=90,
            FontFile2=program,
        )
        cid_font = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/" + _TAG),
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=0,
            W=Array([1, Array(widths)]),
            CIDToGIDMap=Name.Identity,
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name("/" + _TAG),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(cid_font)]),
                ToUnicode=pdf.make_stream(self._to_unicode()),
            )
        )

    def _to_unicode(self) -> bytes:
        rows = [
            f"<{code:04X}> <{cluster.text.encode('utf-16-be').hex().upper()}>"
            for cluster, code in self._codes.items()
        ]
        blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
        body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            f"{body}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")

    def _program(self) -> bytes:
        names = [".notdef", *(f"c{code}" for code in self._codes.values())]
        builder = FontBuilder(UNITS, isTTF=True)
        builder.setupGlyphOrder(names)
        builder.setupCharacterMap({})
        glyphs = [TTGlyphPen(None).glyph(), *(_draw(cluster) for cluster in self._codes)]
        builder.setupGlyf(dict(zip(names, glyphs, strict=True)))
        table = builder.font["glyf"]
        advances = [0, *(cluster.advance for cluster in self._codes)]
        builder.setupHorizontalMetrics(
            {
                name: (advance, getattr(table[name], "xMin", 0))
                for name, advance in zip(names, advances, strict=True)
            }
        )
        builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
        builder.setupMaxp()
        builder.setupPost(keepGlyphNames=False)
        # A fixed moment: the same name gives the same bytes.
        builder.font["head"].created = builder.font["head"].modified = 3_786_912_000
        builder.font.recalcTimestamp = False
        stream = BytesIO()
        builder.font.save(stream)
        return stream.getvalue()


def _draw(cluster: Cluster) -> object:
    pen = TTGlyphPen(None)
    for glyph in cluster.glyphs:
        source = outlines(glyph.font).getGlyphSet()
        scale = UNITS / outlines(glyph.font)["head"].unitsPerEm
        # Components are drawn out: a tiny font has no glyph that another could refer to.
        flat = TransformPen(pen, Offset(glyph.x, glyph.y).scale(scale))
        source[glyph.name].draw(_Decomposing(flat, source))
    return pen.glyph()


class _Decomposing:
    """Passes a glyph's outline on, drawing its components instead of naming them."""

    def __init__(self, pen: TransformPen, glyphs: object) -> None:
        self._pen = pen
        self._glyphs = glyphs

    def __getattr__(self, name: str) -> object:
        return getattr(self._pen, name)

    def addComponent(self, name: str, transformation: tuple[float, ...]) -> None:  # noqa: N802 - the pen protocol
        inner = TransformPen(self._pen, transformation)
        self._glyphs[name].draw(_Decomposing(inner, self._glyphs))  # type: ignore[index]  # a fontTools glyph set
