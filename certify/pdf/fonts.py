"""Embedded fonts in which every code is one shaped cluster (ISO 32000-1, 9.7)."""

from __future__ import annotations

from collections.abc import Iterable

from certify.pdf.shaping import Cluster, Line, Run, carried_on, plain_cluster, shape, width_of
from certify.pdf.truetype import extent, program

_MOST_CODES = 4096
_HEX = [f"{code:04X}" for code in range(_MOST_CODES)]
# What a literal string may not hold as it is (ISO 32000-1, 7.3.4.2); an end of line would be read as another.
_ESCAPES = {ord(char): f"\\{char}" for char in "()\\"} | {ord("\r"): "\\r"}
_SHOWN = [(chr(code >> 8) + chr(code & 255)).translate(_ESCAPES) for code in range(_MOST_CODES)]

_CMAP_HEAD = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
)
_CMAP_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"


def _ranges(last: int) -> list[tuple[int, int]]:
    """Return first and last code of each range: in one, the first bytes are the same (9.10.3 by reference)."""
    return [(max(first, 1), min(first + 255, last)) for first in range(0, last + 1, 256)]


class ClusterFont:
    """Gives every distinct cluster a code, in the order in which they first appear; code 0 draws nothing.

    Args:
        lines: Shaped lines that the font must be able to show.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._codes: dict[Cluster, int] = {}
        self.add(lines)

    def add(self, lines: Iterable[Line]) -> None:
        """Make the font able to show more lines."""
        codes = self._codes
        for line in lines:
            for run in line:
                for cluster in run.clusters:
                    if cluster not in codes:
                        codes[cluster] = len(codes) + 1

    @property
    def used(self) -> bool:
        """Whether any text needs it."""
        return bool(self._codes)

    def show(self, line: Line, at: int = 0) -> str:
        """Return the TJ operator that draws a line in reading order; to be written in Latin-1.

        Args:
            at: Where on the line the pen is, in thousandths of the font size; it is left at the last run's end.

        Raises:
            KeyError: A cluster is not in the font.
        """
        codes, parts = self._codes, ["["]
        for run in line:
            if run.left != at:
                parts.append(f" {at - run.left} ")
            at = run.left + run.width
            if run.rtl:
                parts.append(self._right_to_left(run))
                continue
            parts.append("(")
            for cluster, advance in zip(run.clusters, run.advances, strict=True):
                parts.append(_SHOWN[codes[cluster]])
                if advance != cluster.advance:
                    parts.append(f"){cluster.advance - advance}(")
            parts.append(")")
        parts.append("] TJ")
        return "".join(parts)

    def _right_to_left(self, run: Run) -> str:
        # Letters are written in reading order, each placed by stepping back, so that they are copied so.
        parts, at, right = [], 0, run.width
        for cluster, advance in zip(run.clusters, run.advances, strict=True):
            left = right - advance
            parts.append(f"{at - left}({_SHOWN[self._codes[cluster]]})")
            at, right = left + cluster.advance, left
        return " ".join([*parts, str(at - run.width)])

    def program(self) -> bytes:
        """Return the font file."""
        return program(tuple(self._codes))

    def box(self) -> tuple[int, int, int, int]:
        """Return left, bottom, right and top of all glyphs over each other (ISO 32000-1, table 122)."""
        return extent(self._codes)

    def widths(self) -> str:
        """Return the W array (ISO 32000-1, 9.7.4.3)."""
        return f"[1[{' '.join([str(cluster.advance) for cluster in self._codes])}]]"

    def to_unicode(self) -> str:
        """Return the CMap that says which letters each code stands for."""
        letters = [cluster.unicode for cluster in self._codes]  # of the codes from 1 on
        ranges = [
            f"<{_HEX[first]}> <{_HEX[last]}> [<{'><'.join(letters[first - 1 : last])}>]\n"
            for first, last in _ranges(len(letters))
        ]
        return f"{_CMAP_HEAD}{len(ranges)} beginbfrange\n{''.join(ranges)}endbfrange\n{_CMAP_TAIL}"


class LabelFont:
    """A font of the constant part: texts are shaped into it until it is finished.

    Args:
        key: Its name among a page's resources.
        face: The shipped fonts that draw it, in order of preference.
    """

    def __init__(self, key: str, face: tuple[str, ...]) -> None:
        self.key = key
        self.face = face
        self._font = ClusterFont()
        self._codes: dict[int, str] = {}
        self._widths: dict[str, int] = {}

    def shaped(self, text: str, paragraph: str = "") -> Line:
        """Shape a text and make the font able to show it (see `shape`)."""
        line = shape(text, self.face, paragraph)
        self._font.add((line,))
        return line

    def carried_on(self, line: Line, *, rtl: bool) -> Line:
        """Return a line that another one follows (see `certify.pdf.shaping.carried_on`)."""
        line = carried_on(line, self.face[0], rtl=rtl)
        self._font.add((line,))
        return line

    def know(self, characters: str) -> None:
        """Make the font able to `spell` these characters."""
        for char in characters:
            cluster = plain_cluster(char, self.face[0])
            line = (Run((cluster,), (cluster.advance,), rtl=False),)
            self._font.add((line,))
            self._codes[ord(char)] = self._font.show(line)[2:-5]
            self._widths[char] = cluster.advance

    def show(self, line: Line) -> str:
        """Return the TJ operator for a line; KeyError where the font was never made able to show it."""
        return self._font.show(line)

    def spell(self, text: str) -> tuple[str, int]:
        """Return a literal string of known characters, without its brackets, and its width in thousandths of the size.

        Raises:
            KeyError: A character was not made known.
        """
        width = sum(map(self._widths.__getitem__, text))
        return text.translate(self._codes), width

    @property
    def used(self) -> bool:
        """Whether any text needs it."""
        return self._font.used

    @property
    def embedded(self) -> ClusterFont:
        """The font as it must be embedded."""
        return self._font


def fitted(line: Line, size: float, width: float) -> float:
    """Return the size in points, at most ``size``, at which a line is no wider than ``width`` points."""
    natural = width_of(line) * size / 1000
    return size if natural <= width else size * width / natural
