"""The Flask application, made from the services it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]  # ships no types
from werkzeug.middleware.proxy_fix import ProxyFix

import certify
from certify.bootstrap import Services
from certify.errors import SettingInvalid
from certify.web import (
    access,
    api,
    headers,
    helping,
    i18n,
    kept,
    logs,
    present,
    problems,
    reasons,
    sentences,
    sessions,
)
from certify.web.accepts import Asked
from certify.web.fragments import WithoutFragments
from certify.web.pages import (
    account,
    accounts,
    admin,
    administration,
    audit,
    auth,
    batches,
    candidate,
    cases,
    certifier,
    cohort_log,
    corrections,
    documents,
    evidence,
    factors,
    holder,
    identity,
    imports,
    installation,
    jobs,
    letter_texts,
    letters,
    links,
    mail,
    many,
    offline,
    organisation_sign_in,
    organisations,
    providers,
    public,
    reference,
    schemes,
    setup,
    status_lists,
    trainer,
)
from certify.web.state import EXTENSION

MAX_REQUEST_BYTES = 20_500_000
"""A 20 MB file and the form around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often one address may try, in the words of flask-limiter.

    These bound the work that strangers cause, and are kept in memory, per worker process. Tries to sign in that
    went wrong are counted in the database as well, for all processes together (`certify.signin.throttle`).
    """

    sign_in: str = "60 per minute"
    verify: str = "30 per minute"
    verify_many: str = "6 per minute"


SIGNING_IN = (
    "auth.sign_in_submit",
    "factors.passkey_options",
    "factors.passkey_submit",
    "api-sessions.open_session",
)
"""What strangers send to sign in."""


def template_directory() -> Path:
    """Return ``templates/pages``, which stands beside the package in a checkout and in the container alike.

    Raises:
        SettingInvalid: It is not there.
    """
    directory = Path(certify.__file__).resolve().parent.parent / "templates" / "pages"
    if not (directory / "base.html").is_file():
        raise SettingInvalid(
            "The page templates are missing.",
            where=str(directory),
            fix="install certify from its checkout, or put the folder templates beside the package",
        )
    return directory


def create_app(services: Services, limits: Limits | None = None) -> Flask:
    """Make the application.

    Args:
        services: What `certify.bootstrap.build` returns.
        limits: How often one address may sign in and verify.

    Raises:
        RuntimeError: A route has no entry in `certify.web.access`.
        SettingInvalid: The page templates are missing.
    """
    settings = services.settings
    app = Flask(
        "certify.web",
        static_folder=str(Path(__file__).parent / "static"),
        template_folder=str(template_directory()),
    )
    app.request_class = Asked
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        SECRET_KEY=sessions.form_key(settings),
        # Flask's own session holds nothing but the form token.
        SESSION_COOKIE_NAME=f"{sessions.cookie_name(settings)}-form",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A form left open over lunch still works; the token ends with the session.
        WTF_CSRF_TIME_LIMIT=None,
        # It wants a Referer, which our pages never send; `sessions.guard` looks at Sec-Fetch-Site instead.
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    app.extensions[EXTENSION] = services
    app.url_map.strict_slashes = False
    # Otherwise an address with two slashes is led on to one with the host that the asker names, ours or not.
    app.url_map.merge_slashes = False
    kept.install(app, services)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # werkzeug's own way to wrap an application

    app.wsgi_app = WithoutFragments(app.wsgi_app)  # type: ignore[assignment, method-assign]  # as above

    # In this order: a correlation id first, then who is asking, how often, and with which form.
    logs.install(app)
    headers.install(app, secure=settings.secure_cookies)
    sessions.install(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    csrf = CSRFProtect(app)
    i18n.install(app)
    present.install(app)
    reasons.install(app)
    sentences.install(app)
    helping.install(app)

    for module in (
        public,
        many,
        status_lists,
        identity,
        auth,
        account,
        factors,
        links,
        providers,
        trainer,
        cohort_log,
        batches,
        imports,
        documents,
        evidence,
        certifier,
        cases,
        jobs,
        candidate,
        holder,
        admin,
        corrections,
        offline,
        mail,
        reference,
        administration,
        accounts,
        audit,
        installation,
        schemes,
        organisations,
        organisation_sign_in,
        letter_texts,
        letters,
        setup,
    ):
        app.register_blueprint(module.blueprint)
    api.install(app)
    problems.install(app)

    allowed = limits or Limits()
    _limit(app, limiter, allowed.sign_in, *SIGNING_IN)
    for endpoint in (*links.STRANGERS_SEND, *providers.STRANGERS_ASK):
        # Each by itself: a class that signs in so behind one address sends two of them for each person.
        _limit(app, limiter, allowed.sign_in, endpoint)
    _limit(app, limiter, allowed.sign_in, "setup.code")
    _limit(app, limiter, allowed.verify, *mail.STRANGERS_SEND)
    _limit(app, limiter, allowed.verify, *public.STRANGERS_SEND, *api.STRANGERS_SEND)
    _limit(app, limiter, allowed.verify_many, *many.STRANGERS_SEND, "api-verifications.many")
    for endpoint in (*public.STRANGERS_SEND, *many.STRANGERS_SEND, *mail.STRANGERS_SEND):
        # A stranger's upload changes nothing and acts with nobody's rights, so a form token would protect
        # nothing, and would set a cookie on everyone who only looks at a certificate. Letters are stopped by
        # mail programs, which have neither cookie nor page (RFC 8058); the signed address is the right to.
        csrf.exempt(app.view_functions[endpoint])
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("api-"):
            csrf.exempt(view)  # The API takes no cookies, so nobody else's browser can speak for its user.
    access.check_complete(app)
    return app


def _limit(app: Flask, limiter: Limiter, allowed: str, *endpoints: str) -> None:
    shared = limiter.shared_limit(allowed, scope=endpoints[0])
    for endpoint in endpoints:
        limited: Callable[..., Any] = shared(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited
