"""How long to wait after tries that failed, without locking out the honest.

Nothing is ever locked for good: each failure beyond a few free ones doubles a wait, up to a bound. Counted are

    account and address    who guesses one account's password is slowed, and nobody at another address is
    account                many addresses guessing one account: a short bound, and no wait for known browsers
    address                one address guessing many accounts: a class behind one address has room for its typos
    known browser          a browser that signed in to this account before is counted by itself alone

A try counts before it is judged, and is taken back when it was right, so that a thousand tries at once are not
judged by the count that stood before them. The counts are in the database, for all processes together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from certify.clock import Clock
from certify.errors import TooManyTries
from certify.ports import Database
from certify.signin.model import Tries

FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Gate:
    """Something whose tries are counted.

    Attributes:
        key: SHA-256 of what is counted.
        free: Failures that cost no wait.
        most_seconds: The longest wait.
    """

    key: str
    free: int
    most_seconds: int


def gate(kind: str, *parts: str, free: int, most_seconds: int) -> Gate:
    """Return the gate for one thing of a kind."""
    text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
    return Gate(hashlib.sha256(text).hexdigest(), free, most_seconds)


def password_gates(email: str, address: str, device: str) -> tuple[Gate, ...]:
    """Return what a try with a password counts against.

    Args:
        device: Names the browser where it signed in to this account before; empty otherwise.
    """
    account = email.strip().casefold()
    if device:
        return (gate("device", account, device, free=10, most_seconds=900),)
    return (
        gate("account and address", account, address, free=5, most_seconds=900),
        gate("account", account, free=20, most_seconds=60),
        gate("address", address, free=60, most_seconds=60),
    )


def code_gates(user_id: str) -> tuple[Gate, ...]:
    """Return what a try with a second factor counts against; whoever makes one had the first."""
    return (gate("code", user_id, free=5, most_seconds=900),)


def own_password_gates(user_id: str) -> tuple[Gate, ...]:
    """Return what a try with one's present password counts against; whoever makes one is signed in."""
    return (gate("own password", user_id, free=5, most_seconds=900),)


def letter_gates(email: str, address: str) -> tuple[Gate, ...]:
    """Return what asking for a letter with a link counts against, whether anybody has the address or not.

    Each letter asked for counts, and is taken back when its link is followed: nobody fills a letter box, and a class
    that signs in by links every day has all its letters.
    """
    account = email.strip().casefold()
    return (
        gate("letter to, from", account, address, free=3, most_seconds=900),
        gate("letter to", account, free=10, most_seconds=300),
        gate("letter from", address, free=60, most_seconds=60),
    )


def wait_after(failures: int, gate_: Gate) -> timedelta:
    """Return how long to wait after so many failures: nothing, then 1, 2, 4 ... seconds, up to the bound."""
    beyond = failures - gate_.free
    if beyond <= 0:
        return timedelta()
    return timedelta(seconds=min(2 ** min(beyond - 1, 30), gate_.most_seconds))


def charge(database: Database, clock: Clock, gates: Sequence[Gate]) -> None:
    """Count a try against each gate before it is judged.

    Raises:
        TooManyTries: One of them is closed; says for how many seconds. Nothing is counted then.
    """
    now = clock()
    with database.writing() as unit:
        known = {gate_.key: unit.tries.locked(gate_.key, now) for gate_ in sorted(gates, key=lambda g: g.key)}
        closed = max((count.open_at for count in known.values()), default=now)
        if closed > now:
            raise TooManyTries(_seconds(closed - now))
        for gate_ in gates:
            count = known[gate_.key]
            failures = 1 if count.last_at + FORGOTTEN_AFTER <= now else count.failures + 1
            unit.tries.put(
                Tries(
                    key=gate_.key, failures=failures, last_at=now, open_at=now + wait_after(failures, gate_)
                )
            )
        unit.tries.sweep(now - FORGOTTEN_AFTER)


def forgive(database: Database, clock: Clock, gates: Sequence[Gate]) -> None:
    """Take a try back that was right.

    Its own account's counts begin anew for this address or browser; those that others share only lose this
    one, so that nobody clears an address by signing in to an account of their own.
    """
    now = clock()
    with database.writing() as unit:
        for gate_ in sorted(gates, key=lambda g: g.key):
            count = unit.tries.locked(gate_.key, now)
            own = gate_ is gates[0]
            failures = 0 if own else max(count.failures - 1, 0)
            unit.tries.put(Tries(key=gate_.key, failures=failures, last_at=count.last_at, open_at=now))


def _seconds(wait: timedelta) -> int:
    return max(int(-(-wait.total_seconds() // 1)), 1)
