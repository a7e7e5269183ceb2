"""Tables as other programs write them are read whole, or refused with where and why."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections import Counter
from datetime import date, datetime
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from certify.errors import InvalidInput
from certify.sheets.days import DayOrder, order_of, read_day
from certify.sheets.model import MOST_COLUMNS
from certify.sheets.read import read_sheet

TABLE = [["Име", "Date"], ["Цветелина Щърбанова", "31.03.2026"], ["Ана Ли", "01.04.2026"]]


def as_csv(rows, encoding="utf-8", delimiter=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_workbook(rows, **sheets):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, more in sheets.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_the_same_in_every_dress(encoding, delimiter):
    sheet = read_sheet(as_csv(TABLE, encoding, delimiter))
    assert [list(sheet.header), *(list(row.cells) for row in sheet.rows)] == TABLE
    assert [row.line for row in sheet.rows] == [2, 3]


@pytest.mark.parametrize(
    ("text", "encoding", "dress"),
    [
        ("Ευθυμία Ξανθοπούλου", "cp1253", "Windows-1253"),
        ("François Lefèvre-Duchêne", "cp1252", "Windows-1252"),
        ("Борислав Стоянов", "cp1251", "Windows-1251"),
        ("Тест, тест, тестът", "cp1251", "Windows-1251"),
        ("ОТЛИЧЕН РЕЗУЛТАТ", "cp1251", "Windows-1251"),
        ("ΧΡΗΣΤΟΣ ΒΛΑΧΟΣ", "cp1253", "Windows-1253"),
    ],
)
def test_the_letters_tell_the_code_page(text, encoding, dress):
    sheet = read_sheet(as_csv([["Name", "Day"], [text, "x"]], encoding))
    assert sheet.rows[0].cells[0] == text
    assert dress in sheet.dress


def test_one_name_tells_the_code_page():
    told = Counter()
    people = resources.files("certify.demo").joinpath("candidates.csv").read_text("utf-8")
    for person in csv.DictReader(people.splitlines()):
        name = person["name"]
        for alphabet, encoding in (("CYRILLIC", "cp1251"), ("GREEK", "cp1253")):
            letters = [letter for letter in name if letter.isalpha()]
            if (
                all(unicodedata.name(letter).startswith(alphabet) for letter in letters)
                and name.encode(encoding, "ignore").decode(encoding) == name
            ):
                sheet = read_sheet(as_csv([["Name", "Day"], [name, "x"]], encoding))
                assert sheet.rows[0].cells[0] == name
                told[alphabet] += 1
    assert min(told["CYRILLIC"], told["GREEK"]) > 2


def test_bulgarian_headings_are_bulgarian():
    header = ["Име", "модул", "версия", "дата", "резултат", "обучител"]
    sheet = read_sheet(as_csv([header, ["A-01", "x", "1", "2026-10-01", "да", ""]], "cp1251"))
    assert list(sheet.header) == header


def test_a_workbook_gives_its_days_and_numbers_as_somebody_would_type_them():
    data = as_workbook(
        [["Name", "Day", "Moment", "Hours", "Whole", "Yes"], ["Ана", date(2026, 3, 31), datetime(2026, 3, 31, 9, 30), 7.5, 12.0, True]]  # noqa: DTZ001
    )  # fmt: skip
    sheet = read_sheet(data)
    assert sheet.rows[0].cells == ("Ана", "2026-03-31", "2026-03-31 09:30", "7.5", "12", "yes")


def test_the_first_sheet_that_has_a_table_is_read():
    sheet = read_sheet(as_workbook([], Records=[["a", "b"], ["1", "2"]]))
    assert sheet.header == ("a", "b")
    assert "Records" in sheet.dress


def test_excels_own_line_names_the_delimiter():
    assert read_sheet(b"sep=;\r\na;b,c\r\n1;2\r\n").header == ("a", "b,c")


def test_a_bad_row_is_named_and_the_next_one_read():
    sheet = read_sheet(b'a,b\n1,2,3\n"x\n4,5\n' + b"y," + b"z" * 5000 + b"\n6,7\n")
    assert [bool(row.fault) for row in sheet.rows] == [True, True, False, True, False]
    assert sheet.rows[-1].cells == ("6", "7")


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 250_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"a\0b\n",
        b"\xff\xfe\x00",
        b"\xd0\xcf\x11\xe0old",
        b"PK\x03\x04",
        b"PK\x03\x04" + b"x" * 300,
        as_workbook([]),
        ",".join(f"c{n}" for n in range(MOST_COLUMNS + 1)).encode(),
        b"x" * 20_000_001,
    ],
    ids=range(10),
)
def test_what_is_no_table_is_refused_with_what_to_do(data):
    with pytest.raises(InvalidInput) as refused:
        read_sheet(data)
    assert refused.value.where.startswith("file")


def test_a_workbook_that_unpacks_to_anything_is_refused_unread():
    with pytest.raises(InvalidInput, match="unpacked"):
        read_sheet(bomb())


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail))
def test_any_bytes_are_a_table_or_refused(data):
    try:
        sheet = read_sheet(data)
    except InvalidInput:
        return
    assert all(row.fault or len(row.cells) == len(sheet.header) for row in sheet.rows)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-31",
        "2026-03-31 09:30",
        "2026-03-31T09:30:00Z",
        "31.03.2026",
        "31.3.26",
        "31/03/2026, 09:30",
        "31-03-2026",
        "Tuesday, 31 March 2026, 9:30 AM",
        "31 March 2026",
        "31 март 2026",
        "вторник, 31 март 2026, 9:30",
        "31 Μαρτίου 2026",
        "31 mar. 2026",
        "March 31, 2026",
        "  31.03.2026  ",
    ],
)
def test_a_day_is_understood_however_it_is_written(text):
    assert read_day(text) == date(2026, 3, 31)


@pytest.mark.parametrize(
    "text",
    ["", "31", "31.02.2026", "32.01.2026", "2026-13-01", "next week", "31 Foo 2026", "1.2.3.4", "٣١.٠٣.٢٠٢٦"],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(InvalidInput):
        read_day(text)


def test_the_order_of_day_and_month_is_that_of_the_whole_column():
    assert order_of(["04/05/2026", "04/13/2026"]) is DayOrder.MONTH_FIRST
    assert order_of(["04/05/2026", "13/04/2026"]) is DayOrder.DAY_FIRST
    assert order_of(["04/05/2026"]) is DayOrder.DAY_FIRST
    assert read_day("04/05/2026", DayOrder.MONTH_FIRST) == date(2026, 4, 5)


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%d %B %Y"]),
)
def test_every_day_survives_its_text(day, form):
    assert read_day(day.strftime(form)) == day


SHEET = b"xl/worksheets/sheet1.xml"


def damaged(at, value):
    """A workbook with one byte of its sheet's directory entry, or of its packed content, replaced."""
    book = bytearray(as_workbook([["a", "b"], ["1", "2"]]))
    entry, content = book.rfind(SHEET) - 46, book.find(SHEET) + len(SHEET)
    book[content + at if at > 46 else entry + at] = value
    return bytes(book)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (6, 236),  # a version of ZIP that nobody reads
        (10, 99),  # an unknown way to pack
        (8, 1),  # a password
        (60, 7),  # packed bytes that cannot be unpacked
    ],
    ids=["version", "method", "password", "bytes"],
)
def test_a_damaged_workbook_is_refused_with_our_own_error(at, value):
    with pytest.raises(InvalidInput):
        read_sheet(damaged(at, value))
