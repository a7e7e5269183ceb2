"""Lists of candidates and of users, a part at a time: who is in them, in which order, and what is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, false, func, or_, select, true

from certify.db import tables as t
from certify.db.documents import document_reviewed
from certify.db.paging import count_up_to, part_of, with_words
from certify.db.sets import among
from certify.organisations.model import Sight
from certify.paging import Asked, Place
from certify.people.model import Review, UserRole

_CANDIDATES: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "": (t.candidate.c.reference, t.candidate.c.id),
    "name": (t.candidate.c.folded, t.candidate.c.id),
    "id": (t.candidate.c.id,),
}
_USERS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "": (t.user.c.email_folded, t.user.c.id),
    "name": (t.user.c.folded, t.user.c.id),
}
_COHORTS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "": (t.cohort.c.code, t.cohort.c.id),
    "title": (t.cohort.c.folded, t.cohort.c.id),
    "since": (t.cohort.c.starts_on, t.cohort.c.id),
}


def candidates(
    connection: Connection, sight: Sight, asked: Asked, review: Review | None, reference: str
) -> tuple[list[Row[Any]], Place]:
    """Return a part of the candidates whom somebody sees."""
    query = _candidates(connection, sight, asked.words, review, reference)
    return part_of(connection, query, _CANDIDATES[asked.order], asked)


def count_candidates(
    connection: Connection, sight: Sight, words: Sequence[str], review: Review | None, most: int
) -> int:
    """Return how many there are, counting no further than ``most``."""
    return count_up_to(connection, _candidates(connection, sight, words, review, ""), most)


def users(
    connection: Connection, organisation_ids: Iterable[str] | None, asked: Asked, role: UserRole | None
) -> tuple[list[Row[Any]], Place]:
    """Return a part of the users of organisations, of all where None are named."""
    query = select(t.user).where(
        _of(t.user.c.organisation_id, organisation_ids), with_words(connection, t.user.c.folded, asked.words)
    )
    if role is not None:
        query = query.where(has_role(role))
    return part_of(connection, query, _USERS[asked.order], asked)


def cohorts(
    connection: Connection, organisation_ids: Iterable[str] | None, asked: Asked, trainer_id: str | None
) -> tuple[list[Row[Any]], Place]:
    """Return a part of the cohorts of organisations, of all where None are named, or of those somebody trains."""
    query = select(t.cohort.c.id).where(
        _of(t.cohort.c.organisation_id, organisation_ids),
        with_words(connection, t.cohort.c.folded, asked.words),
    )
    if trainer_id is not None:
        trained = t.cohort_trainer.c
        query = query.where(exists().where(trained.cohort_id == t.cohort.c.id, trained.user_id == trainer_id))
    return part_of(connection, query, _COHORTS[asked.order], asked)


def admissions(connection: Connection, candidate_ids: Iterable[str]) -> list[Row[Any]]:
    """Return the latest admission record of each of these candidates who has one."""
    query = select(t.admission).where(
        among(connection, t.admission.c.candidate_id, candidate_ids), t.admission.c.position == _newest()
    )
    return list(connection.execute(query))


def seen(sight: Sight) -> ColumnElement[bool]:
    """Return the condition on a candidate that somebody with this sight sees them."""
    if sight.everybody:
        return true()
    person = t.candidate.c.id
    ways: list[ColumnElement[bool]] = [false()]
    if sight.organisation_ids:
        ways.append(_of(t.candidate.c.organisation_id, sight.organisation_ids))
    if sight.framework_ids:
        schemes = sorted(sight.framework_ids)
        # Aliases: a query that reads these tables itself asks about its own rows with them, not about these.
        member, group = t.cohort_member.alias("seen_member").c, t.cohort.alias("seen_cohort").c
        wish, ruled = t.application.alias("seen_application").c, t.decision.alias("seen_decision").c
        ways += [
            exists()
            .where(member.candidate_id == person)
            .where(group.id == member.cohort_id, group.framework_id.in_(schemes)),
            exists().where(wish.candidate_id == person, wish.framework_id.in_(schemes)),
            exists().where(ruled.candidate_id == person, ruled.framework_id.in_(schemes)),
        ]
    return or_(*ways)


def has_role(role: UserRole) -> ColumnElement[bool]:
    """Return the condition on a user that they have a role; no role's name is a part of another's."""
    return t.user.c.roles.contains(role.value)


def _candidates(
    connection: Connection, sight: Sight, words: Sequence[str], review: Review | None, reference: str
) -> Select[Any]:
    query = select(t.candidate).where(seen(sight), with_words(connection, t.candidate.c.folded, words))
    if reference:
        query = query.where(t.candidate.c.reference == reference)
    if review is None:
        return query
    reviewed = t.admission.c
    latest = exists().where(reviewed.candidate_id == t.candidate.c.id, reviewed.position == _newest())
    match review:
        case Review.WAITING:
            return query.where(~exists().where(reviewed.candidate_id == t.candidate.c.id))
        case Review.ACCEPTED:
            return query.where(latest.where(reviewed.accepted == true()))
        case Review.NOT_ACCEPTED:
            return query.where(latest.where(reviewed.accepted == false()))
        case Review.DOCUMENT:
            brought = exists().where(t.admission_document.c.candidate_id == t.candidate.c.id)
            return query.where(brought.where(~document_reviewed()))


def _newest() -> ColumnElement[int]:
    later = t.admission.alias("later")
    return (
        select(func.max(later.c.position))
        .where(later.c.candidate_id == t.admission.c.candidate_id)
        .correlate(t.admission)
        .scalar_subquery()
    )


def _of(column: ColumnElement[Any], organisation_ids: Iterable[str] | None) -> ColumnElement[bool]:
    """One organisation by equality: then an index that begins with it also has the order of the list."""
    if organisation_ids is None:
        return true()
    wanted = sorted(organisation_ids)
    return column == wanted[0] if len(wanted) == 1 else column.in_(wanted)
