"""What is drawn for a single award: each slot was given its place, font and mark when its kind was compiled."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from certify.award.record import AwardRecord
from certify.errors import InvalidName, LintFailed
from certify.pdf.bidi import runs_right_to_left
from certify.pdf.fields import Words
from certify.pdf.fonts import ClusterFont, LabelFont, fitted
from certify.pdf.qr import QUIET_MODULES, encode
from certify.pdf.shaping import NAME_FONTS, Line, carried_on, shape, width_of
from certify.pdf.syntax import MM, plain, stream, text_string
from certify.people.model import HolderName

CODE_IMAGE = "Q"
"""Name of the code among the resources of its page."""

_REMEMBERED_TEXTS = 512
_WRAPPED = 0.6
"""How much smaller than the largest a name is set on two lines."""
_SCRIPTS = {
    "LATIN": "Latn",
    "CYRILLIC": "Cyrl",
    "GREEK": "Grek",
    "ARABIC": "Arab",
    "HEBREW": "Hebr",
    "DEVANAGARI": "Deva",
}
_SHARE = {"left": 0.0, "centre": 0.5, "right": 1.0}


Laid = tuple[ClusterFont, list[tuple[Line, float, float]]]
"""A certificate's own font, and its lines with size and baseline."""


@dataclass(frozen=True, slots=True)
class Pen:
    """How and where a line is set; lengths in points from the lower left corner.

    Attributes:
        font: Its name among the page's resources.
        x: Of the line's left edge, middle or right edge, as ``align`` says.
        y: Of the baseline.
        width: The widest that the line may be.
    """

    font: str
    size: float
    ink: str
    x: float
    y: float
    align: str
    width: float

    def start(self, size: float, width: float) -> str:
        """Return the operators before the text, for a line of this size and width in points."""
        left = self.x - _SHARE[self.align] * width
        return f"BT/{self.font} {size:.2f} Tf {self.ink} rg {left:.2f} {self.y:.2f} Td"


class SpelledSlot:
    """A text of few letters and digits that is different in every award."""

    def __init__(
        self, mark: int, pen: Pen, font: LabelFont, source: Callable[[AwardRecord, Words], str], words: Words
    ) -> None:
        self._mark, self._pen, self._font, self._source, self._words = mark, pen, font, source, words

    def draw(self, award: AwardRecord) -> str:
        """Return the marked content."""
        return spelled(self._mark, self._pen, self._font, self._source(award, self._words), "P")[0]


def spelled(mark: int, pen: Pen, font: LabelFont, text: str, tag: str) -> tuple[str, float, float]:
    """Return marked content that shows a text of foreseen characters, its width and its size.

    Raises:
        LintFailed: A character was not foreseen.
    """
    try:
        codes, natural = font.spell(text)
    except KeyError as error:
        raise LintFailed(
            f"The text {text!r} has a character that was not foreseen.", where="certificate"
        ) from error
    size = min(pen.size, 1000 * pen.width / max(natural, 1))
    width = natural * size / 1000
    return f"/{tag}<</MCID {mark}>>BDC {pen.start(size, width)} ({codes}) Tj ET EMC\n", width, size


class ShapedSlot:
    """A text that many awards share, such as a date; what was drawn lately is kept."""

    def __init__(
        self, mark: int, pen: Pen, font: LabelFont, source: Callable[[AwardRecord, Words], str], words: Words
    ) -> None:
        self._mark, self._pen, self._font, self._source, self._words = mark, pen, font, source, words
        self._drawn = lru_cache(_REMEMBERED_TEXTS)(self._draw)

    def draw(self, award: AwardRecord) -> str:
        """Return the marked content."""
        return self._drawn(self._source(award, self._words))

    def _draw(self, text: str) -> str:
        line = shape(text, self._font.face)
        size = fitted(line, self._pen.size, self._pen.width)
        try:
            shown = self._font.show(line)
        except KeyError as error:
            raise LintFailed(
                f"The text {text!r} has a letter that was not foreseen.", where="certificate"
            ) from error
        return f"/P<</MCID {self._mark}>>BDC {self._pen.start(size, width_of(line) * size / 1000)} {shown} ET EMC\n"


@dataclass(frozen=True, slots=True)
class NameSlot:
    """The holder's name as it is printed, and its other form under it.

    Attributes:
        pen: Its ``y`` is the middle of the name.
        smallest: The smallest size that a name may have.
        other_size, other_y: Of the other form.
        script: ISO 15924 code of the document's own script.
    """

    mark: int
    pen: Pen
    smallest: float
    other_size: float
    other_y: float
    script: str

    def lay_out(self, holder: HolderName) -> Laid:
        """Return the certificate's own font and its lines with size and baseline.

        Raises:
            UnprintableName: No shipped font has a character of the name; the message names it.
            InvalidName: The name is too long for the certificate even on two lines.
        """
        lines = fit_name(holder.printed, self.pen.width, self.pen.size, self.smallest)
        size = lines[0][1]
        top = self.pen.y - size * 0.34 + size * 1.18 * (len(lines) - 1) / 2
        placed = [(line, size, top - index * size * 1.18) for index, (line, size) in enumerate(lines)]
        other = holder.latin if holder.latin != holder.printed else holder.native
        if other != holder.printed:
            second = shape(other)
            placed.append((second, fitted(second, self.other_size, self.pen.width), self.other_y))
        # Nearly every name is written from left to right, and says so in its runs.
        rtl = any(run.rtl for line, _ in lines for run in line) and runs_right_to_left(holder.printed)
        placed[:-1] = [
            (carried_on(line, NAME_FONTS[0], rtl=rtl), size, baseline) for line, size, baseline in placed[:-1]
        ]
        return ClusterFont([line for line, _, _ in placed]), placed

    def draw(self, font: ClusterFont, placed: list[tuple[Line, float, float]]) -> str:
        """Return the marked content; a script that is not the document's own is said to be one."""
        parts = [f"/P<</MCID {self.mark}>>BDC {self.pen.ink} rg"]
        for line, size, baseline in placed:
            left = self.pen.x - _SHARE[self.pen.align] * width_of(line) * size / 1000
            parts.append(f"BT/{self.pen.font} {size:.2f} Tf {left:.2f} {baseline:.2f} Td")
            at = 0
            for run in line:
                script = script_of(run.clusters[0].text) if run.clusters else ""
                shown = font.show((run,), at)
                at = run.left + run.width
                foreign = script and script != self.script
                parts.append(f"/Span<</Lang(und-{script})>>BDC {shown} EMC" if foreign else shown)
            parts.append("ET")
        parts.append("EMC\n")
        return " ".join(parts)


@lru_cache(1024)
def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").split(" ")[0], "")


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script of a text's first letter; empty where it has none."""
    return next((_script(char) for char in text if char.isalpha()), "")


def fit_name(name: str, width: float, largest: float, smallest: float) -> list[tuple[Line, float]]:
    """Return one or two shaped lines with their font size in points, shrunk until they fit ``width`` points.

    Raises:
        InvalidName: It does not fit even on two lines at the smallest size.
    """
    whole = shape(name)
    size = fitted(whole, largest, width)
    if size >= 0.62 * largest:
        return [(whole, size)]
    best: tuple[float, float, Line, Line] | None = None
    words = name.split(" ")
    for cut in range(1, len(words)):
        first, second = (shape(" ".join(part), paragraph=name) for part in (words[:cut], words[cut:]))
        fitting = min(fitted(first, _WRAPPED * largest, width), fitted(second, _WRAPPED * largest, width))
        uneven = abs(width_of(first) - width_of(second))
        if best is None or (fitting, -uneven) > best[:2]:
            best = (fitting, -uneven, first, second)
    if best is not None and best[0] >= smallest:
        return [(best[2], best[0]), (best[3], best[0])]
    if size >= smallest:
        return [(whole, size)]
    raise InvalidName(
        "is too long for the certificate, even on two lines.",
        where="printed name",
        fix="print a shorter form",
    )


class Code(NamedTuple):
    """A QR code as it is drawn.

    Attributes:
        content: The marked content.
        box: The figure's attributes, with the box that it fills.
        stencil: The image.
    """

    content: str
    box: str
    stencil: bytes


@dataclass(frozen=True, slots=True)
class CodeSlot:
    """The QR code, around its centre; lengths in points."""

    mark: int
    x: float
    y: float

    def draw(self, address: str) -> Code:
        """Draw an address.

        The code lies on white with its quiet zone, whatever is under it.
        """
        kind, data = encode(address)
        content, box, opening, closing = self._around(kind.version, kind.modules)
        return Code(content, box, b"".join((opening, kind.image(data), closing)))

    @lru_cache(64)  # noqa: B019 - slots are few, and equal ones draw alike
    def _around(self, version: int, modules: int) -> tuple[str, str, bytes, bytes]:
        """Return what all codes of a version have: content, box, and what is around the image."""
        edge = code_edge(version)
        module = edge / modules
        quiet = edge + 2 * QUIET_MODULES * module
        left, bottom = self.x - edge / 2, self.y - edge / 2
        ground = self.x - quiet / 2, self.y - quiet / 2
        content = (
            f"/Figure<</MCID {self.mark}>>BDC q 1 g {plain(ground[0])} {plain(ground[1])} {plain(quiet)} {plain(quiet)} re f"
            f" 0 g {edge:.3f} 0 0 {edge:.3f} {left:.3f} {bottom:.3f} cm /{CODE_IMAGE} Do Q EMC\n"
        )
        box = " ".join(plain(value) for value in (*ground, ground[0] + quiet, ground[1] + quiet))
        # A stencil (ISO 32000-1, 8.9.6.2): one bit a module, painted where it is 1, and never interpolated.
        opening, _, closing = stream(
            bytes(-(-modules // 8) * modules),
            f"/Type/XObject/Subtype/Image/Width {modules}/Height {modules}/ImageMask true/Decode[1 0]"
            "/BitsPerComponent 1/Interpolate false",
        )
        return content, f"<</O/Layout/Placement/Block/BBox[{box}]>>", opening, closing


def code_edge(version: int) -> float:
    """Return the edge of a code without its quiet zone, in points: modules that phones read from paper.

    Up to version 13 a module has 0.57 mm, which decoders read reliably at 150 dots per inch.
    """
    if version <= 9:  # noqa: PLR2004 - see docs/templates.md
        return 30 * MM
    return {10: 33, 11: 35}.get(version, 40) * MM


@dataclass(frozen=True, slots=True)
class AddressSlot:
    """The verification address in words, and the link on it."""

    mark: int
    pen: Pen
    font: LabelFont
    page: int
    parent: int
    description: str

    def draw(self, address: str) -> tuple[str, str]:
        """Return the marked content and the link annotation (ISO 32000-1, 12.5.6.5)."""
        content, width, size = spelled(self.mark, self.pen, self.font, address, "Link")
        left = self.pen.x - _SHARE[self.pen.align] * width
        box = (left, self.pen.y - 0.3 * size, left + width, self.pen.y + 0.9 * size)
        return content, (
            f"<</Type/Annot/Subtype/Link/Rect[{' '.join(plain(value) for value in box)}]/F 4/Border[0 0 0]"
            f"/P {self.page} 0 R/StructParent {self.parent}/Contents {text_string(self.description)}"
            f"/A<</S/URI/URI {text_string(address)}>>>>"
        )
