"""Places in the status lists: random, never given twice, whoever reserves and however many at once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from installation import install
from sqlalchemy import delete, insert, update

from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.status_lists import SqlStatusLists
from certify.errors import Conflict, InvalidInput
from certify.status.published import ENTRIES, FILL

RESERVE = """
import sys
from certify.db import connect
database = connect(sys.argv[1])
for count in (1, 1, 40, 1, 200, 1):
    with database.writing() as unit:
        for place in unit.status_lists.reserve(count):
            print(place.list_number, place.index)
"""


def reserve(database, count):
    with database.writing() as unit:
        return unit.status_lists.reserve(count)


def fill(database, number, indexes):
    with database._writer.begin() as connection:
        rows = [{"status_list": number, "status_index": index} for index in indexes]
        connection.execute(insert(t.status_entry), rows)


def test_eight_processes_never_get_the_same_place(database_url):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", RESERVE, database_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(8)
    ]
    places = []
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
        places += out.decode().splitlines()
    assert len(places) == 8 * 244
    assert len(set(places)) == len(places)


def test_eight_threads_with_a_nearly_full_list_share_what_is_left_and_go_on_in_the_next(database):
    fill(database, 1, range(FILL - 100))
    with ThreadPoolExecutor(8) as pool:
        places = [place for batch in pool.map(lambda _: reserve(database, 30), range(8)) for place in batch]
    assert len(set(places)) == 240
    assert Counter(place.list_number for place in places) == {1: 100, 2: 140}
    assert all(place.index >= FILL - 100 for place in places if place.list_number == 1)


def test_the_next_list_is_opened_when_the_present_one_is_half_full(database):
    with database.reading() as unit:
        assert unit.status_lists.last() == 1
    fill(database, 1, range(0, ENTRIES - 2, 2))
    places = reserve(database, 3)
    assert Counter(place.list_number for place in places) == {1: 1, 2: 2}
    with database.reading() as unit:
        assert unit.status_lists.last() == 2
    assert {place.list_number for place in reserve(database, 5)} == {2}


def test_a_batch_larger_than_a_list_is_spread_over_several(database):
    places = reserve(database, FILL + 10)
    assert len(set(places)) == FILL + 10
    assert Counter(place.list_number for place in places) == {1: FILL, 2: 10}


def test_an_index_tells_neither_order_nor_count(database):
    """Drawn from the whole range from the first one on, and in no order within a batch."""
    indexes = [place.index for place in reserve(database, 400)]
    thirds = Counter(index * 3 // ENTRIES for index in indexes)
    # A fair draw leaves 70 to 200 in a third with odds of one in 10^10 against.
    assert set(thirds) == {0, 1, 2}
    assert all(70 < number < 200 for number in thirds.values())
    rising = sum(first < second for first, second in pairwise(indexes))
    assert 130 < rising < 270


def test_what_was_reserved_in_vain_is_never_given_to_anybody_else(database):
    spent = set(reserve(database, 500))
    for _ in range(20):
        assert not spent & set(reserve(database, 500))


def test_a_transaction_that_fails_reserves_nothing(database):
    def reserve_and_fail():
        with database.writing() as unit:
            unit.status_lists.reserve(3)
            raise Conflict("stop")

    with pytest.raises(Conflict, match="stop"):
        reserve_and_fail()
    with database._reader.connect() as connection:
        assert SqlStatusLists(connection)._latest() == (1, 0)


def test_draws_end_where_no_place_is_free(database, monkeypatch):
    """The fill of a half makes this impossible; a list filled by somebody else must not hang a server."""
    fill(database, 1, range(ENTRIES))
    monkeypatch.setattr(SqlStatusLists, "_latest", lambda _: (1, 0))
    with pytest.raises(Conflict, match="Every place"):
        reserve(database, 1)


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_the_database_refuses_an_index_outside_the_list(database, index):
    with pytest.raises(InvalidInput), own_errors():
        fill(database, 1, [index])


def test_a_reservation_is_never_changed_or_deleted(database):
    reserve(database, 1)
    for statement in (delete(t.status_entry), update(t.status_entry).values(status_index=1)):
        with pytest.raises(Conflict, match="never changed"), database.writing() as unit:
            unit.status_lists._sql.execute(statement)


def test_a_certificate_takes_only_a_reserved_place(tmp_path, database_url):
    place = install(tmp_path, database_url)
    row = place.services.issuer.prepare(place.granted())
    with place.services.database._writer.connect() as connection:
        stored = dict(connection.execute(t.certificate.select()).mappings().one())
        stored["status_index"] = (row.award.status_index + 1) % ENTRIES
        with pytest.raises(Conflict, match="not reserved"), own_errors():
            connection.execute(insert(t.certificate).values(stored))
        connection.rollback()
    place.services.database.close()


def test_a_certificate_has_the_place_that_its_award_names(tmp_path, database_url):
    place = install(tmp_path, database_url)
    row = place.services.issuer.issue(place.granted())
    with place.services.database._reader.connect() as connection:
        (entry,) = connection.execute(t.status_entry.select()).all()
    assert (row.award.status_list, row.award.status_index) == tuple(entry)
    place.services.database.close()
