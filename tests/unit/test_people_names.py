"""What a holder's name may be."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.errors import InvalidName
from certify.people.names import clean_name, holder_name, warnings_of
from certify.people.transliteration import propose_latin


@pytest.mark.parametrize(
    ("native", "latin"),
    [
        ("Цветелина Ангелова", "Tsvetelina Angelova"),
        ("Ελένη Παπαδοπούλου", "Eleni Papadopoulou"),
        ("فاطمة الزهراء", "Fatima al-Zahra"),
        ("Seán Ó'Brien-Müller", "Seán Ó'Brien-Müller"),
        ("Nguyễn Thị Hòa", "Nguyen Thi Hoa"),
        ("高橋ツヨシ", "Takahashi Tsuyoshi"),
        ("김민준", "Kim Min-jun"),
        ("אָבְרָהָם בֶּן־דָּוִד", "Avraham ben David"),
        ("ශ්‍රී රාම", "Sri Rama"),
        ("Қасым-Жомарт", "Qasym-Jomart"),
        ("Muḥammad ʿAlī", "Muḥammad ʿAlī"),
        ("Mª José (Pepa) D’Ors", "M.ª José D'Ors"),
        ("李〇明", "Li Lingming"),
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
        ("\u3164", "U+3164 HANGUL FILLER"),
        ("A\u034fna", "U+034F COMBINING GRAPHEME JOINER at position 2, which nobody can see"),
        ("Ana\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("Ꭺna", "CHEROKEE LETTER GO"),
        ("Անa", "ARMENIAN CAPITAL LETTER AYB"),
        ("ｆull", "another shape of a plain letter"),
        ("𝐀na", "MATHEMATICAL BOLD CAPITAL A"),
        ("=Ana", "a mathematical sign"),
        ("@Ana", "COMMERCIAL AT"),
        ("Ana_Li", "LOW LINE"),
        ("Ana/Li", "SOLIDUS"),
        ("A" + "\u0301" * 6, "more than 4 marks on one letter"),
        ("Ana\u20dd", "an enclosing mark"),
        ("O`Neil", "write it as an apostrophe"),
        ("Ana\u00a0Li", "an unusual space"),
        ("Ana\ud800", "half of a character"),
    ],
)
def test_a_name_that_could_mislead_is_refused_and_the_character_named(name, said):
    with pytest.raises(InvalidName) as refused:
        holder_name(name, "Ana Li")
    assert said in str(refused.value)


def test_the_latin_form_has_only_latin_letters():
    with pytest.raises(InvalidName, match="not a Latin letter"):
        holder_name("Иван", "Иван")


def test_a_word_in_other_letters_than_it_seems_is_pointed_out_and_not_forbidden():
    mixed = warnings_of(holder_name("Раса Ivanova", "Rasa Ivanova"))
    assert mixed == (
        "Раса Ivanova has words in Cyrillic and Latin letters.",
        "Раса looks Latin and is not.",
    )
    assert warnings_of(holder_name("Анна Ли", "Anna Li")) == ()
    assert warnings_of(holder_name("山田 はなこ", "Yamada Hanako")) == ()
    assert warnings_of(holder_name("Анна Ли", "Anna Li", "Сора Нова")) == ()
    assert warnings_of(holder_name("Сора", "Sora")) == ("Сора looks Latin and is not.",)


@pytest.mark.parametrize(
    ("native", "proposed"),
    [
        ("Цветелина Щерева", "Tsvetelina Shtereva"),
        ("Мария Гьорги-Ъгъл", "Maria Gyorgi-Agal"),
        ("ИВАН ПЕТРОВ", "IVAN PETROV"),
        ("Ευαγγελία Μπακογιάννη", "Evangelia Bakogianni"),
        ("Ευθύμιος Καραμπάς", "Efthymios Karampas"),
        ("Μαΐου", "Maiou"),
        ("Ana Li", ""),
        ("山田", ""),
        ("", ""),
    ],
)
def test_a_latin_form_is_proposed_for_cyrillic_and_greek(native, proposed):
    assert propose_latin(native) == proposed


def test_a_missing_latin_form_is_refused_with_the_proposal():
    with pytest.raises(InvalidName, match="perhaps Tsvetelina Angelova"):
        holder_name("Цветелина Ангелова", " ")
    with pytest.raises(InvalidName, match="Latin line"):
        holder_name("山田", "")


@given(
    st.text("абвгдежзийклмнопрстуфхцчшщъьюяАЩЮЯ -'", max_size=30)
    | st.text("αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώΑΆΩ -", max_size=30)
)
def test_what_is_proposed_is_itself_a_latin_form(native):
    proposed = propose_latin(native)
    if proposed:
        assert clean_name(proposed, "Latin name") == " ".join(proposed.split())
        assert holder_name("Ana", proposed).latin == " ".join(proposed.split())


@given(st.text(max_size=120))
def test_any_text_is_taken_or_refused_and_what_is_taken_is_taken_again(text):
    with suppress(InvalidName):
        name = holder_name(text, "Ana Li")
        assert holder_name(name.native, name.latin, name.printed) == name
        assert isinstance(warnings_of(name), tuple)
