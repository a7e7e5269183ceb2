"""Requests that carried an idempotency key, and the answers kept for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there
from certify.db.keyed_request_table import keyed_request as table
from certify.idempotency.model import KeptAnswer, KeyedRequest


class SqlKeyedRequests:
    """Meets the port `KeyedRequests`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def forget(self, at: datetime) -> None:
        """See `certify.ports.idempotency.KeyedRequests`."""
        self._sql.execute(delete(table).where(table.c.forget_at <= at))

    def add(self, request: KeyedRequest) -> bool:
        """See `certify.ports.idempotency.KeyedRequests`."""
        with own_errors():
            return insert_unless_there(
                self._sql,
                table,
                caller_id=request.caller_id,
                key=request.key,
                fingerprint=request.fingerprint,
                claim=request.claim,
                busy_until=request.busy_until,
                forget_at=request.forget_at,
            )

    def locked(self, caller_id: str, key: str) -> KeyedRequest | None:
        """See `certify.ports.idempotency.KeyedRequests`."""
        query = select(table).where(table.c.caller_id == caller_id, table.c.key == key).with_for_update()
        row = self._sql.execute(query).mappings().one_or_none()
        if row is None:
            return None
        answer = None
        if row["status"] is not None:
            answer = KeptAnswer(
                status=row["status"], content_type=row["content_type"], body=bytes(row["body"])
            )
        return KeyedRequest(
            caller_id=row["caller_id"],
            key=row["key"],
            fingerprint=row["fingerprint"],
            claim=row["claim"],
            busy_until=row["busy_until"],
            done_at=row["done_at"],
            answer=answer,
            forget_at=row["forget_at"],
        )

    def take_over(self, request: KeyedRequest) -> None:
        """See `certify.ports.idempotency.KeyedRequests`."""
        self._sql.execute(
            update(table)
            .where(table.c.caller_id == request.caller_id, table.c.key == request.key)
            .values(claim=request.claim, busy_until=request.busy_until)
        )

    def note_done(self, request: KeyedRequest, at: datetime) -> bool:
        """See `certify.ports.idempotency.KeyedRequests`."""
        return self._set(request, done_at=func.coalesce(table.c.done_at, at))

    def keep(self, request: KeyedRequest, answer: KeptAnswer) -> bool:
        """See `certify.ports.idempotency.KeyedRequests`."""
        return self._set(request, status=answer.status, content_type=answer.content_type, body=answer.body)

    def give_up(self, request: KeyedRequest, at: datetime) -> bool:
        """See `certify.ports.idempotency.KeyedRequests`."""
        query = update(table).where(_is(request), table.c.done_at.is_not(None)).values(busy_until=at)
        return self._sql.execute(query).rowcount == 1

    def remove(self, request: KeyedRequest) -> None:
        """See `certify.ports.idempotency.KeyedRequests`."""
        self._sql.execute(delete(table).where(_is(request)))

    def _set(self, request: KeyedRequest, **values: Any) -> bool:  # noqa: ANN401 - a column's value
        return self._sql.execute(update(table).where(_is(request)).values(values)).rowcount == 1


def _is(request: KeyedRequest) -> ColumnElement[bool]:
    """The row, as long as this attempt's claim to it is the current one."""
    return (
        (table.c.caller_id == request.caller_id)
        & (table.c.key == request.key)
        & (table.c.claim == request.claim)
    )
