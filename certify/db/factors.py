"""Repositories of second factors, passkeys, and secrets that work once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from certify.db import factor_tables as t
from certify.db.faults import own_errors
from certify.signin.model import OneTimeSecret, Passkey, SecondFactor

_SWEPT_AT_ONCE = 100


class SqlFactors:
    """Meets the port `Factors`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def put(self, factor: SecondFactor) -> None:
        """See `certify.ports.signin.Factors`."""
        self.remove(factor.user_id)
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.second_factor).values({name: getattr(factor, name) for name in factor.__slots__})
            )

    def of_user(self, user_id: str) -> SecondFactor | None:
        """See `certify.ports.signin.Factors`."""
        query = select(t.second_factor).where(t.second_factor.c.user_id == user_id)
        row = self._sql.execute(query).one_or_none()
        return None if row is None else SecondFactor(**row._mapping)  # noqa: SLF001 - the row's public mapping

    def spend_step(self, user_id: str, step: int) -> bool:
        """See `certify.ports.signin.Factors`."""
        done = self._sql.execute(
            update(t.second_factor)
            .where(t.second_factor.c.user_id == user_id, t.second_factor.c.last_step < step)
            .values(last_step=step)
        )
        return done.rowcount == 1

    def remove(self, user_id: str) -> None:
        """See `certify.ports.signin.Factors`."""
        self._sql.execute(delete(t.second_factor).where(t.second_factor.c.user_id == user_id))

    def put_recovery_codes(self, user_id: str, digests: Iterable[str]) -> None:
        """See `certify.ports.signin.Factors`."""
        self._sql.execute(delete(t.recovery_code).where(t.recovery_code.c.user_id == user_id))
        for digest in digests:
            self._sql.execute(insert(t.recovery_code).values(code_digest=digest, user_id=user_id))

    def spend_recovery_code(self, user_id: str, digest: str) -> bool:
        """See `certify.ports.signin.Factors`."""
        done = self._sql.execute(
            delete(t.recovery_code).where(
                t.recovery_code.c.user_id == user_id, t.recovery_code.c.code_digest == digest
            )
        )
        return done.rowcount == 1

    def recovery_codes_left(self, user_id: str) -> int:
        """See `certify.ports.signin.Factors`."""
        query = select(func.count()).where(t.recovery_code.c.user_id == user_id)
        return int(self._sql.execute(query).scalar_one())


class SqlPasskeys:
    """Meets the port `Passkeys`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, passkey: Passkey) -> None:
        """See `certify.ports.signin.Passkeys`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.passkey).values({name: getattr(passkey, name) for name in passkey.__slots__})
            )

    def of_user(self, user_id: str) -> Sequence[Passkey]:
        """See `certify.ports.signin.Passkeys`."""
        query = select(t.passkey).where(t.passkey.c.user_id == user_id).order_by(t.passkey.c.made_at)
        return [_passkey(row) for row in self._sql.execute(query)]

    def by_credential_id(self, credential_id: bytes) -> Passkey | None:
        """See `certify.ports.signin.Passkeys`."""
        query = select(t.passkey).where(t.passkey.c.credential_id == credential_id).with_for_update()
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _passkey(row)

    def use(self, passkey_id: str, sign_count: int, at: datetime) -> None:
        """See `certify.ports.signin.Passkeys`."""
        self._sql.execute(
            update(t.passkey).where(t.passkey.c.id == passkey_id).values(sign_count=sign_count, used_at=at)
        )

    def remove(self, passkey_id: str) -> None:
        """See `certify.ports.signin.Passkeys`."""
        self._sql.execute(delete(t.passkey).where(t.passkey.c.id == passkey_id))


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(**{name: getattr(row, name) for name in Passkey.__slots__})


class SqlOneTimeSecrets:
    """Meets the port `OneTimeSecrets`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def put(self, secret: OneTimeSecret, now: datetime) -> None:
        """See `certify.ports.signin.OneTimeSecrets`."""
        old = (
            select(t.one_time_secret.c.secret_digest)
            .where(t.one_time_secret.c.expires_at <= now)
            .limit(_SWEPT_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        self._sql.execute(delete(t.one_time_secret).where(t.one_time_secret.c.secret_digest.in_(old)))
        self._sql.execute(
            insert(t.one_time_secret).values({name: getattr(secret, name) for name in secret.__slots__})
        )

    def find(self, digest: str, purpose: str, now: datetime) -> str | None:
        """See `certify.ports.signin.OneTimeSecrets`."""
        query = select(t.one_time_secret.c.payload).where(
            t.one_time_secret.c.secret_digest == digest,
            t.one_time_secret.c.purpose == purpose,
            t.one_time_secret.c.expires_at > now,
        )
        payload: str | None = self._sql.execute(query).scalar_one_or_none()
        return payload

    def spend(self, digest: str, purpose: str, now: datetime) -> str | None:
        """See `certify.ports.signin.OneTimeSecrets`."""
        payload = self.find(digest, purpose, now)
        done = self._sql.execute(
            delete(t.one_time_secret).where(
                t.one_time_secret.c.secret_digest == digest, t.one_time_secret.c.purpose == purpose
            )
        )
        return payload if done.rowcount == 1 else None
