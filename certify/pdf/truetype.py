"""Tiny TrueType fonts: one glyph for each cluster, and only the tables that a PDF needs (ISO 32000-1, 9.9).

An outline is read with fontTools when its cluster is first seen, flattened, and kept as the bytes of its
`glyf` entry; a certificate's font is then put together from bytes. Sources: OpenType 1.9, the tables' chapters.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from io import BytesIO
from itertools import accumulate
from typing import Any, NamedTuple

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
_NO_METRICS = bytes(4)


class Outline(NamedTuple):
    """A glyph's bytes in the `glyf` table, filled up to four, and what other tables say of it.

    Attributes:
        metrics: Its entry in `hmtx`: the advance, and the outline's left edge.
        limits: The outline's extremes, so that the largest of each is the font's: minus left and bottom, right
            and top, minus the room at the right of it, the advance, its points and contours.
        checksum: Of ``data``.
    """

    data: bytes
    metrics: bytes
    limits: tuple[int, ...]
    checksum: int


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
        return Outline(b"", struct.pack(">Hh", cluster.advance, 0), (), 0)
    data += bytes(-len(data) % 4)
    limits = (
        *(-made.xMin, -made.yMin, made.xMax, made.yMax, made.xMax - cluster.advance),
        *(cluster.advance, len(made.coordinates), made.numberOfContours),
    )
    return Outline(data, struct.pack(">Hh", cluster.advance, made.xMin), limits, _sum(data))


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
    outlines: Sequence[tuple[Any, ...]] = [outline(cluster) for cluster in clusters]
    glyphs, metrics, limits, checksums = zip(*outlines, strict=True) if outlines else ((), (), (), ())
    count = len(outlines) + 1
    glyf = b"".join(glyphs)
    # The first glyph is empty, and so its end is its beginning.
    ends = [0, 0, *accumulate(map(len, glyphs))]
    short = ends[-1] <= _LARGEST_SHORT_OFFSET
    loca = (
        struct.pack(f">{count + 1}H", *[at >> 1 for at in ends])
        if short
        else struct.pack(f">{count + 1}I", *ends)
    )
    hmtx = b"".join((_NO_METRICS, *metrics))
    largest = [*map(max, zip(*filter(None, limits), strict=True))] or [0] * 8
    left, bottom, right, top, beyond, _, points, contours = largest
    advance = max([cluster.advance for cluster in clusters], default=0)
    head = _HEAD.pack(
        *(0x10000, 0x10000, 0, 0x5F0F3CF5, 3, UNITS, _MOMENT, _MOMENT),
        *(-left, -bottom, right, top, 0, 8, 2, 0 if short else 1, 0),
    )
    hhea = _HHEA.pack(0x10000, ASCENT, DESCENT, 0, advance, -left, -beyond, right, 1, 0, 0, 0, count)
    maxp = _MAXP.pack(0x10000, count, points, contours, 0, 0, 1, *[0] * 8)
    return _assemble((glyf, head, hhea, hmtx, loca, maxp), sum(checksums))


def extent(clusters: Iterable[Cluster]) -> tuple[int, int, int, int]:
    """Return left, bottom, right and top of the clusters' outlines, drawn over each other."""
    drawn = [item.limits for item in map(outline, clusters) if item.limits]
    left, bottom, right, top, *_ = map(max, zip(*drawn, strict=True)) if drawn else (0, 0, 0, 0)
    return -left, -bottom, right, top


def _assemble(tables: tuple[bytes, ...], glyf_checksum: int) -> bytes:
    # Six tables: the largest power of two is 4 (OpenType, the table directory).
    entries: list[int | bytes] = [0x10000, len(_TAGS), 64, 2, 16 * len(_TAGS) - 64]
    at, sums, padded = _DIRECTORY.size, 0, []
    for tag, table in zip(_TAGS, tables, strict=True):
        full = table + bytes(-len(table) % 4)
        checksum = glyf_checksum & 0xFFFFFFFF if tag == b"glyf" else _sum(full)
        entries += tag, checksum, at, len(table)
        at += len(full)
        sums += checksum
        padded.append(full)
    directory = _DIRECTORY.pack(*entries)
    adjustment = (0xB1B0AFBA - sums - _sum(directory)) & 0xFFFFFFFF
    head = padded[1]
    padded[1] = head[:8] + adjustment.to_bytes(4, "big") + head[12:]
    return b"".join([directory, *padded])


def _sum(data: bytes) -> int:
    total: int = sum(_words(len(data) // 4).unpack(data))
    return total & 0xFFFFFFFF


@cache
def _words(count: int) -> struct.Struct:
    return struct.Struct(f">{count}I")
