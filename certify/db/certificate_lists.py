"""Lists of certificates and of requests for corrections, a part at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, or_, select

from certify.corrections.model import CorrectionState
from certify.db import tables as t
from certify.db.paging import count_up_to, part_of, with_words
from certify.db.people_lists import seen
from certify.db.sets import among
from certify.issuing.model import CertificateState
from certify.organisations.model import Sight
from certify.paging import Asked, Place
from certify.status.model import ListedStatus, StatusAction, StatusReason

_ORDERS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "": (t.certificate.c.position,),
    "number": (t.certificate.c.number,),
    "holder": (t.candidate.c.folded, t.certificate.c.position),
}
_CORRECTION_ORDERS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "": (t.correction.c.position,),
    "open": (
        case((t.correction.c.state == CorrectionState.OPEN.value, 1), else_=0),
        t.correction.c.position,
    ),
}


def certificates(
    connection: Connection, framework_ids: Iterable[str], asked: Asked, status: ListedStatus | None
) -> tuple[list[Row[Any]], Place]:
    """Return a part of the certificates under these frameworks."""
    query = _certificates(connection, framework_ids, asked.words, status)
    return part_of(connection, query, _ORDERS[asked.order], asked)


def count_certificates(
    connection: Connection,
    framework_ids: Iterable[str],
    words: Sequence[str],
    status: ListedStatus | None,
    most: int,
) -> int:
    """Return how many there are, counting no further than ``most``."""
    return count_up_to(connection, _certificates(connection, framework_ids, words, status), most)


def events_of(connection: Connection, certificate_ids: Iterable[str]) -> list[Row[Any]]:
    """Return the status events of these certificates, by sequence."""
    told = t.status_event.c
    query = (
        select(t.status_event)
        .where(among(connection, told.certificate_id, certificate_ids))
        .order_by(told.sequence, told.id)
    )
    return list(connection.execute(query))


def corrections(
    connection: Connection, sight: Sight, oneself: str | None, asked: Asked, state: CorrectionState | None
) -> tuple[list[Row[Any]], Place]:
    """Return a part of the requests that somebody may look at."""
    query = _corrections(sight, oneself, state)
    return part_of(connection, query, _CORRECTION_ORDERS[asked.order], asked)


def count_corrections(
    connection: Connection, sight: Sight, oneself: str | None, state: CorrectionState | None, most: int
) -> int:
    """Return how many there are, counting no further than ``most``."""
    return count_up_to(connection, _corrections(sight, oneself, state), most)


def _certificates(
    connection: Connection, framework_ids: Iterable[str], words: Sequence[str], status: ListedStatus | None
) -> Select[Any]:
    made = t.certificate.c
    query = (
        select(t.certificate)
        .join(t.decision, t.decision.c.id == made.decision_id)
        .join(t.candidate, t.candidate.c.id == made.candidate_id)
        .where(t.decision.c.framework_id.in_(sorted(framework_ids)))
    )
    if words:
        # The holder's name of today; and numbers are typed as they are printed, in capital letters.
        text = t.candidate.c.folded + " " + func.lower(made.number)
        query = query.where(with_words(connection, text, words))
    return query if status is None else query.where(_stands(status))


def _stands(status: ListedStatus) -> ColumnElement[bool]:
    made, told, later = t.certificate.c, t.status_event.c, t.status_event.alias("later")
    newest = (
        select(func.max(later.c.sequence)).where(later.c.certificate_id == made.id).correlate(t.certificate)
    ).scalar_subquery()
    last = exists().where(told.certificate_id == made.id, told.sequence == newest)
    revoked = told.action == StatusAction.REVOKE.value
    superseded = told.reason == StatusReason.SUPERSEDED.value
    match status:
        case ListedStatus.PREPARED:
            return made.state == CertificateState.PREPARED.value
        case ListedStatus.ACTIVE:
            ended = last.where(told.action != StatusAction.REINSTATE.value)
            return and_(made.state == CertificateState.ISSUED.value, ~ended)
        case ListedStatus.SUSPENDED:
            return last.where(told.action == StatusAction.SUSPEND.value)
        case ListedStatus.REVOKED:
            return last.where(revoked, ~superseded)
        case ListedStatus.SUPERSEDED:
            return last.where(revoked, superseded)


def _corrections(sight: Sight, oneself: str | None, state: CorrectionState | None) -> Select[Any]:
    """A certificate's request is seen with the certificate, one for the register alone with its person."""
    asked, made, ruled = t.correction.c, t.certificate.c, t.decision.c
    by_scheme = exists().where(
        made.id == asked.certificate_id,
        ruled.id == made.decision_id,
        ruled.framework_id.in_(sorted(sight.framework_ids)),
    )
    person = exists().where(t.candidate.c.id == asked.candidate_id)
    query = select(t.correction).where(
        or_(
            asked.candidate_id == (oneself or ""),
            by_scheme,
            person.where(seen(sight.as_administrator())),
            and_(asked.certificate_id.is_(None), person.where(seen(sight))),
        )
    )
    return query if state is None else query.where(asked.state == state.value)
