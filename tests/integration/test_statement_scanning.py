"""The code on a real certificate, printed, photographed and copied: two decoders read all of it, every time.

A page is drawn by poppler at the resolution of a poor scan and of a good one, and then spoiled as scanners,
cameras and office copiers do. zbar and zxing-cpp share no code.
"""

from __future__ import annotations

import random
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from credential_keys import KEYS
from PIL import Image, ImageEnhance, ImageFilter
from qrcode import QRCode, constants, util
from statements import NAMES, P256, named

from certify.parts import whole
from certify.pdf.press import CertificatePress
from certify.pdf.qr import encode
from certify.pdf.slots import code_edge
from certify.statement.address import scan_address

POINTS_PER_MILLIMETRE = 72 / 25.4
PRINTED = {
    "typical Latin": 33,
    "typical Cyrillic": 33,
    "long Latin": 35,
    "long Cyrillic": 35,
    "mixed diacritics": 40,
}
"""The edge of each code in millimetres, without its quiet zone."""


def jpeg(picture: Image.Image, quality: int = 40) -> Image.Image:
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream)


def grainy(picture: Image.Image) -> Image.Image:
    chance = random.Random(1)
    grain = Image.frombytes("L", picture.size, chance.randbytes(picture.width * picture.height))
    return Image.blend(picture, grain, 0.08)


SPOILED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as printed": lambda picture: picture,
    "turned by 3 degrees": lambda picture: picture.rotate(3, Image.Resampling.BICUBIC, fillcolor=255),
    "turned by 15 degrees": lambda picture: picture.rotate(15, Image.Resampling.BICUBIC, fillcolor=255),
    "upside down": lambda picture: picture.rotate(180),
    "out of focus": lambda picture: picture.filter(ImageFilter.GaussianBlur(1)),
    "pale": lambda picture: ImageEnhance.Contrast(picture).enhance(0.4),
    "grainy": grainy,
    "JPEG": jpeg,
    "photographed": lambda picture: jpeg(
        picture.rotate(7, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.7)), 60
    ),
}


def address_of(name: str) -> str:
    return scan_address(named(NAMES[name]), P256, KEYS.sign_es256)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The first page of a certificate for each name."""
    folder = tmp_path_factory.mktemp("printed")
    press = CertificatePress(2602)
    made: dict[str, Path] = {}
    for name in PRINTED:
        award = named(NAMES[name])
        made[name] = folder / f"{name}.pdf"
        made[name].write_bytes(press.press(award, address_of(name), whole(b"{}")).content)
    return made


def zbar(pictures: dict[str, Path]) -> dict[str, list[str]]:
    command = ["zbarimg", "-q", "--xml", "-Sdisable", "-Sqrcode.enable", *pictures.values()]
    answered = subprocess.run(command, capture_output=True, text=True, check=False)
    space = "{http://zbar.sourceforge.net/2008/barcode}"
    found = {
        Path(source.attrib["href"]).stem: [data.text or "" for data in source.iter(f"{space}data")]
        for source in ET.fromstring(answered.stdout).iter(f"{space}source")
    }
    return {what: found.get(what, []) for what in pictures}


def zxing(pictures: dict[str, Path]) -> dict[str, list[str]]:
    return {
        what: [
            code.text
            for code in zxingcpp.read_barcodes(Image.open(path), formats=zxingcpp.BarcodeFormat.QRCode)
        ]
        for what, path in pictures.items()
    }


@pytest.mark.parametrize("dots_per_inch", [150, 200, 300])
@pytest.mark.parametrize("name", PRINTED)
def test_two_decoders_read_the_code_on_a_certificate_however_it_was_spoiled(
    pages: dict[str, Path], tmp_path: Path, name: str, dots_per_inch: int
) -> None:
    drawn = tmp_path / "page"
    subprocess.run(
        ["pdftoppm", "-r", str(dots_per_inch), "-gray", "-l", "1", "-singlefile", pages[name], drawn],
        check=True,
    )
    page = Image.open(drawn.with_suffix(".pgm"))
    # A reader holds the camera over the code: the lower right quarter of the page.
    corner = page.crop((page.width * 6 // 10, page.height * 4 // 10, page.width, page.height))
    pictures = {what: tmp_path / f"{what}.png" for what in SPOILED}
    for what, path in pictures.items():
        SPOILED[what](corner).save(path)

    expected = {what: [address_of(name)] for what in SPOILED}
    assert zxing(pictures) == expected
    assert zbar(pictures) == expected


@pytest.mark.parametrize(("name", "edge"), PRINTED.items())
def test_a_code_is_printed_as_large_as_its_version_needs(name: str, edge: int) -> None:
    kind, _ = encode(address_of(name))

    assert code_edge(kind.version) == pytest.approx(edge * POINTS_PER_MILLIMETRE)
    # 3.25 pixels a module are what zbar and zxing need to read all of it: at 150 dpi, 0.55 mm.
    assert edge / 25.4 * 150 / kind.modules >= 3.25


@pytest.mark.parametrize("name", NAMES)
def test_the_segments_are_the_ones_that_need_the_smallest_symbol(name: str) -> None:
    address = address_of(name)
    base, _, rest = address.rpartition("/")
    certificate_id, _, text = rest.partition("#")
    symbol = QRCode(error_correction=constants.ERROR_CORRECT_M)
    for part, mode in (
        (f"{base}/", util.MODE_8BIT_BYTE),
        (certificate_id, util.MODE_ALPHA_NUM),
        ("#", util.MODE_8BIT_BYTE),
        (text, util.MODE_ALPHA_NUM),
    ):
        symbol.add_data(util.QRData(part.encode(), mode=mode))
    symbol.make(fit=True)

    assert encode(address)[0].version == symbol.version


def test_usual_names_need_version_10_at_most_and_sixty_letters_11() -> None:
    for name in NAMES:
        version = encode(address_of(name))[0].version
        assert version <= (10 if name.startswith("typical") else 11 if name.startswith("long") else 13), name


def test_a_code_of_the_smallest_kind_is_30_millimetres_wide() -> None:
    award = replace(named("Ana Li"), specimen=False)
    kind, _ = encode(scan_address(award, P256, KEYS.sign_es256))

    assert kind.version <= 9
    assert code_edge(kind.version) == pytest.approx(30 * POINTS_PER_MILLIMETRE)
