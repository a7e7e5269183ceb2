"""What the API's idempotency keys need of the database."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from certify.idempotency.model import KeptAnswer, KeyedRequest


class KeyedRequests(Protocol):
    """Requests that carried an idempotency key; one row for each caller and key, seen by all workers."""

    def forget(self, at: datetime) -> None:
        """Delete the rows whose day is over."""

    def add(self, request: KeyedRequest) -> bool:
        """Store a first attempt; return False where the caller's key is there. Waits for who is adding it."""

    def locked(self, caller_id: str, key: str) -> KeyedRequest | None:
        """Return a row that no other transaction changes until this one ends; None where it is gone."""

    def take_over(self, request: KeyedRequest) -> None:
        """Put a new attempt's claim in the place of the old one's."""

    def note_done(self, request: KeyedRequest, at: datetime) -> bool:
        """Note that the deed is done; return False where another attempt has the claim."""

    def keep(self, request: KeyedRequest, answer: KeptAnswer) -> bool:
        """Keep the answer; return False where another attempt has the claim."""

    def give_up(self, request: KeyedRequest, at: datetime) -> bool:
        """Say of an attempt that did something that it runs no more; return False where it did nothing."""

    def remove(self, request: KeyedRequest) -> None:
        """Forget an attempt, as long as it has the claim."""
