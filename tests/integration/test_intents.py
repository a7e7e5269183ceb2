"""A batch's intents: one statement, each row as it was meant, and no garbage looked for meanwhile."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event

from certify.db.certificates import SqlCertificates
from certify.errors import KeysMissing
from certify.issuing.maker import Maker


def test_intents_that_share_little_are_kept_each_as_it_was_meant(place, monkeypatch):
    """A batch of the program shares keys and time; the register asks for no such thing."""
    real, meant = SqlCertificates.prepare, {}

    def prepare(self, rows):
        for number, row in enumerate(rows):
            at = row.prepared_at + timedelta(seconds=number // 2)
            meant[row.id] = replace(row, key_id=f"K-{number % 2}", prepared_at=at)
        return real(self, list(meant.values()))

    monkeypatch.setattr(SqlCertificates, "prepare", prepare)
    outcomes = place.services.issuer.issue_many([place.granted(f"C-{number}") for number in range(4)])
    assert all(isinstance(item, KeysMissing) for item in outcomes)
    with place.services.database.reading() as unit:
        assert {row.id: row for row in unit.certificates.all()} == meant
    assert len({(row.key_id, row.prepared_at) for row in meant.values()}) == 4


def test_a_batch_adds_its_intents_by_one_statement(place):
    waiting = [place.granted(f"C-{number}") for number in range(3)]
    told = []

    def listen(connection, cursor, statement, parameters, context, executemany):
        if "INSERT INTO certificate " in statement:
            told.append(executemany)

    engine = place.services.database._engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        place.services.issuer.issue_many(waiting)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    assert told == [False]


def test_a_batch_is_made_without_looking_for_garbage(place, monkeypatch):
    waiting = [place.granted("C-1"), place.granted("C-2")]
    real, seen = Maker.make_many, []

    def make_many(self, intents):
        seen.append(gc.isenabled())
        return real(self, intents)

    monkeypatch.setattr(Maker, "make_many", make_many)
    place.services.issuer.issue_many(waiting)
    assert seen == [False]
    assert gc.isenabled()
