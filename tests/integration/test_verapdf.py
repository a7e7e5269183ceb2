"""veraPDF finds nothing against PDF/A-3a or PDF/UA-1: in any design, script or language, signed and updated."""

from __future__ import annotations

import pytest
from pdf_awards import award, signed
from pdf_cases import EXTREMES, KINDS, MUTATIONS, broken_by
from signed_files import SIGNED_AT, Office
from timestamped_files import Stamping
from verapdf import PROFILES, judge

UNSEEN = {
    "_with_a_form_in_the_page",
    "_with_a_mark_in_no_element",
    "_with_a_version",
    "_with_a_wrong_next_key",
    "_with_an_empty_element",
    "_with_another_collection",
    "_with_layers",
    "_without_description",
    "_with_a_low_font_box",
    "_with_a_narrow_figure",
}
"""What veraPDF has no rule for, or leaves to a person: there the rules of `pdf_rules.py` are all that looks."""


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office.open(tmp_path_factory.mktemp("office"))


def files(office, folder):
    """Yield a name and the bytes of every kind of file that is issued."""
    for language, kind, script in KINDS:
        yield f"{language}-{kind}-{script}", signed(office, award(language, kind, script))
    for name, changes in EXTREMES.items():
        yield name, signed(office, award(**changes))
    yield "specimen", signed(office, award(specimen=True))
    stamping = Stamping.open(folder / "stamping", SIGNED_AT)
    yield "a proven time in its signature", (data := stamping.sign(pressed=True))
    for name, days in (("an archive timestamp behind it", 0), ("and its renewal years later", 2000)):
        yield name, (data := stamping.archive(data, days=days))


def test_every_kind_of_file_keeps_every_rule(office, tmp_path):
    given = dict(files(office, tmp_path))
    verdicts = judge(given, tmp_path)
    assert verdicts.keys() == given.keys()
    for name, by_profile in verdicts.items():
        assert by_profile.keys() == set(PROFILES)
        for profile, said in by_profile.items():
            assert (name, profile, said.broken) == (name, profile, {})
            assert said.compliant
            assert said.tests > 1000


def test_each_rule_that_is_broken_is_seen(office, tmp_path):
    """So what the test above calls whole is no verdict that never changes."""
    whole = signed(office, award())
    broken = {break_it.__name__: broken_by(break_it, whole) for _, break_it in MUTATIONS}
    verdicts = judge({"untouched": broken_by(bool, whole), **broken}, tmp_path)
    found = {
        name: {rule for said in by_profile.values() for rule in said.broken}
        for name, by_profile in verdicts.items()
    }
    saved_anew = found.pop("untouched")
    assert all(rule.startswith("6.4.3") for rule in saved_anew), (
        "a signature does not outlive being saved anew"
    )
    assert {name for name, rules in found.items() if not rules - saved_anew} == UNSEEN
