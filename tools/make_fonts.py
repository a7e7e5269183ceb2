"""Make the static fonts in certify/pdf/fonts from the variable Noto fonts of the development packages.

Run once by a maintainer, not at installation: python tools/make_fonts.py
"""

from __future__ import annotations

import io
import sys
from importlib import metadata
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FONTS = Path(__file__).resolve().parents[1] / "certify" / "pdf" / "fonts"
EUROPEAN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),
    *range(0x2B0, 0x400),
    *range(0x400, 0x530),
    *range(0x1E00, 0x2000),
    *range(0x2010, 0x2027),
    0x2032,
    0x2033,
    0x20AC,
    0x2116,
]
HEBREW = [
    0x20,
    0x27,
    0x28,
    0x29,
    0x2C,
    0x2D,
    0x2E,
    *range(0x591, 0x5F5),
    0x200D,
    0x25CC,
    *range(0xFB1D, 0xFB50),
]
DEVANAGARI = [0x20, 0x27, 0x28, 0x29, 0x2C, 0x2D, 0x2E, *range(0x900, 0x980), 0x200C, 0x200D, 0x25CC]
WANTED = {
    "NotoSans-Regular": ("fontpkg-noto-sans", "NotoSans[wdth,wght].ttf", 400, EUROPEAN),
    "NotoSans-SemiBold": ("fontpkg-noto-sans", "NotoSans[wdth,wght].ttf", 600, EUROPEAN),
    "NotoSerif-Medium": ("fontpkg-noto-serif", "NotoSerif[wdth,wght].ttf", 500, EUROPEAN),
    "NotoSansArabic-Medium": ("fontpkg-noto-sans-arabic", "NotoSansArabic[wdth,wght].ttf", 500, None),
    "NotoSansHebrew-Medium": ("pylopdf-fonts-he", "NotoSansHebrew-Variable.ttf", 500, HEBREW),
    "NotoSansDevanagari-Medium": (
        "fontpkg-noto-sans-devanagari",
        "NotoSansDevanagari[wdth,wght].ttf",
        500,
        DEVANAGARI,
    ),
}


def main() -> None:
    """Write each font (or those named as arguments), cut to one weight and to the letters that names and labels need."""
    FONTS.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or WANTED:
        package, filename, weight, letters = WANTED[name]
        source = next(path for path in metadata.files(package) or [] if path.name == filename)
        font = TTFont(source.locate(), recalcTimestamp=False)
        font = instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100})
        buffer = io.BytesIO()
        font.save(buffer)
        font = TTFont(io.BytesIO(buffer.getvalue()), recalcTimestamp=False)
        options = subset.Options(
            layout_features=["*"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True
        )
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=letters or font.getBestCmap())
        cutter.subset(font)
        for record in font["name"].names:
            # One name a weight: a program that caches fonts by name must not take one for the other.
            if record.nameID in {4, 6}:
                record.string = name
        font.save(FONTS / f"{name}.ttf")
        sys.stdout.write(f"{name}: {(FONTS / f'{name}.ttf').stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
