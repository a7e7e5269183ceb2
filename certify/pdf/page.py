"""Draws the two pages: the certificate and its supplement. Lengths are points from the lower left corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import groupby

import qrcode
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from certify.award.record import AwardedCompetence, AwardRecord
from certify.errors import LintFailed
from certify.pdf.labels import labels, written_date
from certify.pdf.shaping import font_bytes

WIDTH, HEIGHT = landscape(A4)
MARGIN = 21 * mm
INK = HexColor(0x1B2A33)
ACCENT = HexColor(0x0F4C5C)
GOLD = HexColor(0x9A7B3A)
MUTED = HexColor(0x55646C)
PALE = HexColor(0xEEF3F4)
SMALLEST_SIZE = 5.0
QR_SIZE = 35 * mm
QR_LEFT = WIDTH - MARGIN - QR_SIZE
QR_BOTTOM = 31 * mm
SPECIMEN_INK = Color(0.62, 0.09, 0.09, alpha=0.10)


@dataclass(frozen=True, slots=True)
class NameBox:
    """Where the press draws the names: the middle line and the widest a line may be."""

    centre: float = WIDTH / 2
    middle: float = HEIGHT - 71 * mm
    width: float = WIDTH - 2 * MARGIN - 10 * mm
    latin_baseline: float = HEIGHT - 83.5 * mm


@cache
def _fonts() -> tuple[str, str, str]:
    for name, file in (
        ("Text", "NotoSans-Regular"),
        ("Bold", "NotoSans-SemiBold"),
        ("Display", "NotoSerif-Medium"),
    ):
        pdfmetrics.registerFont(TTFont(name, BytesIO(font_bytes(file))))
    return "Text", "Bold", "Display"


def draw_pages(award: AwardRecord, scan_address: str) -> bytes:
    """Return both pages without the names, as a PDF with the same bytes every time."""
    _fonts()
    stream = BytesIO()
    canvas = Canvas(
        stream,
        pagesize=(WIDTH, HEIGHT),
        invariant=1,
        pdfVersion=(1, 7),
        lang=award.language,
        initialFontName="Text",  # type: ignore[arg-type]  # the stubs have its type wrong
    )
    words = labels(award.language)
    canvas.setTitle(f"{words['certificate']} {award.number}")
    canvas.setAuthor(award.awarding_body)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    _certificate(canvas, award, scan_address)
    canvas.showPage()
    _supplement(canvas, award)
    canvas.save()
    return stream.getvalue()


def _certificate(canvas: Canvas, award: AwardRecord, scan_address: str) -> None:
    words = labels(award.language)
    _border(canvas)
    if award.specimen:
        _specimen(canvas, words["specimen"])
    _mark(canvas, WIDTH / 2, HEIGHT - 22 * mm)
    _centred(canvas, award.awarding_body.upper(), "Bold", 10.5, HEIGHT - 35 * mm, ACCENT, spacing=1.2)
    _centred(canvas, words["certificate"], "Display", 31, HEIGHT - 48 * mm, INK)
    _centred(canvas, words["certifies"], "Text", 11, HEIGHT - 57 * mm, MUTED)
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(0.7)
    canvas.line(WIDTH / 2 - 62 * mm, HEIGHT - 86.5 * mm, WIDTH / 2 + 62 * mm, HEIGHT - 86.5 * mm)
    _centred(canvas, words["has_been"], "Text", 11, HEIGHT - 93.5 * mm, MUTED)
    _centred(canvas, award.role_title, "Display", 23, HEIGHT - 104 * mm, ACCENT, width=WIDTH - 2 * MARGIN)
    phase = words["phase"].format(phase=award.phase)
    count = words["levels"].format(
        count=len(award.competences), minimum=award.level_minimum, maximum=award.level_maximum
    )
    _centred(canvas, f"{phase}  ·  {count}", "Bold", 10, HEIGHT - 111.5 * mm, INK, width=WIDTH - 2 * MARGIN)
    for index, line in enumerate(simpleSplit(award.description, "Text", 9.5, 190 * mm)[:2]):
        _centred(canvas, line, "Text", 9.5, HEIGHT - (117.5 + 4.6 * index) * mm, MUTED)
    _facts(canvas, award)
    _verification(canvas, award, scan_address)


def _facts(canvas: Canvas, award: AwardRecord) -> None:
    words, language = labels(award.language), award.language
    valid = words["valid_value"].format(
        start=written_date(award.valid_from, language), end=written_date(award.valid_until, language)
    )
    hours = f"{award.workload_minutes / 60:.1f}".removesuffix(".0")
    columns = (
        (
            (words["number"], award.number),
            (words["valid"], valid),
            (
                words["scheme"],
                words["scheme_value"].format(title=award.framework_title, version=award.framework_version),
            ),
        ),
        (
            (words["decided"], written_date(award.decided_on, language)),
            (words["issued"], written_date(award.issued_at.date(), language)),
            (words["workload"], words["hours"].format(hours=hours)),
        ),
    )
    for column, left, width in zip(columns, (MARGIN, MARGIN + 108 * mm), (104 * mm, 62 * mm), strict=True):
        for row, (label, value) in enumerate(column):
            top = 68 * mm - row * 11.5 * mm
            _text(canvas, label, "Text", 7.5, left, top, MUTED)
            _text(canvas, value, "Bold", 10, left, top - 4.6 * mm, INK, width=width)
    _text(canvas, award.signatory, "Bold", 9.5, MARGIN, 28 * mm, INK, width=104 * mm)
    _text(
        canvas,
        f"{award.awarding_body}, {award.country}  ·  {award.website}",
        "Text",
        8,
        MARGIN,
        24 * mm,
        MUTED,
        width=165 * mm,
    )
    _text(canvas, words["signed"], "Text", 8, MARGIN, 20 * mm, MUTED, width=165 * mm)


def _verification(canvas: Canvas, award: AwardRecord, scan_address: str) -> None:
    words = labels(award.language)
    _qr(canvas, scan_address, QR_LEFT, QR_BOTTOM, QR_SIZE)
    canvas.linkURL(award.verification_url, (QR_LEFT, QR_BOTTOM, QR_LEFT + QR_SIZE, QR_BOTTOM + QR_SIZE))
    right = WIDTH - MARGIN
    title_width = pdfmetrics.stringWidth(words["verify"], "Bold", 9.5)
    _text(canvas, words["verify"], "Bold", 9.5, right - title_width, QR_BOTTOM + QR_SIZE + 2.5 * mm, ACCENT)
    for row, (line, size) in enumerate(((words["verify_hint"], 7.5), (award.verification_url, 7.5))):
        width = pdfmetrics.stringWidth(line, "Text", size)
        _text(
            canvas,
            line,
            "Text",
            size,
            right - width,
            QR_BOTTOM - (3.5 + 4.2 * row) * mm,
            MUTED if row == 0 else INK,
        )
    if award.specimen:
        _centred(canvas, words["specimen_note"], "Bold", 8.5, 13.6 * mm, HexColor(0x9E1B1B))


def _supplement(canvas: Canvas, award: AwardRecord) -> None:
    words = labels(award.language)
    if award.specimen:
        _specimen(canvas, words["specimen"])
    top = HEIGHT - 17 * mm
    _text(canvas, words["supplement"].format(number=award.number), "Bold", 13, MARGIN, top, ACCENT)
    _text(
        canvas,
        f"{award.role_title}  ·  {words['competences']}",
        "Text",
        9.5,
        MARGIN,
        top - 6 * mm,
        INK,
        width=WIDTH - 2 * MARGIN,
    )
    _competences(canvas, award.competences, top - 14 * mm)
    notes = (
        (words["assessment"], award.assessment),
        (words["participation"], award.participation),
        (words["quality"], award.quality_assurance),
        (words["renewal"], award.renewal),
    )
    _notes(canvas, notes)
    _text(canvas, f"{words['digest']}: {award.framework_digest}", "Text", 6.5, MARGIN, 9.5 * mm, MUTED)
    if award.specimen:
        width = pdfmetrics.stringWidth(words["specimen_note"], "Bold", 7.5)
        _text(canvas, words["specimen_note"], "Bold", 7.5, WIDTH - MARGIN - width, top, HexColor(0x9E1B1B))


def _notes(canvas: Canvas, notes: Sequence[tuple[str, str]]) -> None:
    """Draw the notes side by side, smaller where one is long; none is ever cut."""
    gap, top, bottom = 6 * mm, 42 * mm, 13 * mm
    width = (WIDTH - 2 * MARGIN - (len(notes) - 1) * gap) / len(notes)
    size = 7.4
    while (
        max(len(simpleSplit(text, "Text", size, width)) for _, text in notes) * size * 1.28
        > top - bottom - 11
    ):
        size -= 0.1
    for column, (label, text) in enumerate(notes):
        left = MARGIN + column * (width + gap)
        _text(canvas, label, "Bold", 8, left, top, ACCENT)
        for row, line in enumerate(simpleSplit(text, "Text", size, width)):
            _text(canvas, line, "Text", size, left, top - 11 - row * size * 1.28, INK)


COLUMNS, COLUMN_GAP = 3, 7 * mm
COLUMN_WIDTH = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * COLUMN_GAP) / COLUMNS
TITLE_WIDTH = COLUMN_WIDTH - 17 * mm


def _competences(canvas: Canvas, competences: Sequence[AwardedCompetence], top: float) -> None:
    """Draw the competences by area in three columns; the size shrinks until every one has its place."""
    groups = [(area, list(items)) for area, items in groupby(competences, key=lambda item: item.area)]
    bottom = 50 * mm
    size = 8.8
    while (columns := _columns(groups, size, top - bottom)) is None:
        size -= 0.1
    for column, placed in enumerate(columns):
        left, y = MARGIN + column * (COLUMN_WIDTH + COLUMN_GAP), top
        for area, items in placed:
            canvas.setFillColor(PALE)
            canvas.rect(left, y - size * 0.45, COLUMN_WIDTH, size * 1.75, stroke=0, fill=1)
            _text(canvas, area, "Bold", size, left + 1.5 * mm, y, ACCENT, width=COLUMN_WIDTH - 3 * mm)
            y -= size * 1.95
            for item in items:
                level = f"EQF {item.level}"
                level_width = pdfmetrics.stringWidth(level, "Bold", size)
                _text(canvas, level, "Bold", size, left + COLUMN_WIDTH - level_width - 1.5 * mm, y, INK)
                lines = simpleSplit(item.title, "Text", size, TITLE_WIDTH)
                for line in lines:
                    _text(canvas, line, "Text", size, left + 1.5 * mm, y, INK)
                    y -= size * 1.18
                y -= size * 0.47
            y -= size * 0.75


Group = tuple[str, list[AwardedCompetence]]


def _columns(groups: Sequence[Group], size: float, available: float) -> list[list[Group]] | None:
    """Fill the columns in order, keeping each area whole; None where they do not suffice at this size."""
    columns: list[list[Group]] = [[]]
    left = available
    for area, items in groups:
        lines = sum(len(simpleSplit(item.title, "Text", size, TITLE_WIDTH)) for item in items)
        height = size * (2.7 + lines * 1.18 + len(items) * 0.47)
        if height > left and columns[-1]:
            columns.append([])
            left = available
        if height > left:
            _check_readable(size)
            return None
        columns[-1].append((area, items))
        left -= height
    if len(columns) > COLUMNS:
        _check_readable(size)
        return None
    return columns


def _check_readable(size: float) -> None:
    """Refuse where the next smaller size could no longer be read."""
    if size <= SMALLEST_SIZE:
        raise LintFailed("The framework has more competences than the supplement holds.", where="framework")


def _border(canvas: Canvas) -> None:
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(1.6)
    canvas.rect(8 * mm, 8 * mm, WIDTH - 16 * mm, HEIGHT - 16 * mm)
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(0.5)
    canvas.rect(10 * mm, 10 * mm, WIDTH - 20 * mm, HEIGHT - 20 * mm)


def _mark(canvas: Canvas, x: float, y: float) -> None:
    """Draw the emblem: a skyline in a ring."""
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(1.1)
    canvas.circle(x, y, 6.6 * mm)
    canvas.setFillColor(ACCENT)
    for offset, height in ((-3.6, 4.2), (-1.6, 6.8), (0.4, 5.2), (2.4, 3.4)):
        canvas.rect(x + offset * mm, y - 3.2 * mm, 1.5 * mm, height * mm, stroke=0, fill=1)


def _specimen(canvas: Canvas, word: str) -> None:
    canvas.saveState()
    canvas.setFillColor(SPECIMEN_INK)
    canvas.translate(WIDTH / 2, HEIGHT / 2)
    canvas.rotate(28)
    canvas.setFont("Bold", 118)
    canvas.drawCentredString(0, -42, word)
    canvas.restoreState()


def _qr(canvas: Canvas, address: str, left: float, bottom: float, size: float) -> None:
    """Draw the symbol with its quiet zone as one path of horizontal bars (ISO/IEC 18004, level M)."""
    symbol = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    symbol.add_data(address)
    symbol.make()
    rows = symbol.get_matrix()
    module = size / len(rows)
    canvas.setFillColor(white)
    canvas.rect(left, bottom, size, size, stroke=0, fill=1)
    path = canvas.beginPath()
    for row, cells in enumerate(rows):
        start = 0
        for dark, run in groupby(cells):
            length = len(list(run))
            if dark:
                path.rect(left + start * module, bottom + size - (row + 1) * module, length * module, module)
            start += length
    canvas.setFillColor(HexColor(0x000000))
    canvas.drawPath(path, stroke=0, fill=1)


def _fit(text: str, font: str, size: float, width: float | None) -> float:
    if width is None:
        return size
    natural = float(pdfmetrics.stringWidth(text, font, size))
    return size if natural <= width else max(size * width / natural, 5)


def _text(
    canvas: Canvas,
    text: str,
    font: str,
    size: float,
    x: float,
    y: float,
    ink: Color,
    *,
    width: float | None = None,
) -> None:
    canvas.setFillColor(ink)
    canvas.setFont(font, _fit(text, font, size, width))
    canvas.drawString(x, y, text)


def _centred(
    canvas: Canvas,
    text: str,
    font: str,
    size: float,
    y: float,
    ink: Color,
    *,
    width: float | None = None,
    spacing: float = 0,
) -> None:
    canvas.setFillColor(ink)
    canvas.setFont(font, _fit(text, font, size, width))
    canvas.drawCentredString(WIDTH / 2, y, text, charSpace=spacing)
