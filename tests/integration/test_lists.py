"""Long lists are read a part at a time by the database, in every order, and searched in every script."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from databases import ENGINES, fresh_database
from small_scheme import NOW
from sqlalchemy import event, insert
from website import open_site, read_page, words

from certify.certification.model import CaseName, DecisionOutcome
from certify.certification.service import decide, next_case, queue
from certify.clock import utc_day
from certify.completions.model import CompletionOutcome, CompletionRecord
from certify.db import tables as t
from certify.db.people import _candidate_values
from certify.identifiers import new_identifier
from certify.organisations.service import administers, certifier_sees, sight_of
from certify.paging import Asked, folded, whole, words_of
from certify.people.model import HolderName, Review

TODAY = utc_day(NOW)
MANY = 1_200
NAMES = ("Мария Петрова", "Йордан Стоянов", "Ελένη Παπαδοπούλου", "Ángel Núñez", "Tom Smith")


@pytest.fixture(scope="module", params=ENGINES)
def crowded(request, tmp_path_factory):
    """A site with many people who all wait for a decision; tests only read it."""
    folder = tmp_path_factory.mktemp("crowded")
    with fresh_database(request.param, folder) as url:
        site = open_site(folder, database_url=url)
        people = crowd(site)
        make_eligible(site, people)
        yield site, people
        site.place.services.database.close()


@pytest.fixture
def site(database_url, tmp_path):
    opened = open_site(tmp_path, database_url=database_url)
    yield opened
    opened.place.services.database.close()


def crowd(site, count=MANY):
    """Register many people, past the program, as that would take a minute."""
    ana = site.ana
    people = [
        replace(
            ana,
            id=new_identifier(),
            reference=f"P-{number:05d}",
            name=HolderName(native=NAMES[number % 5], latin="Latin", printed="Latin"),
        )
        for number in range(count)
    ]
    with site.place.services.database.writing() as unit:
        rows = [{"id": person.id, **_candidate_values(person)} for person in people]
        unit.candidates._sql.execute(insert(t.candidate), rows)
    return people


def make_eligible(site, people):
    """Give each of these people what the role asks for."""
    trainer, registrar = site.place.trainer.id, site.place.administrator.id
    admissions = [
        {
            "id": new_identifier(),
            "candidate_id": person.id,
            "qualification": "MSc",
            "eqf_level": 7,
            "evidence_digest": None,
            "accepted": True,
            "reviewed_by": registrar,
            "reviewed_at": NOW,
        }
        for person in people
    ]
    records = [
        CompletionRecord(
            id=new_identifier(),
            candidate_id=person.id,
            module_id=module,
            module_version="1",
            completed_on=TODAY - timedelta(days=9),
            outcome=CompletionOutcome.PASSED,
            workload_minutes=600,
            evidence_digest=None,
            trainer_id=trainer,
            recorded_by=registrar,
            recorded_at=NOW,
        )
        for person in people
        for module in ("A5", "B6")
    ]
    with site.place.services.database.writing() as unit:
        unit.candidates._sql.execute(insert(t.admission), admissions)
        unit.completions.add_all(records)


@contextmanager
def counting_rows(site):
    """Count the rows that the program fetches of the database, whatever asks for them."""
    engine, fetched = site.place.services.database._engine, [0]

    def count_sqlite(_cursor, row):
        fetched[0] += 1
        return row

    def count_postgresql(_cursor):
        def make(values):
            fetched[0] += 1
            return tuple(values)

        return make

    counter = count_sqlite if engine.dialect.name == "sqlite" else count_postgresql
    usual = []

    def on_checkout(connection, _record, _proxy):
        usual.append((connection, connection.row_factory))
        connection.row_factory = counter

    event.listen(engine, "checkout", on_checkout)
    try:
        yield fetched
    finally:
        event.remove(engine, "checkout", on_checkout)
        for connection, factory in reversed(usual):
            connection.row_factory = factory


def links(response):
    return [link for link in read_page(response).links if "after=" in link and link.startswith("/")]


def test_no_list_reads_more_rows_than_it_shows_whatever_there_is(crowded):
    site, _people = crowded
    administrator, certifier = site.person("administrator"), site.person("certifier")
    token = {"Authorization": f"Bearer {site.token('certifier')}"}
    api = site.app.test_client()
    pages = [
        (administrator, "/admin/candidates"),
        (administrator, "/admin/candidates?order=-name"),
        (administrator, "/admin/candidates?review=accepted"),
        (administrator, "/admin/candidates?q=мария"),
        (administrator, "/admin/users"),
        (administrator, "/admin/cohorts"),
        (administrator, "/admin/"),
        (certifier, "/admin/candidates"),
        (certifier, "/certifier/"),
        (certifier, "/certifier/?q=елени"),
        (certifier, "/certifier/certificates"),
        (certifier, "/corrections"),
        (api, "/api/v1/candidates?limit=50"),
        (api, "/api/v1/queue?limit=50"),
        (api, "/api/v1/standings?role=developer&limit=50"),
        (api, "/api/v1/certificates?limit=50"),
        (api, "/api/v1/corrections"),
    ]
    for visitor, path in pages:
        with counting_rows(site) as fetched:
            response = visitor.get(path, headers=token if visitor is api else {})
        assert response.status_code == 200, (path, words(response))
        # A part has 50; a case of the queue has a dozen rows of its own (records, cohorts, declarations).
        assert 0 < fetched[0] < 1_000, (path, fetched[0])


def test_a_walk_through_the_pages_meets_everybody_once_in_every_order(crowded):
    site, people = crowded
    visitor = site.person("administrator")
    for order in ("reference", "-reference", "name", "-name"):
        met, path = [], f"/admin/candidates?rows=200&order={order}"
        while path:
            response = visitor.get(path)
            met += [
                link for link in read_page(response).links if link.count("/") == 3 and "/candidates/" in link
            ]
            path = next(iter(links(response)), "")
        assert len(met) == len(set(met)) == len(people) + 2


def test_a_search_finds_a_name_in_any_script_and_case_without_accents(crowded):
    site, _people = crowded
    visitor = site.person("administrator")
    for typed, who in (
        ("мАРИЯ", "Мария Петрова"),
        ("ПЕТРОВА мари", "Мария Петрова"),
        ("йордан", "Йордан Стоянов"),
        ("ΕΛΕΝΗ παπαδοπουλου", "Ελένη Παπαδοπούλου"),
        ("nunez", "Ángel Núñez"),
        ("P-00004", "Tom Smith"),
    ):
        page = words(visitor.get("/admin/candidates", query_string={"q": typed}))
        assert who in page
        assert all(name not in page for name in NAMES if name != who)
    assert "Nothing fits." in words(visitor.get("/admin/candidates?q=%00%22nobody"))


def test_a_place_of_another_list_is_refused(crowded):
    site, _people = crowded
    assert site.person("administrator").get("/admin/candidates?after=WyJhIl0").status_code == 422
    certifier = site.person("certifier")
    for page in ("/certifier/", "/certifier/certificates", "/corrections"):
        assert certifier.get(f"{page}?after=WyJhIiwiXHUwMDAwIiwiYyJd").status_code == 422, page
        assert certifier.get(f"{page}?after=WyJcdWQ4MDAiXQ").status_code == 422, page


def test_lists_show_exactly_whom_the_rules_of_rights_let_somebody_see(crowded):
    site, _people = crowded
    place = site.place
    with place.services.database.reading() as unit:
        for by in (place.administrator, place.certifier, place.trainer):
            sight = sight_of(unit, by)
            listed = [person.id for person in whole(partial(unit.candidates.part, sight))]
            allowed = {
                person.id
                for person in unit.candidates.all()
                if administers(unit, by, person.organisation_id) or certifier_sees(unit, by, person)
            }
            assert len(listed) == len(allowed)
            assert set(listed) == allowed


def test_the_way_through_a_long_queue_comes_back_to_its_beginning(crowded):
    site, people = crowded
    place = site.place
    ask = place.services.database, place.certifier, "small", TODAY
    following, count = next_case(*ask, after=(people[150].id, "developer"))
    assert following is not None
    assert following.candidate.reference == people[151].reference
    assert count is None
    first, _ = next_case(*ask, after=(people[-1].id, "developer"))
    assert first is not None
    assert first.candidate.reference == people[0].reference


def refuse(site, person):
    place = site.place
    return decide(
        place.services.database,
        place.services.clock,
        place.certifier,
        candidate_id=person.id,
        framework_id="small",
        role_id="developer",
        outcome=DecisionOutcome.REFUSED,
        reason="not yet",
    )


def waits(site, **asked):
    place = site.place
    found = queue(place.services.database, place.certifier, "small", TODAY, Asked(limit=99), **asked)
    return [case.candidate.reference for case in found.entries]


def test_a_case_waits_until_it_is_decided_and_again_once_something_new_of_this_person_is_on_record(site):
    (newcomer,) = crowd(site, 1)
    place, database = site.place, site.place.services.database
    with database.reading() as unit:
        sight = sight_of(unit, place.administrator)
        assert unit.candidates.part(sight, Asked(limit=9), Review.WAITING).entries == [newcomer]
        assert len(unit.candidates.part(sight, Asked(limit=9), Review.ACCEPTED).entries) == 2
        assert not unit.candidates.part(sight, Asked(limit=9), Review.NOT_ACCEPTED).entries
    make_eligible(site, [site.ana, site.boris])
    assert waits(site) == ["C-1", "C-2"]
    named = [CaseName(site.boris.id, "developer"), CaseName("x", "y")]
    assert waits(site, only=named) == ["C-2"]
    assert waits(site, role_id="nothing") == []
    refuse(site, site.ana)
    assert waits(site) == ["C-2"]
    with database.writing() as unit:
        for person, expected in ((site.boris, ["C-2"]), (site.ana, ["C-1", "C-2"])):
            record = replace(
                unit.completions.of_candidate(person.id)[0],
                id=new_identifier(),
                completed_on=TODAY - timedelta(days=3),
                recorded_at=NOW + timedelta(hours=1),
            )
            unit.completions.add(record)
            sight = sight_of(unit, place.certifier)
            found = unit.decisions.waiting(unit.frameworks.latest("small"), TODAY, sight, Asked(limit=9))
            assert [name.reference for name in found.entries] == expected

    issued = site.certificate_of_ana()
    assert waits(site) == ["C-2"]
    with database.reading() as unit:
        number = unit.certificates.get(issued).award.number
    visitor = site.person("certifier")
    for query in ({"q": "АНА"}, {"q": number.lower()}, {"q": number[-4:]}, {"status": "active"}):
        assert number in words(visitor.get("/certifier/certificates", query_string=query)), query
    for query in ({"q": "nobody"}, {"status": "revoked"}, {"status": "superseded"}, {"status": "suspended"}):
        assert number not in words(visitor.get("/certifier/certificates", query_string=query)), query


def test_a_text_is_folded_so_that_case_accents_and_spaces_make_no_difference():
    assert folded("  ΟΔΥΣΣΕΎΣ  Straße ") == folded("οδυσσεύς STRASSE")
    assert folded("Ёлкина") == folded("елкина")
    assert words_of('a\x00b "c') == ("ab", '"c')
