"""Identifiers and certificate numbers have one spelling each, and a mistyped number is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.errors import InvalidIdentifier
from certify.identifiers import (
    as_typed,
    decode_identifier,
    encode_identifier,
    is_certificate_number,
    new_certificate_number,
    new_identifier,
    parse_certificate_number,
    parse_identifier,
)
from certify.verification.batch import certificate_named

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2066\u2069\ufeff\x00\x7f"
SPACES = " \t\u00a0\u2007\u2009\u202f\u3000"
AROUND = ".,;:!?()[]<>\"'\u2019\u201c\u201d\u201e\u00ab\u00bb*`" + SPACES + DASHES + INVISIBLE


@st.composite
def written(draw, plain, inside):
    """A text as it comes out of a letter, a spreadsheet or a word processor."""
    told = ""
    for character in plain:
        told += draw(st.text(inside, max_size=2))
        told += draw(st.sampled_from(DASHES)) if character == "-" else character
    wide = draw(st.booleans())
    told = "".join(chr(ord(c) + 0xFEE0) if wide and "!" <= c <= "~" else c for c in told)
    told = told.lower() if draw(st.booleans()) else told
    return draw(st.text(AROUND, max_size=5)) + told + draw(st.text(AROUND, max_size=5))


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
    bare = number.replace("-", "")
    spaced = number.replace("-", " ")
    for typed in (
        f" {number.lower()} ",
        bare,
        spaced,
        f"№ {number}",
        f"№{bare}",
        f"No. {spaced}",
        f"номер: {number}",
    ):
        assert parse_certificate_number(typed) == number


@given(
    st.from_regex(r"[A-Za-z0-9 ]{1,9}-[0-9]{1,5}-[0-9A-Za-z]{5}-[0-9A-Za-z]{5}-[0-9A-Za-z]", fullmatch=True)
)
def test_only_the_one_spelling_of_a_number_is_a_number(text):
    number = new_certificate_number("S4C", 2026)
    assert is_certificate_number(number)
    assert not is_certificate_number(number.lower())
    try:
        parsed = parse_certificate_number(text)
    except InvalidIdentifier:
        assert not is_certificate_number(text)
    else:
        assert is_certificate_number(parsed)
        assert is_certificate_number(text) == (parsed == text)


@given(st.data())
def test_a_number_is_understood_however_a_program_wrote_it(data):
    number = new_certificate_number("S4C", 2026)
    assert parse_certificate_number(data.draw(written(number, INVISIBLE + SPACES))) == number


@given(st.data())
def test_a_soft_hyphen_is_a_hyphen_where_the_number_needs_one(data):
    number = new_certificate_number("SCPD", 2026)
    told = "".join(data.draw(st.sampled_from("-\u2011\u00ad")) if c == "-" else c for c in number)
    assert parse_certificate_number(told) == parse_certificate_number(f"\u00ad{told}.") == number
    assert certificate_named(told) is None


@given(st.data())
def test_an_identifier_is_understood_however_a_program_wrote_it(data):
    identifier = new_identifier()
    assert certificate_named(data.draw(written(identifier, INVISIBLE))) == identifier


@given(st.text(max_size=40))
def test_what_was_typed_is_cleaned_once_and_what_is_clean_stays(text):
    clean = as_typed(text)
    assert as_typed(clean) == clean
    assert not set(clean) & set(INVISIBLE + DASHES[1:])
    assert not clean or (clean[0].isalnum() and clean[-1].isalnum())
