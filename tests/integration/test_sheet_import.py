"""Completions from somebody's table: a dry run shows what recording does, which is all, the good rows, or nothing."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from small_scheme import small_framework, small_module

from certify.completions.mapping import (
    ColumnMapping,
    PersonBy,
    RecordColumns,
    from_json,
    layout,
    suggest,
    to_json,
)
from certify.completions.sheet_import import ImportMode, import_completions, import_sheet, rejected_rows
from certify.errors import InvalidInput
from certify.sheets.read import read_sheet
from certify.sheets.write import as_csv

MOODLE = """\
,Email address,A5,A5 - Completion date,B6,B6 - Completion date
Ана Ли,ana@example.org,Completed,"Tuesday, 31 March 2026, 9:30 AM",Not completed,
Boris Do,boris@example.org,Completed (achieved pass grade),"Wednesday, 1 April 2026, 10:05 PM",Completed (did not achieve pass grade),"Thursday, 2 April 2026, 8:00 AM"
Nobody Known,nobody@example.org,Completed,"Tuesday, 31 March 2026, 9:30 AM",,
"""


@pytest.fixture
def people(place):
    ana = place.candidate("C-1", "Ана Ли", "Ana Li")
    boris = place.candidate("C-2", "Boris Do", "Boris Do")
    return ana, boris


def records(place, person):
    with place.services.database.reading() as unit:
        return [
            (record.module_id, record.completed_on.isoformat(), record.outcome.value)
            for record in unit.completions.of_candidate(person.id)
        ]


def run(place, sheet, mapping, mode):
    services = place.services
    return import_sheet(services.database, services.clock, place.administrator, "small", sheet, mapping, mode)


def framework(place):
    with place.services.database.reading() as unit:
        return unit.frameworks.latest("small")


def moodle(place, **changes):
    sheet = read_sheet(MOODLE.encode())
    mapping = suggest(sheet, framework(place))
    assert mapping.missing() == ()
    return sheet, ColumnMapping(
        person=changes.get("person", 0),
        person_by=changes.get("person_by", PersonBy.NAME),
        records=mapping.records,
        fixed_trainer="trainer@example.org",
    )


def test_a_moodle_report_is_understood_by_its_heading_and_recorded_by_its_good_rows(place, people):
    sheet, mapping = moodle(place)
    assert [item.fixed_module for item in mapping.records] == [("A5", "1"), ("B6", "1")]
    tried = run(place, sheet, mapping, ImportMode.DRY_RUN)
    assert not tried.kept
    assert records(place, people[0]) == []
    done = run(place, sheet, mapping, ImportMode.GOOD_ROWS)
    assert [(row.line, row.result) for row in done.rows] == [(row.line, row.result) for row in tried.rows]
    assert (done.report.recorded, done.report.refused, done.skipped) == (3, 1, 2)
    assert records(place, people[0]) == [("A5", "2026-03-31", "passed")]
    assert records(place, people[1]) == [("A5", "2026-04-01", "passed"), ("B6", "2026-04-02", "failed")]
    again = run(place, sheet, mapping, ImportMode.GOOD_ROWS)
    assert (again.report.recorded, again.report.already) == (0, 3)


def test_all_or_nothing_is_nothing_where_one_row_is_refused(place, people):
    sheet, mapping = moodle(place)
    done = run(place, sheet, mapping, ImportMode.ALL_OR_NOTHING)
    assert (done.kept, done.report.refused) == (False, 1)
    assert records(place, people[0]) == records(place, people[1]) == []


def test_rejected_rows_come_back_with_reasons_and_can_be_mended_and_imported(place, people):
    sheet, mapping = moodle(place)
    done = run(place, sheet, mapping, ImportMode.GOOD_ROWS)
    text = as_csv(rejected_rows(sheet, done.lines)).decode("utf-8-sig")
    (header, row) = csv.reader(io.StringIO(text))
    assert header == [*sheet.header, "reason"]
    assert row[0] == "Nobody Known"
    assert "nobody has the name" in row[-1]
    mended = read_sheet(text.replace("Nobody Known", "Ana Li").encode())
    assert layout(mended.header) == layout(sheet.header)
    assert run(place, mended, mapping, ImportMode.ALL_OR_NOTHING).report.already == 1


def test_a_workbook_with_one_row_for_each_completion(place, people):
    book = Workbook()
    for row in (
        ["Reference", "Module", "Completion date", "Result", "Hours", "Trainer"],
        ["C-1", "A5", "04/13/2026", "passed", 7.5, "trainer@example.org"],
        ["C-2", "B6", "04/05/2026", "да", "", "trainer@example.org"],
        ["C-2", "B6", "04/05/2027", "passed", "", "trainer@example.org"],
        ["C-9", "B6", "04/05/2026", "brilliant", "", "trainer@example.org"],
    ):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    services = place.services
    done = import_completions(services.database, services.clock, place.administrator, "small", out.getvalue())
    assert [row.result.value for row in done.rows] == ["recorded", "recorded", "refused", "refused"]
    assert "future" in done.rows[2].reason
    # The second row's day is read like the first one's: the month comes first.
    assert records(place, people[1]) == [("B6", "2026-04-05", "passed")]


def test_a_reference_that_another_ones_capitals_repeat_is_still_its_own(place, people):
    """Anybody may register one, an administrator of another organisation too."""
    other = place.candidate("c-1", "Eva Do", "Eva Do")
    rows = ("C-1,A5", "c-1,A5")
    data = "\n".join(
        ("reference,module,date,trainer", *(f"{row},2026-05-01,trainer@example.org" for row in rows))
    )
    services = place.services
    done = import_completions(services.database, services.clock, place.administrator, "small", data.encode())
    assert [row.result.value for row in done.rows] == ["recorded", "recorded"]
    assert len(records(place, people[0])) == len(records(place, other)) == 1


def test_two_people_of_one_name_are_never_guessed_between(place, people):
    place.candidate("C-3", "Ана Ли", "Ana Li")
    sheet, mapping = moodle(place)
    done = run(place, sheet, mapping, ImportMode.GOOD_ROWS)
    assert "2 people have the name" in done.rows[0].reason
    assert records(place, people[0]) == []


def test_what_the_heading_leaves_open_is_named(place, people):
    services = place.services
    for data, lacking in (
        (b"name,module\nx,A5\n", "completed_on"),
        (b"module,date\nA5,2026-01-01\n", "candidate"),
        (b"reference,date\nC-1,2026-01-01\n", "module"),
        (b"candidate,module,date,colour\nC-1,A5,2026-01-01,red\n", "colour"),
        (b"candidate,module,date,date\nC-1,A5,2026-01-01,2026-01-01\n", "twice"),
    ):
        with pytest.raises(InvalidInput, match=lacking):
            import_completions(services.database, services.clock, place.administrator, "small", data)


@given(
    st.builds(
        ColumnMapping,
        person=st.none() | st.integers(0, 9),
        person_by=st.sampled_from(PersonBy),
        records=st.lists(
            st.builds(
                RecordColumns,
                module=st.none() | st.integers(0, 9),
                fixed_module=st.none() | st.tuples(st.text(max_size=5), st.text(max_size=3)),
                outcome=st.none() | st.integers(0, 9),
                day=st.none() | st.integers(0, 9),
            ),
            max_size=3,
        ).map(tuple),
        trainer=st.none() | st.integers(0, 9),
        fixed_trainer=st.text(max_size=9),
        fixed_day=st.just("2026-01-01"),
    )
)
def test_a_mapping_survives_being_remembered(mapping):
    assert from_json(to_json(mapping), 10) == mapping


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"records": 7}', "null"])
def test_a_mapping_that_is_none_is_refused(text):
    with pytest.raises(InvalidInput):
        from_json(text, 10)


def test_a_mapping_of_columns_that_are_not_there_is_refused():
    with pytest.raises(InvalidInput):
        from_json(to_json(ColumnMapping(person=10)), 10)


def test_a_title_in_any_language_names_its_module():
    module = small_module("A5", {"a": 5}, title={"en": "City as a system", "bg": "Градът като система"})
    sheet = read_sheet("Име,Градът като система,Дата\nАна,да,31.03.2026\n".encode())
    mapping = suggest(sheet, small_framework((module,), {"a": 5}))
    assert mapping.records == (RecordColumns(fixed_module=("A5", "1"), outcome=1, day=2),)
    assert (mapping.person, mapping.person_by) == (0, PersonBy.NAME)
