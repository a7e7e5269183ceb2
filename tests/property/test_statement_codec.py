"""The statement's codec against cbor2, and against bytes that nobody meant."""

from __future__ import annotations

import string
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import cbor2
from hypothesis import example, given
from hypothesis import strategies as st
from statements import ED25519, ID, P256, made, raw_of, statement_text

from certify.errors import InvalidInput
from certify.statement import cbor
from certify.statement.address import from_text, read_address, to_text
from certify.statement.cose import parse
from certify.statement.payload import CODE_PAGES, Statement, decode_payload, encode_payload
from certify.statement.verify import Refusal, verify_statement

INTEGERS = st.integers(-(2**64), 2**64 - 1)
# Negative keys are left out where cbor2 is asked: it sorts by length first (RFC 7049, 3.9), which is the same for others.
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.binary(max_size=300) | st.text(max_size=80),
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.integers(0, 2**64 - 1), inside, max_size=4)
    ),
    max_leaves=8,
)
BASE32 = string.ascii_uppercase + "234567"
GOOD = raw_of(statement_text())
LETTERS = st.characters(codec="utf-8", exclude_categories=["C"])
NAMES = st.one_of(
    st.text(LETTERS, min_size=1, max_size=60),
    *(
        st.text(st.characters(codec=page, exclude_categories=["C"]), min_size=1, max_size=60)
        for page in CODE_PAGES.values()
    ),
)
DAYS = st.dates(min_value=date(1970, 1, 1))


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(VALUES)
def test_we_write_what_cbor2_writes(value: Any) -> None:
    assert cbor.encode(value) == cbor2.dumps(value, canonical=True)


@given(VALUES.filter(lambda value: depth(value) <= 4))
def test_we_read_what_cbor2_writes(value: Any) -> None:
    found = cbor.decode(cbor2.dumps(value, canonical=True))

    assert found == value
    assert type(found) is type(value)


@given(st.binary(max_size=200) | VALUES.map(cbor2.dumps))
@example(cbor2.dumps({1: 2, 0: 3}))
@example(b"\xa2\x00\x01\x00\x02")
def test_what_we_read_has_no_other_spelling(raw: bytes) -> None:
    try:
        value = cbor.decode(raw)
    except InvalidInput:
        return
    assert cbor.encode(value) == raw
    assert cbor2.loads(raw) == value


@given(st.binary(max_size=400))
def test_any_bytes_are_text_and_back(raw: bytes) -> None:
    text = to_text(raw)

    assert set(text) <= set(BASE32)
    if raw:
        assert from_text(text) == raw
        assert from_text(text.lower() + ".") == raw


@given(
    name=NAMES,
    scope=st.binary(min_size=4, max_size=4),
    issued_on=DAYS,
    expires_on=st.none() | DAYS,
    specimen=st.booleans(),
)
def test_a_payload_is_read_as_it_was_written(
    name: str, scope: bytes, issued_on: date, expires_on: date | None, *, specimen: bool
) -> None:
    statement = Statement(
        name=name, scope=scope, issued_on=issued_on, expires_on=expires_on, specimen=specimen
    )
    raw = encode_payload(statement)

    assert decode_payload(raw) == statement
    assert len(raw) <= len(name.encode()) + 24


@given(st.text(max_size=600) | st.text(BASE32, max_size=1300) | st.text(st.characters(codec="ascii")))
def test_no_text_makes_the_verifier_stumble(text: str) -> None:
    assert isinstance(verify_statement(ID, text, (P256, ED25519)), Refusal)


@given(st.binary(max_size=600))
def test_no_bytes_make_the_readers_stumble(raw: bytes) -> None:
    for reader in (parse, decode_payload, cbor.decode):
        with suppress(InvalidInput):
            reader(raw)


@given(VALUES)
def test_no_signed_payload_makes_the_verifier_stumble(payload: Any) -> None:
    text = to_text(cbor2.dumps(made(cbor2.dumps(payload, canonical=True))))
    verdict = verify_statement(ID, text, (P256,))

    assert verdict is Refusal.UNREADABLE or isinstance(verdict, Statement)


@given(st.integers(0, 8 * len(GOOD) - 1))
def test_no_single_bit_of_a_statement_may_change(bit: int) -> None:
    raw = bytearray(GOOD)
    raw[bit // 8] ^= 1 << bit % 8

    assert isinstance(verify_statement(ID, to_text(bytes(raw)), (P256, ED25519)), Refusal)


@given(st.text(max_size=300))
def test_any_scanned_text_is_an_address_or_refused(scanned: str) -> None:
    with suppress(InvalidInput):
        read_address(scanned)


def test_days_reach_the_end_of_the_calendar() -> None:
    statement = Statement(name="A", scope=b"abcd", issued_on=date(1970, 1, 1), expires_on=date.max)

    assert decode_payload(encode_payload(statement)) == statement
    assert statement.expires_on == date(1970, 1, 1) + timedelta(days=2932896)
