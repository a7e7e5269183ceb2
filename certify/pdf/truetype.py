"""Tiny TrueType fonts: one glyph for each cluster, and only the tables that a PDF needs (ISO 32000-1, 9.9).

An outline is read with fontTools when its cluster is first seen, flattened, and kept as the bytes of its
`glyf` entry; a certificate's font is then put together from bytes. Sources: OpenType 1.9, the tables' chapters.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO

from fontTools.misc.transform import Offset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from certify.pdf.shaping import UNITS, Cluster, font_bytes

ASCENT, DESCENT = 1069, -293
_REMEMBERED_OUTLINES = 8192
# A fixed moment, in seconds since 1904: the same name gives the same bytes.
_MOMENT = 3_786_912_000
_HEAD = struct.Struct(">IIIIHHqq4hHHhhh")
_HHEA = struct.Struct(">IhhhHhhhhhh8xhH")
_MAXP = struct.Struct(">I14H")
_TAGS = (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
_DIRECTORY = struct.Struct(">IHHHH" + "4sIII" * len(_TAGS))
_LARGEST_SHORT_OFFSET = 0x1FFFE


@dataclass(frozen=True, slots=True)
class Outline:
    """A glyph's bytes in the `glyf` table, filled up to four, and what other tables say of it.

    Attributes:
        box: xMin, yMin, xMax, yMax; all zero for a space.
    """

    data: bytes
    points: int
    contours: int
    box: tuple[int, int, int, int]


@cache
def _source(name: str) -> TTFont:
    return TTFont(BytesIO(font_bytes(name)), recalcTimestamp=False)


@lru_cache(_REMEMBERED_OUTLINES)
def outline(cluster: Cluster) -> Outline:
    """Return a cluster's outline with all components drawn out, in thousandths of the font size."""
    pen = TTGlyphPen(None)
    for name, glyph, x, y in cluster.glyphs:
        source = _source(name).getGlyphSet()
        scale = UNITS / _source(name)["head"].unitsPerEm
        flat = TransformPen(pen, Offset(x, y).scale(scale))
        source[_source(name).getGlyphName(glyph)].draw(_Decomposing(flat, source))
    made = pen.glyph()
    data = bytes(made.compile(None))
    if not data:
        return Outline(b"", 0, 0, (0, 0, 0, 0))
    box = made.xMin, made.yMin, made.xMax, made.yMax
    return Outline(data + bytes(-len(data) % 4), len(made.coordinates), made.numberOfContours, box)


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


def program(clusters: Sequence[Cluster]) -> bytes:
    """Return a TrueType font whose glyph 0 is empty and whose glyphs from 1 on are the clusters."""
    outlines = [outline(cluster) for cluster in clusters]
    count = len(outlines) + 1
    glyf = b"".join([item.data for item in outlines])
    offset, offsets = 0, [0, 0]
    for item in outlines:
        offset += len(item.data)
        offsets.append(offset)
    short = offset <= _LARGEST_SHORT_OFFSET
    loca = (
        struct.pack(f">{count + 1}H", *[at >> 1 for at in offsets])
        if short
        else struct.pack(f">{count + 1}I", *offsets)
    )
    metrics = [0, 0]
    for cluster, item in zip(clusters, outlines, strict=True):
        metrics += cluster.advance, item.box[0]
    hmtx = struct.pack(">" + "Hh" * count, *metrics)
    drawn = [
        (cluster.advance, item.box) for cluster, item in zip(clusters, outlines, strict=True) if item.data
    ]
    boxes = [box for _, box in drawn] or [(0, 0, 0, 0)]
    left, bottom, right, top = (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    head = _HEAD.pack(
        0x10000,
        0x10000,
        0,
        0x5F0F3CF5,
        3,
        UNITS,
        _MOMENT,
        _MOMENT,
        left,
        bottom,
        right,
        top,
        0,
        8,
        2,
        0 if short else 1,
        0,
    )
    hhea = _HHEA.pack(
        0x10000, ASCENT, DESCENT, 0, max(metrics[::2]), left,
        min((advance - box[2] for advance, box in drawn), default=0), right, 1, 0, 0, 0, count,
    )  # fmt: skip
    maxp = _MAXP.pack(
        0x10000, count, max((item.points for item in outlines), default=0), max((item.contours for item in outlines), default=0),
        0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    return _assemble((glyf, head, hhea, hmtx, loca, maxp))


def _assemble(tables: tuple[bytes, ...]) -> bytes:
    # Six tables: the largest power of two is 4 (OpenType, the table directory).
    entries: list[int | bytes] = [0x10000, len(_TAGS), 64, 2, 16 * len(_TAGS) - 64]
    at, sums, padded = _DIRECTORY.size, 0, []
    for tag, table in zip(_TAGS, tables, strict=True):
        full = table + bytes(-len(table) % 4)
        checksum = _sum(full)
        entries += tag, checksum, at, len(table)
        at += len(full)
        sums += checksum
        padded.append(full)
    directory = _DIRECTORY.pack(*entries)
    adjustment = (0xB1B0AFBA - sums - _sum(directory)) & 0xFFFFFFFF
    head = padded[1]
    padded[1] = head[:8] + adjustment.to_bytes(4, "big") + head[12:]
    return directory + b"".join(padded)


def _sum(data: bytes) -> int:
    words = array("I", data)
    if sys.byteorder == "little":
        words.byteswap()
    return sum(words) & 0xFFFFFFFF
