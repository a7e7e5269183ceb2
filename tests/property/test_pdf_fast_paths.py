"""What is done by table is what the libraries do: codes module by module, fonts glyph by glyph, streams byte by byte."""

from __future__ import annotations

import hashlib
import zlib
from functools import cache
from io import BytesIO

import qrcode
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

from certify.parts import Head, Parted, inflated
from certify.pdf.fonts import ClusterFont
from certify.pdf.qr import encode
from certify.pdf.shaping import NAME_FONTS, font_bytes, letters, shape
from certify.pdf.truetype import outline, program

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
identifiers = st.text(BASE32, min_size=26, max_size=26)
statements = st.text(BASE32, min_size=100, max_size=400)
hosts = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1, max_size=60).map(
    lambda name: f"https://{name}/v/"
)


def modules_of(kind, data: str) -> list[list[bool]]:
    """Read a symbol's bitmap."""
    image = kind.image(data)
    rows = [image[at : at + kind.row_bytes] for at in range(0, len(image), kind.row_bytes)]
    cells = [f"{int.from_bytes(row, 'big'):0{8 * kind.row_bytes}b}" for row in rows]
    assert not any("1" in line[kind.modules :] for line in cells)
    return [[cell == "1" for cell in line[: kind.modules]] for line in cells]


def library_symbol(kind, *parts: tuple[str, int]) -> list[list[bool]]:
    code = qrcode.QRCode(
        version=kind.version,
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        mask_pattern=kind.mask,
        border=0,
    )
    for text, mode in parts:
        code.add_data(QRData(text.encode(), mode=mode), optimize=0)
    code.make(fit=False)
    return [[bool(cell) for cell in row] for row in code.get_matrix()]


@settings(max_examples=40, deadline=None)
@given(hosts, identifiers, statements)
def test_a_code_with_a_statement_is_the_librarys_own(host, identifier, statement):
    kind, data = encode(f"{host}{identifier}#{statement}")
    parts = (
        (host, MODE_8BIT_BYTE),
        (identifier, MODE_ALPHA_NUM),
        ("#", MODE_8BIT_BYTE),
        (statement, MODE_ALPHA_NUM),
    )
    assert modules_of(kind, data) == library_symbol(kind, *parts)


@settings(max_examples=25, deadline=None)
@given(hosts, identifiers)
def test_a_code_with_an_address_alone_is_the_librarys_own(host, identifier):
    kind, data = encode(host + identifier)
    parts = ((host, MODE_8BIT_BYTE), (identifier, MODE_ALPHA_NUM))
    assert modules_of(kind, data) == library_symbol(kind, *parts)


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300))
def test_any_other_text_is_one_byte_segment_or_two(text):
    kind, data = encode(text + "?")
    assert modules_of(kind, data) == library_symbol(kind, (text + "?", MODE_8BIT_BYTE))


def test_no_smaller_version_would_hold_the_address():
    for length in range(100, 401, 7):
        kind, _ = encode("https://verify.example.eu/v/" + "A" * 26 + "#" + "B" * length)
        smaller = qrcode.QRCode(
            version=kind.version - 1, error_correction=qrcode.constants.ERROR_CORRECT_M, mask_pattern=0
        )
        for text, mode in (("https://verify.example.eu/v/", 4), ("A" * 26, 2), ("#", 4), ("B" * length, 2)):
            smaller.add_data(QRData(text.encode(), mode=mode), optimize=0)
        try:
            smaller.make(fit=False)
        except qrcode.exceptions.DataOverflowError:
            continue
        raise AssertionError(length)


names = st.lists(
    st.text(
        [chr(code) for name in NAME_FONTS for code in sorted(letters(name)) if chr(code).isalpha()],
        min_size=1,
        max_size=9,
    ),
    min_size=1,
    max_size=4,
).map(" ".join)


@cache
def source_font(name: str) -> TTFont:
    return TTFont(BytesIO(font_bytes(name)))


def font_by_library(clusters) -> bytes:
    """The same glyphs put together by fontTools."""
    order = [".notdef", *(f"g{place}" for place in range(1, len(clusters) + 1))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    table = TTFont(BytesIO(program(clusters)))["glyf"]
    builder.setupGlyf({name: table[given] for name, given in zip(order, table.glyphOrder, strict=True)})
    advances = [0, *(cluster.advance for cluster in clusters)]
    builder.setupHorizontalMetrics(
        {
            name: (advance, getattr(builder.font["glyf"][name], "xMin", 0))
            for name, advance in zip(order, advances, strict=True)
        }
    )
    builder.setupHorizontalHeader(ascent=1069, descent=-293)
    builder.setupMaxp()
    builder.font["head"].created = builder.font["head"].modified = 3_786_912_000
    builder.font.recalcTimestamp = False
    builder.font["glyf"].padding = 4
    stream = BytesIO()
    builder.font.save(stream)
    return stream.getvalue()


@settings(max_examples=60, deadline=None)
@given(names)
def test_a_name_font_says_in_every_table_what_fonttools_would_write(name):
    font = ClusterFont([shape(name)])
    clusters = tuple(dict.fromkeys(cluster for run in shape(name) for cluster in run.clusters))
    ours = TTFont(BytesIO(font.program()), checkChecksums=2, recalcTimestamp=False)
    theirs = TTFont(BytesIO(font_by_library(clusters)), recalcTimestamp=False)
    for tag in ("glyf", "loca"):
        assert ours.reader[tag] == theirs.reader[tag], tag
    # fontTools leaves out repeated advances at the end; both ways say the same (OpenType, hmtx).
    assert ours["hmtx"].metrics == theirs["hmtx"].metrics
    head, expected = vars(ours["head"]), vars(theirs["head"])
    for key in ("unitsPerEm", "xMin", "yMin", "xMax", "yMax", "indexToLocFormat", "created", "modified"):
        assert head[key] == expected[key], key
    for key in (
        "ascent",
        "descent",
        "advanceWidthMax",
        "minLeftSideBearing",
        "minRightSideBearing",
        "xMaxExtent",
    ):
        assert getattr(ours["hhea"], key) == getattr(theirs["hhea"], key), key
    for key in ("numGlyphs", "maxPoints", "maxContours", "maxCompositePoints", "maxComponentDepth"):
        assert getattr(ours["maxp"], key) == getattr(theirs["maxp"], key), key


@settings(max_examples=60, deadline=None)
@given(names)
def test_a_glyph_has_the_outline_of_its_source(name):
    for run in shape(name):
        for cluster in run.clusters:
            font = TTFont(BytesIO(program((cluster,))))
            ours = DecomposingRecordingPen(font.getGlyphSet())
            font.getGlyphSet()[font.getGlyphOrder()[1]].draw(ours)
            expected = []
            for source_name, glyph, x, y in cluster.glyphs:
                source = source_font(source_name)
                pen = DecomposingRecordingPen(source.getGlyphSet())
                source.getGlyphSet()[source.getGlyphName(glyph)].draw(pen)
                expected += [
                    (operator, tuple(point and (point[0] + x, point[1] + y) for point in points))
                    for operator, points in pen.value
                ]
            assert [item for item in ours.value if item[1]] == [item for item in expected if item[1]]
            assert bool(outline(cluster).data) == bool(expected)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=300), st.binary(max_size=300)), min_size=1, max_size=6),
    st.binary(max_size=3000),
)
def test_whatever_is_attached_comes_out_again(credentials, common):
    shared = Head(common)
    for head, tail in credentials:
        made = Parted(shared, head + tail)
        assert zlib.decompress(made.deflated()) == made.content
        assert inflated(made.deflated(), shared, 1000) == made.tail
        assert made.sha256 == hashlib.sha256(made.content).hexdigest()


def test_a_stream_of_another_head_or_with_anything_changed_is_not_inflated():
    made = Parted(Head(b"shared by many " * 20), b"its own " * 5 + bytes(range(40)))
    stream = made.deflated()
    assert inflated(stream, Head(b"of others"), 1000) is None
    for at in range(len(stream)):
        changed = stream[:at] + bytes((stream[at] ^ 1,)) + stream[at + 1 :]
        assert inflated(changed, made.head, 1000) in (None, made.tail)
        assert inflated(stream[:at], made.head, 1000) is None
    assert inflated(stream + b"x", made.head, 1000) is None
    assert inflated(stream, made.head, len(made.tail) - 1) is None
