"""The application for a WSGI server: ``granian --interface wsgi certify.web.wsgi:app``."""

from __future__ import annotations

import os

from certify.bootstrap import build
from certify.settings import read_settings
from certify.web import background, postman
from certify.web.app import create_app

_services = build(read_settings(os.environ))
app = create_app(_services)
postman.start(_services)
background.start(_services)
