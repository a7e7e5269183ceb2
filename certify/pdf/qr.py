"""QR symbols (ISO/IEC 18004, level M) by table: at one version and mask a symbol is affine over GF(2).

Data bits, error correction and placement are linear, and the mask is a constant, so a symbol is a base symbol
XOR one row for every half byte of its data. The rows are built once for each version, from the placement and
the field tables of the `qrcode` library; tests hold the result to that library's own symbols, module by module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import pairwise
from operator import getitem, xor

from qrcode import QRCode, util
from qrcode.base import gexp, glog, rs_blocks
from qrcode.constants import ERROR_CORRECT_M

from certify.errors import LintFailed

QUIET_MODULES = 4
LARGEST_VERSION = 20
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE32 = _ALPHANUMERIC[2:8] + _ALPHANUMERIC[10:36]
_PAIRS = {
    **{
        a + b: f"{45 * _ALPHANUMERIC.index(a) + _ALPHANUMERIC.index(b):011b}"
        for a in _BASE32
        for b in _BASE32
    },
    **{a: f"{_ALPHANUMERIC.index(a):06b}" for a in _BASE32},
}
_PADDING = bytes((0xEC, 0x11))
_SCAN_ADDRESS = re.compile(r"(.*/)([A-Z2-7]+)(?:(#)([A-Z2-7]+))?", re.ASCII)
# A fixed text of the kind that codes hold; which mask suits it best is asked once for each version.
_SAMPLE = "https://certificates.example.org/v/2CHM2HMP4OH7CFUH5K4DBKZQVU#" + "QRE2EAJHARCFMR22U6QFCS4K" * 20


@dataclass(frozen=True, slots=True)
class SymbolKind:
    """What every symbol of one version shares.

    Attributes:
        modules: Modules along an edge, without the quiet zone.
        base: The symbol of all-zero data, row after row from the top, each row filled up to whole bytes.
        rows: For each half byte of the data, what each of its sixteen values changes.
        bars: For each byte of the symbol, the PDF path of its 256 values, in modules from the lower left corner.
    """

    version: int
    mask: int
    modules: int
    base: int
    rows: tuple[dict[str, int], ...]
    bars: tuple[tuple[bytes, ...], ...]

    def symbol(self, codewords: bytes) -> bytes:
        """Return the symbol of these data codewords as bits, row after row, rows filled up to whole bytes."""
        bits = reduce(xor, map(getitem, self.rows, codewords.hex()), self.base)
        return bits.to_bytes(len(self.bars), "big")

    def path(self, codewords: bytes) -> bytes:
        """Return the symbol as rectangles of a PDF path, one unit a module."""
        return b"".join(map(getitem, self.bars, self.symbol(codewords)))


def encode(address: str) -> tuple[SymbolKind, bytes]:
    """Return the smallest kind of symbol that holds an address, and the address as its data codewords.

    Identifier and statement, upper-case base32, stand in alphanumeric segments; all else in byte segments.

    Raises:
        LintFailed: The address is not in ASCII or too long.
    """
    found = _SCAN_ADDRESS.fullmatch(address)
    if not address.isascii():
        raise LintFailed("must be written in ASCII.", where="scan address")
    segments = [part for part in found.groups() if part] if found else [address]
    bits = [
        (_byte_bits if place % 2 == 0 else _alphanumeric_bits)(part) for place, part in enumerate(segments)
    ]
    for version in range(1, LARGEST_VERSION + 1):
        wide = version > 9  # noqa: PLR2004 - where length fields grow (ISO/IEC 18004, table 3)
        length = sum(
            len(data) + 4 + ((16 if wide else 8) if place % 2 == 0 else (11 if wide else 9))
            for place, data in enumerate(bits)
        )
        if length <= 8 * _capacity(version):
            break
    else:
        raise LintFailed("is too long for the certificate's code.", where="scan address")
    text = "".join(
        f"0100{len(part):0{16 if wide else 8}b}{data}"
        if place % 2 == 0
        else f"0010{len(part):0{11 if wide else 9}b}{data}"
        for place, (part, data) in enumerate(zip(segments, bits, strict=True))
    )
    room = _capacity(version)
    text += "0000"[: 8 * room - len(text)]
    size = -(-len(text) // 8)
    data = int(text.ljust(8 * size, "0"), 2).to_bytes(size, "big")
    return symbol_kind(version), (data + _PADDING * ((room - size + 1) // 2))[:room]


def _byte_bits(text: str) -> str:
    return f"{int.from_bytes(text.encode('ascii'), 'big'):0{8 * len(text)}b}"


def _alphanumeric_bits(text: str) -> str:
    return "".join([_PAIRS[text[at : at + 2]] for at in range(0, len(text), 2)])


@cache
def _capacity(version: int) -> int:
    """Data codewords of a version at level M."""
    return sum(block.data_count for block in rs_blocks(version, ERROR_CORRECT_M))


@cache
def symbol_kind(version: int) -> SymbolKind:
    """Build the tables of a version."""
    room = _capacity(version)
    sample = QRCode(version=version, error_correction=ERROR_CORRECT_M)
    sample.add_data(util.QRData(_SAMPLE[: room - 3].encode()))
    mask = sample.best_mask_pattern()
    return _tables(version, mask)


@cache
def _tables(version: int, mask: int) -> SymbolKind:
    modules = 4 * version + 17
    stride = -(-modules // 8)
    blocks = rs_blocks(version, ERROR_CORRECT_M)
    codewords = sum(block.total_count for block in blocks)
    base, places = _placement(version, mask, codewords, stride)
    sent = _sending_order([(block.data_count, block.total_count) for block in blocks])
    rows: list[dict[str, int]] = []
    for block in range(len(blocks)):
        data_count, total = blocks[block].data_count, blocks[block].total_count
        for position, corrections in enumerate(_corrections(data_count, total - data_count)):
            single = [0] * 8
            for bit in range(8):
                row = places[8 * sent[block, position] + 7 - bit]
                for at, impulse in enumerate(corrections):
                    changed = _times(impulse, 1 << bit)
                    for other in range(8):
                        if changed >> other & 1:
                            row ^= places[8 * sent[block, data_count + at] + 7 - other]
                single[bit] = row
            rows += (_half_byte(half) for half in (single[4:], single[:4]))
    return SymbolKind(version, mask, modules, base, tuple(rows), _bars(modules, stride))


def _half_byte(bits: Sequence[int]) -> dict[str, int]:
    """What each value of half a byte, in hexadecimal, changes; ``bits`` from the lowest."""
    return {
        f"{value:x}": reduce(xor, (row for at, row in enumerate(bits) if value >> at & 1), 0)
        for value in range(16)
    }


def _placement(version: int, mask: int, codewords: int, stride: int) -> tuple[int, list[int]]:
    """Return the symbol of all-zero codewords, and for each bit of the codewords the module that it sets.

    The library places codewords in which each bit holds one binary digit of its own number.
    """
    modules = 4 * version + 17

    def placed(data: Sequence[int]) -> list[list[bool | None]]:
        code = QRCode(version=version, error_correction=ERROR_CORRECT_M)
        code.data_cache = list(data)
        code.makeImpl(False, mask)  # noqa: FBT003 - the library's signature
        return code.modules

    zero = placed([0] * codewords)
    bits = 8 * codewords
    numbers = [[0] * modules for _ in range(modules)]
    for digit in range(bits.bit_length() + 1):
        # The last round marks every bit, to tell bit 0 from a module that holds no data.
        marked = [
            sum(
                ((at >> digit & 1) or digit == bits.bit_length()) << (7 - at % 8)
                for at in range(8 * word, 8 * word + 8)
            )
            for word in range(codewords)
        ]
        for row, (one, other) in enumerate(zip(placed(marked), zero, strict=True)):
            for column in range(modules):
                if one[column] != other[column]:
                    numbers[row][column] |= 1 << digit
    base, places = 0, [0] * bits
    for row in range(modules):
        for column in range(modules):
            here = 1 << (8 * stride * (modules - row) - 1 - column)
            if zero[row][column]:
                base |= here
            if numbers[row][column] >> bits.bit_length():
                places[numbers[row][column] & ((1 << bits.bit_length()) - 1)] = here
    return base, places


def _sending_order(blocks: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Where each block's codewords are sent: data interleaved over the blocks, then corrections (7.6)."""
    order = [
        (block, at)
        for at in range(max(data for data, _ in blocks))
        for block, (data, _) in enumerate(blocks)
        if at < data
    ]
    corrections = blocks[0][1] - blocks[0][0]
    order += [(block, blocks[block][0] + at) for at in range(corrections) for block in range(len(blocks))]
    return {codeword: place for place, codeword in enumerate(order)}


def _corrections(data_count: int, count: int) -> list[list[int]]:
    """For a 1 in each data codeword of a block, its correction codewords: x^(n) mod the generator, over GF(256)."""
    generator = [1]
    for power in range(count):
        root = gexp(power)
        generator = [
            a ^ b
            for a, b in zip([*generator, 0], [0, *(_times(item, root) for item in generator)], strict=True)
        ]
    remainder = generator[1:]
    made = [remainder]
    for _ in range(data_count - 1):
        first = remainder[0]
        remainder = [a ^ _times(first, b) for a, b in zip([*remainder[1:], 0], generator[1:], strict=True)]
        made.append(remainder)
    return made[::-1]


def _times(a: int, b: int) -> int:
    return gexp(glog(a) + glog(b)) if a and b else 0


def _bars(modules: int, stride: int) -> tuple[tuple[bytes, ...], ...]:
    tables: list[tuple[bytes, ...]] = []
    runs = [_runs(value) for value in range(256)]
    columns = [
        [
            b"".join(b"%d Y %d 1 re\n" % (8 * place + start, length) for start, length in found)
            for found in runs
        ]
        for place in range(stride)
    ]
    for row in range(modules):
        height = b"%d" % (modules - 1 - row)
        tables += (tuple(text.replace(b"Y", height) for text in column) for column in columns)
    return tuple(tables)


def _runs(value: int) -> list[tuple[int, int]]:
    """Start and length of each run of ones in a byte, from its highest bit."""
    bits = [0, *(value >> (7 - at) & 1 for at in range(8)), 0]
    edges = [at for at, (one, other) in enumerate(pairwise(bits)) if one != other]
    return [(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
