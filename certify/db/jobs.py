"""Jobs and their items. A job is taken by one statement, so that two workers never take the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update

from certify.db import desk_tables as t
from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there
from certify.errors import NotFound
from certify.jobs.model import ItemState, Job, JobItem, JobState, Settled

_JOB = [t.job.c[name] for name in Job.__slots__]


class SqlJobs:
    """Meets the port `Jobs`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, job: Job, decision_ids: Sequence[str]) -> int:
        """See `certify.ports.desk.Jobs`."""
        with own_errors():
            savepoint = self._sql.begin_nested()
            self._sql.execute(
                insert(t.job).values(
                    {name: getattr(job, name) for name in job.__slots__} | {"state": job.state.value}
                )
            )
            added = 0
            for decision_id in decision_ids:
                added += insert_unless_there(
                    self._sql,
                    t.job_item,
                    job_id=job.id,
                    sequence=added + 1,
                    decision_id=decision_id,
                    state=ItemState.WAITING.value,
                    code="",
                    message="",
                    fix="",
                )
            if added:
                savepoint.commit()
            else:
                savepoint.rollback()
        return added

    def get(self, job_id: str) -> Job:
        """See `certify.ports.desk.Jobs`."""
        row = self._sql.execute(select(*_JOB).where(t.job.c.id == job_id)).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such job.")
        return _job(row)

    def items(self, job_id: str) -> Sequence[JobItem]:
        """See `certify.ports.desk.Jobs`."""
        query = select(t.job_item).where(t.job_item.c.job_id == job_id).order_by(t.job_item.c.sequence)
        return [
            JobItem(**{**row, "state": ItemState(row["state"])})
            for row in self._sql.execute(query).mappings()
        ]

    def last(self, count: int, organisation_id: str | None = None) -> Sequence[Job]:
        """See `certify.ports.desk.Jobs`."""
        query = select(*_JOB).order_by(t.job.c.position.desc()).limit(count)
        if organisation_id is not None:
            query = query.where(t.job.c.organisation_id == organisation_id)
        return [_job(row) for row in self._sql.execute(query).mappings()]

    def waiting_with(self, decision_id: str) -> Job | None:
        """See `certify.ports.desk.Jobs`."""
        item = t.job_item.c
        query = (
            select(*_JOB)
            .join(t.job_item, item.job_id == t.job.c.id)
            .where(item.decision_id == decision_id, item.state == ItemState.WAITING.value)
        )
        row = self._sql.execute(query).mappings().one_or_none()
        return None if row is None else _job(row)

    def due(self, now: datetime) -> bool:
        """See `certify.ports.desk.Jobs`."""
        return bool(self._sql.execute(select(exists().where(_is_due(now)))).scalar())

    def claim(self, lease: str, now: datetime, until: datetime) -> Job | None:
        """See `certify.ports.desk.Jobs`."""
        # SQLite has one writer at a time; PostgreSQL's second worker skips the row that the first has locked.
        oldest = (
            select(t.job.c.position)
            .where(_is_due(now))
            .order_by(t.job.c.position)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        taken = (
            update(t.job)
            .where(t.job.c.position == oldest)
            .values(
                state=JobState.RUNNING.value,
                lease=lease,
                leased_until=until,
                attempts=t.job.c.attempts + 1,
            )
            .returning(*_JOB)
        )
        with own_errors():
            row = self._sql.execute(taken).mappings().one_or_none()
        return None if row is None else _job(row)

    def settle(
        self, job_id: str, lease: str, settled: Sequence[Settled], now: datetime, until: datetime
    ) -> bool:
        """See `certify.ports.desk.Jobs`."""
        job, item = t.job.c, t.job_item.c
        with own_errors():
            own = and_(job.id == job_id, job.lease == lease)
            # First, so that a worker whose lease is gone writes nothing, and one that has it keeps it.
            kept: dict[str, Any] = {"leased_until": until}
            if settled:
                # Workers that end count against a job only while it gets nowhere.
                kept["attempts"] = 0
            if not self._sql.execute(update(t.job).where(own).values(kept)).rowcount:
                return False
            for outcome in settled:
                state = ItemState.FAILED if outcome.code else ItemState.DONE
                self._sql.execute(
                    update(t.job_item)
                    .where(
                        item.job_id == job_id,
                        item.decision_id == outcome.decision_id,
                        item.state == ItemState.WAITING.value,
                    )
                    .values(state=state.value, code=outcome.code, message=outcome.message, fix=outcome.fix)
                )
            waits = exists().where(item.job_id == job_id, item.state == ItemState.WAITING.value)
            self._sql.execute(
                update(t.job)
                .where(own, ~waits)
                .values(state=JobState.FINISHED.value, lease="", leased_until=None, finished_at=now)
            )
        return True


def _is_due(now: datetime) -> ColumnElement[bool]:
    job = t.job.c
    return or_(
        job.state == JobState.WAITING.value,
        and_(job.state == JobState.RUNNING.value, job.leased_until < now),
    )


def _job(row: Any) -> Job:  # noqa: ANN401 - a row's mapping
    return Job(**{**row, "state": JobState(row["state"])})
