"""Rules of PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), as far as they touch our files, each by its clause.

Each rule yields what breaks it. They are read from the finished bytes with pikepdf; none knows how we write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from itertools import pairwise

import pikepdf
from fontTools.ttLib import TTFont
from lxml import etree
from pikepdf import Name

XMP = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
}
PAINTING = {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "Tj", "TJ", "'", '"', "INLINE IMAGE"}
STANDARD_TYPES = {
    "Document",
    "Part",
    "Sect",
    "Div",
    "P",
    "H1",
    "H2",
    "H3",
    "L",
    "LI",
    "Lbl",
    "LBody",
    "Table",
    "THead",
    "TBody",
    "TR",
    "TH",
    "TD",
    "Span",
    "Link",
    "Figure",
}


@dataclass
class Opened:
    """A file, read once."""

    data: bytes
    pdf: pikepdf.Pdf = field(init=False)

    def __post_init__(self) -> None:
        self.pdf = pikepdf.open(BytesIO(self.data))

    @cached_property
    def xmp(self):
        return etree.fromstring(self.pdf.Root.Metadata.read_bytes())

    def told(self, path: str) -> list[str]:
        return [item.text for item in self.xmp.findall(f".//{path}", XMP)]

    @cached_property
    def elements(self) -> list:
        """Every structure element in reading order."""

        def below(node):
            yield node
            for kid in kids_of(node):
                if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                    yield from below(kid)

        return list(below(self.pdf.Root.StructTreeRoot.K[0]))

    @cached_property
    def marked(self) -> list[list[tuple[str, list]]]:
        """Of each page every marked content at its outermost level: tag, and its instructions."""
        return [list(marked_content(page)) for page in self.pdf.pages]

    @cached_property
    def fonts(self) -> list:
        return list(
            {font.objgen: font for page in self.pdf.pages for font in page.Resources.Font.values()}.values()
        )


def kids_of(node) -> list:
    kids = node.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def marked_content(page) -> Iterator[tuple[str, dict, list]]:
    depth, current = 0, None
    for operands, operator in pikepdf.parse_content_stream(page):
        word = str(operator)
        if word in {"BDC", "BMC"}:
            if depth == 0:
                properties = operands[1] if word == "BDC" else {}
                current = (str(operands[0]), properties, [])
            depth += 1
        if current is not None:
            current[2].append((operands, word))
        elif word in PAINTING:
            yield "", {}, [(operands, word)]
        if word == "EMC":
            depth -= 1
            if depth == 0:
                yield current
                current = None


Rule = Callable[[Opened], Iterator[object]]
RULES: dict[str, Rule] = {}


def rule(clause: str) -> Callable[[Rule], Rule]:
    def keep(check: Rule) -> Rule:
        assert clause not in RULES
        RULES[clause] = check
        return check

    return keep


@rule("ISO 19005-3, 6.1.2: header, and a comment of bytes above 127 behind it")
def header(file):
    if not re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4}", file.data):
        yield file.data[:20]


@rule("ISO 19005-3, 6.1.3: an ID in the trailer, no encryption, nothing behind the end but one line's end")
def trailer(file):
    if len(file.pdf.trailer.get("/ID", [])) != 2 or file.pdf.is_encrypted:
        yield "trailer"
    if not file.data.endswith(b"%%EOF\n"):
        yield file.data[-10:]


@rule("ISO 19005-3, 6.1.7.1: Length of every stream is true; no stream lies in another file")
def streams(file):
    for found in re.finditer(rb"/Length (\d+)>>\nstream\n", file.data):
        end = found.end() + int(found[1])
        if file.data[end : end + 10] != b"\nendstream":
            yield found[0]
    yield from (item.objgen for item in file.pdf.objects if isinstance(item, pikepdf.Stream) and "/F" in item)


@rule("ISO 19005-3, 6.1.7.2: no LZW and no Crypt filter")
def filters(file):
    for item in file.pdf.objects:
        if isinstance(item, pikepdf.Stream) and str(item.get("/Filter", "/FlateDecode")) != "/FlateDecode":
            yield item.objgen


@rule("ISO 19005-3, 6.2.3: one output intent, an RGB profile of an ICC version that PDF 1.7 knows")
def output_intent(file):
    (intent,) = file.pdf.Root.OutputIntents
    profile = intent.DestOutputProfile.read_bytes()
    if intent.S != Name.GTS_PDFA1 or intent.DestOutputProfile.N != 3 or profile[16:20] != b"RGB ":
        yield intent
    if profile[12:16] not in {b"mntr", b"prtr"} or profile[8] > 4 or (profile[8], profile[9] >> 4) > (4, 2):
        yield profile[:20]


@rule("ISO 19005-3, 6.2.4.3: colours are of the output intent's space")
def colours(file):
    for page in file.marked:
        for _, _, instructions in page:
            yield from (
                word for _, word in instructions if word in {"k", "K", "cs", "CS", "sc", "scn", "SCN"}
            )


@rule("ISO 19005-3, 6.2.8: images are not interpolated and have no alternates")
def images(file):
    for item in file.pdf.objects:
        if (
            isinstance(item, pikepdf.Stream)
            and item.get("/Subtype") == Name.Image
            and (item.get("/Interpolate") or "/Alternates" in item or "/SMask" in item)
        ):
            yield item.objgen


@rule("ISO 19005-3, 6.2.10: nothing is transparent")
def transparency(file):
    yield from (page.index for page in file.pdf.pages if "/ExtGState" in page.Resources or "/Group" in page)


@rule("ISO 19005-3, 6.2.11.4.1 and 6.2.11.4.2: every font's program is embedded and has every glyph used")
def font_programs(file):
    for font in file.fonts:
        program = TTFont(
            BytesIO(font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()), checkChecksums=2
        )
        if {"glyf", "head", "hhea", "hmtx", "loca", "maxp"} - set(program.keys()):
            yield font.BaseFont
        used = used_codes(file, font)
        yield from (code for code in used if not 0 < code < program["maxp"].numGlyphs)
        if not re.fullmatch(r"/[A-Z]{6}\+.+", str(font.BaseFont)):
            yield font.BaseFont


@rule("ISO 19005-3, 6.2.11.5: widths in the file are those of the font's program")
def widths(file):
    for font in file.fonts:
        descendant = font.DescendantFonts[0]
        program = TTFont(BytesIO(descendant.FontDescriptor.FontFile2.read_bytes()))
        first, listed = descendant.W
        told = dict(enumerate((int(width) for width in listed), start=int(first)))
        order = program.getGlyphOrder()
        for code in used_codes(file, font):
            if told.get(code) != program["hmtx"][order[code]][0]:
                yield font.BaseFont, code


@rule("ISO 19005-3, 6.2.11.3: the codes are Identity-H and so is the map to glyphs")
def encodings(file):
    for font in file.fonts:
        if (font.Encoding, font.DescendantFonts[0].CIDToGIDMap) != (Name("/Identity-H"), Name.Identity):
            yield font.BaseFont


@rule(
    "ISO 19005-3, 6.2.11.7.2 and 6.2.11.7.3 (and ISO 14289-1, 7.21.7): every code has letters, none of private use"
)
def unicodes(file):
    for font in file.fonts:
        letters = to_unicode(font)
        for code in used_codes(file, font):
            text = letters.get(code, "")
            if not text or any(0xE000 <= ord(char) < 0xF900 or char in "\0\ufeff\ufffe" for char in text):
                yield font.BaseFont, code, text


@rule(
    "ISO 19005-3, 6.3.2 and 6.3.3: annotations are printed and not hidden; no widget or field has an action"
)
def annotations(file):
    for page in file.pdf.pages:
        for item in page.get("/Annots", []):
            if (
                not int(item.get("/F", 0)) & 4
                or int(item.F) & 0b100011
                or (item.Subtype == Name.Widget and "/A" in item)
            ):
                yield item.objgen
            if (
                "/AP" not in item
                and [float(x) for x in item.Rect] != [0, 0, 0, 0]
                and item.Subtype != Name.Link
            ):
                yield item.objgen


@rule("ISO 19005-3, 6.5: no action but links to addresses, and none on opening")
def actions(file):
    for item in file.pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/A") is not None:
            action = item.A
            if isinstance(action, pikepdf.Dictionary) and action.get("/S") not in {Name.URI, None}:
                yield item.objgen
    if (
        "/OpenAction" in file.pdf.Root
        or "/AA" in file.pdf.Root
        or "/JavaScript" in file.pdf.Root.get("/Names", {})
    ):
        yield "catalog"


@rule("ISO 19005-3, 6.6.2.1: the metadata is a stream without a filter")
def metadata(file):
    stream = file.pdf.Root.Metadata
    if "/Filter" in stream or stream.Type != Name.Metadata or stream.Subtype != Name.XML:
        yield stream.objgen


@rule("ISO 19005-3, 6.6.3: no Info dictionary says anything else than the metadata")
def info(file):
    if "/Info" in file.pdf.trailer:
        yield "Info"


@rule("ISO 19005-3, 6.6.2.3: the schema of PDF/UA's identification is described")
def extension_schema(file):
    if file.told("schema:namespaceURI") != [XMP["pdfuaid"]]:
        yield file.told("schema:namespaceURI")


@rule("ISO 19005-3, 6.6.4: identified as part 3, level A")
def identification(file):
    if (file.told("pdfaid:part"), file.told("pdfaid:conformance")) != (["3"], ["A"]):
        yield "pdfaid"


@rule("ISO 14289-1, 5: identified as PDF/UA-1")
def ua_identification(file):
    if file.told("pdfuaid:part") != ["1"]:
        yield "pdfuaid"


@rule("ISO 19005-3, 6.7.2.2: marked as tagged")
def mark_info(file):
    if file.pdf.Root.MarkInfo.Marked is not True:
        yield "MarkInfo"


@rule("ISO 19005-3, 6.7.3 and ISO 14289-1, 7.1: structure of standard types alone")
def types(file):
    yield from (str(item.S) for item in file.elements if str(item.S)[1:] not in STANDARD_TYPES)


@rule(
    "ISO 19005-3, 6.8: the attachment is associated with the document, with its relationship, names, type and size"
)
def attachments(file):
    (attached,) = file.pdf.Root.AF
    stream = attached.EF.F
    if attached.AFRelationship not in {Name.Source, Name.Data, Name.Alternative, Name.Supplement}:
        yield "AFRelationship"
    if (
        str(attached.get("/F")) != str(attached.get("/UF"))
        or not str(attached.get("/Desc", ""))
        or "/Subtype" not in stream
    ):
        yield "file specification"
    if stream.Params.Size != len(stream.read_bytes()) or "/ModDate" not in stream.Params:
        yield "Params"
    if [str(item) for item in file.pdf.attachments] != [str(attached.F)]:
        yield "EmbeddedFiles"


@rule(
    "ISO 14289-1, 7.1: everything painted is in the structure or an ornament, and ornaments hold no structure"
)
def all_is_marked(file):
    for page in file.marked:
        for tag, properties, instructions in page:
            inner = [
                operands for operands, word in instructions[1:] if word == "BDC" and "/MCID" in operands[1]
            ]
            if inner or (tag == "/Artifact") == ("/MCID" in properties):
                yield tag, instructions[:3]


@rule("ISO 14289-1, 7.1: each marked content belongs to exactly one element, of the same type")
def each_mark_once(file):
    told = Counter()
    for item in file.elements:
        for kid in kids_of(item):
            if isinstance(kid, int):
                told[item.Pg.objgen, int(kid), str(item.S)] += 1
    drawn = Counter(
        (page.obj.objgen, int(properties["/MCID"]), tag)
        for page, marked in zip(file.pdf.pages, file.marked, strict=True)
        for tag, properties, _ in marked
        if tag != "/Artifact" and "/MCID" in properties
    )
    if set(told.values()) != {1} or told != drawn:
        yield (told - drawn) + (drawn - told)


@rule("ISO 32000-1, 14.7.4.4: the parent tree finds the element of each mark and of each link")
def parent_tree(file):
    root = file.pdf.Root.StructTreeRoot
    numbers = list(root.ParentTree.Nums)
    tree = {int(key): value for key, value in zip(numbers[::2], numbers[1::2], strict=True)}
    for page in file.pdf.pages:
        for mark, element in enumerate(tree[int(page.StructParents)]):
            if (
                mark not in [kid for kid in kids_of(element) if isinstance(kid, int)]
                or element.Pg.objgen != page.obj.objgen
            ):
                yield mark
        for item in page.get("/Annots", []):
            if item.Subtype == Name.Link:
                element = tree[int(item.StructParent)]
                if Name.Link != element.S or item.objgen not in [
                    kid.Obj.objgen
                    for kid in kids_of(element)
                    if isinstance(kid, pikepdf.Dictionary) and "/Obj" in kid
                ]:
                    yield item.objgen
    if int(root.ParentTreeNextKey) != max(tree) + 1:
        yield "ParentTreeNextKey"


@rule("ISO 32000-1, 14.7.2: every element names its parent")
def parents(file):
    for item in [file.pdf.Root.StructTreeRoot, *file.elements]:
        for kid in kids_of(item):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid and kid.P.objgen != item.objgen:
                yield kid.objgen


@rule("ISO 14289-1, 7.1: the title is there and is what a window shows")
def title(file):
    if not file.pdf.Root.ViewerPreferences.DisplayDocTitle:
        yield "DisplayDocTitle"
    if not all(text.strip() for text in file.told("dc:title/rdf:Alt/rdf:li")) or not file.told(
        "dc:title/rdf:Alt/rdf:li"
    ):
        yield "dc:title"


@rule("ISO 14289-1, 7.2: the language of the document and of what is in another is told")
def language(file):
    tag = re.compile(r"[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z]{2})?")
    if not tag.fullmatch(str(file.pdf.Root.Lang)):
        yield file.pdf.Root.Lang
    for page in file.marked:
        for _, _, instructions in page:
            for operands, word in instructions:
                if word == "BDC" and "/Lang" in operands[1] and not tag.fullmatch(str(operands[1]["/Lang"])):
                    yield operands


@rule("ISO 14289-1, 7.3: a figure has an alternative text, and here a box that holds it")
def figures(file):
    for item in file.elements:
        if Name.Figure == item.S:
            left, bottom, right, top = (float(side) for side in item.A.BBox)
            if not str(item.Alt).strip() or not (0 <= left < right <= 842 and 0 <= bottom < top <= 596):
                yield item.objgen


@rule("ISO 14289-1, 7.4.2: headings begin with the first level and skip none")
def headings(file):
    levels = [int(str(item.S)[2]) for item in file.elements if re.fullmatch("/H[1-6]", str(item.S))]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield levels
    yield from ((one, other) for one, other in pairwise(levels) if other > one + 1)


@rule("ISO 14289-1, 7.5: tables are regular and each heading cell tells its scope")
def tables(file):
    for table in file.elements:
        if Name.Table == table.S:
            rows = [row for part in kids_of(table) for row in kids_of(part)]
            if {len(kids_of(row)) for row in rows} != {2} or {str(part.S) for part in kids_of(table)} != {
                "/THead",
                "/TBody",
            }:
                yield table.objgen
            for part, row in ((group, row) for group in kids_of(table) for row in kids_of(group)):
                cells = [str(cell.S) for cell in kids_of(row)]
                if cells != (["/TH", "/TH"] if Name.THead == part.S else ["/TH", "/TD"]):
                    yield cells
                for cell in kids_of(row):
                    if cell.S == Name.TH and cell.get("/A", {}).get("/Scope") != (
                        Name.Column if Name.THead == part.S else Name.Row
                    ):
                        yield cell.objgen
            if not str(table.A.Summary).strip():
                yield "Summary"


@rule("ISO 14289-1, 7.6: lists are built of items with label and body")
def lists(file):
    for item in file.elements:
        if item.S == Name.L:
            yield from (kid.S for kid in kids_of(item) if kid.S != Name.LI)
        if item.S == Name.LI and [str(kid.S) for kid in kids_of(item)] != ["/Lbl", "/LBody"]:
            yield item.objgen


@rule("ISO 14289-1, 7.18.1 and 7.18.5: a link is in a Link element and says where it leads")
def links(file):
    found = [item for page in file.pdf.pages for item in page.get("/Annots", []) if item.Subtype == Name.Link]
    if len(found) != 1 or not all(str(item.Contents).strip() for item in found):
        yield "Contents"


@rule("ISO 14289-1, 7.18.3: the tab order follows the structure")
def tab_order(file):
    yield from (page.index for page in file.pdf.pages if page.get("/Tabs") != Name.S)


@rule("ISO 14289-1, 7.18.4: an invisible signature field needs no element, and is told what it is")
def field_description(file):
    for item in file.pdf.Root.AcroForm.Fields:  # the signature, and a timestamp for each later update
        if not str(item.get("/TU", "")).strip() or [float(x) for x in item.Rect] != [0, 0, 0, 0]:
            yield item.objgen


def used_codes(file: Opened, font) -> set[int]:
    found: set[int] = set()
    for page, marked in zip(file.pdf.pages, file.marked, strict=True):
        names = {name for name, item in page.Resources.Font.items() if item.objgen == font.objgen}
        for _, _, instructions in marked:
            current = ""
            for operands, word in instructions:
                if word == "Tf":
                    current = str(operands[0])
                if word in {"Tj", "TJ"} and current in names:
                    parts = operands[0] if word == "TJ" else [operands[0]]
                    for part in parts:
                        if isinstance(part, pikepdf.String):
                            raw = bytes(part)
                            found |= {int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)}
    return found


def to_unicode(font) -> dict[int, str]:
    text = font.ToUnicode.read_bytes().decode("ascii")
    return {
        code: bytes.fromhex(letters).decode("utf-16-be")
        for first, last, listed in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]{4})> \[<([0-9a-f<>]+)>\]\n", text)
        for code, letters in zip(range(int(first, 16), int(last, 16) + 1), listed.split("><"), strict=True)
    }
