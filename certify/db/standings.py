"""Who is eligible, and what do the others miss? One SQL statement for any number of candidates.

It states the rules of `certify.eligibility.rules` as sets: accepted completions, joined with what their
modules address, grouped to the best level, compared with what the role requires. A property test holds
that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    select,
    true,
)

from certify.completions.model import CompletionOutcome
from certify.db import tables as t
from certify.db.sets import json_rows
from certify.eligibility.model import Shortfall, Standing
from certify.framework.model import CompetenceLevel, Framework

_FOREVER = date.max


def standings(
    connection: Connection,
    framework: Framework,
    role_id: str,
    on: date,
    candidate_ids: Iterable[str] | None,
) -> list[Standing]:
    """Return every asked candidate's standing, by candidate id; see `certify.ports.Completions`."""
    requires = framework.certifiable[role_id].requires
    asked = None if candidate_ids is None else frozenset(candidate_ids)

    @lru_cache(maxsize=4096)
    def shortfalls(lacking: str | None) -> tuple[Shortfall, ...]:
        """Read ``place:reached`` items; cohorts lack the same things, so most are read only once."""
        found = sorted(tuple(map(int, item.split(":"))) for item in (lacking or "").split(",") if item)
        return tuple(
            Shortfall(requires[place].competence_id, requires[place].level, reached or None)
            for place, reached in found
        )

    rows = connection.execute(_statement(connection, framework, requires, on, asked))
    return [
        Standing(candidate_id=row.id, admitted=bool(row.admitted), shortfalls=shortfalls(row.lacking))
        for row in rows
    ]


def _statement(
    connection: Connection,
    framework: Framework,
    requires: tuple[CompetenceLevel, ...],
    on: date,
    asked: frozenset[str] | None,
) -> Select[Any]:
    candidates = select(t.candidate.c.id)
    if asked is not None:
        ids = json_rows(connection, "asked_id", [("id", Text())], ([item] for item in sorted(asked)))
        candidates = candidates.join(ids, ids.c.id == t.candidate.c.id)
    of = candidates.cte("asked")
    required = json_rows(
        connection,
        "required",
        [("place", Integer()), ("level", Integer())],
        ((place, item.level) for place, item in enumerate(requires)),
    )
    of_asked = of if asked is not None else None
    best = best_levels(connection, framework, [item.competence_id for item in requires], on, of_asked)
    lacking = (
        select(
            of.c.id,
            _joined(
                connection,
                cast(required.c.place, Text) + literal(":") + cast(func.coalesce(best.c.level, 0), Text),
            ).label("lacking"),
        )
        .select_from(of)
        .join(required, true())
        .outerjoin(best, and_(best.c.candidate_id == of.c.id, best.c.place == required.c.place))
        .where(func.coalesce(best.c.level, 0) < required.c.level)
        .group_by(of.c.id)
        .cte("lacking")
    )
    return (
        select(of.c.id, admitted(framework, of.c.id).label("admitted"), lacking.c.lacking)
        .select_from(of)
        .outerjoin(lacking, lacking.c.id == of.c.id)
        .order_by(of.c.id)
    )


def best_levels(
    connection: Connection,
    framework: Framework,
    competence_ids: Sequence[str],
    on: date,
    of: CTE | None,
) -> CTE:
    """Return the best level of each candidate's accepted completions, per competence (by its place in the list).

    Args:
        of: The candidates asked about, by ``id``; None for all.
    """
    place = {competence_id: index for index, competence_id in enumerate(competence_ids)}
    addressed = json_rows(
        connection,
        "addressed",
        [
            ("module_id", Text()),
            ("version", Text()),
            ("valid_from", Date()),
            ("valid_until", Date()),
            ("place", Integer()),
            ("level", Integer()),
        ],
        (
            (module.id, module.version, module.valid_from, module.valid_until or _FOREVER, at, item.level)
            for module in framework.modules
            for item in module.addresses
            if (at := place.get(item.competence_id)) is not None
        ),
    )
    done = t.completion.c
    later = t.completion.alias("later")
    query = (
        select(done.candidate_id, addressed.c.place, func.max(addressed.c.level).label("level"))
        .select_from(t.completion)
        .join(
            addressed,
            and_(
                done.module_id == addressed.c.module_id,
                done.module_version == addressed.c.version,
                done.completed_on.between(addressed.c.valid_from, addressed.c.valid_until),
            ),
        )
        .where(
            done.outcome == CompletionOutcome.PASSED.value,
            done.completed_on <= on,
            ~exists().where(later.c.supersedes == done.id),
        )
        .group_by(done.candidate_id, addressed.c.place)
    )
    if of is not None:
        query = query.where(done.candidate_id.in_(select(of.c.id)))
    return query.cte("best")


def admitted(framework: Framework, candidate_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the latest admission record is accepted and its level within the scheme's range."""
    latest, review = t.admission.alias("latest"), t.admission.c
    newest = (
        select(func.max(latest.c.position))
        .where(latest.c.candidate_id == review.candidate_id)
        .correlate(t.admission)
        .scalar_subquery()
    )
    return exists().where(
        review.candidate_id == candidate_id,
        review.position == newest,
        review.accepted == true(),
        review.eqf_level.between(framework.admission.minimum, framework.admission.maximum),
    )


def _joined(connection: Connection, item: Any) -> Any:  # noqa: ANN401 - SQL expressions
    """Collect a group's texts into one, with commas."""
    name = "string_agg" if connection.dialect.name == "postgresql" else "group_concat"
    return getattr(func, name)(item, literal(","))
