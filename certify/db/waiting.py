"""The certifiers' queue: who meets every requirement of what they seek and waits for a decision.

Two set queries take turns: the next open cases in their order (whoever seeks something, was admitted, and has no
decision that ends the matter), and the standings of these. So no more is reckoned than a part of the queue needs.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, exists, func, literal, or_, select

from certify.certification.model import CaseName, DecisionOutcome
from certify.completions.model import CompletionOutcome
from certify.db import tables as t
from certify.db.paging import read_place, with_words
from certify.db.people_lists import seen
from certify.db.sets import json_rows
from certify.db.standings import admitted, standings
from certify.framework.model import Certifiable, Framework
from certify.organisations.model import Sight
from certify.paging import Asked, Place

_FEW, _MANY = 100, 2_000
Role = ColumnElement[str]


def waiting(
    connection: Connection,
    framework: Framework,
    on: date,
    sight: Sight,
    asked: Asked,
    role_id: str,
    only: Sequence[CaseName] | None,
) -> tuple[list[CaseName], Place]:
    """Return a part of the cases that wait, by reference and role."""
    sought = [item for item in framework.certifiable.values() if role_id in {"", item.id}]
    units = [item.id for item in sought if item.kind == "unit"]

    def narrowed(query: Select[Any], role: Role) -> Select[Any]:
        query = query.where(
            admitted(framework, t.candidate.c.id),
            ~exists().where(t.account_closure.c.candidate_id == t.candidate.c.id),
            seen(sight),
            with_words(connection, t.candidate.c.folded, asked.words),
        )
        if only is None:
            return query
        rows = [(name.candidate_id, name.role_id) for name in only]
        named = json_rows(connection, "named", [("candidate_id", Text()), ("role_id", Text())], rows)
        return query.join(named, and_(named.c.candidate_id == t.candidate.c.id, named.c.role_id == role))

    streams = [
        narrowed(_seekers(framework, item.id).where(_enough(framework, item)), literal(item.id))
        for item in sought
        if item.kind == "role"
    ]
    if units:
        streams.append(narrowed(_applicants(framework, units), t.application.c.role_id))
    found = list(
        islice(
            heapq.merge(
                *(_eligible(connection, framework, on, query, asked) for query in streams), key=_place
            ),
            asked.limit + 1,
        )
    )
    if len(found) <= asked.limit:
        return found, ()
    return found[: asked.limit], _place(found[asked.limit - 1])


def _eligible(
    connection: Connection,
    framework: Framework,
    on: date,
    query: Select[Any],
    asked: Asked,
) -> Iterator[CaseName]:
    """Give the eligible among open cases, in their order, as they are asked for."""
    after, size = asked.after, max(_FEW, asked.limit + 1)
    reference, role = query.selected_columns["reference"], query.selected_columns["role_id"]
    while True:
        part = query.order_by(reference, role).limit(size)
        if after:
            begin, last_role = read_place(after, t.candidate.c.reference, t.decision.c.role_id)
            # The first condition is for the database to seek by.
            part = part.where(reference >= begin, or_(reference > begin, role > last_role))
        rows = [CaseName(row[0], row[1], row[2]) for row in connection.execute(part)]
        able: set[CaseName] = set()
        for role_id in {name.role_id for name in rows}:
            named = {name.candidate_id: name for name in rows if name.role_id == role_id}
            found = standings(connection, framework, role_id, on, named)
            able.update(named[item.candidate_id] for item in found if item.eligible)
        yield from (name for name in rows if name in able)
        if len(rows) < size:
            return
        after, size = _place(rows[-1]), min(_MANY, size * 4)


def _enough(framework: Framework, item: Certifiable) -> ColumnElement[bool]:
    """At least as many passed completions as the fewest modules that could reach all levels: cheap, and never wrong."""
    asks = {one.competence_id: one.level for one in item.requires}
    reached = sorted(
        (
            sum(one.level >= asks.get(one.competence_id, one.level + 1) for one in module.addresses)
            for module in framework.modules
        ),
        reverse=True,
    )
    fewest = next((count for count, sum_ in enumerate(accumulate(reached), 1) if sum_ >= len(asks)), 1)
    done = t.completion.c
    passed = select(func.count()).where(
        done.candidate_id == t.candidate.c.id, done.outcome == CompletionOutcome.PASSED.value
    )
    return passed.scalar_subquery() >= fewest


def _seekers(framework: Framework, role_id: str) -> Select[Any]:
    """Whoever belongs to a cohort seeks its role; whoever belongs to none is shown for every role."""
    person, member, role = t.candidate.c, t.cohort_member.c, literal(role_id)
    undecided, reopened = _decided(framework, role)
    own = exists().where(
        member.candidate_id == person.id,
        t.cohort.c.id == member.cohort_id,
        t.cohort.c.framework_id == framework.id,
    )
    seeks = or_(~own, own.where(member.role_id == role_id))
    return select(person.id, role.label("role_id"), person.reference).where(
        or_(and_(undecided, seeks), reopened)
    )


def _applicants(framework: Framework, unit_ids: Sequence[str]) -> Select[Any]:
    """Whoever applied for a unit that there is."""
    person, wish = t.candidate.c, t.application.c
    return (
        select(person.id, wish.role_id, person.reference)
        .select_from(t.application)
        .join(t.candidate, person.id == wish.candidate_id)
        .where(
            wish.framework_id == framework.id,
            wish.role_id.in_(unit_ids),
            or_(*_decided(framework, wish.role_id)),
        )
    )


def _decided(framework: Framework, role: Role) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Say that no decision was taken; and that the last one leaves the case open.

    It does where it was refused before something new was on record, or granted under another version.
    """
    ruled, later, record = t.decision.c, t.decision.alias("later_decision"), t.completion.c
    of_case = and_(
        ruled.candidate_id == t.candidate.c.id, ruled.framework_id == framework.id, ruled.role_id == role
    )
    last = ~exists().where(
        later.c.candidate_id == ruled.candidate_id,
        later.c.framework_id == ruled.framework_id,
        later.c.role_id == ruled.role_id,
        later.c.sequence > ruled.sequence,
    )
    granted = ruled.outcome == DecisionOutcome.GRANTED.value
    news = exists().where(record.candidate_id == ruled.candidate_id, record.recorded_at > ruled.decided_at)
    reopened = exists().where(
        of_case,
        last,
        or_(and_(granted, ruled.framework_version != framework.version), and_(~granted, news)),
    )
    return ~exists().where(of_case), reopened


def _place(name: CaseName) -> tuple[str, str]:
    return name.reference, name.role_id
