"""What a phone keeps, to check the code on a certificate without a network (docs/offline-qr.md)."""

from __future__ import annotations

import json

from flask import Blueprint, Response, current_app, render_template, request

from certify.web.kept import CACHE_CONTROL
from certify.web.state import services

blueprint = Blueprint("offline", __name__)


@blueprint.get("/offline")
def page() -> str:
    """Show the page that the service worker answers with while there is no network; opened, it says what is kept."""
    return render_template("offline.html", kept=True)


@blueprint.get("/service-worker.js")
def worker() -> Response:
    """Serve the service worker from the root, because it may answer for nothing above its own folder."""
    return current_app.send_static_file("service-worker.js")


@blueprint.get("/statement-keys.json")
def keys() -> Response:
    """List the issuer's keys, and what the codes of roles mean; the same bytes all day unless something is new.

    No data of the register changes with the keys, so it is none of `certify.web.kept.KEPT`.
    """
    document = json.dumps(services().statement_keys(), ensure_ascii=False, separators=(",", ":"))
    response = Response(document, mimetype="application/json")
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.add_etag()
    response.make_conditional(request)
    return response
