"""Repository of organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from certify.db import organisation_tables as t
from certify.db.faults import own_errors
from certify.errors import NotFound
from certify.organisations.model import Organisation

_FIELDS = ("name", "country", "help_contact")


class SqlOrganisations:
    """Meets the port `Organisations`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, organisation: Organisation) -> None:
        """See `certify.ports.Organisations`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.organisation).values(
                    {name: getattr(organisation, name) for name in organisation.__slots__}
                )
            )

    def get(self, organisation_id: str) -> Organisation:
        """See `certify.ports.Organisations`."""
        query = select(t.organisation).where(t.organisation.c.id == organisation_id)
        row = self._sql.execute(query).one_or_none()
        if row is None:
            raise NotFound("There is no such organisation.")
        return _organisation(row)

    def by_name(self, name: str) -> Organisation | None:
        """See `certify.ports.Organisations`."""
        query = select(t.organisation).where(t.organisation.c.name == name)
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _organisation(row)

    def all(self) -> Sequence[Organisation]:
        """See `certify.ports.Organisations`."""
        query = select(t.organisation).order_by(t.organisation.c.operator.desc(), t.organisation.c.name)
        return [_organisation(row) for row in self._sql.execute(query)]

    def operator(self) -> Organisation:
        """See `certify.ports.Organisations`."""
        return _organisation(self._sql.execute(select(t.organisation).where(t.organisation.c.operator)).one())

    def replace(self, organisation: Organisation) -> None:
        """See `certify.ports.Organisations`."""
        with own_errors(), self._sql.begin_nested():
            done = self._sql.execute(
                update(t.organisation)
                .where(t.organisation.c.id == organisation.id)
                .values({name: getattr(organisation, name) for name in _FIELDS})
            )
        if done.rowcount == 0:
            raise NotFound("There is no such organisation.")

    def bodies(self) -> Mapping[str, str]:
        """See `certify.ports.Organisations`."""
        return {row.framework_id: row.organisation_id for row in self._sql.execute(select(t.scheme_body))}

    def assign(self, framework_id: str, organisation_id: str) -> None:
        """See `certify.ports.Organisations`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(delete(t.scheme_body).where(t.scheme_body.c.framework_id == framework_id))
            self._sql.execute(
                insert(t.scheme_body).values(framework_id=framework_id, organisation_id=organisation_id)
            )


def _organisation(row: Row[Any]) -> Organisation:
    return Organisation(**{name: getattr(row, name) for name in Organisation.__slots__})
