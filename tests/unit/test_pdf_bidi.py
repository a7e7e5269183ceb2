"""UAX #9: what stands where on a line of two directions; capitals are read as letters from right to left."""

import pytest

from certify.pdf.bidi import levels, runs_right_to_left, seen

_HEBREW = {chr(ord("A") + place): chr(0x05D0 + place) for place in range(26)}
_SHOWN = {letter: name for name, letter in _HEBREW.items()} | {"\u0627": "\u0627"}


def shown(text: str) -> str:
    """Return a text as it is seen from left to right, before brackets are mirrored."""
    real = "".join(_HEBREW.get(char, char) for char in text)
    found = levels(real, base=runs_right_to_left(real))
    return "".join(_SHOWN.get(real[at], real[at]) for at in seen(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("car means CAR.", "car means RAC."),
        ("CAR MEANS car.", ".car SNAEM RAC"),
        ("AB 2030", "2030 BA"),
        ("24 ABC 2026", "2026 CBA 24"),
        ("ab CD 2026 ef", "ab 2026 DC ef"),
        ("A 1,234.5 B", "B 1,234.5 A"),
        ("A 50% B", "B 50% A"),
        ("A iso/iec 17024 B", "B iso/iec 17024 A"),
        ("\u0627 1-2", "2-1 \u0627"),
        ("\u0627 1,2", "1,2 \u0627"),
        ("A (b) C", "C )b( A"),
        ("a (B) C", "a (B) C"),
        ("a B (c) D", "a B (c) D"),
        ("a B C d", "a C B d"),
        ("(A) B", "B )A("),
        ("A b c D", "D b c A"),
        ("AB  ", "  BA"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_a_line_is_seen_in_the_order_of_the_standard(text, expected):
    assert shown(text) == expected
