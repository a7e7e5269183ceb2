"""QR symbols (ISO/IEC 18004, level M) by table.

At one version and mask a symbol is affine over GF(2): error correction and placement are linear, and the mask is a
constant. So each half byte of the data changes modules that it alone determines, and a symbol is the empty one XOR one
table entry for each half byte; whole symbols are single integers. The tables are built once for each version, from the
placement and the field tables of the `qrcode` library; tests hold the result to that library's own symbols, module
by module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from itertools import accumulate
from operator import add, getitem, xor
from typing import NamedTuple

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


@dataclass(frozen=True, slots=True, eq=False)
class SymbolKind:
    """What every symbol of one version shares.

    Attributes:
        modules: Modules along an edge, without the quiet zone.
        row_bytes: Bytes of a row of modules, whose last bits mean nothing.
        empty: The symbol of data that is all zero, row by row, a dark module as 1.
        changes: For each half byte of the data, the modules that each of its values changes.
    """

    version: int
    mask: int
    modules: int
    row_bytes: int
    empty: int
    changes: tuple[dict[str, int], ...]

    def image(self, data: Data) -> bytes:
        """Return the symbol of these data as a bitmap, a dark module as 1."""
        own, digits = data.own, data.digits
        shared = _shared(self, digits[: own.start], digits[own.stop :])
        symbol = reduce(xor, map(getitem, self.changes[own], digits[own]), shared)
        return symbol.to_bytes(self.row_bytes * self.modules, "big")


class Data(NamedTuple):
    """What a symbol holds.

    Attributes:
        digits: In hexadecimal, all that the symbol has room for.
        own: Those that differ between the codes of an installation.
    """

    digits: str
    own: slice


@lru_cache(256)
def _shared(kind: SymbolKind, beginning: str, ending: str) -> int:
    changed = reduce(xor, map(getitem, kind.changes, beginning), kind.empty)
    return reduce(xor, map(getitem, kind.changes[len(kind.changes) - len(ending) :], ending), changed)


def encode(address: str) -> tuple[SymbolKind, Data]:
    """Return the smallest kind of symbol that holds an address, and its data.

    Identifier and statement, upper-case base32, stand in alphanumeric segments; all else in byte segments.

    Raises:
        LintFailed: The address is not in ASCII or too long.
    """
    if not address.isascii():
        raise LintFailed("must be written in ASCII.", where="scan address")
    found = _SCAN_ADDRESS.fullmatch(address)
    segments = [part for part in found.groups() if part] if found else [address]
    kind, heads, tail = _framing(tuple([len(part) for part in segments]))
    parts: list[str] = []
    for place, (head, part) in enumerate(zip(heads, segments, strict=True)):
        parts += head, _alphanumeric_bits(part) if place % 2 else _byte_bits(part)
    bits = "".join([*parts, tail])
    # Half bytes that lie in the first segment, which is the installation's, and in the padding alone.
    own = slice((len(heads[0]) + 8 * len(segments[0])) // 4 if found else 0, -(-(len(bits) - len(tail)) // 4))
    return kind, Data(f"{int(bits, 2):0{len(bits) // 4}x}", own)


@lru_cache(1024)
def _framing(lengths: tuple[int, ...]) -> tuple[SymbolKind, tuple[str, ...], str]:
    """Return the kind of symbol for byte and alphanumeric segments in turn, and the bits around their data."""
    for version in range(1, LARGEST_VERSION + 1):
        wide = version > 9  # noqa: PLR2004 - where length fields grow (ISO/IEC 18004, table 3)
        heads = tuple(
            f"0010{length:0{11 if wide else 9}b}" if place % 2 else f"0100{length:0{16 if wide else 8}b}"
            for place, length in enumerate(lengths)
        )
        data = sum(
            11 * (length // 2) + 6 * (length % 2) if place % 2 else 8 * length
            for place, length in enumerate(lengths)
        )
        free = 8 * _capacity(version) - data - sum(map(len, heads))
        fields_hold = all(length < (65536 if wide else 256) for length in lengths)
        if free >= 0 and fields_hold:
            ending = "0000"[:free]
            ending += "0" * ((free - len(ending)) % 8)
            padding = (_PADDING * -(-free // 16))[: (free - len(ending)) // 8]
            return symbol_kind(version), heads, ending + "".join(f"{byte:08b}" for byte in padding)
    raise LintFailed("is too long for the certificate's code.", where="scan address")


@lru_cache(64)
def _byte_bits(text: str) -> str:
    return f"{int.from_bytes(text.encode('ascii'), 'big'):0{8 * len(text)}b}"


def _alphanumeric_bits(text: str) -> str:
    return "".join(
        [*map(_PAIRS.__getitem__, map(add, text[::2], text[1::2])), _PAIRS[text[-1]] if len(text) % 2 else ""]
    )


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
    blocks = rs_blocks(version, ERROR_CORRECT_M)
    sizes = [(block.data_count, block.total_count) for block in blocks]
    cells, places = _placement(version, mask, sum(total for _, total in sizes))
    modules = len(cells)
    row_bytes = -(-modules // 8)

    def bit(row: int, column: int) -> int:
        return 1 << (8 * row_bytes * (modules - row) - 1 - column)

    sent = [bit(row, column) for row, column in places]
    return SymbolKind(
        version=version,
        mask=mask,
        modules=modules,
        row_bytes=row_bytes,
        empty=sum(
            bit(row, column) for row, line in enumerate(cells) for column, dark in enumerate(line) if dark
        ),
        changes=tuple(_changes(sizes, sent)),
    )


def _changes(sizes: Sequence[tuple[int, int]], sent: Sequence[int]) -> Iterator[dict[str, int]]:
    """For each half byte of the data, the modules that each of its values changes.

    Args:
        sizes: Data and all codewords of each block.
        sent: The module of each bit of the codewords, in the order in which they are sent.
    """
    order = _sending_order(sizes)
    place = {codeword: at for at, codeword in enumerate(order)}
    corrections = _corrections(max(size for size, _ in sizes), sizes[0][1] - sizes[0][0])
    data_end = sum(size for size, _ in sizes)
    halves = [
        _halves(sent[8 * at : 8 * at + 8]) for at in (place[item] for item in range(data_end, len(order)))
    ]
    start = 0
    for block, (size, total) in enumerate(sizes):
        count = total - size
        added = halves[block * count : (block + 1) * count]
        for codeword, rows in zip(range(start, start + size), corrections[-size:], strict=True):
            bits = [sent[8 * place[codeword] + at] for at in range(8)]
            for at, remainder in enumerate(rows):
                for (high, low), value in zip(added, remainder, strict=True):
                    bits[at] |= high[value >> 4] | low[value & 15]
            for half in _halves(bits):
                yield {f"{value:x}": changed for value, changed in enumerate(half)}
        start += size


def _halves(modules: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return for each value of a codeword's first and second half byte which of its eight modules are set."""
    first, second = (
        [
            reduce(xor, [item for at, item in enumerate(half) if value >> (3 - at) & 1], 0)
            for value in range(16)
        ]
        for half in (modules[:4], modules[4:])
    )
    return first, second


def _placement(version: int, mask: int, codewords: int) -> tuple[list[list[bool]], list[tuple[int, int]]]:
    """Return the symbol of all-zero codewords, and row and column of each bit of the codewords.

    The library places codewords in which each bit holds one binary digit of its own number.
    """

    def placed(data: Sequence[int]) -> list[list[bool]]:
        code = QRCode(version=version, error_correction=ERROR_CORRECT_M)
        code.data_cache = list(data)
        code.makeImpl(False, mask)  # noqa: FBT003 - the library's signature
        return [[bool(cell) for cell in row] for row in code.modules]

    zero = placed([0] * codewords)
    bits = 8 * codewords
    held = bits.bit_length()
    numbers: dict[tuple[int, int], int] = {}
    for digit in range(held + 1):
        # The last round marks every bit, to tell bit 0 from a module that holds no data.
        marked = [
            sum(((at >> digit & 1) or digit == held) << (7 - at % 8) for at in range(8 * word, 8 * word + 8))
            for word in range(codewords)
        ]
        for row, (one, other) in enumerate(zip(placed(marked), zero, strict=True)):
            for column, (cell, empty) in enumerate(zip(one, other, strict=True)):
                if cell != empty:
                    numbers[row, column] = numbers.get((row, column), 0) | 1 << digit
    found = {number & ((1 << held) - 1): place for place, number in numbers.items()}
    return zero, [found[number] for number in range(bits)]


def _sending_order(blocks: Sequence[tuple[int, int]]) -> list[int]:
    """Where each codeword sent is among all data and then all corrections: both interleave the blocks (7.6)."""
    ends = list(accumulate(data for data, _ in blocks))
    longest = max(data for data, _ in blocks)
    order = [
        end - data + at
        for at in range(longest)
        for end, (data, _) in zip(ends, blocks, strict=True)
        if at < data
    ]
    corrections = blocks[0][1] - blocks[0][0]
    return order + [
        ends[-1] + block * corrections + at for at in range(corrections) for block in range(len(blocks))
    ]


def _corrections(size: int, count: int) -> list[list[bytes]]:
    """For each codeword of a block of ``size``, what each of its bits adds to the ``count`` corrections.

    A 1 in the codeword with n codewords behind it adds x^(n + count) mod the generator, over GF(256).
    """
    generator = [1]
    for power in range(count):
        root = gexp(power)
        generator = [
            a ^ b
            for a, b in zip([*generator, 0], [0, *(_times(item, root) for item in generator)], strict=True)
        ]
    remainder = generator[1:]
    made = [remainder]
    for _ in range(size - 1):
        first = remainder[0]
        remainder = [a ^ _times(first, b) for a, b in zip([*remainder[1:], 0], generator[1:], strict=True)]
        made.append(remainder)
    return [
        [bytes(_times(item, 1 << shift) for item in remainder) for shift in range(7, -1, -1)]
        for remainder in reversed(made)
    ]


def _times(a: int, b: int) -> int:
    return gexp(glog(a) + glog(b)) if a and b else 0
