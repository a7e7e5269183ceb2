"""Claim a key, do the deed, keep the answer.

Three short transactions beside the deed's own: the claim is committed before the deed begins, the deed's
transaction notes on the claim that it is done, and the answer is kept at the end. A crash leaves one of these:

- claimed, not done: once the claim is given up for dead the request may be sent again, and is done;
- done, answer not kept: it is never done again. Where doing it again changes nothing, the next attempt
  finds the answer anew; elsewhere it is told that the deed is done and its answer lost;
- done and answered: the same answer again.

An attempt that outlives its minute goes on until another takes its place; from then on it cannot commit, as its claim
is not the current one any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from certify.clock import Clock
from certify.errors import AnswerLost, KeyBusy, KeyReused
from certify.idempotency.model import KeptAnswer, KeyedRequest
from certify.identifiers import new_identifier
from certify.ports import Database, UnitOfWork

KEPT_FOR = timedelta(hours=24)
BUSY_FOR = timedelta(seconds=60)
"""How long an attempt may run before another may take its place."""

_WHERE = "Idempotency-Key"
_BUSY = "The first request with this idempotency key is still running."
_AGAIN = "send it again in a moment"


def claim(
    database: Database, clock: Clock, caller_id: str, key: str, fingerprint: str, *, repeatable: bool
) -> KeyedRequest:
    """Begin an attempt, or return the one that was answered (its ``answer`` is not None).

    Args:
        repeatable: Whether doing the deed twice is the same as doing it once.

    Raises:
        KeyReused: The key came with another request before.
        KeyBusy: The first attempt is still running.
        AnswerLost: The deed was done, its answer was not kept, and it is not repeatable.
    """
    now = clock()
    wanted = KeyedRequest(
        caller_id=caller_id,
        key=key,
        fingerprint=fingerprint,
        claim=new_identifier(),
        busy_until=now + BUSY_FOR,
        done_at=None,
        answer=None,
        forget_at=now + KEPT_FOR,
    )
    with database.writing() as unit:
        unit.keyed_requests.forget(now)
        if unit.keyed_requests.add(wanted):
            return wanted
        known = unit.keyed_requests.locked(caller_id, key)
        if known is None:  # it was released in this very moment
            raise KeyBusy(_BUSY, where=_WHERE, fix=_AGAIN)
        if known.fingerprint != fingerprint:
            raise KeyReused(
                "This idempotency key came with another request before.",
                where=_WHERE,
                fix="draw a new key for each deed",
            )
        if known.answer is not None:
            return known
        if known.busy_until > now:
            raise KeyBusy(_BUSY, where=_WHERE, fix=_AGAIN)
        if known.done_at is not None and not repeatable:
            raise AnswerLost(
                "This was done, and the answer was lost when the server stopped.",
                where=_WHERE,
                fix="read the record that it changed; a new key would do it again",
            )
        unit.keyed_requests.take_over(wanted)
    return wanted


def keep(database: Database, attempt: KeyedRequest, answer: KeptAnswer) -> None:
    """Keep the answer, unless another attempt has taken the place of this one."""
    with database.writing() as unit:
        unit.keyed_requests.keep(attempt, answer)


def release(database: Database, clock: Clock, attempt: KeyedRequest, *, refused: bool = False) -> None:
    """End an attempt that came to nothing. What it did not do may be sent again, mended, with the same key.

    Args:
        refused: It was told that it may not be done as asked, so whatever it wrote on the way (a declaration before
            a decision) is not the deed.
    """
    with database.writing() as unit:
        if refused or not unit.keyed_requests.give_up(attempt, clock()):
            unit.keyed_requests.remove(attempt)


def forget_old(database: Database, clock: Clock) -> None:
    """Forget the keys whose day is over, where nobody sends another."""
    with database.writing() as unit:
        unit.keyed_requests.forget(clock())


class DeedDatabase:
    """The database during an attempt: each transaction opened here to write notes in itself that the deed is done."""

    def __init__(self, database: Database, clock: Clock, attempt: KeyedRequest) -> None:
        self._database, self._clock, self._attempt = database, clock, attempt

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """See `certify.ports.Database`."""
        return self._database.reading()

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """See `certify.ports.Database`.

        Raises:
            KeyBusy: Another attempt has taken the place of this one; nothing is committed.
        """
        with self._database.writing() as unit:
            yield unit
            if not unit.keyed_requests.note_done(self._attempt, self._clock()):
                raise KeyBusy(
                    "This took so long that another attempt with the same key is doing it.",
                    where=_WHERE,
                    fix=_AGAIN,
                )
