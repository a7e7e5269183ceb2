"""The process that reads one stranger's file from standard input and writes what it saw as JSON, or draws it.

It limits itself before it reads a byte, and ends after one file. PDFs are read by PDFium (text, attachments,
pictures of the first pages), images by Pillow, QR codes by zxing-cpp. No script in a file is ever run: this
PDFium is built without JavaScript.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
from typing import Any

_MOST_PAGES = 4
_MOST_TEXT = 200_000
_MOST_CODES = 20
_MOST_CODE = 4_000
_MOST_ATTACHMENTS = 4
_MOST_ATTACHMENT_BYTES = 400_000
_MOST_PIXELS = 40_000_000
_PIXELS_WIDE = 2_400
_DRAWN = ("PNG", "JPEG")
_DRAWN_PIXELS = 1_400
_IMAGES = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP")


def limit(seconds: int, megabytes: int) -> None:
    """Bound this process: processor time, memory, no files written, no core, no further processes."""
    memory = megabytes * 1_000_000
    bounds = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for name, most in bounds.items():
        resource.setrlimit(name, (most, most))


def read(data: bytes) -> dict[str, Any]:
    """Return what the file shows."""
    if b"%PDF-" in data[:1024]:
        return _read_pdf(data)
    return _read_image(data)


def _answer(kind: str, **found: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
    return {"kind": kind, "text": "", "codes": [], "attachments": [], "reason": "", **found}


def _read_pdf(data: bytes) -> dict[str, Any]:
    import pypdfium2  # type: ignore[import-untyped]  # noqa: PLC0415 - loaded within the bounds

    try:
        document = pypdfium2.PdfDocument(data)
        pages = [document[number] for number in range(min(len(document), _MOST_PAGES))]
    except pypdfium2.PdfiumError as error:
        return _answer("unreadable", reason=f"This PDF cannot be opened: {error}"[:200])
    text, codes = [], []
    for page in pages:
        text.append(page.get_textpage().get_text_bounded()[:_MOST_TEXT])
        scale = min(_PIXELS_WIDE / max(page.get_width(), page.get_height(), 1), 6)
        codes += _codes(page.render(scale=scale, grayscale=True).to_pil())
    return _answer(
        "pdf", text="\n".join(text)[:_MOST_TEXT], codes=codes[:_MOST_CODES], attachments=_attached(document)
    )


def _attached(document: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - pypdfium2 ships no types
    import pypdfium2  # noqa: PLC0415 - as below

    found = []
    for index in range(min(document.count_attachments(), _MOST_ATTACHMENTS)):
        try:
            attachment = document.get_attachment(index)
            name, content = attachment.get_name()[:200], bytes(attachment.get_data())
        except pypdfium2.PdfiumError:  # named, and not there
            continue
        if len(content) <= _MOST_ATTACHMENT_BYTES:
            found.append((name, base64.b64encode(content).decode("ascii")))
    return found


def _read_image(data: bytes) -> dict[str, Any]:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - loaded within the bounds

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=_IMAGES) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return _answer("unreadable", reason="The picture has too many pixels.")
            picture = ImageOps.exif_transpose(opened).convert("L")
    except UnidentifiedImageError:
        return _answer("unreadable", reason="This is neither a PDF nor a picture.")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return _answer("unreadable", reason="The picture is damaged.")
    return _answer("image", codes=_codes(picture)[:_MOST_CODES])


def _codes(picture: Any) -> list[str]:  # noqa: ANN401 - a Pillow image
    import zxingcpp  # noqa: PLC0415 - loaded within the bounds

    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text[:_MOST_CODE] for code in found]


def draw(data: bytes) -> bytes:
    """Return the first page or the picture as a JPEG of our own making; nothing where it cannot be drawn."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - loaded within the bounds

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        if data.startswith(b"%PDF-"):
            picture = _first_page(data)
        else:
            with Image.open(io.BytesIO(data), formats=_DRAWN) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    return b""
                picture = ImageOps.exif_transpose(opened)
        picture.thumbnail((_DRAWN_PIXELS, _DRAWN_PIXELS))
        if picture.mode in {"RGBA", "LA", "P"}:
            clear = picture.convert("RGBA")
            picture = Image.new("RGBA", clear.size, "white")
            picture.alpha_composite(clear)
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=82)
    except (OSError, ValueError, SyntaxError, RuntimeError, Image.DecompressionBombError):
        return b""
    return out.getvalue()


def _first_page(data: bytes) -> Any:  # noqa: ANN401 - a Pillow image
    import pypdfium2  # noqa: PLC0415 - as above

    page = pypdfium2.PdfDocument(data)[0]
    scale = min(_DRAWN_PIXELS / max(page.get_width(), page.get_height(), 1), 6)
    return page.render(scale=scale).to_pil()


def main() -> None:
    """Read or draw standard input within the bounds given as arguments, and answer on standard output."""
    limit(int(sys.argv[1]), int(sys.argv[2]))
    data = sys.stdin.buffer.read()
    if sys.argv[3:] == ["draw"]:
        sys.stdout.buffer.write(draw(data))
    else:
        sys.stdout.write(json.dumps(read(data)))


if __name__ == "__main__":
    main()
