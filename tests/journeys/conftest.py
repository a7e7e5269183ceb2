"""A website of its own for every journey."""

from __future__ import annotations

from pathlib import Path

import pytest
from website import Site, open_site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A real installation with a trainer, a certifier, two candidates and their cohorts."""
    return open_site(tmp_path)
