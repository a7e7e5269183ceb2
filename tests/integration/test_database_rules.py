"""What the database itself refuses, whoever writes to it and with what program; on both engines."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from databases import empty_database, opened
from small_scheme import NOW
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from certify.archiving.model import ArchiveUpdate
from certify.certification.model import DecisionOutcome
from certify.certification.service import apply_for, case_of, decide
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion
from certify.db.tables import APPEND_ONLY, metadata
from certify.errors import (
    AlreadyDecided,
    CertifyError,
    CompletionConflict,
    Conflict,
    DatabaseUnavailable,
    FourEyes,
    FrameworkPublished,
    NotEligible,
    NotFound,
)
from certify.framework.load import canonical_document, from_document
from certify.identifiers import new_identifier
from certify.impartiality.service import note_view
from certify.mail.model import LetterKind
from certify.mail.rewording import reword
from certify.people.model import UserRole
from certify.people.service import add_user
from certify.privacy.service import close_account
from certify.publicity.model import PublicityEvent
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status


@contextmanager
def by_hand(place):
    """A connection of somebody who goes round the program."""
    with place.services.database._writer.begin() as connection:
        yield connection


def run_by_hand(place, statement, **values):
    with by_hand(place) as connection:
        return connection.execute(text(statement), values)


def an_update(certificate_id, sequence=1):
    """What the register keeps of an archive timestamp; its bytes are none, because the database never looks."""
    return ArchiveUpdate(
        certificate_id=certificate_id,
        sequence=sequence,
        content=b"%d" % sequence,
        sha256=f"{sequence:064x}",
        with_evidence=True,
        stamped_at=NOW,
        renew_before=NOW + timedelta(days=1000),
        added_at=NOW,
    )


@pytest.fixture
def issued(place):
    """One certificate with an event, and one row at least in every table that only grows."""
    row = place.services.issuer.issue(place.granted())
    apply_for(
        place.services.database, place.services.clock, place.certifier, row.candidate_id, "small", "a@5"
    )
    change_status(
        place.services.database,
        place.services.clock,
        place.certifier,
        row.id,
        StatusAction.SUSPEND,
        StatusReason.UNDER_INVESTIGATION,
        "a note",
    )
    case = case_of(
        place.services.database, place.certifier, row.candidate_id, "small", "developer", NOW.date()
    )
    note_view(place.services.database, place.services.clock, place.certifier, case.assessment)
    gone = place.candidate("C-99")
    leaver = place.colleague("leaver", UserRole.CANDIDATE, candidate=gone)
    close_account(place.services.database, place.services.clock, place.services.documents, leaver)
    place.services.tokens.of(row)
    reword(
        place.services.database, place.services.clock, None, LetterKind.TRIAL, "en", ("Yours", "Dear {name}")
    )
    with place.services.database.writing() as unit:
        unit.certificates.add_update(an_update(row.id))
        unit.publicity.add(
            PublicityEvent(
                certificate_id=row.id, sequence=1, public=True, acted_by=place.certifier.id, acted_at=NOW
            )
        )
    return row


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_record_that_only_grows_is_neither_changed_nor_deleted(place, issued, table):
    column = next(iter(metadata.tables[table].columns)).name
    with by_hand(place) as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() >= 1

    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match=r"append_only|refused"):
            run_by_hand(place, statement)


def test_an_issued_certificate_is_neither_changed_nor_deleted(place, issued):
    for statement in (
        "UPDATE certificate SET number = 'X'",
        "UPDATE certificate SET award = '{}'",
        "UPDATE certificate SET state = 'prepared', sha256 = NULL, stored_at = NULL",
        "DELETE FROM certificate",
    ):
        with pytest.raises(DBAPIError):
            run_by_hand(place, statement)
    assert place.services.verifier.verify_certificate(issued.id).award == issued.award


def test_a_certificate_is_neither_prepared_nor_issued_without_its_credential(place, issued):
    with by_hand(place) as connection:
        columns = [column["name"] for column in inspect(connection).get_columns("certificate")]
    same = ", ".join(name for name in columns if name not in {"position", "eddsa_key_id"})
    with pytest.raises(DBAPIError, match=r"certificate_credential|refused"):
        run_by_hand(place, f"INSERT INTO certificate ({same}) SELECT {same} FROM certificate")
    place.services.issuer.prepare(place.granted("C-9"))
    for missing in (
        "UPDATE certificate SET state = 'issued', sha256 = :digest, stored_at = prepared_at WHERE state = 'prepared'",
        "UPDATE certificate SET eddsa_key_id = 'another' WHERE state = 'prepared'",
    ):
        with pytest.raises(DBAPIError):
            run_by_hand(place, missing, **({"digest": "0" * 64} if ":digest" in missing else {}))


def test_four_eyes_hold_for_whoever_writes_past_the_program(place):
    person = place.candidate("C-1")
    place.passes(person, "A5")
    place.passes(person, "B6")
    other = add_user(
        place.services.database,
        email="both@example.org",
        display_name="Both",
        roles=[UserRole.CERTIFIER, UserRole.TRAINER],
        password="correct horse battery",
    )
    granted = place.grants(person)
    forged = replace(
        granted,
        id=new_identifier(),
        sequence=2,
        decided_by=place.trainer.id,
        declaration_id=place.declares(place.trainer, person.id).id,
    )
    with pytest.raises(FourEyes), place.services.database.writing() as unit:
        unit.decisions.add(forged)
    # Not even by lying about who the trainer was: the key allows only the true one.
    with by_hand(place) as connection:
        relied_on = connection.execute(text("SELECT * FROM decision_reliance LIMIT 1")).mappings().one()
    with pytest.raises(DBAPIError):
        run_by_hand(
            place,
            "INSERT INTO decision_reliance (decision_id, completion_id, candidate_id, decided_by, trainer_id,"
            " recorded_by) VALUES (:decision_id, :completion_id, :candidate_id, :decided_by, :liar, :recorded_by)",
            **{**relied_on, "liar": other.id},
        )


def test_nobody_decides_on_their_own_certification(place):
    person = place.candidate("C-1")
    place.passes(person, "A5")
    place.passes(person, "B6")
    own = add_user(
        place.services.database,
        email="own@example.org",
        display_name="Own",
        roles=[UserRole.CERTIFIER, UserRole.CANDIDATE],
        password="correct horse battery",
        candidate_id=person.id,
    )
    with pytest.raises(FourEyes):
        decide(
            place.services.database,
            place.services.clock,
            own,
            candidate_id=person.id,
            framework_id="small",
            role_id="developer",
            outcome=DecisionOutcome.GRANTED,
        )
    forged = replace(
        place.grants(person),
        id=new_identifier(),
        sequence=2,
        decided_by=own.id,
        declaration_id=place.declares(own, person.id).id,
    )
    with pytest.raises(FourEyes), place.services.database.writing() as unit:
        unit.decisions.add(forged)


def test_a_refused_decision_has_no_certificate_whoever_asks(place):
    person = place.candidate("C-1")
    refused = decide(
        place.services.database,
        place.services.clock,
        place.certifier,
        candidate_id=person.id,
        framework_id="small",
        role_id="developer",
        outcome=DecisionOutcome.REFUSED,
        reason="Nothing is on record",
    )
    with pytest.raises(CertifyError):
        place.services.issuer.issue(refused.id)
    other = place.services.issuer.issue(place.granted("C-2"))
    forged = replace(other, id=new_identifier(), decision_id=refused.id, candidate_id=person.id)
    with pytest.raises(NotEligible), place.services.database.writing() as unit:
        unit.certificates.prepare([forged])


def test_a_published_framework_version_never_changes(place):
    database = place.services.database
    with database.reading() as unit:
        framework = unit.frameworks.get("small", "1")
    same = canonical_document(framework)
    with database.writing() as unit:
        assert unit.frameworks.publish(framework, same, NOW) is False
    other = canonical_document(replace(framework, illustrative=False))
    with pytest.raises(FrameworkPublished), database.writing() as unit:
        unit.frameworks.publish(from_document(json.loads(other)), other, NOW)
    with database.reading() as unit:
        assert unit.frameworks.get("small", "1") == framework


def test_eight_writers_of_one_completion_make_one_record(place):
    person = place.candidate("C-1")
    entry = CompletionEntry(
        candidate_id=person.id,
        module_id="A5",
        module_version="1",
        completed_on=date(2026, 5, 1),
        outcome=CompletionOutcome.PASSED,
        trainer_id=place.trainer.id,
    )

    def record(_):
        services = place.services
        return record_completion(services.database, services.clock, place.administrator, "small", entry)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(record, range(8)))
    assert len({result.record.id for result in results}) == 1
    assert sum(not result.already for result in results) == 1
    failed = replace(entry, outcome=CompletionOutcome.FAILED)
    with pytest.raises(CompletionConflict):
        record_completion(place.services.database, place.services.clock, place.administrator, "small", failed)


def test_of_eight_certifiers_one_decides(place):
    person = place.candidate("C-1")
    place.passes(person, "A5")
    place.passes(person, "B6")

    def grant(_):
        try:
            return place.grants(person)
        except AlreadyDecided:
            return None

    with ThreadPoolExecutor(8) as pool:
        decisions = [decision for decision in pool.map(grant, range(8)) if decision]
    assert len(decisions) == 1


def test_a_failed_unit_of_work_leaves_nothing(place):
    person = place.candidate("C-1")
    with pytest.raises(NotFound), place.services.database.writing() as unit:
        unit.candidates.get(
            unit.candidates.add(replace(person, id=new_identifier(), reference="C-2")) or "no"
        )
    with place.services.database.reading() as unit:
        assert unit.candidates.by_reference("C-2") is None


def test_a_reader_cannot_write(place):
    person = place.candidate("C-1")
    with pytest.raises(DatabaseUnavailable), place.services.database.reading() as unit:
        unit.candidates.add(replace(person, id=new_identifier(), reference="C-2"))


def test_a_taken_reference_and_a_missing_person_are_told_apart(place):
    person = place.candidate("C-1")
    with pytest.raises(Conflict, match="reference"), place.services.database.writing() as unit:
        unit.candidates.add(replace(person, id=new_identifier()))
    entry = CompletionEntry(
        candidate_id=new_identifier(),
        module_id="A5",
        module_version="1",
        completed_on=date(2026, 5, 1),
        outcome=CompletionOutcome.PASSED,
        trainer_id=place.trainer.id,
    )
    with pytest.raises(NotFound):
        record_completion(place.services.database, place.services.clock, place.administrator, "small", entry)


def test_the_migrated_schema_is_the_one_that_the_program_knows(database):
    with database._reader.connect() as connection:
        found = inspect(connection)
        tables = set(found.get_table_names()) - {"alembic_version"}
        assert tables == set(metadata.tables)
        for name, table in metadata.tables.items():
            columns = {column["name"]: column for column in found.get_columns(name)}
            assert columns.keys() == {column.name for column in table.columns}
            for column in table.columns:
                assert columns[column.name]["nullable"] == bool(column.nullable), (name, column.name)
            uniques = {
                tuple(sorted(unique["column_names"])) for unique in found.get_unique_constraints(name)
            } | {tuple(sorted(index["column_names"])) for index in found.get_indexes(name) if index["unique"]}
            wanted = {
                tuple(sorted(column.name for column in item.columns))
                for item in (*table.constraints, *table.indexes)
                if type(item).__name__ == "UniqueConstraint" or getattr(item, "unique", False)
            }
            assert wanted <= uniques, name


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_eight_processes_that_start_at_once_migrate_once(engine, tmp_path):
    with empty_database(engine, tmp_path) as url, opened(url) as database:
        with pytest.raises(DatabaseUnavailable, match="schema"):
            database.check()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: database.migrate(), range(8)))
        database.check()
        database.migrate()


@pytest.mark.parametrize(("made_before", "size"), [(False, 8192), (True, 4096)])
def test_a_new_sqlite_register_has_large_pages_and_an_older_one_keeps_its_own(tmp_path, made_before, size):
    path = tmp_path / "register.db"
    if made_before:
        with closing(sqlite3.connect(path)) as older:
            older.execute("PRAGMA page_size = 4096")
            older.execute("CREATE TABLE note (text TEXT)")
    with opened(f"sqlite:///{path}") as register:
        register.migrate()
        with register.reading() as unit:
            assert unit.certificates._sql.exec_driver_sql("PRAGMA page_size").scalar_one() == size
            assert unit.certificates._sql.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
