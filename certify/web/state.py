"""Where a request finds the services it was started with."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from flask import current_app, g

from certify.bootstrap import Services
from certify.clock import utc_day
from certify.ports import Database

EXTENSION = "certify"


def services() -> Services:
    """Return the services of the running application."""
    found: Services = g.get("services") or current_app.extensions[EXTENSION]
    return found


class _Over:
    """Services whose database is another one; all else is the same."""

    def __init__(self, services: Services, database: Database) -> None:
        self._services, self.database = services, database

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the services have
        return getattr(self._services, name)


def work_on(database: Database) -> None:
    """Give the rest of this request another database, which stands before the real one."""
    g.services = cast("Services", _Over(services(), database))


def on_the_way() -> Services:
    """Return the services of the application itself, for what a request does before its deed and may do again.

    Under an idempotency key the transactions of `services` are the deed: the first that commits marks it as done.
    """
    found: Services = current_app.extensions[EXTENSION]
    return found


def today() -> date:
    """Return today's UTC day by the services' clock."""
    return utc_day(services().clock())
