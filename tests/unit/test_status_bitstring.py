"""The bitstring of a status list, held to the specification and to what another implementation writes."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.errors import InvalidInput
from certify.status.bitstring import MAX_ENTRIES, Bitstring, bitstring, decode, encode
from certify.status.published import ENTRIES

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "status_lists.json").read_text("utf-8"))
NAMES = [vector["name"] for vector in VECTORS]


def multibase(raw: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def packed(content: bytes) -> bytes:
    # Without a time, so that two processes collect the same tests.
    return gzip.compress(content, mtime=0)


def set_indexes(bits: Bitstring) -> list[int]:
    return [index for index in range(len(bits)) if bits.is_set(index)]


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_what_others_write_is_read(vector):
    bits = decode(vector["encodedList"])
    assert len(bits) == vector["entries"]
    assert set_indexes(bits) == vector["set"]


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_what_is_written_expands_to_the_very_bits_that_others_write(vector):
    """Compressors may differ in how, never in what."""
    ours = encode(bitstring(vector["set"], vector["entries"]))
    expanded = [
        gzip.decompress(base64.urlsafe_b64decode(text[1:] + "==")) for text in (ours, vector["encodedList"])
    ]
    assert expanded[0] == expanded[1]
    assert "=" not in ours


def test_index_0_is_the_left_most_bit_and_the_last_is_the_right_most():
    """Specification, 2.2 and figure 2."""
    content = bitstring([0, ENTRIES - 1]).content
    assert content[0] == 0b1000_0000
    assert content[-1] == 0b0000_0001
    assert not any(content[1:-1])


def test_an_entry_is_a_bit_and_not_a_byte():
    """A list packed a byte for each entry would be 131,072 bytes, and index 8 would be its ninth."""
    bits = bitstring([8])
    assert len(bits.content) == 16_384 == ENTRIES // 8
    assert bits.content[:2] == bytes([0, 0b1000_0000])
    bytewise = bytearray(ENTRIES)
    bytewise[8] = 1
    assert set_indexes(decode(multibase(packed(bytes(bytewise))))) == [8 * 8 + 7]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, ENTRIES - 1), max_size=300))
def test_exactly_what_was_set_is_set(indexes):
    bits = decode(encode(bitstring(indexes)))
    # Counted over the whole list, so that no other entry is set either.
    assert sum(byte.bit_count() for byte in bits.content) == len(indexes)
    assert all(bits.is_set(index) for index in indexes)


def test_the_same_list_is_the_same_text_at_any_time():
    assert encode(bitstring([5, 9])) == encode(bitstring(iter([9, 5, 5])))
    assert base64.urlsafe_b64decode(encode(bitstring([]))[1:] + "==")[4:8] == bytes(4), "no time in it"


@pytest.mark.parametrize("index", [-1, ENTRIES, 10**12])
def test_an_index_outside_the_list_is_refused(index):
    with pytest.raises(InvalidInput, match="outside the list"):
        bitstring([index])
    with pytest.raises(InvalidInput, match="outside the list"):
        bitstring([]).is_set(index)


@pytest.mark.parametrize("entries", [0, 8, ENTRIES - 8, ENTRIES + 1, MAX_ENTRIES + 8])
def test_a_list_that_is_too_short_too_long_or_no_whole_bytes_is_not_made(entries):
    with pytest.raises(InvalidInput, match="cannot have"):
        bitstring([], entries)


GOOD = packed(bytes(16_384))


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        ("", "starts with u"),
        (multibase(GOOD)[1:], "starts with u"),
        ("z" + multibase(GOOD)[1:], "starts with u"),
        ("u", "cut short"),
        (multibase(GOOD) + "=", "one spelling|base64url"),
        (multibase(GOOD) + "A", "base64url"),
        (" " + multibase(GOOD), "starts with u"),
        (multibase(GOOD)[:30] + "\n" + multibase(GOOD)[30:], "one spelling"),
        (multibase(GOOD)[:30] + "é", "base64url"),
        (multibase(GOOD).replace("-", "+"), "one spelling"),
        (multibase(b"not gzip at all"), "not GZIP"),
        (multibase(zlib.compress(bytes(16_384))), "not GZIP"),
        (multibase(GOOD[:-1]), "cut short"),
        (multibase(GOOD[:-8] + bytes(8)), "not GZIP"),
        (multibase(GOOD + b"!"), "behind its end"),
        (multibase(GOOD + GOOD), "behind its end"),
        (multibase(packed(bytes(16_383))), "fewer than 131072"),
        (multibase(packed(b"")), "fewer than 131072"),
        (multibase(packed(bytes(MAX_ENTRIES // 8 + 1))), "more than any"),
        ("u" + "A" * 3_000_000, "longer than any"),
    ],
)
def test_a_list_that_is_not_properly_encoded_is_refused(encoded, message):
    with pytest.raises(InvalidInput, match=message):
        decode(encoded)


def test_a_bomb_costs_no_more_memory_than_the_longest_list():
    """300 megabytes of zeros in 300 kilobytes are given up after two."""
    import tracemalloc  # noqa: PLC0415 - only this test looks at memory

    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(10_000_000)) for _ in range(30)) + packer.flush()
    encoded = multibase(bomb)
    tracemalloc.start()
    with pytest.raises(InvalidInput, match="more than any"):
        decode(encoded)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.text("ABu-_=9", max_size=60), st.binary(max_size=80).map(multibase))
)
def test_whatever_a_stranger_sends_is_read_or_refused(text):
    try:
        decode(text)
    except InvalidInput:
        pass
    else:
        pytest.fail("nothing so short is a list")
