"""docs/training.md names every column that an imported file may have."""

import re
from pathlib import Path

from certify.completions.mapping import _KNOWN, _plain
from certify.people.csv_import import OPTIONAL, REQUIRED

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text("utf-8")
NAMED = set(re.findall("`([^`]+)`", PAGE))


def test_every_heading_of_completions_that_is_in_latin_letters_is_named():
    known = {word for words in _KNOWN.values() for word in words if word.isascii()}
    assert known <= {_plain(name) for name in NAMED}


def test_every_column_of_candidates_is_named():
    assert {*REQUIRED, *OPTIONAL} <= NAMED
