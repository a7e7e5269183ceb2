"""An award that was stored whole, before what its kind says was kept once, is still the same award."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from awards import AWARD

from certify.award.canonical import canonical_bytes, fixed_half, varying_text
from certify.db.at_once import AtOnce
from certify.db.awards import award_of
from certify.db.engine import make_engine

WHOLE = canonical_bytes(AWARD).decode()


def test_a_row_that_names_no_kind_holds_the_whole_award():
    row = SimpleNamespace(award=WHOLE, award_kind_sha256=None)
    assert award_of(cast("Any", None), cast("Any", row)) == AWARD


def test_the_page_behind_the_code_reads_both_forms_as_one_text(tmp_path):
    at_once = AtOnce(make_engine(f"sqlite:///{tmp_path}/register.db"))
    at_once._kinds["a kind"] = fixed_half(AWARD).text
    assert at_once._award(WHOLE, None) == at_once._award(varying_text(AWARD), "a kind") == WHOLE
