"""The application for a WSGI server: ``granian --interface wsgi certify.web.wsgi:app``."""

from __future__ import annotations

import gc
import os

from certify.bootstrap import build
from certify.settings import read_settings
from certify.web import background, postman
from certify.web.app import create_app

services = build(read_settings(os.environ))
app = create_app(services)
postman.start(services)
background.start(services)
# What is there now stays; looking through all of it for garbage takes a tenth of a second each time.
gc.collect()
gc.freeze()
