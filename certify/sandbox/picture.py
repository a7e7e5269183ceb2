"""A picture of a page of our own making, to be seen where a PDF cannot be."""

from __future__ import annotations

from io import BytesIO

import pypdfium2  # type: ignore[import-untyped]  # ships no types

from certify.errors import SelfCheckFailed

_SCALE = 1.5  # 108 dots to the inch: small print is readable and the picture has some 100 kB


def first_page(pdf: bytes) -> bytes:
    """Return the first page as PNG. For files that this program has just made, never for a stranger's.

    Raises:
        SelfCheckFailed: The file cannot be drawn.
    """
    try:
        document = pypdfium2.PdfDocument(pdf)
        picture = document[0].render(scale=_SCALE).to_pil()
    except pypdfium2.PdfiumError as error:
        raise SelfCheckFailed("The page just made cannot be drawn.") from error
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    document.close()
    return out.getvalue()
