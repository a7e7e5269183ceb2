"""The audit trail by API, for administrators of the installation."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from certify.audit.model import AuditAction, AuditFilter, AuditPlace, read_place
from certify.clock import iso
from certify.web.api import holder_schemas as schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.paging import from_cursor, linked, to_cursor
from certify.web.api.shapes import Json
from certify.web.scope import operator_only
from certify.web.state import services

blueprint = ApiBlueprint("api-audit", __name__, description="See who did what.")


@blueprint.on("GET", "/audit")
@blueprint.queried(schemas.TrailPage)
@blueprint.answers(200, schemas.TrailShape)
def trail(query: Json) -> Json:
    """Show the audit trail, the newest entry first."""
    operator_only()
    asked = AuditFilter(
        action=AuditAction(query["action"]) if query["action"] else None,
        about=frozenset({query["about"]} if query["about"] else ()),
        since=_begin_of(query["since"]),
        until=_begin_of(query["until"], later=1),
    )
    limit: int = query["limit"]
    with services().database.reading() as unit:
        found = unit.trail.search(asked, limit + 1, _after(query["cursor"]))
    shown = found[:limit]
    cursor = to_cursor((shown[-1].at.isoformat(), shown[-1].id)) if len(found) > limit else ""
    return {
        "entries": [
            {
                "id": entry.id,
                "at": iso(entry.at),
                "actor_id": entry.actor_id,
                "action": entry.action.value,
                "subject_kind": entry.subject_kind.value,
                "subject_id": entry.subject_id,
                "candidate_id": entry.candidate_id,
                "detail": entry.detail,
            }
            for entry in shown
        ],
        "next": linked(cursor),
    }


def _begin_of(day: date | None, later: int = 0) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), UTC) + timedelta(days=later)
    except OverflowError:
        return None  # the last day that there is


def _after(cursor: str) -> AuditPlace | None:
    if not cursor:
        return None
    at, entry_id, *_ = [*from_cursor(cursor), "", ""]
    return read_place(at, entry_id, "cursor")
