"""Repository of organisations' identity providers, and of who is whom there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from certify.db import provider_tables as t
from certify.db.faults import own_errors
from certify.signin.model import IdentityProvider, LinkedIdentity

_SETS = ("domains", "second_factor")


class SqlProviders:
    """Meets the port `Providers`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def put(self, provider: IdentityProvider) -> None:
        """See `certify.ports.signin.Providers`."""
        table, links = t.identity_provider, t.linked_identity
        self._sql.execute(delete(table).where(table.c.organisation_id == provider.organisation_id))
        old = and_(
            links.c.organisation_id == provider.organisation_id,
            links.c.issuer != provider.issuer,
        )
        self._sql.execute(delete(links).where(old))
        row = {name: getattr(provider, name) for name in provider.__slots__}
        row |= {name: " ".join(sorted(row[name])) for name in _SETS}
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(table).values(row))

    def remove(self, organisation_id: str) -> None:
        """See `certify.ports.signin.Providers`."""
        for table in (t.linked_identity, t.identity_provider):
            self._sql.execute(delete(table).where(table.c.organisation_id == organisation_id))

    def of_organisation(self, organisation_id: str) -> IdentityProvider | None:
        """See `certify.ports.signin.Providers`."""
        query = select(t.identity_provider).where(t.identity_provider.c.organisation_id == organisation_id)
        row = self._sql.execute(query).one_or_none()
        if row is None:
            return None
        values: dict[str, Any] = {name: getattr(row, name) for name in IdentityProvider.__slots__}
        return IdentityProvider(**values | {name: frozenset(values[name].split()) for name in _SETS})

    def organisations(self) -> Sequence[str]:
        """See `certify.ports.signin.Providers`."""
        return list(self._sql.execute(select(t.identity_provider.c.organisation_id)).scalars())

    def linked(self, organisation_id: str, issuer: str, subject: str) -> LinkedIdentity | None:
        """See `certify.ports.signin.Providers`."""
        links = t.linked_identity.c
        return self._link(
            and_(
                links.organisation_id == organisation_id,
                links.issuer == issuer,
                links.subject == subject,
            )
        )

    def of_user(self, user_id: str) -> LinkedIdentity | None:
        """See `certify.ports.signin.Providers`."""
        return self._link(t.linked_identity.c.user_id == user_id)

    def link(self, identity: LinkedIdentity) -> None:
        """See `certify.ports.signin.Providers`."""
        row = {name: getattr(identity, name) for name in identity.__slots__}
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.linked_identity).values(row))

    def unlink(self, user_id: str) -> None:
        """See `certify.ports.signin.Providers`."""
        self._sql.execute(delete(t.linked_identity).where(t.linked_identity.c.user_id == user_id))

    def _link(self, which: ColumnElement[bool]) -> LinkedIdentity | None:
        row = self._sql.execute(select(t.linked_identity).where(which)).one_or_none()
        if row is None:
            return None
        return LinkedIdentity(**{name: getattr(row, name) for name in LinkedIdentity.__slots__})
