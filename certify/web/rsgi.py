"""The application for Granian's own interface: ``granian --interface rsgi certify.web.rsgi:front``."""

from __future__ import annotations

from certify.web.front import Front
from certify.web.wsgi import app, services

# A database over the network may keep a question waiting.
front = Front(app, at_once=services.database.version.local)
