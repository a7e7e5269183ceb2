"""Repositories of tokens and of tries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from certify.db import signin_tables as t
from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there
from certify.signin.model import ApiToken, Scope, Tries

_SWEPT_AT_ONCE = 100


class SqlTokens:
    """Meets the port `Tokens`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, token: ApiToken) -> None:
        """See `certify.ports.signin.Tokens`."""
        row = {name: getattr(token, name) for name in token.__slots__}
        row["scopes"] = " ".join(sorted(token.scopes))
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.api_token).values(row))

    def by_digest(self, token_digest: str) -> ApiToken | None:
        """See `certify.ports.signin.Tokens`."""
        query = select(t.api_token).where(t.api_token.c.token_digest == token_digest)
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _token(row)

    def of_user(self, user_id: str) -> Sequence[ApiToken]:
        """See `certify.ports.signin.Tokens`."""
        query = (
            select(t.api_token)
            .where(t.api_token.c.user_id == user_id)
            .order_by(t.api_token.c.made_at.desc(), t.api_token.c.id)
        )
        return [_token(row) for row in self._sql.execute(query)]

    def use(self, token_id: str, at: datetime) -> None:
        """See `certify.ports.signin.Tokens`."""
        self._sql.execute(update(t.api_token).where(t.api_token.c.id == token_id).values(used_at=at))

    def revoke(self, token_id: str, at: datetime) -> None:
        """See `certify.ports.signin.Tokens`."""
        self._sql.execute(update(t.api_token).where(t.api_token.c.id == token_id).values(revoked_at=at))


def _token(row: Row[Any]) -> ApiToken:
    values = {name: getattr(row, name) for name in ApiToken.__slots__}
    values["scopes"] = frozenset(Scope(name) for name in row.scopes.split())
    return ApiToken(**values)


class SqlTries:
    """Meets the port `AllTries`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def locked(self, key: str, at: datetime) -> Tries:
        """See `certify.ports.signin.AllTries`."""
        insert_unless_there(self._sql, t.sign_in_tries, key=key, failures=0, last_at=at, open_at=at)
        query = select(t.sign_in_tries).where(t.sign_in_tries.c.key == key).with_for_update()
        row = self._sql.execute(query).one()
        return Tries(**{name: getattr(row, name) for name in Tries.__slots__})

    def put(self, tries: Tries) -> None:
        """See `certify.ports.signin.AllTries`."""
        self._sql.execute(
            update(t.sign_in_tries)
            .where(t.sign_in_tries.c.key == tries.key)
            .values(failures=tries.failures, last_at=tries.last_at, open_at=tries.open_at)
        )

    def sweep(self, before: datetime) -> None:
        """See `certify.ports.signin.AllTries`."""
        # What another transaction holds is left for the next time: sweeping never makes anybody wait.
        old = (
            select(t.sign_in_tries.c.key)
            .where(t.sign_in_tries.c.last_at < before)
            .limit(_SWEPT_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        self._sql.execute(delete(t.sign_in_tries).where(t.sign_in_tries.c.key.in_(old)))
