"""Who is eligible, and what do the others miss? One SQL statement for any number of candidates.

It states the rules of `certify.eligibility.rules` as sets: accepted completions, joined with what their
modules address, grouped to the best level, compared with what the role requires. A property test holds
that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, String, and_, column, func, literal, select, true, values
from sqlalchemy import Date as SqlDate
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.sql.selectable import Select

from certify.db import tables as t
from certify.eligibility.model import Shortfall, Standing
from certify.framework.model import Framework

_FOREVER = date(9999, 12, 31)


def standings(
    connection: Connection,
    framework: Framework,
    role_id: str,
    on: date,
    candidate_ids: Iterable[str] | None,
) -> list[Standing]:
    """Return every asked candidate's standing, by candidate id; see `certify.ports.Completions`."""
    asked = None if candidate_ids is None else set(candidate_ids)
    requires = framework.role[role_id].requires
    rows = connection.execute(_query(framework, role_id, on)).all()
    admitted: dict[str, bool] = {}
    short: dict[str, list[Shortfall]] = {}
    order = {requirement.competence_id: index for index, requirement in enumerate(requires)}
    for row in rows:
        if asked is None or row.candidate_id in asked:
            admitted[row.candidate_id] = bool(row.admitted)
            missing = short.setdefault(row.candidate_id, [])
            if row.competence_id is not None:
                missing.append(Shortfall(row.competence_id, row.required, row.reached))
    return [
        Standing(
            candidate_id=candidate_id,
            admitted=admitted[candidate_id],
            shortfalls=tuple(sorted(short[candidate_id], key=lambda item: order[item.competence_id])),
        )
        for candidate_id in sorted(admitted)
    ]


def _query(framework: Framework, role_id: str, on: date) -> Select[Any]:
    addressed = values(
        column("module_id", String),
        column("version", String),
        column("valid_from", SqlDate),
        column("valid_until", SqlDate),
        column("competence_id", String),
        column("level", SqlInteger),
        name="addressed",
    ).data(
        [
            (
                module.id,
                module.version,
                module.valid_from,
                module.valid_until or _FOREVER,
                item.competence_id,
                item.level,
            )
            for module in framework.modules
            for item in module.addresses
        ]
    )
    required = values(column("competence_id", String), column("level", SqlInteger), name="required").data(
        [(item.competence_id, item.level) for item in framework.role[role_id].requires]
    )
    later = t.completion.alias("later")
    done = t.completion.c
    best = (
        select(done.candidate_id, addressed.c.competence_id, func.max(addressed.c.level).label("level"))
        .select_from(t.completion)
        .join(
            addressed,
            and_(
                done.module_id == addressed.c.module_id,
                done.module_version == addressed.c.version,
                done.completed_on.between(addressed.c.valid_from, addressed.c.valid_until),
            ),
        )
        .outerjoin(later, later.c.supersedes == done.id)
        .where(done.outcome == "passed", done.completed_on <= on, later.c.id.is_(None))
        .group_by(done.candidate_id, addressed.c.competence_id)
        .cte("best")
    )
    newest = (
        select(t.admission.c.candidate_id, func.max(t.admission.c.position).label("position"))
        .group_by(t.admission.c.candidate_id)
        .cte("newest")
    )
    review = t.admission.c
    admitted = (
        select(review.candidate_id)
        .join(newest, newest.c.position == review.position)
        .where(
            review.accepted == true(),
            review.eqf_level.between(framework.admission.minimum, framework.admission.maximum),
        )
        .cte("admitted")
    )
    lacking = (
        select(
            t.candidate.c.id.label("candidate_id"),
            required.c.competence_id,
            required.c.level.label("required"),
            best.c.level.label("reached"),
        )
        .select_from(t.candidate)
        .join(required, literal(1) == 1)
        .outerjoin(
            best,
            and_(best.c.candidate_id == t.candidate.c.id, best.c.competence_id == required.c.competence_id),
        )
        .where(func.coalesce(best.c.level, 0) < required.c.level)
        .cte("lacking")
    )
    return (
        select(
            t.candidate.c.id.label("candidate_id"),
            admitted.c.candidate_id.is_not(None).label("admitted"),
            lacking.c.competence_id,
            lacking.c.required,
            lacking.c.reached,
        )
        .select_from(t.candidate)
        .outerjoin(admitted, admitted.c.candidate_id == t.candidate.c.id)
        .outerjoin(lacking, lacking.c.candidate_id == t.candidate.c.id)
    )
