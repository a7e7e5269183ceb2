"""One kind of award, compiled: a constant beginning with its SHA-256, and what is filled in for each certificate."""

from __future__ import annotations

from itertools import accumulate, repeat
from typing import Any

from certify.award.fixed import OncePerAward
from certify.award.record import AwardRecord
from certify.errors import LintFailed, UnprintableName
from certify.pades.document import UnsignedPdf
from certify.parts import Head, Parted, deflated
from certify.pdf.design import Designs
from certify.pdf.elements import (
    draw_competences,
    draw_drawing,
    draw_image,
    draw_line,
    draw_notes,
    draw_rectangle,
    draw_watermark,
    image_stream,
)
from certify.pdf.fonts import LabelFont
from certify.pdf.layout import HEIGHT, NAME_FONT, WIDTH, Layout, Sheet
from certify.pdf.objects import cid_font, embed_font, font_descriptor, output_intent
from certify.pdf.shaping import OTHER_SCRIPTS
from certify.pdf.slots import CODE_IMAGE, Code, Laid
from certify.pdf.structure import write_structure
from certify.pdf.syntax import (
    ENTRY,
    ENTRY_WIDTHS,
    Blueprint,
    Body,
    date_string,
    plain,
    stream,
    text_string,
)
from certify.pdf.xmp import fill, packet

FACES = {"text": "NotoSans-Regular", "bold": "NotoSans-SemiBold", "display": "NotoSerif-Medium"}
_KEYS = {"text": "T", "bold": "B", "display": "D"}
_FREE = ENTRY.pack(0, 0, 65535)
_NAME_TAG = "CRTFYA+CertifyName"
# Every name's font is described in the constant part; marks above and below a letter reach far.
_NAME_BOX = (-1000, -1000, 5000, 1800)
# Of each page a content stream, then these, in this order.
_VARYING = (
    "program",
    "letters",
    "widths",
    "link",
    "box",
    "code",
    "metadata",
    "credential",
    "signature",
    "xref",
)
_BYTE_RANGE_ROOM = 30
_DEFLATED = "/Filter/FlateDecode"
_ENDOBJ = b"\nendobj\n"

_Drawn = tuple[list[str], str]
"""The content of each page but for name and code, and the link's annotation."""


class CompiledAward:
    """What every certificate of one kind shares.

    Args:
        award: Any award of the kind; no field of `certify.award.fixed.VARYING` is read.
        designs: Where its design and labels are.

    Raises:
        DesignInvalid: There is no such design or language.
        LintFailed: A text of the framework does not fit.
    """

    def __init__(self, award: AwardRecord, designs: Designs) -> None:
        design = designs.get(award.template_id, award.template_version)
        if design.kind != award.kind:
            raise LintFailed(
                f"The design {design.id} is for a {design.kind}, not for a {award.kind}.", where="template_id"
            )
        words = designs.words(award.language, design.labels_version)
        pages = len(design.document["pages"])
        numbers = {name: pages + place for place, name in enumerate(_VARYING, start=1)}
        blueprint = Blueprint(pages + len(_VARYING))
        page_numbers = [blueprint.reserve() for _ in range(pages)]
        fonts = {name: LabelFont(_KEYS[name], (face, *OTHER_SCRIPTS)) for name, face in FACES.items()}
        layout = Layout(design, award, words, fonts)
        try:
            _lay_out(layout, numbers, page_numbers)
        except UnprintableName as error:
            raise LintFailed(
                f"A text of the framework or a label {error.message}",
                where="framework",
                fix="write it otherwise, or add a font (docs/templates.md)",
            ) from error
        font_numbers = {font.key: embed_font(blueprint, font) for font in fonts.values() if font.used}
        font_numbers[NAME_FONT] = _name_font(blueprint, numbers)
        resources = "".join(f"/{key} {number} 0 R" for key, number in font_numbers.items())
        widget = blueprint.put(
            f"<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature)/TU {text_string(words['signed'])}/F 132/Rect[0 0 0 0]"
            f"/P {page_numbers[0]} 0 R/V {numbers['signature']} 0 R>>"
        )
        root_pages = blueprint.reserve()
        for index, sheet in enumerate(layout.sheets):
            content = blueprint.stream("\n".join(sheet.constant).encode("latin-1"))
            images = "".join(
                f"/{name} {_image(blueprint, design.folder / file)} 0 R"
                for name, file in sheet.images.items()
            )
            if index == 0:  # where the code is drawn
                images += f"/{CODE_IMAGE} {numbers['code']} 0 R"
            annotations = f"/Annots [{numbers['link']} 0 R {widget} 0 R]" if index == 0 else ""
            blueprint.put_plain(
                f"<</Type/Page/Parent {root_pages} 0 R/MediaBox[0 0 {plain(WIDTH)} {plain(HEIGHT)}]"
                f"/Contents[{content} 0 R {index + 1} 0 R]/Resources<</Font<<{resources}>>"
                f"{f'/XObject<<{images}>>' if images else ''}>>/StructParents {index}/Tabs/S{annotations}>>",
                page_numbers[index],
            )
        kids = " ".join(f"{number} 0 R" for number in page_numbers)
        blueprint.put_plain(f"<</Type/Pages/Kids [{kids}]/Count {pages}>>", root_pages)
        tree = write_structure(
            blueprint, layout.document, page_numbers, [sheet.marked for sheet in layout.sheets]
        )
        attached = blueprint.put(
            f"<</Type/Filespec/F(credential.json)/UF(credential.json)/Desc {text_string(words['credential'])}"
            f"/AFRelationship/Alternative/EF<</F {numbers['credential']} 0 R/UF {numbers['credential']} 0 R>>>>"
        )
        self._root = blueprint.reserve()
        blueprint.put_plain(
            f"<</Type/Catalog/Pages {root_pages} 0 R/MarkInfo<</Marked true>>/StructTreeRoot {tree} 0 R"
            f"/Lang({award.language})/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[{output_intent(blueprint)} 0 R]"
            f"/Metadata {numbers['metadata']} 0 R/AcroForm <</Fields [{widget} 0 R]/SigFlags 3>>"
            f"/Names<</EmbeddedFiles<</Names[(credential.json) {attached} 0 R]>>>>/AF[{attached} 0 R]>>",
            self._root,
        )
        self._prefix = blueprint.finish()
        self._head = Head(self._prefix.content)
        title = words["certificate" if award.kind == "role" else "certificate_unit"]
        self._metadata = packet(f"{award.role_title}: {title}", award.awarding_body, award.language)
        self._sheets, self._name = [sheet.slots for sheet in layout.sheets], layout.name
        self._code, self._address = layout.code, layout.address
        # Kept from the check, before the intent is committed, until the award is filled in.
        self._laid_out = OncePerAward(self._lay_out_name)
        self._drawn = OncePerAward(self._draw)

    def check(self, award: AwardRecord) -> None:
        """Refuse an award whose texts cannot be printed; raises as `fill`."""
        self._laid_out.of(award)
        self._drawn.of(award)

    def _lay_out_name(self, award: AwardRecord) -> Laid:
        return self._name.lay_out(award.holder)

    def _draw(self, award: AwardRecord) -> _Drawn:
        """Draw what needs neither code nor credential."""
        address, link = self._address.draw(award.verification_url)
        contents = ["".join([slot.draw(award) for slot in slots]) for slots in self._sheets]
        contents[0] += address
        return contents, link

    def code(self, scan_address: str) -> Code:
        """Draw the code of one certificate; LintFailed where the address is too long for it."""
        return self._code.draw(scan_address)

    def fill(
        self, award: AwardRecord, code: Code, credential: Parted, attachment: bytes, room: int
    ) -> UnsignedPdf:
        """Return one certificate with ``room`` bytes for its signature.

        Args:
            attachment: The credential as a zlib stream.

        Raises:
            UnprintableName: No shipped font has a character of the name; the message names it.
            InvalidName: The name is too long even on two lines.
            LintFailed: A text is not what a slot holds.
        """
        font, placed = self._laid_out.of(award)
        (first, *others), link = self._drawn.of(award)
        contents = [f"{first}{self._name.draw(font, placed)}{code.content}", *others]
        program = font.program()
        moment = date_string(award.issued_at)
        # The file's name is its credential's digest, so that a verifier sees whether they belong together.
        instance = bytes.fromhex(credential.sha256)[:16]
        metadata = fill(
            self._metadata,
            award.number,
            award.certificate_id,
            award.issued_at,
            instance,
            _replaced(award),
        )
        bodies = [stream(deflated(content.encode("latin-1")), _DEFLATED) for content in contents]
        bodies += (
            stream(deflated(program), f"/Length1 {len(program)}{_DEFLATED}"),
            stream(font.to_unicode().encode("ascii")),
            (font.widths().encode("ascii"),),
            (link.encode("ascii"),),
            (code.box.encode("ascii"),),
            (code.stencil,),
            stream(metadata, "/Type/Metadata/Subtype/XML"),
            stream(
                attachment,
                f"/Type/EmbeddedFile/Subtype/application#2Fvc{_DEFLATED}"
                f"/Params<</Size {len(credential)}/ModDate{moment}>>",
            ),
        )
        return self._assemble(bodies, moment, instance, room)

    def _assemble(self, bodies: list[Body], moment: str, instance: bytes, room: int) -> UnsignedPdf:
        """Put the objects behind the head, then the signature, then the cross-reference stream."""
        parts = [
            b"".join((b"%d 0 obj\n" % number, *body, _ENDOBJ)) for number, body in enumerate(bodies, start=1)
        ]
        *offsets, at = accumulate(map(len, parts), initial=len(self._head))
        signature = len(bodies) + 1
        head = (
            f"{signature} 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter /ETSI.CAdES.detached/M {moment}\n/ByteRange [0 "
        ).encode("ascii")
        # The strict reader wants these keys spelled with one space (certify/pades/read.py).
        before = at + len(head) + _BYTE_RANGE_ROOM + len(b"]/Contents ")
        after = before + room
        closing = b">>\nendobj\n"
        xref_at = after + len(closing)
        offsets += at, xref_at
        identifier = instance.hex()
        opening, table, ending = stream(
            self._prefix.table(_FREE + b"".join(map(ENTRY.pack, repeat(1), offsets, repeat(0)))),
            f"/Type/XRef/Size {self._prefix.size}/W{ENTRY_WIDTHS}/Root {self._root} 0 R"
            f"/ID [<{identifier}><{identifier}>]/Filter/FlateDecode",
        )
        tail = b"".join(
            (
                *(closing, b"%d 0 obj\n" % (signature + 1), opening, table, ending, _ENDOBJ),
                b"startxref\n%d\n%%%%EOF\n" % xref_at,
            )
        )
        ranges = b"%d %d %d" % (before, after, len(tail))
        parts += head, ranges.ljust(_BYTE_RANGE_ROOM), b"]/Contents ", b"<", b"0" * (room - 2), b">", tail
        return UnsignedPdf(tail=b"".join(parts), contents_at=before, contents_length=room, head=self._head)


_DRAW: dict[str, Any] = {
    "rectangle": draw_rectangle,
    "line": draw_line,
    "drawing": draw_drawing,
    "image": draw_image,
    "text": Layout.text,
    "watermark": draw_watermark,
    "facts": Layout.facts,
    "name": Layout.place_name,
    "competences": draw_competences,
    "notes": draw_notes,
}


def _lay_out(layout: Layout, numbers: dict[str, int], page_numbers: list[int]) -> None:
    """Draw what is constant, element by element, and give what varies its place."""
    for page in layout.design.document["pages"]:
        layout.sheets.append(Sheet())
        for element in page:
            ((kind, spec),) = element.items()
            if kind == "code":
                layout.place_code(spec, numbers["box"])
            elif kind == "address":
                layout.place_address(spec, page_numbers[layout.index], numbers["link"])
            else:
                _DRAW[kind](layout, spec)


def _replaced(award: AwardRecord) -> str:
    """Return the address of the certificate that this one corrects; empty where it corrects none."""
    if award.supersedes is None:
        return ""
    return award.verification_url.removesuffix(award.certificate_id) + award.supersedes


def _name_font(blueprint: Blueprint, numbers: dict[str, int]) -> int:
    descriptor = font_descriptor(blueprint, _NAME_TAG, numbers["program"], _NAME_BOX)
    return cid_font(blueprint, _NAME_TAG, descriptor, f"{numbers['widths']} 0 R", numbers["letters"])


def _image(blueprint: Blueprint, path: Any) -> int:  # noqa: ANN401
    data, entries = image_stream(path)
    return blueprint.stream(data, entries)
