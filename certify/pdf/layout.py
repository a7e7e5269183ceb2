"""From a design to a compiled page: each element draws what is constant and reserves what varies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from certify.award.record import AwardRecord
from certify.errors import LintFailed
from certify.pdf.bidi import runs_right_to_left
from certify.pdf.design import Design
from certify.pdf.fields import SLOTS, SPELLED, Words, expand, samples
from certify.pdf.fonts import LabelFont, fitted
from certify.pdf.shaping import Line, shape, text_of, width_of
from certify.pdf.slots import AddressSlot, CodeSlot, NameSlot, Pen, ShapedSlot, SpelledSlot, script_of
from certify.pdf.structure import Node
from certify.pdf.syntax import MM, plain, text_string

WIDTH, HEIGHT = 297 * MM, 210 * MM
NAME_FONT = "N"
_NUMBER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
_ADDRESS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/%[]@"
SMALLEST, STEP, LEADING = 5.0, 0.1, 1.25
_WRAPPED = 0.66
"""How much smaller than on one line a title is set on several."""

Spec = Mapping[str, Any]
"""An element's values in the design; `design` has checked them."""


@dataclass(slots=True)
class Sheet:
    """One page as it is compiled.

    Attributes:
        constant: Operators of what is the same for every award of the kind.
        slots: What draws the rest, into a content stream behind the constant one.
        marked: The structure element of each MCID.
        images: Image files by their name among the page's resources.
    """

    constant: list[str] = field(default_factory=list)
    slots: list[ShapedSlot | SpelledSlot] = field(default_factory=list)
    marked: list[Node] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)

    def mark(self, node: Node, page: int) -> int:
        """Give an element the next MCID of this page."""
        node.page = page
        node.kids.append(len(self.marked))
        self.marked.append(node)
        return len(self.marked) - 1


class Layout:
    """Lays out one kind of award after its design.

    Attributes:
        document: The root of the structure tree.
        sheets: The pages.
        name, code, address: What only one place of the certificate shows.
    """

    name: NameSlot
    code: CodeSlot
    address: AddressSlot

    def __init__(
        self,
        design: Design,
        award: AwardRecord,
        words: Words,
        fonts: Mapping[str, LabelFont],
    ) -> None:
        self.design, self.award, self.words, self.fonts = design, award, words, fonts
        self.inks = {name: ink_of(value) for name, value in design.document["inks"].items()}
        self.styles: Mapping[str, Spec] = design.document["styles"]
        self.document = Node("Document")
        self.sheets: list[Sheet] = []

    @property
    def sheet(self) -> Sheet:
        """The page being laid out."""
        return self.sheets[-1]

    @property
    def index(self) -> int:
        """Its index."""
        return len(self.sheets) - 1

    def expand(self, template: str) -> str:
        """Fill in the fields of a design's text."""
        return expand(template, self.award, self.words)

    def label(self, name: str) -> str:
        """Return a label in the award's language, its fields filled in."""
        return self.expand(f"{{label.{name}}}")

    def pen(self, style: str, spec: Spec, *, drop: float = 0) -> Pen:
        """Return the pen of a style at an element's place, ``drop`` millimetres lower."""
        chosen = self.styles[style]
        x, y = spec["at"]
        width = spec["width"] * MM if "width" in spec else WIDTH - 30 * MM
        font = self.fonts[chosen["font"]].key
        return Pen(
            font,
            chosen["size"],
            self.inks[chosen["ink"]],
            x * MM,
            HEIGHT - (y + drop) * MM,
            spec.get("align", "left"),
            width,
        )

    def _title(self, style: str, text: str, width: float, lines: int) -> tuple[float, list[Line]]:
        """Shape a title: on one line while that shrinks it little, or else on several that are smaller."""
        chosen = self.styles[style]
        largest = _WRAPPED * chosen["size"]
        line = self.fonts[chosen["font"]].shaped(text)
        if fitted(line, chosen["size"], width) >= largest:
            return self.block(style, text, width, 1)
        return self.block(style, text, width, lines, largest)

    def block(
        self, style: str, text: str, width: float, lines: int, largest: float | None = None
    ) -> tuple[float, list[Line]]:
        """Shape a text into at most ``lines`` lines of at most ``width`` points, as large as they fit.

        Raises:
            LintFailed: The text does not fit at the smallest size of its style.
        """
        chosen = self.styles[style]
        font = self.fonts[chosen["font"]]
        size, smallest = largest or chosen["size"], chosen.get("smallest", SMALLEST)
        if chosen.get("capitals"):
            text = text.upper()
        spacing = chosen.get("spacing", 0)
        if lines == 1:
            line = font.shaped(text)
            size = fitted(line, size, width - spacing * len(text))
            if size < smallest - 0.005:
                raise self._too_long(text)
            return size, [line]
        while True:
            broken = wrap(text, font, size, width, spacing)
            if len(broken) <= lines and all(
                width_of(shape(item, font.face, text)) * size <= 1000 * (width - spacing * len(item))
                for item in broken
            ):
                return size, [font.shaped(item, text) for item in broken]
            if size - STEP < smallest:
                raise self._too_long(text)
            size -= STEP

    def set_lines(self, node: Node, style: str, pen: Pen, size: float, lines: list[Line]) -> float:
        """Draw lines downwards from the pen as one marked content and return the last baseline."""
        chosen = self.styles[style]
        mark = self.sheet.mark(node, self.index)
        leading = chosen.get("leading", LEADING) * size
        parts = [f"/{node.tag}<</MCID {mark}>>BDC"]
        y = pen.y
        rtl = runs_right_to_left("".join(text_of(line) for line in lines))
        for index, line in enumerate(lines, start=1):
            y = pen.y - (index - 1) * leading
            drawn = self.fonts[chosen["font"]].carried_on(line, rtl=rtl) if index < len(lines) else line
            parts.append(self.text_object(style, pen, size, line, y, drawn))
        parts.append("EMC")
        self.sheet.constant.append(" ".join(parts))
        return y

    def text_object(
        self, style: str, pen: Pen, size: float, line: Line, y: float, carried: Line | None = None
    ) -> str:
        """Return the operators of one line; ``carried`` is the same as it is drawn before another one."""
        chosen = self.styles[style]
        # Letters of these scripts join, and each is placed by stepping back, which spacing would upset.
        spacing = 0 if any(run.rtl for run in line) else chosen.get("spacing", 0)
        letters = sum(len(run.clusters) for run in line)
        placed = Pen(pen.font, size, pen.ink, pen.x, y, pen.align, pen.width)
        start = placed.start(size, width_of(line) * size / 1000 + spacing * max(letters - 1, 0))
        drawn = carried or line
        shown = self.fonts[chosen["font"]].show(drawn)
        if not spacing:
            return f"{start} {shown} ET"
        # Readers take spaced letters for words of one letter each, unless told the text (ISO 32000-1, 14.9.4).
        actual = text_string(text_of(drawn))
        return f"/Span<</ActualText {actual}>>BDC {start} {plain(spacing)} Tc {shown} 0 Tc ET EMC"

    def text(self, spec: Spec) -> None:
        """A constant text."""
        if spec.get("only") == "specimen" and not self.award.specimen:
            return
        style = spec["style"]
        pen = self.pen(style, spec)
        text, count = self.expand(spec["text"]), spec.get("lines", 1)
        if spec.get("grow") == "middle":
            size, lines = self._title(style, text, pen.width, count)
            leading = self.styles[style].get("leading", LEADING) * size
            pen = replace(pen, y=pen.y + (len(lines) - 1) * leading / 2)
        else:
            size, lines = self.block(style, text, pen.width, count)
        self.set_lines(self.document.add(self.styles[style].get("tag", "P")), style, pen, size, lines)

    def facts(self, spec: Spec) -> None:
        """Labels with a value under each: a list of terms and what they mean (ISO 32000-1, 14.8.4.3.3)."""
        listed = self.document.add("L", "/A<</O/List/ListNumbering/None>>")
        for item in spec["items"]:
            entry = listed.add("LI")
            pen = self.pen(spec["label_style"], item)
            size, lines = self.block(spec["label_style"], self.label(item["label"]), pen.width, 1)
            self.set_lines(entry.add("Lbl"), spec["label_style"], pen, size, lines)
            style = spec["value_style"]
            value = self.pen(style, item, drop=spec["drop"])
            body = entry.add("LBody").add("P")
            if "text" in item:
                size, lines = self.block(style, self.expand(item["text"]), value.width, item.get("lines", 1))
                self.set_lines(body, style, value, size, lines)
            else:
                self._slot(item["slot"], style, value, body)

    def _slot(self, name: str, style: str, pen: Pen, node: Node) -> None:
        font = self.fonts[self.styles[style]["font"]]
        mark = self.sheet.mark(node, self.index)
        if name in SPELLED:
            font.know(_NUMBER)
            self.sheet.slots.append(SpelledSlot(mark, pen, font, SLOTS[name], self.words))
        else:
            for sample in samples(name, self.words):
                font.shaped(sample)
            self.sheet.slots.append(ShapedSlot(mark, pen, font, SLOTS[name], self.words))

    def place_name(self, spec: Spec) -> None:
        """The holder's name."""
        x, y = spec["at"]
        pen = Pen(
            NAME_FONT,
            spec["largest"],
            self.inks[spec["ink"]],
            x * MM,
            HEIGHT - y * MM,
            spec["align"],
            spec["width"] * MM,
        )
        mark = self.sheet.mark(self.document.add("P"), self.index)
        script = script_of(self.words["certificate"])
        self.name = NameSlot(
            mark, pen, spec["smallest"], spec["other_size"], HEIGHT - spec["other_at"] * MM, script
        )

    def place_code(self, spec: Spec, box: int) -> None:
        """The QR code; ``box`` is the object that says where the figure is."""
        node = self.document.add("Figure", f"/Alt {text_string(self.label(spec['alternative']))}/A {box} 0 R")
        x, y = spec["at"]
        self.code = CodeSlot(self.sheet.mark(node, self.index), x * MM, HEIGHT - y * MM)

    def place_address(self, spec: Spec, page: int, annotation: int) -> None:
        """The verification address with its link."""
        node = self.document.add("P").add("Link")
        node.annotation = annotation
        font = self.fonts[self.styles[spec["style"]]["font"]]
        font.know(_ADDRESS)
        mark = self.sheet.mark(node, self.index)
        self.address = AddressSlot(
            mark,
            self.pen(spec["style"], spec),
            font,
            page,
            len(self.design.document["pages"]),
            self.label(spec["alternative"]),
        )

    def _too_long(self, text: str) -> LintFailed:
        return LintFailed(
            f"The text {text[:60]!r} does not fit into its place in the design {self.design.id} {self.design.version}.",
            where="framework",
            fix="shorten it in the framework, or issue with another design",
        )


def ink_of(colour: str) -> str:
    """Return ``#RRGGBB`` as the three operands of ``rg``."""
    return " ".join(f"{int(colour[at : at + 2], 16) / 255:.4f}".rstrip("0").rstrip(".") for at in (1, 3, 5))


def wrap(text: str, font: LabelFont, size: float, width: float, spacing: float = 0) -> list[str]:
    """Break a text between words into lines of at most ``width`` points; a longer word stands alone.

    Args:
        spacing: What is added between letters, in points.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(shape(longer, font.face)) * size > 1000 * (width - spacing * len(longer)):
            lines.append(word)
        elif lines:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
