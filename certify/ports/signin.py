"""What signing in needs of the database, as protocols; `certify.ports` has the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from certify.signin.model import ApiToken, Tries


class Tokens(Protocol):
    """Tokens of programs."""

    def add(self, token: ApiToken) -> None:
        """Store a new one."""

    def by_digest(self, token_digest: str) -> ApiToken | None:
        """Return the token with this digest, whether it works or not."""

    def of_user(self, user_id: str) -> Sequence[ApiToken]:
        """Return a user's tokens, the newest first."""

    def use(self, token_id: str, at: datetime) -> None:
        """Note that it was used."""

    def revoke(self, token_id: str, at: datetime) -> None:
        """Note that it was ended."""


class AllTries(Protocol):
    """Counts of tries that failed."""

    def locked(self, key: str, at: datetime) -> Tries:
        """Return a count that no other transaction changes until this one ends; a fresh one where there is none."""

    def put(self, tries: Tries) -> None:
        """Store a count that `locked` returned, changed."""

    def sweep(self, before: datetime) -> None:
        """Forget some counts whose last try was before."""
