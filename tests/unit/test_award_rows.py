"""An award that was stored whole, before what its kind says was kept once, is still the same award."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from awards import AWARD

from certify.award.canonical import canonical_bytes
from certify.db.awards import award_of

WHOLE = canonical_bytes(AWARD).decode()


def test_a_row_that_names_no_kind_holds_the_whole_award():
    row = SimpleNamespace(award=WHOLE, award_kind_sha256=None)
    assert award_of(cast("Any", None), cast("Any", row)) == AWARD
