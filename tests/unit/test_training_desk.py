"""Lists of names, columns and files of evidence: what is told from them, and what is refused."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from certify.completions.columns import OF_A_COMPLETION, choices, chosen_mapping
from certify.completions.mapping import PersonBy
from certify.completions.roll import call_roll
from certify.content import ContentFolder
from certify.errors import CertifyError, FileUnreadable, InvalidInput, NotFound
from certify.evidence.model import EvidenceKind, clean_file_name, kind_of
from certify.people.model import Candidate, HolderName
from certify.sheets.model import bare
from certify.sheets.read import read_sheet
from certify.sheets.write import as_csv, as_workbook

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20) + b"\0\0\0\0IEND\xaeB`\x82"


def person(reference: str, native: str, latin: str, email: str | None = None) -> Candidate:
    return Candidate(
        id=f"id-{reference}",
        reference=reference,
        name=HolderName(native=native, latin=latin, printed=native),
        email=email,
        registered_by="x",
        organisation_id="o",
        registered_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


CLASS = [
    person("C-1", "Ана Ли", "Ana Li", "ana@example.org"),
    person("C-2", "Boris Do", "Boris Do", "boris@example.org"),
    person("C-3", "Ана Ли", "Ana Li", "other@example.org"),
    person("C-4", "Élodie van den Berg", "Elodie van den Berg"),
]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Boris Do", "id-C-2"),
        ("  boris   DO ", "id-C-2"),
        ("Do, Boris", "id-C-2"),
        ("c-2", "id-C-2"),
        ("BORIS@example.org", "id-C-2"),
        ("Ana Li <other@example.org>", "id-C-3"),
        ("C-1\tАна Ли\tpresent", "id-C-1"),
        ("Ана Ли;C-3", "id-C-3"),
        ("van den Berg, Élodie", "id-C-4"),
    ],
)
def test_a_pasted_line_names_its_person_however_the_list_was_written(line, found):
    assert call_roll([line], CLASS).found == (found,)


def test_who_is_not_there_and_who_could_be_two_are_said_and_never_guessed():
    roll = call_roll(["Ana Li", "Nobody", "", "Boris Do", "Boris Do", "Ana Li, Boris Do"], CLASS)

    assert roll.found == ("id-C-2",)
    assert roll.unknown == ("Nobody",)
    assert roll.ambiguous == ("Ana Li", "Ana Li, Boris Do")


MEANINGS = ["trainer", *OF_A_COMPLETION]
WIDE = [f"{name}:{module}" for module in ("A5 1", "B6 2") for name in ("outcome", "day")]


@given(st.permutations(["person:email", "trainer", *WIDE, "", ""]))
def test_choices_for_a_row_of_each_person_come_back_as_they_were_made(chosen):
    mapping = chosen_mapping(chosen)
    assert choices(mapping, len(chosen)) == list(chosen)
    assert len(mapping.records) == 2


@given(st.permutations(["person:name", *MEANINGS, ""]), st.sampled_from(["", "2026-01-01"]))
def test_choices_for_a_row_of_each_completion_come_back_as_they_were_made(chosen, day):
    mapping = chosen_mapping(chosen, fixed_day=day)
    assert choices(mapping, len(chosen)) == list(chosen)
    assert (mapping.person_by, mapping.fixed_day, mapping.missing()) == (PersonBy.NAME, day, ())


@pytest.mark.parametrize(
    ("chosen", "module"),
    [
        (["person:name", "person:email", "module"], ""),
        (["person:name", "day", "day"], "A5 1"),
        (["person:name", "module", "outcome:A5 1"], ""),
        (["person:name", "module"], "A5 1"),
        (["person:name", "outcome:A5"], ""),
    ],
)
def test_choices_that_contradict_each_other_are_refused(chosen, module):
    with pytest.raises(InvalidInput):
        chosen_mapping(chosen, module=module)


def test_a_module_for_all_rows_stays_one_when_the_choices_are_shown_again():
    mapping = chosen_mapping(["person:name", "outcome", "day", "hours"], module="A5 1")

    assert mapping.records[0].fixed_module == ("A5", "1")
    assert choices(mapping, 4) == ["person:name", "outcome", "day", "hours"]


CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="\ufeff\x85"),
    max_size=12,
).map(lambda text: " ".join(text.split()))
FORMULAS = st.sampled_from(
    ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "=cmd|' /C calc'!A0", "＝1", '=HYPERLINK("x")']
)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(CELLS | FORMULAS, min_size=2, max_size=2), min_size=1, max_size=4))
def test_no_cell_that_is_written_is_a_formula_and_each_reads_back_as_it_was(rows):
    table = [["a", "b"], *([f"x{first}", second] for first, second in rows)]
    text = as_csv(table)
    for row in csv.reader(io.StringIO(text.decode("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "＝", "\t", "\r")) for cell in row)
    book = as_workbook(table, "rows")
    for row in load_workbook(io.BytesIO(book)).active.iter_rows():
        assert {cell.data_type for cell in row} <= {"s", "n", "inlineStr"}
        assert all(cell.value is None or isinstance(cell.value, str) for cell in row)
    for data in (text, book):
        assert [list(row.cells) for row in read_sheet(data).rows] == [
            [first, bare(second)] for first, second in table[1:]
        ]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\nx\n%%EOF\n", EvidenceKind.PDF),
        (PNG, EvidenceKind.PNG),
        (b"\xff\xd8\xff\xe0 picture \xff\xd9", EvidenceKind.JPEG),
    ],
)
def test_a_file_is_what_its_bytes_say(data, kind):
    assert kind_of(data) is kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"GIF89a",
        b"MZ\x90",
        b"PK\x03\x04 a workbook or an archive",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html>%PDF-1.7 %%EOF",
        b"%PDF-1.7 cut short",
        b"%PDF-1.7\n%%EOF\n<script>alert(1)</script>",
        PNG + b"<script>alert(1)</script>",
        PNG + b"PK\x05\x06 an archive behind the picture",
        b"\xff\xd8\xff\xe0 cut short",
        b"\xff\xd8\xff\xe0\xff\xd9<?php",
    ],
)
def test_what_could_be_taken_for_something_else_is_refused(data):
    with pytest.raises(FileUnreadable):
        kind_of(data)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("sheet.pdf", "sheet.pdf"),
        ("sheet.html", "sheet.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        (r"C:\Users\a\Списък 1.PDF", "Списък 1.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a__Set-Cookie_ x_1.pdf"),
        ("", "evidence.pdf"),
        ("....", "evidence.pdf"),
        ("x" * 500 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_gets_the_ending_of_its_kind_and_nothing_that_a_header_or_a_path_would_follow(name, clean):
    assert clean_file_name(name, EvidenceKind.PDF) == clean


def test_files_are_kept_once_by_their_content_and_nobody_else_may_read_them(tmp_path):
    folder = ContentFolder(tmp_path / "files")

    digest = folder.put(b"content")
    assert folder.put(b"content") == digest
    (file,) = (path for path in folder.folder.rglob("*") if path.is_file())
    assert (file.name, file.stat().st_mode & 0o077) == (digest, 0)
    assert folder.get(digest) == b"content"
    folder.drop(digest)
    folder.drop(digest)
    for unknown in (digest, "../" * 10 + "etc/passwd", "", "A" * 64):
        with pytest.raises(NotFound):
            folder.get(unknown)


def test_a_file_that_the_disk_changed_is_not_handed_out(tmp_path):
    folder = ContentFolder(tmp_path)
    digest = folder.put(b"content")
    (tmp_path / digest[:2] / digest).write_bytes(b"Content")

    with pytest.raises(CertifyError, match="not what was kept"):
        folder.get(digest)
