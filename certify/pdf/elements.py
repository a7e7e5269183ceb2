"""The elements of a design that are longer than a line: drawings, watermark, competences, notes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path import parse_path
from PIL import Image

from certify.award.record import AwardedCompetence
from certify.errors import DesignInvalid, LintFailed
from certify.pdf.layout import HEIGHT, LEADING, SMALLEST, STEP, Layout, Spec, wrap
from certify.pdf.shaping import width_of
from certify.pdf.slots import Pen
from certify.pdf.structure import Node
from certify.pdf.syntax import MM, plain, text_string

_LARGEST_IMAGE = 4_000_000
Group = tuple[str, list[AwardedCompetence]]
_Point = tuple[float, float]


def draw_rectangle(layout: Layout, spec: Spec) -> None:
    """An ornament."""
    (x, y), (width, height) = spec["at"], spec["size"]
    box = " ".join(plain(value * MM) for value in (x, HEIGHT / MM - y - height, width, height))
    layout.sheet.constant.append(f"/Artifact BMC q {_paint(layout, spec, f'{box} re')} Q EMC")


def draw_line(layout: Layout, spec: Spec) -> None:
    """An ornament."""
    (x, y), (to_x, to_y) = spec["from"], spec["to"]
    path = f"{plain(x * MM)} {plain(HEIGHT - y * MM)} m {plain(to_x * MM)} {plain(HEIGHT - to_y * MM)} l"
    layout.sheet.constant.append(f"/Artifact BMC q {_paint(layout, spec, path)} Q EMC")


def _paint(layout: Layout, spec: Spec, path: str) -> str:
    parts = []
    if "fill" in spec:
        parts.append(f"{layout.inks[spec['fill']]} rg")
    if "stroke" in spec:
        parts.append(f"{layout.inks[spec['stroke']]} RG {plain(spec.get('line', 1))} w")
    painting = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}[
        "fill" in spec, "stroke" in spec
    ]
    return f"{' '.join(parts)} {path} {painting}"


class _Operators(BasePen):  # type: ignore[misc]  # fontTools ships no types
    """Writes an SVG path as operators of a PDF."""

    def __init__(self) -> None:
        super().__init__(None)
        self.parts: list[str] = []

    def _put(self, operator: str, *points: _Point) -> None:
        self.parts += [f"{x:.3f} {y:.3f}" for x, y in points]
        self.parts.append(operator)

    def _moveTo(self, pt: _Point) -> None:  # noqa: N802 - the pen protocol
        self._put("m", pt)

    def _lineTo(self, pt: _Point) -> None:  # noqa: N802 - the pen protocol
        self._put("l", pt)

    def _curveToOne(self, pt1: _Point, pt2: _Point, pt3: _Point) -> None:  # noqa: N802 - the pen protocol
        self._put("c", pt1, pt2, pt3)

    def _closePath(self) -> None:  # noqa: N802 - the pen protocol
        self._put("h")

    def _endPath(self) -> None:  # noqa: N802 - the pen protocol
        return


def draw_drawing(layout: Layout, spec: Spec) -> None:
    """A logo from SVG paths: a figure where it has an alternative text, or else an ornament."""
    (x, y), (width, height), view = spec["at"], spec["size"], spec["view"]
    parts = [
        f"q {width * MM / view[0]:.5f} 0 0 {-height * MM / view[1]:.5f} {plain(x * MM)} {plain(HEIGHT - y * MM)} cm"
    ]
    for path in spec["paths"]:
        pen = _Operators()
        try:  # fontTools has no error of its own
            parse_path(path["d"], pen)
        except (ValueError, TypeError, IndexError, AssertionError) as error:
            raise DesignInvalid(
                f"is not an SVG path: {error}.", where=f"design {layout.design.id}: drawing"
            ) from error
        if not {"l", "c"} & set(pen.parts):
            raise DesignInvalid("has a path that draws nothing.", where=f"design {layout.design.id}: drawing")
        parts.append(_paint(layout, path, " ".join(pen.parts)))
    _place(layout, spec, " ".join([*parts, "Q"]))


def draw_image(layout: Layout, spec: Spec) -> None:
    """A logo from a PNG file."""
    (x, y), (width, height) = spec["at"], spec["size"]
    name = f"I{len(layout.sheet.images)}"
    layout.sheet.images[name] = spec["file"]
    matrix = " ".join(plain(value * MM) for value in (width, 0, 0, height, x, HEIGHT / MM - y - height))
    _place(layout, spec, f"q {matrix} cm /{name} Do Q")


def _place(layout: Layout, spec: Spec, operators: str) -> None:
    if "alternative" not in spec:
        layout.sheet.constant.append(f"/Artifact BMC {operators} EMC")
        return
    (x, y), (width, height) = spec["at"], spec["size"]
    box = " ".join(plain(value * MM) for value in (x, HEIGHT / MM - y - height, x + width, HEIGHT / MM - y))
    node = layout.document.add(
        "Figure",
        f"/Alt {text_string(layout.label(spec['alternative']))}/A<</O/Layout/Placement/Block/BBox[{box}]>>",
    )
    mark = layout.sheet.mark(node, layout.index)
    layout.sheet.constant.append(f"/Figure<</MCID {mark}>>BDC {operators} EMC")


def image_stream(path: Path) -> tuple[bytes, str]:
    """Return a PNG's pixels in sRGB on white, without transparency (ISO 19005-3, 6.2.8), and its dictionary.

    Raises:
        DesignInvalid: It is missing, no PNG, or too large.
    """
    try:
        with Image.open(path, formats=["PNG"]) as source:
            if source.width * source.height > _LARGEST_IMAGE:
                raise DesignInvalid(f"has more than {_LARGEST_IMAGE:,} pixels.", where=str(path))
            # Pillow cuts 16 bits of grey off at 255, which is white, in place of scaling them.
            deep = source.mode.startswith("I")
            eight = (
                source.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
                if deep
                else source
            )
            image = eight.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DesignInvalid(f"cannot be read as PNG: {error}.", where=str(path)) from error
    paper = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(paper, image).convert("RGB")
    entries = f"/Type/XObject/Subtype/Image/Width {flat.width}/Height {flat.height}/ColorSpace/DeviceRGB/BitsPerComponent 8"
    return flat.tobytes(), entries


def draw_watermark(layout: Layout, spec: Spec) -> None:
    """A specimen's word across the page, under everything: an ornament, since the note says it in words."""
    if not layout.award.specimen:
        return
    style = spec["style"]
    width = spec.get("width", 240) * MM
    size, (line,) = layout.block(style, layout.expand(spec["text"]), width, 1)
    x, y = spec["at"]
    turn = math.radians(spec.get("turn", 0))
    cosine, sine = f"{math.cos(turn):.5f}", f"{math.sin(turn):.5f}"
    pen = Pen(
        layout.fonts[layout.styles[style]["font"]].key,
        size,
        layout.inks[layout.styles[style]["ink"]],
        0,
        0,
        "centre",
        width,
    )
    drawn = layout.text_object(style, pen, size, line, -0.36 * size)
    layout.sheet.constant.append(
        "/Artifact<</Type/Pagination/Subtype/Watermark>>BDC q "
        f"{cosine} {sine} {-math.sin(turn):.5f} {cosine} {plain(x * MM)} {plain(HEIGHT - y * MM)} cm {drawn} Q EMC"
    )


def draw_notes(layout: Layout, spec: Spec) -> None:
    """Texts side by side under their labels, all smaller where one is long; none is ever cut."""
    (x, y), (width, height) = spec["at"], spec["size"]
    items, gap = spec["items"], spec["gap"]
    column = (width - gap * (len(items) - 1)) / len(items)
    style = layout.styles[spec["text_style"]]
    font, leading, size = layout.fonts[style["font"]], style.get("leading", LEADING), style["size"]
    texts = [layout.expand(item["text"]) for item in items]
    label_drop = 1.5 * layout.styles[spec["label_style"]]["size"]
    room = height * MM - label_drop
    while True:
        broken = [wrap(text, font, size, column * MM, style.get("spacing", 0)) for text in texts]
        if max(len(lines) for lines in broken) * leading * size <= room:
            break
        size -= STEP
        if size < style.get("smallest", SMALLEST):
            raise LintFailed(
                "The scheme's notes are too long for the supplement.",
                where="framework",
                fix="shorten the longest",
            )
    for index, (item, lines) in enumerate(zip(items, broken, strict=True)):
        place = {"at": [x + index * (column + gap), y], "width": column}
        pen = layout.pen(spec["label_style"], place)
        label_size, label = layout.block(spec["label_style"], layout.label(item["label"]), pen.width, 1)
        tag = layout.styles[spec["label_style"]].get("tag", "H3")
        layout.set_lines(layout.document.add(tag), spec["label_style"], pen, label_size, label)
        pen = layout.pen(spec["text_style"], place, drop=label_drop / MM)
        layout.set_lines(
            layout.document.add("P"),
            spec["text_style"],
            pen,
            size,
            [font.shaped(line, " ".join(lines)) for line in lines],
        )


def draw_competences(layout: Layout, spec: Spec) -> None:
    """The competences by area, a table for each, in columns; the size shrinks until every one has its place."""
    groups = [
        (area, list(items)) for area, items in groupby(layout.award.competences, key=lambda item: item.area)
    ]
    (x, y), (width, height) = spec["at"], spec["size"]
    column = (width - spec["gap"] * (spec["columns"] - 1)) / spec["columns"]
    table = _Tables(layout, spec, column * MM)
    size = layout.styles[spec["title_style"]]["size"]
    while (columns := table.columns(groups, size, height * MM)) is None:
        size -= STEP
        if size < SMALLEST:
            raise LintFailed(
                "The framework has more competences than the supplement holds.", where="framework"
            )
    for index, placed in enumerate(columns):
        top = HEIGHT - y * MM
        for area, items in placed:
            top = table.draw(area, items, size, (x + index * (column + spec["gap"])) * MM, top)


class _Tables:
    """One table for each area, ``width`` points wide. Heights count in font sizes."""

    def __init__(self, layout: Layout, spec: Spec, width: float) -> None:
        self._layout, self._spec, self._width = layout, spec, width
        self._inset = 1.5 * MM
        self._level = layout.label(spec["level_label"])
        self._fonts = {
            role: layout.fonts[layout.styles[spec[f"{role}_style"]]["font"]]
            for role in ("area", "title", "level")
        }

    def _eqf(self, level: int) -> str:
        return str(self._layout.words["eqf"]).format(level=level)

    def _leading(self, role: str) -> float:
        return float(self._layout.styles[self._spec[f"{role}_style"]].get("leading", LEADING))

    def _room(self, role: str, size: float) -> float:
        """The width that a text may have beside what stands at the right of its line."""
        level = (
            width_of(self._fonts["area"].shaped(self._level)) * size / 1000
            if role == "area"
            else width_of(self._fonts["level"].shaped(self._eqf(8))) * size / 1000
        )
        return self._width - level - 3 * self._inset

    def _lines(self, role: str, text: str, size: float) -> list[str]:
        spacing = self._layout.styles[self._spec[f"{role}_style"]].get("spacing", 0)
        return wrap(text, self._fonts[role], size, self._room(role, size), spacing)

    def _height(self, area: str, items: Sequence[AwardedCompetence], size: float) -> float:
        lines = sum(len(self._lines("title", item.title, size)) for item in items)
        heading = self._leading("area") * (len(self._lines("area", area, size)) - 1)
        return size * (2.7 + heading + lines * self._leading("title") + len(items) * 0.47)

    def columns(self, groups: Sequence[Group], size: float, available: float) -> list[list[Group]] | None:
        """Fill the columns in order, keeping each area whole; None where they do not suffice at this size."""
        columns: list[list[Group]] = [[]]
        left = available
        for area, items in groups:
            height = self._height(area, items, size)
            if height > left and columns[-1]:
                columns.append([])
                left = available
            if height > left:
                return None
            columns[-1].append((area, items))
            left -= height
        return columns if len(columns) <= self._spec["columns"] else None

    def draw(
        self, area: str, items: Sequence[AwardedCompetence], size: float, left: float, y: float
    ) -> float:
        """Draw one area's table and return where the next begins."""
        layout, spec = self._layout, self._spec
        heading = self._lines("area", area, size)
        bar = size * (1.75 + self._leading("area") * (len(heading) - 1))
        box = " ".join(plain(value) for value in (left, y + 1.3 * size - bar, self._width, bar))
        layout.sheet.constant.append(f"/Artifact BMC q {layout.inks[spec['bar']]} rg {box} re f Q EMC")
        summary = text_string(layout.label(spec["summary"]))
        table = layout.document.add("Table", f"/A<</O/Table/Summary {summary}>>")
        row = table.add("THead").add("TR")
        column_scope = "/A<</O/Table/Scope/Column>>"
        self._cell(row.add("TH", column_scope), "area", heading, size, left, y)
        self._cell(row.add("TH", column_scope), "area", [self._level], size, left, y, right=True)
        y -= size * (1.95 + self._leading("area") * (len(heading) - 1))
        body = table.add("TBody")
        for item in items:
            row = body.add("TR")
            lines = self._lines("title", item.title, size)
            self._cell(row.add("TH", "/A<</O/Table/Scope/Row>>"), "title", lines, size, left, y)
            self._cell(row.add("TD"), "level", [self._eqf(item.level)], size, left, y, right=True)
            y -= size * (self._leading("title") * len(lines) + 0.47)
        return y - size * 0.75

    def _cell(
        self,
        node: Node,
        role: str,
        texts: list[str],
        size: float,
        left: float,
        y: float,
        *,
        right: bool = False,
    ) -> None:
        layout, style = self._layout, self._spec[f"{role}_style"]
        font = self._fonts[role]
        x = left + self._width - self._inset if right else left + self._inset
        lines = [font.shaped(text, " ".join(texts)) for text in texts]
        pen = Pen(
            font.key,
            size,
            layout.inks[layout.styles[style]["ink"]],
            x,
            y,
            "right" if right else "left",
            self._width,
        )
        layout.set_lines(node, style, pen, size, lines)
