"""A class entered by one form: once however often it is sent, undone together, by two trainers at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from installation import PASSWORD

from certify.completions.batch import batch_of, record_batch, undo_batch
from certify.completions.mapping import to_json
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion, retract_completion
from certify.completions.sheet_import import ImportMode
from certify.completions.uploads import (
    Desk,
    attempt,
    count,
    discard,
    open_upload,
    record,
    rejected,
    settle_columns,
    start,
)
from certify.content import ContentFolder
from certify.eligibility.service import assess
from certify.errors import CompletionConflict, InvalidInput, NotFound, NotPermitted
from certify.identifiers import new_identifier
from certify.imports import RowResult
from certify.organisations.service import add_organisation
from certify.people.model import UserRole
from certify.people.service import add_user, join_cohort, open_cohort

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def classroom(place):
    people = [
        place.candidate(f"C-{number}", f"Ana {name}", f"Ana {name}")
        for number, name in enumerate(("Li", "Do", "Ek", "Vu"))
    ]
    second = place.colleague("second", UserRole.TRAINER)
    cohort = open_cohort(
        place.services.database,
        place.administrator,
        code="A-1",
        title="A class",
        framework_id="small",
        starts_on=date(2026, 1, 12),
        trainer_ids=[place.trainer.id, second.id],
    )
    for person in people:
        join_cohort(place.services.database, place.administrator, cohort.id, person.id, "developer")
    return cohort, people, second


def entries(people, trainer, **changes):
    facts = {"module_id": "A5", "module_version": "1", "completed_on": date(2026, 5, 1)}
    facts |= {"outcome": CompletionOutcome.PASSED, "trainer_id": trainer.id} | changes
    return [CompletionEntry(candidate_id=person.id, **facts) for person in people]


def enter(place, cohort, made, token=None, by=None):
    services = place.services
    return record_batch(
        services.database, services.clock, by or place.trainer, cohort, made, token or new_identifier()
    )


def results(place, batch):
    with place.services.database.reading() as unit:
        return [line.result.value for line in unit.batches.lines(batch.id)]


def test_the_same_form_sent_twice_at_once_is_one_batch_and_one_record_each(place, classroom):
    cohort, people, _ = classroom
    token, done = new_identifier(), []
    threads = [
        threading.Thread(
            target=lambda: done.append(enter(place, cohort, entries(people, place.trainer), token))
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [batch.id for batch in done] == [token] * 3
    assert results(place, done[0]) == ["recorded"] * 4
    with place.services.database.reading() as unit:
        assert all(len(unit.completions.of_candidate(person.id)) == 1 for person in people)


@on_sqlite
def test_a_form_that_was_changed_and_sent_again_is_recorded_again(place, classroom):
    cohort, people, second = classroom
    token = new_identifier()
    enter(place, cohort, entries(people[:2], place.trainer), token)

    later = enter(place, cohort, entries(people, place.trainer), token)

    assert later.id != token
    assert enter(place, cohort, entries(people, place.trainer), token).id == later.id
    # Somebody else who has the same token has a batch of their own.
    assert enter(place, cohort, entries(people, second), token, by=second).entered_by == second.id
    assert results(place, later) == ["already recorded"] * 2 + ["recorded"] * 2


def test_two_trainers_of_one_cohort_at_once_make_one_record_each_and_the_second_is_told_whose(
    place, classroom
):
    cohort, people, second = classroom
    done = {}
    threads = [
        threading.Thread(target=lambda by=by: done.__setitem__(by.id, _try(place, cohort, people, by)))
        for by in (place.trainer, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with place.services.database.reading() as unit:
        assert all(len(unit.completions.of_candidate(person.id)) == 1 for person in people)
    told = [answer for answer in done.values() if isinstance(answer, CompletionConflict)]
    lines = [results(place, answer) for answer in done.values() if not isinstance(answer, CompletionConflict)]
    assert sum(line.count("recorded") for line in lines) == 4
    assert all("another trainer" in str(error) for error in told)


def _try(place, cohort, people, by):
    try:
        return enter(place, cohort, entries(people, by), by=by)
    except CompletionConflict as error:
        return error


@on_sqlite
def test_what_is_wrong_with_everybody_records_nothing_and_what_is_wrong_with_one_only_that_one(
    place, classroom
):
    cohort, people, _ = classroom
    token = new_identifier()
    with pytest.raises(InvalidInput, match="future"):
        enter(place, cohort, entries(people, place.trainer, completed_on=date(2027, 1, 1)), token)
    with place.services.database.reading() as unit:
        assert unit.batches.find(token) is None
    mixed = entries(people[:1], place.trainer, completed_on=date(2027, 1, 1)) + entries(
        people[1:], place.trainer
    )

    batch = enter(place, cohort, mixed, token)

    assert results(place, batch) == ["refused"] + ["recorded"] * 3


def test_undoing_supersedes_counts_for_nothing_and_can_be_recorded_again_by_a_person(place, classroom):
    cohort, people, second = classroom
    services = place.services
    batch = enter(place, cohort, entries(people, place.trainer))
    with services.database.reading() as unit:
        ids = [line.completion_id for line in unit.batches.lines(batch.id)]
    assert "a" in met(place, people[0])
    with pytest.raises(NotPermitted):
        undo_batch(services.database, services.clock, second, batch.id, ids, "Not mine")
    with pytest.raises(InvalidInput):
        undo_batch(services.database, services.clock, place.trainer, batch.id, ids, " ")

    assert undo_batch(services.database, services.clock, place.trainer, batch.id, ids[:3], "Wrong class") == 3
    assert undo_batch(services.database, services.clock, place.trainer, batch.id, ids, "Wrong class") == 1

    assert "a" not in met(place, people[0])
    with services.database.reading() as unit:
        old, new = unit.completions.of_candidate(people[0].id)
        assert unit.batches.superseded(batch.id) == set(ids)
    undone = new if new.retracts else old
    assert (undone.supersedes, undone.correction_reason) == (ids[0], "Wrong class")
    with pytest.raises(CompletionConflict):
        retract_completion(services.database, services.clock, place.trainer, ids[0], "Once more")
    # A program that repeats itself does not undo the undoing; a person who logs it again does.
    (entry,) = entries(people[:1], place.trainer)
    repeated = record_completion(services.database, services.clock, place.trainer, "small", entry)
    assert repeated.already
    assert "a" not in met(place, people[0])
    assert results(place, enter(place, cohort, entries(people, place.trainer))) == ["recorded"] * 4
    assert "a" in met(place, people[0])


def met(place, person):
    found = assess(place.services.database, person.id, "small", "developer", date(2026, 11, 1))
    return [
        item.subject
        for item in found.results
        if item.rule == "competence-level" and hasattr(item.outcome, "by")
    ]


@on_sqlite
def test_a_batch_is_shown_to_its_trainers_and_hidden_from_others(place, classroom):
    cohort, people, second = classroom
    stranger = place.colleague("stranger", UserRole.TRAINER)
    batch = enter(place, cohort, entries(people, place.trainer))

    with place.services.database.reading() as unit:
        for by in (place.trainer, second, place.administrator):
            assert batch_of(unit, by, batch.id) == batch
        with pytest.raises(NotFound):
            batch_of(unit, stranger, batch.id)


HEAD = b"candidate,module,completed_on,outcome\n"


def desk_of(place, by=None):
    services = place.services
    return Desk(services.database, services.clock, services.waiting_files, by or place.trainer)


def settled(place, data, name="export.csv"):
    desk = desk_of(place)
    upload = start(desk, "small", name, data)
    opened = open_upload(desk, upload.id)
    settle_columns(desk, opened, opened.mapping)
    return desk, open_upload(desk, upload.id)


@on_sqlite
def test_a_file_is_tried_recorded_once_and_its_columns_are_remembered(place, classroom):
    rows = b"C-0,A5,2026-05-01,passed\nC-1,A5,2026-05-01,nonsense\nC-2,A5,2026-05-01,passed\n"
    desk, opened = settled(place, HEAD + rows)
    tried = count(opened.upload.trial)
    assert (tried[RowResult.RECORDED], tried[RowResult.REFUSED]) == (2, 1)

    assert record(desk, opened, ImportMode.ALL_OR_NOTHING).kept is False
    assert open_upload(desk, opened.upload.id).batch is None
    assert record(desk, opened, ImportMode.GOOD_ROWS).kept
    # Sent twice: from the same page, and from one that was opened before.
    assert record(desk, opened, ImportMode.GOOD_ROWS) is None
    again = open_upload(desk, opened.upload.id)
    assert record(desk, again, ImportMode.GOOD_ROWS) is None

    assert results(place, again.batch) == ["recorded", "refused", "recorded"]
    header, row = rejected(desk, again)
    assert header[-1] == "reason"
    assert row[:4] == ["C-1", "A5", "2026-05-01", "nonsense"]
    assert start(desk, "small", "next.csv", HEAD + rows).mapping == again.upload.mapping
    with pytest.raises(NotFound):
        open_upload(desk_of(place, place.administrator), again.upload.id)
    discard(desk, again.upload.id)
    with pytest.raises(NotFound):
        open_upload(desk, again.upload.id)
    assert results(place, again.batch) == ["recorded", "refused", "recorded"]


@on_sqlite
def test_what_columns_mean_is_remembered_for_colleagues_until_they_say_otherwise_and_for_nobody_elsewhere(
    place, classroom
):
    database = place.services.database
    desk, opened = settled(place, HEAD + b"C-0,A5,2026-05-01,passed\n")
    said = replace(opened.mapping, fixed_trainer="trainer@example.org")
    settle_columns(desk, opened, said)
    colleague = place.colleague("colleague", UserRole.TRAINER)
    elsewhere = add_organisation(database, place.administrator, name="Elsewhere")
    stranger = add_user(
        database,
        email="stranger@example.org",
        display_name="Stranger",
        roles=[UserRole.TRAINER],
        password=PASSWORD,
        organisation_id=elsewhere.id,
    )

    def kept_for(by):
        return start(desk_of(place, by), "small", "next.csv", HEAD + b"C-1,A5,2026-05-01,passed\n").mapping

    assert kept_for(place.trainer) == to_json(said)
    assert kept_for(colleague) == to_json(replace(said, fixed_trainer=""))
    assert kept_for(stranger) == ""
    own = replace(said, fixed_trainer="colleague@example.org")
    theirs = desk_of(place, colleague)
    upload = start(theirs, "small", "theirs.csv", HEAD + b"C-2,A5,2026-05-01,passed\n")
    settle_columns(theirs, open_upload(theirs, upload.id), own)
    assert kept_for(colleague) == to_json(own)
    assert kept_for(place.trainer) == to_json(said)


@on_sqlite
def test_a_whole_import_is_undone_mended_and_imported_again(place, classroom):
    _, people, _ = classroom
    services = place.services
    desk, opened = settled(place, HEAD + b"C-0,A5,2026-05-01,passed\n")
    record(desk, opened, ImportMode.ALL_OR_NOTHING)
    with services.database.reading() as unit:
        ids = [line.completion_id for line in unit.batches.lines(opened.upload.id)]
    undo_batch(services.database, services.clock, place.trainer, opened.upload.id, ids, "Wrong file")
    assert "a" not in met(place, people[0])

    desk, opened = settled(place, HEAD + b"C-0,A5,2026-05-01,passed\n")
    assert attempt(desk, opened).report.recorded == 1
    record(desk, opened, ImportMode.ALL_OR_NOTHING)

    assert "a" in met(place, people[0])


@on_sqlite
class SlowToDrop(ContentFolder):
    """A folder that lets others in before it drops a file, as far as they can come."""

    dropping, started = threading.Event(), threading.Event()

    def drop(self, digest):
        self.dropping.set()
        self.started.wait(0.5)
        super().drop(digest)


def test_a_file_put_anew_while_it_is_discarded_is_there(place, tmp_path):
    SlowToDrop.dropping.clear()
    SlowToDrop.started.clear()
    desk = Desk(place.services.database, place.services.clock, SlowToDrop(tmp_path / "w"), place.trainer)
    data = b"candidate,module,completed_on\nC-1,A5,2026-05-01\n"
    first = start(desk, "small", "file.csv", data)
    thread = threading.Thread(target=discard, args=(desk, first.id))
    thread.start()
    assert SlowToDrop.dropping.wait(5)
    second = start(desk, "small", "file.csv", data)
    SlowToDrop.started.set()
    thread.join()

    assert open_upload(desk, second.id).sheet.rows


def test_files_that_waited_too_long_are_forgotten_with_the_next_upload_of_anybody(place, classroom):
    _, _, second = classroom
    desk = desk_of(place)
    old, recent = (
        start(desk, "small", name, HEAD + row)
        for name, row in (("old.csv", b"C-9,A5,,\n"), ("new.csv", b"C-0,A5,,\n"))
    )
    later = replace(desk_of(place, second), clock=lambda: place.services.clock() + timedelta(days=29))
    start(later, "small", "x.csv", HEAD + b"C-1,A5,,\n")
    assert open_upload(desk, old.id)

    with place.services.database.writing() as unit:
        unit.uploads.keep(replace(old, uploaded_at=old.uploaded_at - timedelta(days=2)))
    start(later, "small", "y.csv", HEAD + b"C-2,A5,,\n")

    with pytest.raises(NotFound):
        open_upload(desk, old.id)
    with pytest.raises(NotFound):
        place.services.waiting_files.get(old.file_digest)
    assert open_upload(desk, recent.id)
