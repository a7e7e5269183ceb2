"""Identifiers and certificate numbers have one spelling each, and a mistyped number is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.errors import InvalidIdentifier
from certify.identifiers import (
    decode_identifier,
    encode_identifier,
    new_certificate_number,
    parse_certificate_number,
    parse_identifier,
)


@given(st.binary(min_size=16, max_size=16))
def test_an_identifier_survives_its_text_in_either_case(raw):
    text = encode_identifier(raw)
    assert len(text) == 26
    assert decode_identifier(text) == decode_identifier(text.lower()) == raw


@given(st.text(max_size=40))
def test_any_text_is_an_identifier_in_its_one_spelling_or_refused(text):
    try:
        parsed = parse_identifier(text)
    except InvalidIdentifier:
        return
    assert parsed == text.upper()


@given(st.integers(0, 11), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_mistyped_symbol_of_a_number_is_noticed(position, symbol):
    number = new_certificate_number("S4C", 2026)
    at = len("S4C-2026-") + position
    if number[at] in {"-", symbol}:
        return
    with pytest.raises(InvalidIdentifier):
        parse_certificate_number(number[:at] + symbol + number[at + 1 :])


@given(st.integers(0, 9), st.integers(0, 9))
def test_two_exchanged_symbols_of_a_number_are_noticed(one, other):
    number = new_certificate_number("S4C", 2026)
    symbols = list(number)
    first, second = (len("S4C-2026-") + place + (place > 4) for place in (one, other))
    if symbols[first] == symbols[second]:
        return
    symbols[first], symbols[second] = symbols[second], symbols[first]
    with pytest.raises(InvalidIdentifier):
        parse_certificate_number("".join(symbols))


def test_a_number_is_understood_as_people_type_it():
    number = new_certificate_number("S4C", 2026)
    assert parse_certificate_number(f" {number.lower()} ") == number
