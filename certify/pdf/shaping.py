"""Shape lines of text: HarfBuzz clusters that each become one character of an embedded font of our own.

A glyph is not a letter in shaped scripts, so a font that maps glyphs to text cannot be copied from. Here
every distinct cluster (its drawing and its source letters) gets a code of its own, and the PDF's ToUnicode
map says exactly which letters it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import count
from operator import attrgetter, eq

import uharfbuzz as hb

from certify.errors import UnprintableName
from certify.pdf.bidi import levels, runs_right_to_left, seen
from certify.people.names import character_name

UNITS = 1000
OTHER_SCRIPTS = ("NotoSansArabic-Medium", "NotoSansHebrew-Medium", "NotoSansDevanagari-Medium")
"""What draws the scripts that the fonts of labels and of European names have not."""
NAME_FONTS = ("NotoSerif-Medium", *OTHER_SCRIPTS)
_REMEMBERED_CLUSTERS = 8192
# A ligature's code could not say which half was copied.
_FEATURES = {"liga": False, "dlig": False}
_cluster_of, _glyph_of = attrgetter("cluster"), attrgetter("codepoint")

GlyphPlace = tuple[str, int, int, int]
"""Font, glyph id, and the glyph's offset (x, y) in thousandths of the font size."""


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """What is drawn for ``text``; compared by identity, and the same for the same drawing and text.

    Attributes:
        advance: The width that its font gives it, in thousandths of the font size, before any kerning.
        unicode: The text in UTF-16, in hexadecimal.
    """

    text: str
    glyphs: tuple[GlyphPlace, ...]
    advance: int
    unicode: str


@dataclass(frozen=True, slots=True)
class Run:
    """Clusters of one direction in reading order.

    Attributes:
        advances: How far each cluster moves on here, kerning included, in thousandths of the font size.
        left: Where on its line it stands, from the left edge.
        width: The sum of the advances.
    """

    clusters: tuple[Cluster, ...]
    advances: tuple[int, ...]
    rtl: bool
    left: int = 0
    width: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", sum(self.advances))


Line = tuple[Run, ...]
"""Runs in reading order, which is what is read out and copied; each says where it stands."""


def width_of(line: Line) -> int:
    """Return a line's width in thousandths of the font size."""
    return sum(run.width for run in line)


def text_of(line: Line) -> str:
    """Return what a line says."""
    return "".join(cluster.text for run in line for cluster in run.clusters)


def carried_on(line: Line, font: str, *, rtl: bool) -> Line:
    """Return a line with the space between its last word and the next line's first (ISO 32000-1, 14.8.2.5).

    It is drawn where the line ends and takes no width, so that nothing moves.

    Args:
        rtl: Whether the line's paragraph runs from right to left.
    """
    space = plain_cluster(" ", font)
    return (*line, Run((space,), (0,), rtl=False, left=-space.advance if rtl else width_of(line)))


@cache
def font_bytes(name: str) -> bytes:
    """Return a shipped font file."""
    return resources.files("certify.pdf").joinpath("fonts", f"{name}.ttf").read_bytes()


@cache
def _harfbuzz(name: str) -> hb.Font:
    font = hb.Font(hb.Face(font_bytes(name)))
    font.scale = (UNITS, UNITS)
    return font


@cache
def letters(name: str) -> frozenset[int]:
    """Return the code points that a shipped font has."""
    return frozenset(_harfbuzz(name).face.unicodes)


def unprintable(text: str, fonts: tuple[str, ...] = NAME_FONTS) -> tuple[str, ...]:
    """Return the characters of ``text`` that none of the fonts has, each once, in order."""
    missing = (char for char in text if not any(ord(char) in letters(name) for name in fonts))
    return tuple(dict.fromkeys(missing))


def shape(text: str, fonts: tuple[str, ...] = NAME_FONTS, paragraph: str = "") -> Line:
    """Shape one line; of the fonts, the first that has a letter draws it.

    Args:
        paragraph: What the line was broken from, if it was: a line runs as its paragraph does.

    Raises:
        UnprintableName: A character is in none of the fonts; the message names it.
    """
    # The first font has no letter that runs from right to left: one run, as with nearly every text.
    if letters(fonts[0]).issuperset(map(ord, paragraph or text)):
        return (_shape_run(text, fonts[0], rtl=False),)
    missing = unprintable(text, fonts)
    if missing:
        raise UnprintableName(
            "has " + ", ".join(character_name(char) for char in missing) + ", which no font here can draw.",
            where="printed name",
            fix="print another form of the name",
        )
    parts = _itemise(text, fonts, levels(text, base=runs_right_to_left(paragraph or text)))
    runs = [_shape_run(part, font, rtl=level % 2 == 1) for part, font, level in parts]
    left = 0
    for place in seen([level for _, _, level in parts]):
        runs[place] = replace(runs[place], left=left)
        left += runs[place].width
    return tuple(runs)


def _itemise(text: str, fonts: tuple[str, ...], of_chars: list[int]) -> list[tuple[str, str, int]]:
    """Cut a line where font or level changes; marks and spaces are drawn with the font of what is before them."""
    parts: list[tuple[str, str, int]] = []
    for char, level in zip(text, of_chars, strict=True):
        if parts and not char.isalnum() and ord(char) in letters(parts[-1][1]):
            font = parts[-1][1]
        else:
            font = next(name for name in fonts if ord(char) in letters(name))
        if parts and parts[-1][1:] == (font, level):
            parts[-1] = (parts[-1][0] + char, font, level)
        else:
            parts.append((char, font, level))
    return parts


def _shape_run(text: str, name: str, *, rtl: bool) -> Run:
    font = _harfbuzz(name)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    # Guessed from the machine's locale otherwise, and the same award must give the same bytes everywhere.
    buffer.language = "und"
    buffer.direction = "rtl" if rtl else "ltr"
    hb.shape(font, buffer, _FEATURES)
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    if not rtl and len(infos) == len(text) > 0:
        across, up, advances, _ = zip(*[position.position for position in positions], strict=True)
        if not any(across) and not any(up) and all(map(eq, map(_cluster_of, infos), count())):
            plain = _plain_clusters(name)
            clusters = map(plain.__getitem__, zip(text, map(_glyph_of, infos), strict=True))
            return Run(tuple(clusters), advances, rtl=False)
    return _clustered(text, name, infos, positions, rtl=rtl)


def _clustered(
    text: str, name: str, infos: list[hb.GlyphInfo], positions: list[hb.GlyphPosition], *, rtl: bool
) -> Run:
    """The general case: glyphs that share a cluster, or stand off their place."""
    starts = sorted({info.cluster for info in infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    drawn: dict[int, list[GlyphPlace]] = {start: [] for start in starts}
    advance: dict[int, int] = dict.fromkeys(starts, 0)
    for info, position in zip(infos, positions, strict=True):
        at = advance[info.cluster] + position.x_offset
        drawn[info.cluster].append((name, info.codepoint, at, position.y_offset))
        advance[info.cluster] += position.x_advance
    return Run(
        tuple(_cluster(text[start : ends[start]], tuple(drawn[start])) for start in starts),
        tuple(advance[start] for start in starts),
        rtl,
    )


@lru_cache(_REMEMBERED_CLUSTERS)
def plain_cluster(char: str, name: str) -> Cluster:
    """Return the cluster of a single character that a font has, as it is drawn by itself."""
    return _plain_clusters(name)[char, _harfbuzz(name).get_nominal_glyph(ord(char)) or 0]


class _PlainClusters(dict[tuple[str, int], Cluster]):
    """What a font draws for characters by themselves; no more than it has glyphs for them."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __missing__(self, key: tuple[str, int]) -> Cluster:
        char, glyph = key
        made = self[key] = _cluster(char, ((self._name, glyph, 0, 0),))
        return made


@cache
def _plain_clusters(name: str) -> _PlainClusters:
    return _PlainClusters(name)


@lru_cache(_REMEMBERED_CLUSTERS)
def _cluster(text: str, glyphs: tuple[GlyphPlace, ...]) -> Cluster:
    advance = sum(_harfbuzz(name).get_glyph_h_advance(glyph) for name, glyph, _, _ in glyphs)
    return Cluster(text, glyphs, advance, text.encode("utf-16-be").hex())
