"""Shape names: HarfBuzz clusters that each become one character of a tiny font of the certificate's own.

A glyph is not a letter in shaped scripts, so a font that maps glyphs to text cannot be copied from. Here
every distinct cluster (its drawing and its source letters) gets a code of its own, and the PDF's ToUnicode
map says exactly which letters it stands for.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO

import uharfbuzz as hb
from fontTools.ttLib import TTFont

from certify.errors import UnprintableName
from certify.people.names import character_name

UNITS = 1000
NAME_FONTS = ("NotoSerif-Medium", "NotoSansArabic-Medium")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a source font with its offset, in thousandths of the font size."""

    font: str
    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is drawn for ``text``; ``advance`` in thousandths of the font size."""

    text: str
    glyphs: tuple[Glyph, ...]
    advance: int


@dataclass(frozen=True, slots=True)
class Run:
    """Clusters of one direction in reading order."""

    clusters: tuple[Cluster, ...]
    rtl: bool

    @property
    def width(self) -> int:
        """Width in thousandths of the font size."""
        return sum(cluster.advance for cluster in self.clusters)


@cache
def font_bytes(name: str) -> bytes:
    """Return a shipped font file."""
    return resources.files("certify.pdf").joinpath("fonts", f"{name}.ttf").read_bytes()


@cache
def outlines(name: str) -> TTFont:
    """Return a shipped font opened for its outlines."""
    return TTFont(BytesIO(font_bytes(name)), recalcTimestamp=False)


@cache
def _letters(name: str) -> frozenset[int]:
    return frozenset(outlines(name).getBestCmap())


@cache
def _harfbuzz(name: str) -> hb.Font:
    font = hb.Font(hb.Face(font_bytes(name)))
    font.scale = (UNITS, UNITS)
    return font


def unprintable(text: str) -> tuple[str, ...]:
    """Return the characters of ``text`` that no shipped font has, each once, in order."""
    missing = (char for char in text if not any(ord(char) in _letters(name) for name in NAME_FONTS))
    return tuple(dict.fromkeys(missing))


def shape(text: str) -> tuple[Run, ...]:
    """Shape one line and return its runs from left to right.

    Raises:
        UnprintableName: A character is in no shipped font; the message names it.
    """
    missing = unprintable(text)
    if missing:
        raise UnprintableName(
            "has " + ", ".join(character_name(char) for char in missing) + ", which no font here can draw.",
            where="printed name",
            fix="print another form of the name",
        )
    first = next((unicodedata.bidirectional(char) for char in text if char.isalpha()), "L")
    base = first in {"R", "AL"}
    runs = [_shape_run(part, font, rtl=rtl) for part, font, rtl in _resolve(_itemise(text), base=base)]
    return tuple(reversed(runs)) if base else tuple(runs)


def _resolve(parts: list[tuple[str, str, bool]], *, base: bool) -> list[tuple[str, str, bool]]:
    """Give what is neutral at the end of an embedded run the line's own direction (UAX #9, N2)."""
    resolved: list[tuple[str, str, bool]] = []
    for part, font, rtl in parts:
        letters = part if rtl == base else part.rstrip("".join(char for char in part if not _belongs(char)))
        resolved.append((letters, font, rtl))
        if letters != part:
            resolved.append((part[len(letters) :], font, base))
    return resolved


def _belongs(char: str) -> bool:
    return char.isalpha() or unicodedata.combining(char) > 0


def _itemise(text: str) -> list[tuple[str, str, bool]]:
    """Cut a line where font or direction changes; marks and spaces stay with what is before them."""
    parts: list[tuple[str, str, bool]] = []
    for char in text:
        rtl = unicodedata.bidirectional(char) in {"R", "AL"}
        neutral = not char.isalpha()
        if parts and neutral and ord(char) in _letters(parts[-1][1]):
            part, font, direction = parts[-1]
            parts[-1] = (part + char, font, direction)
            continue
        font = next(name for name in NAME_FONTS if ord(char) in _letters(name))
        if parts and parts[-1][1:] == (font, rtl):
            parts[-1] = (parts[-1][0] + char, font, rtl)
        else:
            parts.append((char, font, rtl))
    return parts


def _shape_run(text: str, font: str, *, rtl: bool) -> Run:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if rtl else "ltr"
    # A ligature's code could not say which half was copied.
    hb.shape(_harfbuzz(font), buffer, {"liga": False, "dlig": False})
    order = outlines(font).getGlyphOrder()
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    drawn: dict[int, list[Glyph]] = {start: [] for start in starts}
    advance: dict[int, int] = dict.fromkeys(starts, 0)
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        at = advance[info.cluster] + position.x_offset
        drawn[info.cluster].append(Glyph(font, order[info.codepoint], at, position.y_offset))
        advance[info.cluster] += position.x_advance
    return Run(
        tuple(Cluster(text[start : ends[start]], tuple(drawn[start]), advance[start]) for start in starts),
        rtl,
    )
