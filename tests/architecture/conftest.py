"""The site with two organisations, which several files here walk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from two_houses import Houses


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    """Two organisations with one of everything; whoever changes something puts it back."""
    made = Houses(tmp_path_factory.mktemp("houses"))
    yield made
    made.close()
