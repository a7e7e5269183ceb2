"""The version of the data changes with every commit, whoever makes it, and with nothing else."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from certify.db.version import DataVersion
from certify.db.wal_index import wal_index

MAPPED = Path("/proc/self/maps").exists()
"""Without Linux's list of mappings the database is asked, and all the same must hold."""

COUNT = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA wal_autocheckpoint = 20")
print("begun", flush=True)
while True:
    file.execute("UPDATE counter SET value = value + 1, padding = randomblob(9000)")
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("CREATE TABLE counter (value INTEGER, padding BLOB)")
        file.execute("INSERT INTO counter VALUES (0, '')")
        file.commit()
    return path


@pytest.fixture
def version(path):
    engine = create_engine(f"sqlite:///{path}")
    version = DataVersion(engine)
    version()  # opens
    yield version
    version.close()
    engine.dispose()


def test_every_commit_is_another_version_and_nothing_else_is(path, version):
    assert (version._index is not None) is MAPPED
    seen = {version()}
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for number in range(1, 200):
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE counter SET value = ?", (number,))
            assert version() in seen, "seen before it was committed"
            other.execute("COMMIT")
            assert version() not in seen
            assert version() == version()
            seen.add(version())
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE counter SET value = -1")
            other.execute("ROLLBACK")
            other.execute("SELECT * FROM counter").fetchall()
            assert version() in seen
        # A log that begins anew may be another version of the same data, never the same of other data.
        for number in range(200, 300):
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            before = version()
            other.execute("UPDATE counter SET value = ?", (number,))
            assert version() not in {before, *seen}
            seen.add(version())


def test_equal_versions_are_equal_data_while_others_write_and_are_killed(path, version):
    with closing(sqlite3.connect(path, isolation_level=None)) as reading:
        known: dict[object, int] = {}
        for _ in range(6):
            with subprocess.Popen(
                [sys.executable, "-c", COUNT, str(path)], stdout=subprocess.PIPE, text=True
            ) as writer:
                try:
                    assert writer.stdout.readline() == "begun\n"
                    enough = len(known) + 20
                    while len(known) < enough:
                        before = version()
                        (value,) = reading.execute("SELECT value FROM counter").fetchone()
                        if before is not None and before == version():
                            assert known.setdefault(before, value) == value
                finally:
                    writer.kill()
        # Whoever reads mends what the killed one left.
        reading.execute("SELECT value FROM counter").fetchone()
        assert version() is not None


def test_after_closing_the_next_question_opens_again_and_nothing_is_compared(version):
    before = version()
    version.close()
    assert version() != before
    assert version() == version()


def test_where_it_is_not_understood_the_database_is_asked(path, monkeypatch):
    monkeypatch.setattr("certify.db.wal_index._FORMAT", b"next")
    engine = create_engine(f"sqlite:///{path}")
    version = DataVersion(engine)
    first = version()
    assert version._index is None
    assert version() == first
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE counter SET value = 7")
        other.commit()
    assert version() != first
    version.close()
    engine.dispose()


def test_a_database_without_a_wal_or_a_file_has_no_index(tmp_path):
    assert wal_index(None) is None
    assert wal_index(":memory:") is None
    plain = tmp_path / "plain.db"
    with closing(sqlite3.connect(plain)) as file:
        file.execute("CREATE TABLE t (x)")
        assert wal_index(str(plain)) is None


def test_another_databases_index_is_never_taken_for_this_ones(tmp_path, path):
    with closing(sqlite3.connect(path)) as file:
        file.execute("SELECT * FROM counter").fetchall()
        shared = Path(f"{path}-shm")
        assert (wal_index(str(path)) is not None) is MAPPED
        # A file of this name that nobody has mapped.
        (tmp_path / "other.db-shm").write_bytes(shared.read_bytes())
        assert wal_index(str(tmp_path / "other.db")) is None
