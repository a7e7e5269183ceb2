"""The status lists of a register: whatever happened last shows in the next answer, in the same bytes everywhere."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from small_scheme import NOW
from sqlalchemy import delete
from status_keys import IssuerKeys

from certify.bootstrap import build
from certify.db import connect
from certify.db import tables as t
from certify.errors import Conflict, NotFound
from certify.identifiers import new_identifier
from certify.status.files import write_files
from certify.status.lists import read_list
from certify.status.model import CertificateStatus, StatusAction, StatusEvent, StatusReason
from certify.status.published import StatusPurpose
from certify.status.publisher import StatusLists
from certify.status.service import change_status

KEYS = IssuerKeys(usable_from=NOW - timedelta(days=400))
BASE = "https://certificates.example.org"
SUSPENSION, REVOCATION = StatusPurpose.SUSPENSION, StatusPurpose.REVOCATION


@pytest.fixture
def issued(place):
    """Issue three certificates."""
    return [place.services.issuer.issue(place.granted(f"C-{number}")) for number in range(1, 4)]


def publisher(place, database=None, keys=KEYS, now=NOW):
    return StatusLists(database or place.services.database, lambda: keys, lambda: now, BASE)


def change(place, row, action, reason):
    change_status(place.services.database, place.services.clock, place.certifier, row.id, action, reason)


def suspend(place, row):
    change(place, row, StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION)


def reinstate(place, row):
    change(place, row, StatusAction.REINSTATE, StatusReason.INVESTIGATION_CLOSED)


def revoke(place, row):
    change(place, row, StatusAction.REVOKE, StatusReason.MISCONDUCT)


def bits(lists, row):
    """(suspended, revoked) as a verifier reads them."""
    found = (
        read_list(lists.get(purpose, row.award.status_list).json, BASE, KEYS.published())
        for purpose in (SUSPENSION, REVOCATION)
    )
    return tuple(item.bits.is_set(row.award.status_index) for item in found)


def test_every_step_shows_in_the_next_answer_and_in_nobody_elses_bit(place, issued):
    lists = publisher(place)
    first, second, third = issued
    assert bits(lists, first) == (False, False)
    suspend(place, first)
    assert bits(lists, first) == (True, False)
    reinstate(place, first)
    assert bits(lists, first) == (False, False)
    suspend(place, first)
    revoke(place, first)
    revoke(place, second)
    assert bits(lists, first) == bits(lists, second) == (True, True)
    assert bits(lists, third) == (False, False)
    total = read_list(lists.get(SUSPENSION, 1).json, BASE, KEYS.published()).bits.content
    assert sum(byte.bit_count() for byte in total) == 2


def test_two_processes_make_the_same_bytes_and_see_each_others_changes(place, issued, database_url):
    other_database = connect(database_url)
    one, two = publisher(place), publisher(place, other_database, now=NOW + timedelta(hours=2))
    seen = set()
    for step, row in [(suspend, issued[0]), (revoke, issued[1]), (reinstate, issued[0]), (revoke, issued[2])]:
        step(place, row)
        for purpose in StatusPurpose:
            assert one.get(purpose, 1) == two.get(purpose, 1)
        seen.add(one.get(SUSPENSION, 1).json)
    assert len(seen) == 4
    other_database.close()


def test_an_unchanged_register_is_signed_once(place, issued):
    lists = publisher(place)
    revoke(place, issued[0])
    first = lists.get(REVOCATION, 1)
    assert all(lists.get(REVOCATION, 1) is first for _ in range(5))
    with ThreadPoolExecutor(8) as pool:
        assert set(map(id, pool.map(lambda _: lists.get(REVOCATION, 1), range(40)))) == {id(first)}


def test_a_new_day_and_a_new_key_make_the_list_anew(place, issued):
    del issued
    today, tomorrow = publisher(place), publisher(place, now=NOW + timedelta(days=1))
    rotated = publisher(place, keys=IssuerKeys(seed=bytes(32), eddsa_key_id="credential-2", usable_from=NOW))
    made = {lists.get(SUSPENSION, 1).json for lists in (today, tomorrow, rotated)}
    assert len(made) == 3
    assert b"credential-2" in rotated.get(SUSPENSION, 1).json


def test_there_is_list_1_from_the_start_and_no_other(place):
    lists = publisher(place)
    assert [(item.purpose, item.number) for item in lists.all()] == [(REVOCATION, 1), (SUSPENSION, 1)]
    for number in (0, 2, -1, 10**30):
        with pytest.raises(NotFound):
            lists.get(REVOCATION, number)


def test_a_prepared_certificate_and_an_issued_one_look_alike_in_the_lists(place):
    """Issuing changes no list, so that nobody learns from it when certificates are issued."""
    lists = publisher(place)
    before = lists.get(SUSPENSION, 1)
    place.services.issuer.issue(place.granted())
    assert lists.get(SUSPENSION, 1) is before


def test_a_step_that_is_rolled_back_changes_nothing(place, issued):
    lists = publisher(place)
    before = lists.get(SUSPENSION, 1)

    def suspend_and_fail():
        with place.services.database.writing() as unit:
            unit.certificates.add_event(event(place, issued[0]))
            raise Conflict("stop")

    with pytest.raises(Conflict, match="stop"):
        suspend_and_fail()
    assert lists.get(SUSPENSION, 1) is before


def event(place, row):
    return StatusEvent(
        id=new_identifier(),
        certificate_id=row.id,
        sequence=1,
        action=StatusAction.SUSPEND,
        reason=StatusReason.HOLDER_REQUEST,
        note="",
        acted_by=place.certifier.id,
        acted_at=NOW,
    )


def test_whatever_commits_last_shows_though_it_began_first(place, issued):
    """A position given before the commit would hide it: whoever had read the later one would not look again."""
    if place.services.database._engine.dialect.name == "sqlite":
        # One writer at a time: there the order of beginning is the order of committing.
        with place.services.database.writing() as unit:
            unit.certificates.add_event(event(place, issued[0]))
        assert bits(publisher(place), issued[0]) == (True, False)
        return
    lists = publisher(place)
    with ExitStack() as first:
        slow = first.enter_context(place.services.database.writing())
        slow.certificates.add_event(event(place, issued[0]))
        with place.services.database.writing() as fast:
            fast.certificates.add_event(event(place, issued[1]))
        assert bits(lists, issued[1]) == (True, False)
        assert bits(lists, issued[0]) == (False, False)
    assert bits(lists, issued[0]) == (True, False)


def test_eight_writers_at_once_are_all_counted(place):
    rows = [place.services.issuer.issue(place.granted(f"C-{number}")) for number in range(1, 9)]
    lists = publisher(place)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda row: suspend(place, row), rows))
    with place.services.database.reading() as unit:
        version = unit.status_lists.version()
        assert version.number == 8
        assert version.changed_at == NOW
        standing = unit.status_lists.standing(1)
    assert sorted(standing) == sorted((row.award.status_index, CertificateStatus.SUSPENDED) for row in rows)
    assert all(bits(lists, row) == (True, False) for row in rows)


def test_erasing_what_a_certificate_says_leaves_its_bit(place, issued):
    """A tombstone (id, place, status, dates, digest) is enough: no name, number or file is read for the lists."""
    lists = publisher(place)
    revoke(place, issued[0])
    before = lists.get(REVOCATION, 1)
    engine = place.services.database._writer
    with engine.begin() as connection:
        triggers = {
            "sqlite": ("DROP TRIGGER certificate_no_update", "DROP TRIGGER certificate_file_no_delete"),
            "postgresql": ("SET LOCAL session_replication_role = replica",),
        }
        for statement in triggers[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        connection.execute(delete(t.certificate_file))
        connection.execute(t.certificate.update().values(award="", number=t.certificate.c.id))
    assert bits(lists, issued[0]) == (True, True)
    assert publisher(place).get(REVOCATION, 1) == before


def test_files_stand_where_the_addresses_say_and_are_left_alone_while_they_are_right(place, issued, tmp_path):
    lists, folder = publisher(place), tmp_path / "public"
    written = write_files(lists.all(), folder)
    assert (written.changed, written.unchanged) == (4, 0)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == [
        f"status/{purpose}/1.{kind}" for purpose in ("revocation", "suspension") for kind in ("json", "jwt")
    ]
    assert (folder / "status/suspension/1.json").read_bytes() == lists.get(SUSPENSION, 1).json
    stamps = {name: (folder / name).stat().st_ino for name in names}
    written = write_files(lists.all(), folder)
    assert (written.changed, written.unchanged) == (0, 4)
    assert stamps == {name: (folder / name).stat().st_ino for name in names}
    revoke(place, issued[0])
    assert write_files(lists.all(), folder).changed == 4
    found = read_list((folder / "status/revocation/1.jwt").read_bytes(), BASE, KEYS.published())
    assert found.bits.is_set(issued[0].award.status_index)
    assert (folder / "status/revocation/1.json").stat().st_mode & 0o777 == 0o644


def test_a_file_is_replaced_whole_and_leaves_nothing_behind_where_it_cannot_be(place, tmp_path, monkeypatch):
    folder = tmp_path / "public"
    write_files(publisher(place).all(), folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.j*")}

    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certify.files.os.fsync", fail)
    with pytest.raises(Exception, match="No space left"):
        write_files(publisher(place, now=NOW + timedelta(days=1)).all(), folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_setting_says_how_long_a_list_is_good(place):
    settings = replace(place.services.settings, status_list_days=30)
    services = build(settings, place.services.clock)
    services.issuer.issue(place.granted())
    stated = json.loads(services.status_lists.get(StatusPurpose.REVOCATION, 1).json)
    ends = datetime.fromisoformat(stated["validUntil"])
    assert ends == NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=30)
    services.database.close()
