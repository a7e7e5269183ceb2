"""The certifiers' queue: who meets every requirement of what they seek and waits for a decision, in one SQL statement.

It states `certify.certification.service` and `certify.eligibility.rules` as sets: first whoever seeks something,
was admitted and has no decision that ends the matter, which is cheap; then the levels of these few. A property test
holds that queue and rules say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    and_,
    exists,
    func,
    or_,
    select,
    union_all,
)

from certify.certification.model import CaseName, DecisionOutcome
from certify.db import tables as t
from certify.db.paging import count_up_to, part_of, with_words
from certify.db.people_lists import seen
from certify.db.sets import json_rows
from certify.db.standings import admitted, best_levels
from certify.framework.model import Framework
from certify.organisations.model import Sight
from certify.paging import Asked, Place


def waiting(
    connection: Connection,
    framework: Framework,
    on: date,
    sight: Sight,
    asked: Asked,
    role_id: str,
    only: Sequence[CaseName] | None,
) -> tuple[list[Row[Any]], Place]:
    """Return a part of the cases that wait, by reference and role."""
    pairs = _eligible(connection, framework, on, sight, asked.words, role_id, only, asked.after)
    return part_of(connection, select(pairs), (pairs.c.reference, pairs.c.role_id), asked)


def count_waiting(
    connection: Connection,
    framework: Framework,
    on: date,
    sight: Sight,
    words: Sequence[str],
    role_id: str,
    most: int,
) -> int:
    """Return how many wait, counting no further than ``most``."""
    pairs = _eligible(connection, framework, on, sight, words, role_id, None, ())
    return count_up_to(connection, select(pairs), most)


def _eligible(  # noqa: PLR0917 - as above
    connection: Connection,
    framework: Framework,
    on: date,
    sight: Sight,
    words: Sequence[str],
    role_id: str,
    only: Sequence[CaseName] | None,
    after: Place,
) -> CTE:
    sought = [item for item in framework.certifiable.values() if role_id in {"", item.id}]
    places = {
        name: place
        for place, name in enumerate(sorted({one.competence_id for item in sought for one in item.requires}))
    }
    kinds = json_rows(
        connection,
        "sought",
        [("role_id", Text()), ("is_unit", Integer()), ("asks", Integer())],
        ((item.id, int(item.kind == "unit"), len(item.requires)) for item in sought),
    )
    required = json_rows(
        connection,
        "required",
        [("role_id", Text()), ("place", Integer()), ("level", Integer())],
        ((item.id, places[one.competence_id], one.level) for item in sought for one in item.requires),
    )
    open_cases = _open(connection, framework, kinds, sight, words, only, after).cte("open_case")
    people = select(open_cases.c.candidate_id.label("id")).distinct().cte("asked")
    best = best_levels(connection, framework, list(places), on, people)
    # What asks for nothing would rely on no record, and is never granted; so it does not wait either.
    return (
        select(open_cases.c.candidate_id, open_cases.c.reference, open_cases.c.role_id)
        .join(required, required.c.role_id == open_cases.c.role_id)
        .join(
            best,
            and_(
                best.c.candidate_id == open_cases.c.candidate_id,
                best.c.place == required.c.place,
                best.c.level >= required.c.level,
            ),
        )
        .group_by(open_cases.c.candidate_id, open_cases.c.reference, open_cases.c.role_id, open_cases.c.asks)
        .having(func.count() == open_cases.c.asks)
        .cte("eligible")
    )


def _open(
    connection: Connection,
    framework: Framework,
    kinds: CTE,
    sight: Sight,
    words: Sequence[str],
    only: Sequence[CaseName] | None,
    after: Place,
) -> CompoundSelect[Any]:
    """Whoever seeks something, was admitted, and whom no decision or closed account ends the matter for."""
    person, closed, wish = t.candidate.c, t.account_closure.c, t.application.c
    undecided, reopened = _decided(framework, kinds)
    named = None
    if only is not None:
        named = json_rows(connection, "named", [("candidate_id", Text()), ("role_id", Text())], only)

    def narrowed(query: Select[Any], awaits: ColumnElement[bool]) -> Select[Any]:
        query = query.where(
            awaits,
            admitted(framework, person.id),
            ~exists().where(closed.candidate_id == person.id),
            seen(sight),
            with_words(connection, person.folded, words),
        )
        if after:
            # Before anything is reckoned; `part_of` cuts exactly.
            query = query.where(person.reference >= after[0])
        if named is not None:
            query = query.join(
                named, and_(named.c.candidate_id == person.id, named.c.role_id == kinds.c.role_id)
            )
        return query

    columns = (person.id.label("candidate_id"), person.reference, kinds.c.role_id, kinds.c.asks)
    roles = select(*columns).select_from(t.candidate).join(kinds, kinds.c.is_unit == 0)
    units = (
        select(*columns)
        .select_from(t.application)
        .join(t.candidate, person.id == wish.candidate_id)
        .join(kinds, and_(kinds.c.role_id == wish.role_id, kinds.c.is_unit == 1))
        .where(wish.framework_id == framework.id)
    )
    return union_all(
        narrowed(roles, or_(and_(undecided, _seeks(framework, kinds)), reopened)),
        narrowed(units, or_(undecided, reopened)),
    )


def _decided(framework: Framework, kinds: CTE) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Say that no decision was taken; and that the last one leaves the case open.

    It does where it was refused before something new was on record, or granted under another version.
    """
    person, ruled, later = t.candidate.c, t.decision.c, t.decision.alias("later_decision")
    of_case = and_(
        ruled.candidate_id == person.id, ruled.framework_id == framework.id, ruled.role_id == kinds.c.role_id
    )
    last = ~exists().where(
        later.c.candidate_id == ruled.candidate_id,
        later.c.framework_id == ruled.framework_id,
        later.c.role_id == ruled.role_id,
        later.c.sequence > ruled.sequence,
    )
    record = t.completion.c
    granted = ruled.outcome == DecisionOutcome.GRANTED.value
    news = exists().where(record.candidate_id == person.id, record.recorded_at > ruled.decided_at)
    reopened = exists().where(
        of_case,
        last,
        or_(and_(granted, ruled.framework_version != framework.version), and_(~granted, news)),
    )
    return ~exists().where(of_case), reopened


def _seeks(framework: Framework, kinds: CTE) -> ColumnElement[bool]:
    """Whoever belongs to a cohort seeks its role; whoever belongs to none is shown for every role."""
    member = t.cohort_member.c
    own = exists().where(
        member.candidate_id == t.candidate.c.id,
        t.cohort.c.id == member.cohort_id,
        t.cohort.c.framework_id == framework.id,
    )
    return or_(~own, own.where(member.role_id == kinds.c.role_id))
