"""Where a request finds the services it was started with."""

from __future__ import annotations

from datetime import date

from flask import current_app

from certify.bootstrap import Services
from certify.clock import utc_day

EXTENSION = "certify"


def services() -> Services:
    """Return the services of the running application."""
    found: Services = current_app.extensions[EXTENSION]
    return found


def today() -> date:
    """Return today's UTC day by the services' clock."""
    return utc_day(services().clock())
