"""The little CBOR that a statement needs, in its one deterministic form (RFC 8949, 4.2.1).

Integers, byte and text strings, arrays, maps with integer keys, true, false and null. Reading refuses every other
spelling of the same value, so that one statement has one text; `statement.js` reads by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certify.errors import InvalidInput

Value = int | bytes | str | bool | None | Sequence["Value"] | Mapping[int, "Value"]

_DEEPEST = 4
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_ONE_BYTE = [bytes((value,)) for value in range(256)]
_SIMPLE: Mapping[int, bool | None] = {0xF4: False, 0xF5: True, 0xF6: None}


def encode(value: Value) -> bytes:
    """Write a value; map keys in the order of their encoded bytes."""
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return _head(_TEXT, len(raw)) + raw
    if value is None or isinstance(value, bool):
        return b"\xf6" if value is None else b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, (dict, Mapping)):
        items = sorted([encode(key) + encode(item) for key, item in value.items()])
        return _head(_MAP, len(items)) + b"".join(items)
    return _head(_ARRAY, len(value)) + b"".join([encode(item) for item in value])


def decode(raw: bytes) -> Value:
    """Read exactly one value.

    Raises:
        InvalidInput: Not this CBOR, not in its deterministic form, cut short, or with bytes after its end.
    """
    value, end = _read(raw, 0, 0)
    if end != len(raw):
        raise _refusal("has bytes after its end")
    return value


def _head(major: int, argument: int) -> bytes:
    if argument < 24:  # noqa: PLR2004 - RFC 8949, 3: the argument stands in the first byte itself
        return _ONE_BYTE[major << 5 | argument]
    length = (argument.bit_length() + 7) // 8
    power = (length - 1).bit_length()  # 1, 2, 4 or 8 bytes follow
    return bytes((major << 5 | 24 + power,)) + argument.to_bytes(1 << power)


def _read(raw: bytes, at: int, depth: int) -> tuple[Value, int]:
    if depth > _DEEPEST:
        raise _refusal("is nested too deeply")
    first = _cut(raw, at, 1)[0]
    if first in _SIMPLE:
        return _SIMPLE[first], at + 1
    major, argument, at = _read_head(raw, at)
    if major in {_UNSIGNED, _NEGATIVE}:
        return (argument if major == _UNSIGNED else -1 - argument), at
    if major == _BYTES:
        return _cut(raw, at, argument), at + argument
    if major == _TEXT:
        try:
            return _cut(raw, at, argument).decode(), at + argument
        except UnicodeDecodeError:
            raise _refusal("has a text that is not UTF-8") from None
    if major == _ARRAY:
        return _read_array(raw, at, argument, depth)
    if major == _MAP:
        return _read_map(raw, at, argument, depth)
    raise _refusal("has a tag or another value of no use here")


def _read_head(raw: bytes, at: int) -> tuple[int, int, int]:
    first = raw[at]
    major, short = first >> 5, first & 31
    if short < 24:  # noqa: PLR2004 - as in `_head`
        return major, short, at + 1
    if short > 27:  # noqa: PLR2004 - 28 to 30 are reserved, 31 is an indefinite length
        raise _refusal("has an indefinite length")
    length = 1 << (short - 24)
    argument = int.from_bytes(_cut(raw, at + 1, length))
    if _head(major, argument)[0] != first:
        raise _refusal("has a number that is not in its shortest form")
    return major, argument, at + 1 + length


def _read_array(raw: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    items: list[Value] = []
    for _ in range(count):  # ends at the first item that is not there, however large the count
        item, at = _read(raw, at, depth + 1)
        items.append(item)
    return items, at


def _read_map(raw: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    items: dict[int, Value] = {}
    before = b""
    for _ in range(count):
        start = at
        key, at = _read(raw, at, depth + 1)
        if not isinstance(key, int) or isinstance(key, bool):
            raise _refusal("has a key that is not an integer")
        if raw[start:at] <= before:
            raise _refusal("has a key twice, or keys out of order")
        before = raw[start:at]
        items[key], at = _read(raw, at, depth + 1)
    return items, at


def _cut(raw: bytes, at: int, length: int) -> bytes:
    if length > len(raw) - at:
        raise _refusal("is cut short")
    return raw[at : at + length]


def _refusal(what: str) -> InvalidInput:
    return InvalidInput(f"{what}.", where="statement")
