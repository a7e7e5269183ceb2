"""What an award must hold before anything is signed, one thing wrong at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from awards import AWARD
from credential_keys import BASE, KEYS

from certify.award.lints import MANDATORY_ELEMENTS, lint
from certify.credential.press import CredentialPress
from certify.errors import LintFailed
from certify.people.model import HolderName

EMPTIED = {
    "learner": {"holder": HolderName(native="Ана Ли", latin="Ana Li", printed=" ")},
    "title": {"role_title": ""},
    "country of the awarding body": {"country": ""},
    "awarding body": {"awarding_body": "\t"},
    "date of issue": {"issued_at": None},
    "learning outcomes": {"competences": ()},
    "notional workload": {"workload_minutes": 0},
    "EQF level": {"level_minimum": 0},
    "type of assessment": {"assessment": ""},
    "form of participation": {"participation": "  "},
    "type of quality assurance": {"quality_assurance": ""},
}
"""Council recommendation 2022/C 243/02, Annex I: each mandatory element in turn."""


def test_there_are_eleven_mandatory_elements_and_each_is_emptied_here():
    assert len(MANDATORY_ELEMENTS) == 11
    assert EMPTIED.keys() == MANDATORY_ELEMENTS.keys()


def test_an_award_with_all_of_them_may_be_signed_once():
    token = lint(AWARD)
    with pytest.raises(LintFailed, match="Only what was linted"):
        token.spend(replace(AWARD, role_title="Another"))
    token.spend(AWARD)
    with pytest.raises(LintFailed, match="only once"):
        token.spend(AWARD)


@pytest.mark.parametrize("element", EMPTIED)
def test_nothing_is_signed_while_a_mandatory_element_is_empty_and_the_message_names_it(element):
    award = replace(AWARD, **EMPTIED[element])
    with pytest.raises(LintFailed, match=f"{element} is empty"):
        lint(award)
    if element != "date of issue":  # a credential's times are made of it
        with pytest.raises(LintFailed, match=f"{element} is empty"):
            CredentialPress(BASE, KEYS).make(award)


def test_all_that_is_wrong_is_named_at_once():
    award = replace(AWARD, role_title="", assessment="", valid_until=date(2026, 1, 1))
    with pytest.raises(LintFailed) as refused:
        lint(award)
    for text in ("title is empty", "type of assessment is empty", "not in order"):
        assert text in refused.value.message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"certificate_id": AWARD.certificate_id.lower()}, "not in its one spelling"),
        ({"verification_url": AWARD.verification_url + "A"}, "another certificate's"),
        ({"number": AWARD.number.lower()}, "number is not in its one spelling"),
        ({"decided_on": date(2026, 11, 25)}, "not in order"),
        ({"level_maximum": 7}, "range of EQF levels"),
        (
            {
                "competences": (replace(AWARD.competences[0], level=9),),
                "level_minimum": 9,
                "level_maximum": 9,
            },
            "outside 1 to 8",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_contradicts_itself_is_not_signed(changes, message):
    with pytest.raises(LintFailed, match=message):
        lint(replace(AWARD, **changes))
