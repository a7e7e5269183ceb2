"""The objects of a file that are the same in every design: fonts and the output intent."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from certify.pdf.fonts import LabelFont
from certify.pdf.syntax import Blueprint
from certify.pdf.truetype import ASCENT, DESCENT


def embed_font(blueprint: Blueprint, font: LabelFont) -> int:
    """Embed a font of the constant part and return its Type 0 font (ISO 32000-1, 9.7.6)."""
    tag = f"CRTFY{font.key}+{font.face[0]}"
    program = font.embedded.program()
    file = blueprint.stream(program, f"/Length1 {len(program)}")
    letters = blueprint.stream(font.embedded.to_unicode().encode("ascii"))
    descriptor = font_descriptor(blueprint, tag, file, font.embedded.box())
    return cid_font(blueprint, tag, descriptor, font.embedded.widths(), letters)


def font_descriptor(blueprint: Blueprint, tag: str, file: int, box: Sequence[int]) -> int:
    """Describe a symbolic font whose program is object ``file`` and whose glyphs lie in ``box`` (ISO 32000-1, 9.8)."""
    return blueprint.put(
        f"<</Type/FontDescriptor/FontName/{tag}/Flags 4/FontBBox[{' '.join(map(str, box))}]/ItalicAngle 0"
        f"/Ascent {ASCENT}/Descent {DESCENT}/CapHeight 714/StemV 90/FontFile2 {file} 0 R>>"
    )


def cid_font(blueprint: Blueprint, tag: str, descriptor: int, widths: str, letters: int) -> int:
    """Return a Type 0 font whose codes are the glyphs of its program; ``letters`` is its ToUnicode map."""
    descendant = blueprint.put(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{tag}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/FontDescriptor {descriptor} 0 R/DW 0/W {widths}/CIDToGIDMap/Identity>>"
    )
    return blueprint.put(
        f"<</Type/Font/Subtype/Type0/BaseFont/{tag}/Encoding/Identity-H/DescendantFonts[{descendant} 0 R]/ToUnicode {letters} 0 R>>"
    )


def output_intent(blueprint: Blueprint) -> int:
    """Say that colours are sRGB (ISO 19005-3, 6.2.3); the profile travels with the file."""
    profile = blueprint.stream(resources.files("certify.pdf").joinpath("srgb.icc").read_bytes(), "/N 3")
    return blueprint.put(
        "<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)"
        f"/RegistryName(http://www.color.org)/DestOutputProfile {profile} 0 R>>"
    )
