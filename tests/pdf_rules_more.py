"""More rules of PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1): syntax, limits, and what a file may not hold at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

import pikepdf
from fontTools.ttLib import TTFont
from pdf_rules import RULES, Opened, kids_of, rule, to_unicode, used_codes
from pikepdf import Name

__all__ = ["RULES"]

ANNEX_A = """
b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re RG rg ri
s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' "
"""
OPERATORS = {*ANNEX_A.split(), "INLINE IMAGE"}
"""ISO 32000-1, annex A, and what pikepdf calls BI to EI."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?")
NEVER_IN_A_CATALOG = {
    "/AA": "19005-3, 6.5.2",
    "/OpenAction": "19005-3, 6.5.1",
    "/OCProperties": "19005-3, 6.9; 14289-1, 7.10",
    "/Perms": "19005-3, 6.1.12",
    "/Requirements": "19005-3, 6.11",
    "/Collection": "ISO 32000-1, 7.11.6",
    "/NeedsRendering": "19005-3, 6.4.2",
}


def below(value: object, seen: set[tuple[int, int]]) -> Iterator[object]:
    """Every value that a file's trailer leads to, once."""
    if isinstance(value, pikepdf.Object) and value.is_indirect:
        if value.objgen in seen:
            return
        seen.add(value.objgen)
    yield value
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        for key in value.keys():  # noqa: SIM118 - not a dict
            yield from below(value[key], seen)
    elif isinstance(value, pikepdf.Array):
        for item in value:
            yield from below(item, seen)


def lines_of(inside: list, letters: dict[str, dict[int, str]]) -> Iterator[str]:
    """What each text object of a marked content says."""
    actual, said, font = "", "", ""
    for operands, word in inside:
        if word == "BDC" and "/ActualText" in operands[1]:
            actual = str(operands[1]["/ActualText"])
        elif word == "BT":
            said = ""
        elif word == "Tf":
            font = str(operands[0])
        elif word in {"Tj", "TJ"}:
            for item in operands[0] if word == "TJ" else operands:
                if isinstance(item, pikepdf.String):
                    codes = bytes(item)
                    pairs = zip(codes[::2], codes[1::2], strict=True)
                    said += "".join(letters[font].get(high << 8 | low, "") for high, low in pairs)
        elif word == "ET":
            yield actual or said
            actual = ""


def points_of(inside: list) -> Iterator[tuple[float, float]]:
    """Every point of a marked content's paths and images on the page; of curves the ends."""
    matrix, kept = pikepdf.Matrix(), []
    for operands, word in inside:
        numbers = [float(item) for item in operands] if word in {"cm", "re", "m", "l", "c"} else []
        if word == "q":
            kept.append(matrix)
        elif word == "Q":
            matrix = kept.pop()
        elif word == "cm":
            matrix = pikepdf.Matrix(*numbers) @ matrix
        elif word == "Do":
            yield from (matrix.transform(corner) for corner in ((0, 0), (1, 0), (0, 1), (1, 1)))
        elif word == "re":
            x, y, width, height = numbers
            yield from (matrix.transform(corner) for corner in ((x, y), (x + width, y + height)))
        elif numbers:
            yield matrix.transform((numbers[-2], numbers[-1]))


def everything(file: Opened) -> list[object]:
    return list(below(file.pdf.trailer, set()))


@rule(
    "ISO 19005-3, 6.1.2 and 6.1.3: one header and nothing before it; a file that was updated keeps the first"
)
def header_first(file):
    if file.data.count(b"%PDF-") != 1 or not file.data.startswith(b"%PDF-1.7\n"):
        yield "header"
    if "/Version" in file.pdf.Root:
        yield "Version"


@rule("ISO 19005-3, 6.1.8: names are UTF-8 and at most 127 bytes (6.1.13)")
def names(file):
    for item in everything(file):
        for name in [item] if isinstance(item, pikepdf.Name) else keys_of(item):
            raw = str(name).encode("utf-8", "surrogateescape")
            if len(raw) > 128 or re.search(rb"[^\x20-\x7e]", raw):
                yield name


def keys_of(item: object) -> list[str]:
    return list(item.keys()) if isinstance(item, pikepdf.Dictionary | pikepdf.Stream) else []


@rule("ISO 19005-3, 6.1.9: objects begin and end on lines of their own")
def spacing(file):
    for found in re.finditer(rb"(?<![\w/(])(\d+) 0 obj(?![^\n<\[ ])", file.data):
        before, behind = (
            file.data[found.start() - 1 : found.start()],
            file.data[found.end() : found.end() + 1],
        )
        if (before, behind) != (b"\n", b"\n"):
            yield found[0]
    bare = len(re.findall(rb"\nendobj\n", file.data))
    if bare != len(re.findall(rb"endobj", file.data)):
        yield "endobj"


@rule("ISO 19005-3, 6.1.13: strings, numbers, nesting and pages stay within the limits")
def limits(file):
    for item in everything(file):
        if isinstance(item, pikepdf.String) and len(bytes(item)) > 32_767:
            yield "string"
        if isinstance(item, int) and not -(2**31) <= item < 2**31:
            yield item
    for page in file.pdf.pages:
        sides = [float(side) for side in page.MediaBox]
        if not all(3 <= side <= 14_400 for side in (sides[2] - sides[0], sides[3] - sides[1])):
            yield sides
        depth = deepest = 0
        for _, operator in pikepdf.parse_content_stream(page):
            depth += {"q": 1, "Q": -1}.get(str(operator), 0)
            deepest = max(deepest, depth)
            if depth < 0:
                yield "Q"
        if depth or deepest > 28:
            yield "q", depth, deepest


@rule("ISO 19005-3, 6.2.2: operators of ISO 32000-1 alone, and every resource they name is the page's own")
def operators(file):
    for page in file.pdf.pages:
        resources = page.obj.Resources
        for operands, operator in pikepdf.parse_content_stream(page):
            word = str(operator)
            if word not in OPERATORS:
                yield word
            kind = {"Tf": "/Font", "Do": "/XObject", "gs": "/ExtGState", "sh": "/Shading"}.get(word)
            if kind and str(operands[0]) not in resources.get(kind, {}):
                yield word, operands[0]


@rule("ISO 19005-3, 6.2.9: no XObject but images, so no PostScript and no reference to another file")
def xobjects(file):
    for item in file.pdf.objects:
        if isinstance(item, pikepdf.Stream) and (
            item.get("/Subtype") in {Name.Form, Name.PS} or "/Ref" in item or "/OPI" in item
        ):
            yield item.objgen


@rule("ISO 19005-3, 6.2.11.2: font dictionaries are whole (ISO 32000-1, tables 117, 121 and 122)")
def font_dictionaries(file):
    wanted = {
        "/FontName",
        "/Flags",
        "/FontBBox",
        "/ItalicAngle",
        "/Ascent",
        "/Descent",
        "/CapHeight",
        "/StemV",
    }
    for font in file.fonts:
        (descendant,) = font.DescendantFonts
        descriptor = descendant.FontDescriptor
        if (font.Type, font.Subtype, descendant.Type, descendant.Subtype) != (
            Name.Font,
            Name.Type0,
            Name.Font,
            Name.CIDFontType2,
        ):
            yield font.BaseFont, "types"
        if not font.BaseFont == descendant.BaseFont == descriptor.FontName:
            yield font.BaseFont, "names"
        if wanted - set(descriptor.keys()) or descriptor.Type != Name.FontDescriptor:
            yield font.BaseFont, wanted - set(descriptor.keys())
        if bool(int(descriptor.Flags) & 4) == bool(int(descriptor.Flags) & 32):
            yield font.BaseFont, "neither symbolic nor not"
        if int(descriptor.FontFile2.Length1) != len(descriptor.FontFile2.read_bytes()):
            yield font.BaseFont, "Length1"


@rule("ISO 32000-1, 9.8.1: a font's box holds every glyph")
def font_boxes(file):
    for font in file.fonts:
        descriptor = font.DescendantFonts[0].FontDescriptor
        head = TTFont(BytesIO(descriptor.FontFile2.read_bytes()))["head"]
        left, bottom, right, top = (int(side) for side in descriptor.FontBBox)
        if not (left <= head.xMin and bottom <= head.yMin and head.xMax <= right and head.yMax <= top):
            yield font.BaseFont, (head.xMin, head.yMin, head.xMax, head.yMax)


@rule("ISO 19005-3, 6.2.11.3.1 (and ISO 14289-1, 7.21.3.1): the character collection is Adobe-Identity-0")
def collections(file):
    for font in file.fonts:
        info = font.DescendantFonts[0].CIDSystemInfo
        if (str(info.Registry), str(info.Ordering), int(info.Supplement)) != ("Adobe", "Identity", 0):
            yield font.BaseFont


@rule("ISO 19005-3, 6.2.11.4.2 (and ISO 14289-1, 7.21.4.2): no CIDSet or CharSet, so none that is wrong")
def subsets(file):
    for font in file.fonts:
        if {"/CIDSet", "/CharSet"} & set(font.DescendantFonts[0].FontDescriptor.keys()):
            yield font.BaseFont


@rule("ISO 19005-3, 6.2.11.8 (and ISO 14289-1, 7.21.8): no text refers to .notdef")
def notdef(file):
    yield from (font.BaseFont for font in file.fonts if 0 in used_codes(file, font))


@rule(
    "ISO 32000-1, 9.10.3: a ToUnicode CMap names its collection, its codes' range and sections of at most 100"
)
def cmaps(file):
    for font in file.fonts:
        text = font.ToUnicode.read_bytes().decode("ascii")
        if not all(
            part in text
            for part in (
                "begincmap",
                "endcmap",
                "begincodespacerange\n<0000> <FFFF>",
                "/CMapName",
                "/CMapType 2",
            )
        ):
            yield font.BaseFont
        for count, body in re.findall(r"(\d+) beginbfrange\n(.*?)endbfrange", text, re.DOTALL):
            if int(count) > 100 or int(count) != len(body.splitlines()):
                yield font.BaseFont, count
            for first, last in re.findall(r"<(..)..> <(..)..> \[", body):
                if first != last:
                    yield font.BaseFont, "a range over two first bytes"
        if set(to_unicode(font)) < used_codes(file, font):
            yield font.BaseFont, "codes"


@rule("ISO 19005-3, 6.3.1: annotations are links and widgets alone, none with an appearance state or actions")
def annotation_types(file):
    for page in file.pdf.pages:
        for item in page.get("/Annots", []):
            if item.Subtype not in {Name.Link, Name.Widget} or {"/AA", "/AS", "/C", "/IC"} & set(item.keys()):
                yield item.objgen


@rule("ISO 19005-3, 6.4.1 and 6.4.2: appearances need no making, and there is no XFA")
def forms(file):
    form = file.pdf.Root.AcroForm
    if {"/NeedAppearances", "/XFA"} & set(form.keys()):
        yield list(form.keys())
    yield from (item.objgen for item in form.Fields if {"/AA", "/A"} & set(item.keys()))


@rule("ISO 19005-3, 6.4.3: a signature's byte range leaves out nothing but its contents")
def byte_ranges(file):
    for item in file.pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and "/ByteRange" in item:
            first, length, second, rest = (int(value) for value in item.ByteRange)
            hole = file.data[length:second]
            if first != 0 or not re.fullmatch(rb"<[0-9a-fA-F]*>", hole) or "/Reference" in item:
                yield item.objgen
            if file.data[second + rest - 6 : second + rest] != b"%%EOF\n":
                yield item.objgen


@rule("ISO 19005-3, 6.5, 6.9 to 6.11: nothing in the catalog that acts, hides, restricts or requires")
def catalog(file):
    yield from (key for key in NEVER_IN_A_CATALOG if key in file.pdf.Root)
    yield from (key for key in file.pdf.Root.get("/Names", {}).keys() if key != "/EmbeddedFiles")  # noqa: SIM118
    for page in file.pdf.pages:
        yield from ({"/AA", "/PresSteps", "/Trans", "/Dur"} & set(page.obj.keys()))


@rule("ISO 19005-3, 6.6.2.1: the packet is UTF-8 XML without a header's bytes or encoding")
def packet(file):
    data = file.pdf.Root.Metadata.read_bytes()
    if not re.match(rb'<\?xpacket begin="(\xef\xbb\xbf)?" id="W5M0MpCehiHzreSzNTczkc9d"\?>\n', data):
        yield data[:60]
    if not re.search(rb'<\?xpacket end="[rw]"\?>\Z', data):
        yield data[-30:]


@rule("ISO 19005-3, 6.6.2.3: every property is of a schema that PDF/A knows, or described")
def properties(file):
    known = {
        "http://purl.org/dc/elements/1.1/": {"format", "title", "creator", "language", "relation"},
        "http://ns.adobe.com/xap/1.0/": {"CreatorTool", "CreateDate", "ModifyDate", "MetadataDate"},
        "http://ns.adobe.com/xap/1.0/mm/": {"DocumentID", "InstanceID"},
        "http://ns.adobe.com/pdf/1.3/": {"Producer"},
        "http://www.aiim.org/pdfa/ns/id/": {"part", "conformance"},
        "http://www.aiim.org/pdfua/ns/id/": {"part"},
        "http://www.aiim.org/pdfa/ns/extension/": {"schemas"},
    }
    (description,) = file.xmp.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    seen = [item.tag[1:].split("}") for item in description]
    yield from (tag for tag in seen if tag[1] not in known.get(tag[0], ()))
    if len(seen) != len({tuple(tag) for tag in seen}):
        yield "twice"


@rule("ISO 19005-3, 6.7.2.2 and ISO 14289-1, 7.1: tags are not suspect, and no role is mapped")
def tags(file):
    if file.pdf.Root.MarkInfo.get("/Suspects", False) or file.pdf.Root.StructTreeRoot.get("/RoleMap", {}):
        yield "MarkInfo"


@rule("ISO 19005-3, 6.7.4: every language is a language tag (BCP 47)")
def language_tags(file):
    for item in everything(file):
        if "/Lang" in keys_of(item) and not LANGUAGE.fullmatch(str(item["/Lang"])):
            yield item["/Lang"]


@rule(
    "ISO 14289-1, 7.1: the structure is a tree: every element but the root holds something, and is held once"
)
def tree(file):
    held: set[tuple[int, int]] = set()
    for item in file.elements:
        if not kids_of(item):
            yield item.objgen, str(item.S)
        if item.objgen in held:
            yield item.objgen
        held.add(item.objgen)
    if [str(item.S) for item in file.elements[:1]] != ["/Document"]:
        yield "Document"


@rule("ISO 32000-1, 14.8.2.5: spaces stand between words, also where one line ends and the next begins")
def word_breaks(file):
    for index, page in enumerate(file.pdf.pages):
        letters = {name: to_unicode(font) for name, font in page.Resources.Font.items()}
        for tag, properties, inside in file.marked[index]:
            if "/MCID" in properties:
                lines = list(lines_of(inside, letters))
                yield from (
                    (tag, before, after)
                    for before, after in pairwise(lines)
                    if not before.endswith(" ") and not after.startswith(" ")
                )


@rule("ISO 32000-1, 14.4: an update keeps the first half of the file's ID and changes the second")
def identifiers(file):
    found = re.findall(rb"/ID ?\[ *<([0-9a-fA-F]+)> *<([0-9a-fA-F]+)> *\]", file.data)
    if len({first for first, _ in found}) != 1 or len({second for _, second in found}) != len(found):
        yield found
    if found[0][0] != found[0][1]:
        yield found[0]


@rule("ISO 32000-1, 14.8.5.4.3: a figure's box holds all that is drawn of it")
def boxes(file):
    figures = [item for item in file.elements if Name.Figure == item.S]
    for index, page in enumerate(file.pdf.pages):
        for _, properties, inside in file.marked[index]:
            for item in figures:
                if item.Pg.objgen == page.obj.objgen and properties.get("/MCID") in list(item.K):
                    left, bottom, right, top = (float(side) for side in item.A.BBox)
                    yield from (
                        (x, y)
                        for x, y in points_of(inside)
                        if not (left - 0.02 <= x <= right + 0.02 and bottom - 0.02 <= y <= top + 0.02)
                    )


@rule("ISO 14289-1, 7.2: alternative texts, tips and titles say something in the document's language")
def said(file):
    for item in everything(file):
        for key in {"/Alt", "/TU", "/Contents", "/ActualText", "/E"} & set(keys_of(item)):
            value = item[key]
            if (
                isinstance(value, pikepdf.String)
                and "/ByteRange" not in keys_of(item)
                and not str(value).strip()
            ):
                yield key


@rule("ISO 14289-1, 7.5: a table's rows have cells alone, and every table has data")
def cells(file):
    for item in file.elements:
        inside = [str(kid.S) for kid in kids_of(item) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
        allowed = {
            "/Table": {"/THead", "/TBody"},
            "/THead": {"/TR"},
            "/TBody": {"/TR"},
            "/TR": {"/TH", "/TD"},
            "/L": {"/LI"},
            "/LI": {"/Lbl", "/LBody"},
        }.get(str(item.S))
        if allowed is not None and set(inside) - allowed:
            yield item.objgen, inside


@rule("ISO 14289-1, 7.11: every file specification has F and UF, and a relationship")
def specifications(file):
    for item in everything(file):
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == Name.Filespec:
            yield from {"/F", "/UF", "/AFRelationship", "/EF", "/Desc"} - set(item.keys())


@rule("ISO 14289-1, 7.18.1: an annotation is in the structure, or outside what the page shows")
def annotations_in_structure(file):
    for page in file.pdf.pages:
        for item in page.get("/Annots", []):
            box = [float(side) for side in item.Rect]
            if "/StructParent" not in item and box != [0, 0, 0, 0]:
                yield item.objgen
