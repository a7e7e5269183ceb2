"""Letters in the register: queued by the transaction that they tell of, leased to one worker at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, true, update

from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there
from certify.errors import Conflict, NotFound
from certify.mail.model import KINDS, Letter, LetterKind, LetterState, QueuedLetter

_NOTHING = "{}"


class SqlOutbox:
    """Meets the port `Outbox`.

    Args:
        is_open: Whether a mail server is set; otherwise nothing is kept for one.
    """

    def __init__(self, connection: Connection, *, is_open: bool) -> None:
        self._sql = connection
        self.is_open = is_open

    def put(self, letter: Letter) -> None:
        """See `certify.ports.mail.Outbox`."""
        if not self.is_open:
            return
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.letter).values(
                    id=letter.id,
                    kind=letter.kind.value,
                    to_address=letter.to,
                    language=letter.language,
                    content=json.dumps(dict(letter.values)),
                    queued_at=letter.queued_at,
                    not_after=letter.not_after,
                    state=LetterState.WAITING.value,
                    attempts=0,
                    due_at=letter.queued_at,
                    error="",
                )
            )

    def due(self, now: datetime) -> bool:
        """See `certify.ports.mail.Outbox`."""
        return self._sql.execute(select(t.letter.c.position).where(_is_due(now)).limit(1)).first() is not None

    def lease(self, lease: str, now: datetime, until: datetime) -> QueuedLetter | None:
        """See `certify.ports.mail.Outbox`."""
        table = t.letter
        # PostgreSQL's other workers pass over a row that is being leased; SQLite has one writer at a time.
        query = (
            select(table)
            .where(_is_due(now))
            .order_by(table.c.due_at, table.c.position)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self._sql.execute(query).one_or_none()
        if row is None:
            return None
        values = {"lease": lease, "leased_until": until}
        self._sql.execute(update(table).where(table.c.position == row.position).values(values))
        return _queued(row)

    def settle(self, letter_id: str, lease: str, state: LetterState, at: datetime, error: str = "") -> bool:
        """See `certify.ports.mail.Outbox`."""
        values = {"state": state.value, "settled_at": at, "error": error, "attempts": t.letter.c.attempts + 1}
        if state is not LetterState.GIVEN_UP:
            values["content"] = _NOTHING
        done = self._leased(letter_id, lease, values)
        if state is LetterState.GIVEN_UP:
            secret = [kind.value for kind, facts in KINDS.items() if facts.secret]
            which = and_(t.letter.c.id == letter_id, t.letter.c.kind.in_(secret))
            self._sql.execute(update(t.letter).where(which).values(content=_NOTHING))
        return done

    def postpone(self, letter_id: str, lease: str, due_at: datetime, error: str) -> bool:
        """See `certify.ports.mail.Outbox`."""
        values = {"attempts": t.letter.c.attempts + 1, "due_at": due_at, "error": error}
        return self._leased(letter_id, lease, values)

    def retry(self, letter_id: str, now: datetime) -> None:
        """See `certify.ports.mail.Outbox`."""
        table, queued = t.letter, self.get(letter_id)
        given_up = and_(
            table.c.id == letter_id,
            table.c.state == LetterState.GIVEN_UP.value,
            table.c.content != _NOTHING,
        )
        values = {
            "state": LetterState.WAITING.value,
            "attempts": 0,
            "due_at": now,
            "not_after": now + (queued.letter.not_after - queued.letter.queued_at),
            "settled_at": None,
            "error": "",
        }
        if self._sql.execute(update(table).where(given_up).values(values)).rowcount == 0:
            raise Conflict(
                "This letter cannot be tried again.", fix="do anew what it told of, and another is written"
            )

    def get(self, letter_id: str) -> QueuedLetter:
        """See `certify.ports.mail.Outbox`."""
        row = self._sql.execute(select(t.letter).where(t.letter.c.id == letter_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such letter.")
        return _queued(row)

    def recent(self, state: LetterState | None = None, most: int = 500) -> Sequence[QueuedLetter]:
        """See `certify.ports.mail.Outbox`."""
        which = true() if state is None else t.letter.c.state == state.value
        query = select(t.letter).where(which).order_by(t.letter.c.position.desc()).limit(most)
        return [_queued(row) for row in self._sql.execute(query)]

    def to(self, email: str) -> Sequence[QueuedLetter]:
        """See `certify.ports.mail.Outbox`."""
        which = func.lower(t.letter.c.to_address) == email.lower()
        query = select(t.letter).where(which).order_by(t.letter.c.position)
        return [_queued(row) for row in self._sql.execute(query)]

    def forget(self, before: datetime) -> int:
        """See `certify.ports.mail.Outbox`."""
        return self._sql.execute(delete(t.letter).where(t.letter.c.settled_at < before)).rowcount

    def stop(self, email: str, kind: LetterKind, at: datetime) -> None:
        """See `certify.ports.mail.Outbox`."""
        insert_unless_there(
            self._sql, t.letter_stop, email_folded=email.casefold(), kind=kind.value, stopped_at=at
        )

    def start(self, email: str, kind: LetterKind) -> None:
        """See `certify.ports.mail.Outbox`."""
        self._sql.execute(delete(t.letter_stop).where(_stop_of(email, kind)))

    def stopped(self, email: str, kind: LetterKind) -> bool:
        """See `certify.ports.mail.Outbox`."""
        return (
            self._sql.execute(select(t.letter_stop.c.kind).where(_stop_of(email, kind))).first() is not None
        )

    def _leased(self, letter_id: str, lease: str, values: dict[str, Any]) -> bool:
        table = t.letter
        which = and_(
            table.c.id == letter_id, table.c.lease == lease, table.c.state == LetterState.WAITING.value
        )
        done = self._sql.execute(update(table).where(which).values(**values, lease=None, leased_until=None))
        return done.rowcount == 1


def _is_due(now: datetime) -> ColumnElement[bool]:
    table = t.letter
    free = or_(table.c.leased_until.is_(None), table.c.leased_until <= now)
    return and_(table.c.state == LetterState.WAITING.value, table.c.due_at <= now, free)


def _stop_of(email: str, kind: LetterKind) -> ColumnElement[bool]:
    return and_(t.letter_stop.c.email_folded == email.casefold(), t.letter_stop.c.kind == kind.value)


def _queued(row: Row[Any]) -> QueuedLetter:
    return QueuedLetter(
        letter=Letter(
            id=row.id,
            kind=LetterKind(row.kind),
            to=row.to_address,
            language=row.language,
            values=json.loads(row.content),
            queued_at=row.queued_at,
            not_after=row.not_after,
        ),
        state=LetterState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        error=row.error,
        settled_at=row.settled_at,
    )
