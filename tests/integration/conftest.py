"""The two real databases, for every test of this folder that asks for one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import ENGINES, fresh_database, opened
from installation import Installation, install

from certify.db import SqlDatabase


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database; the test runs once on each engine."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[SqlDatabase]:
    """A migrated, empty register; the test runs once on each engine."""
    with opened(database_url) as register:
        yield register


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """A whole installation with its people; the test runs once on each engine."""
    installed = install(tmp_path, database_url)
    try:
        yield installed
    finally:
        installed.services.database.close()


@pytest.fixture
def free_port() -> int:
    """A port on the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
