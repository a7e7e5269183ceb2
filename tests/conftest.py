"""What tests of every kind share."""

from __future__ import annotations

from datetime import date

import pytest
from small_scheme import small_framework, small_module

from certify.framework.model import Framework


@pytest.fixture
def framework() -> Framework:
    """Two competences at levels 5 and 6, and modules that reach them or fall short."""
    return small_framework(
        (
            small_module("A5", {"a": 5}),
            small_module("A4", {"a": 4}),
            small_module("B6", {"b": 6}),
            small_module("OLD", {"a": 6}, valid_until=date(2026, 6, 30)),
        ),
        {"a": 5, "b": 6},
    )
