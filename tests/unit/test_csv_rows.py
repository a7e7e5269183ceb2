"""Reading a CSV file row by row: what is broken is named, what is good goes on."""

from __future__ import annotations

import pytest

from certify.errors import InvalidInput
from certify.sheets.named import read_named


def rows(data, required=("a", "b"), optional=("c",)):
    return list(read_named(data, required, optional))


def test_rows_keep_the_line_they_begin_on():
    found = rows(b'a,b\r\n1,"two\r\nlines"\r\n\r\n3,4\r\n')
    assert [(row.line, row.values["a"]) for row in found] == [(2, "1"), (5, "3")]


def test_a_byte_order_mark_and_semicolons_are_read():
    (row,) = rows("\ufeffa;b\n1;ü\n".encode())
    assert row.values == {"a": "1", "b": "ü"}


def test_a_field_of_a_million_characters_is_refused_and_the_next_row_read():
    found = rows(b"a,b\n1," + b"x" * 1_000_000 + b"\n3,4\n")
    assert found[0].fault
    assert found[-1].values == {"a": "3", "b": "4"}


def test_an_open_quotation_mark_does_not_swallow_the_rows_after_it():
    found = rows(b'a,b\n1,"open\n3,4\n')
    assert (found[0].line, bool(found[0].fault)) == (2, True)
    assert (found[1].line, found[1].values) == (3, {"a": "3", "b": "4"})


def test_a_row_with_too_few_fields_is_a_fault_of_its_own():
    found = rows(b"a,b\n1\n3,4\n")
    assert "1 fields where the heading has 2" in found[0].fault
    assert found[1].values["a"] == "3"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"a\n1\n", "lacks the column b"),
        (b"a,b,z\n", "unknown column"),
        (b"a,b,a\n", "twice"),
        (b"a,b\n\x00,1\n", "zero bytes"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_says_why(data, said):
    with pytest.raises(InvalidInput) as refused:
        rows(data)
    assert said in str(refused.value)
