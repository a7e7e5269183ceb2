"""Every route, asked by every role for what is their own organisation's and for what is another one's.

The table is `rights_table.ROWS`. A route without a row fails; so does a cell that comes out otherwise, a refusal that
writes something, and an answer that tells North's people anything of South.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from houses_asked import asked, code_of, letter_of, named_in
from rights_table import ASKERS, ROWS
from two_houses import MARK, House, Houses
from werkzeug.test import TestResponse

from certify.identifiers import new_identifier
from certify.web.access import ACCESS, PUBLIC
from certify.web.i18n import shipped

PAGES_AND_PROBLEMS = {"text/html", "application/json", "application/problem+json"}
OPERATOR = {"organisation": "This organisation"}
KNOWN_TO_ALL = {"framework_id", "organisation_name", "certificate_number"}
"""What is published, so that nobody learns anything by it."""


def values_of(house: House, name: str) -> dict[str, str]:
    return dict(house.values("candidate" if name == "visitor" else name))


def test_the_table_has_every_route_and_no_other(houses: Houses) -> None:
    assert houses.endpoints.keys() - ROWS.keys() == set(), "give these routes a row in tests/rights_table.py"
    assert ROWS.keys() - houses.endpoints.keys() == set(), "these routes are gone"


@pytest.mark.parametrize("route", ROWS)
def test_everybody_gets_of_each_organisation_what_the_table_says(houses: Houses, route: str) -> None:
    row = ROWS[route]
    things = values_of(houses.north, "trainer").keys()
    assert bool(row.other) is bool((named_in(route, row) & things) - {"framework_id"}), (
        "has it another's column?"
    )
    for house, cells in ((houses.north, row.own), (houses.south, row.other)):
        for name, cell in zip(ASKERS, cells, strict=bool(cells)):
            answer = asked(houses, name, route, row, values_of(house, name))
            changed = houses.put_back()
            told = (name, "own" if house is houses.north else "other", answer.status_code, code_of(answer))
            assert letter_of(answer) == cell, told
            assert not (changed and cell in "->0"), (told, "a refusal wrote something")
            if cell == ">" and "/api/" in route:
                assert answer.headers["WWW-Authenticate"].startswith("Bearer"), told
            if name != "system" and ACCESS[houses.endpoint(route)] is not PUBLIC:
                tells_nothing_of_south(houses, answer, house, told)


def tells_nothing_of_south(houses: Houses, answer: TestResponse, sent: House, told: object) -> None:
    """An answer to North's people has no word of South, and no identifier of it but those that were sent."""
    if answer.mimetype not in PAGES_AND_PROBLEMS | {"text/csv"}:
        return
    text = answer.get_data(as_text=True)
    if sent is houses.south:
        for value in sorted(sent.ids.values(), key=len, reverse=True):
            text = text.replace(value, "")
    # Who certifies under a scheme is public; it is said where somebody asks for a decision under another's.
    text = text.replace(houses.south.ids["organisation_name"], "")
    assert MARK not in text.casefold(), (told, text[max(0, text.casefold().find(MARK) - 200) :][:400])
    foreign = {value for value in houses.south.ids.values() if re.fullmatch("[A-Z2-7]{26}", value)}
    assert not [value for value in foreign if value in text], told


def said(answer: TestResponse, *sent: dict[str, str]) -> tuple[int, str, str]:
    """What an answer says, without what differs by chance or repeats what was sent."""
    text = answer.get_data(as_text=True) if answer.mimetype in PAGES_AND_PROBLEMS else answer.mimetype
    text = re.sub(
        r'"correlation_id": "[0-9a-f]+"|name="(csrf_token|sealed|kept_for)" value="[^"]+"', "", text
    )
    for value in sorted({value for one in sent for value in one.values()}, key=len, reverse=True):
        text = text.replace(value, "X") if len(value) > 3 else text
    text = re.sub(r"[A-Z2-7]{26}", "ID", text)
    if answer.mimetype == "text/html":
        text = re.sub(r"<span class=\"code\"[^>]*>[0-9a-f]{16}<|<[^>]+>", " ", text)
    return answer.status_code, code_of(answer), " ".join(text.split())


@pytest.mark.parametrize("route", [route for route, row in ROWS.items() if row.other and ">" in row.own])
def test_what_is_not_theirs_is_answered_as_what_is_not_there(houses: Houses, route: str) -> None:
    """Each thing that a request names is another organisation's, a colleague's, made up, or no identifier at all."""
    row = ROWS[route]
    for name, cell in zip(ASKERS[1:-1], row.own[1:-1], strict=True):
        own = values_of(houses.north, name)
        for thing in sorted((named_in(route, row) & own.keys()) - KNOWN_TO_ALL) if cell in "+!" else ():
            foreign, made_up = values_of(houses.south, name)[thing], made_up_like(own[thing])
            answers = {}
            for kind, value in {"other": foreign, "made up": made_up, "no id": "not-an-id"}.items():
                answer = asked(houses, name, route, row, own | {thing: value})
                answers[kind] = (*said(answer, own | {thing: value}), houses.put_back())
            told = (name, thing)
            assert answers["other"] == answers["made up"], told
            if answers["no id"][:3] != answers["made up"][:3]:
                # What cannot be an identifier says nothing of what is there.
                assert answers["no id"][0] == 422, (told, answers["no id"])


def made_up_like(value: str) -> str:
    if re.fullmatch("[A-Z2-7]{26}", value):
        return new_identifier()
    return "0" * 64 if len(value) == 64 else "north-99"


def test_every_refusal_is_a_page_that_says_who_can_help_in_the_readers_language(houses: Houses) -> None:
    tags = itertools.cycle(("bg", "el", "en"))
    catalogues = {language.tag: language.catalogue for language in shipped().values()}
    contact = "%(organisation)s helps you: %(contact)s."
    administrator = "An administrator of %(organisation)s helps you."
    stranger = "Whoever gave you this address helps you. If you have an account here, sign in first."
    assert len({catalogues[tag].gettext(contact) for tag in ("en", "bg", "el")}) == 3
    assert len({catalogues[tag].gettext(stranger) for tag in ("en", "bg", "el")}) == 3
    seen = 0
    for route, row in ROWS.items():
        if "/api/" in route:
            continue
        for (name, cell), house in itertools.chain(
            zip(zip(ASKERS, row.own, strict=True), itertools.repeat(houses.north)),
            zip(zip(ASKERS, row.other, strict=False), itertools.repeat(houses.south)),
        ):
            if cell not in "-0":
                continue
            tag = next(tags)
            query = f"{row.query}&lang={tag}" if row.query else f"lang={tag}"
            answer = asked(houses, name, route, replace(row, query=query), values_of(house, name))
            houses.put_back()
            text = " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())
            # Public pages do not look at who asks.
            reader = "visitor" if ACCESS[houses.endpoint(route)] is PUBLIC else name
            of_north = {"organisation": "North house", "contact": "help@north.example"}
            named = house.ids["organisation_name"]
            of_house = {"organisation": named, "contact": f"help@{named.split()[0].lower()}.example"}
            helpers = {
                "visitor": [
                    catalogues[tag].gettext(contact) % of_house,
                    catalogues[tag].gettext(stranger),
                    catalogues[tag].gettext(administrator) % OPERATOR,
                ],
                "system": [catalogues[tag].gettext(administrator) % OPERATOR],
            }.get(reader, [catalogues[tag].gettext(contact) % of_north])
            assert any(helper in text for helper in helpers), (route, name, tag, text[:800])
            assert answer.headers["Content-Language"] == tag
            seen += 1
    assert seen > 200
