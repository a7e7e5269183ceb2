"""What a holder's name may be."""

from __future__ import annotations

import pytest

from certify.errors import InvalidName
from certify.people.names import holder_name


@pytest.mark.parametrize(
    ("native", "latin"),
    [
        ("Цветелина Ангелова", "Tsvetelina Angelova"),
        ("Ελένη Παπαδοπούλου", "Eleni Papadopoulou"),
        ("فاطمة الزهراء", "Fatima al-Zahra"),
        ("Seán Ó'Brien-Müller", "Seán Ó'Brien-Müller"),
        ("Nguyễn Thị Hòa", "Nguyen Thi Hoa"),
    ],
)
def test_real_names_are_taken_as_they_are(native, latin):
    assert holder_name(native, latin).printed == native


def test_a_name_is_kept_in_nfc_with_single_spaces():
    assert holder_name("  Zoe\u0308   Li ", "Zoe Li").native == "Zoë Li"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("123", "no letter"),
        ("Ana\u202eLi", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Ana\u2066Li", "U+2066"),
        ("Ana\u200bLi", "U+200B"),
        ("Ana\nLi", "U+000A"),
        ("Аna Li", "mixes scripts"),
        ("Ana \U0001f600", "U+1F600 GRINNING FACE"),
        ("A" * 101, "at most 100"),
        ("A" * 1_000_000, "100 characters"),
        ("\u0301Ana", "no letter before it"),
        ("A\u200dna", "U+200D"),
    ],
)
def test_a_name_that_could_mislead_is_refused_and_the_character_named(name, said):
    with pytest.raises(InvalidName) as refused:
        holder_name(name, "Ana Li")
    assert said in str(refused.value)


def test_the_latin_form_has_only_latin_letters():
    with pytest.raises(InvalidName, match="not a Latin letter"):
        holder_name("Иван", "Иван")
