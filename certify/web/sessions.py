"""Who is asking: the session token in a cookie (pages) or in an Authorization header (API)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import structlog
from flask import Flask, Response, g, request, session
from werkzeug.exceptions import BadRequest

from certify.errors import NotAuthenticated, NotPermitted
from certify.people.model import User
from certify.people.service import user_of_token
from certify.settings import Settings
from certify.web.access import ACCESS, PUBLIC
from certify.web.state import services

log = structlog.get_logger("certify.web")
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; ``__Host-`` binds it to this host, https and the whole path."""
    return "__Host-certify" if settings.secure_cookies else "certify"


def is_api() -> bool:
    """Tell whether the request is for the API, where cookies mean nothing."""
    return request.path.startswith("/api/")


def token_given() -> str | None:
    """Return the session token that came with the request."""
    if is_api():
        credentials = request.authorization
        return credentials.token if credentials and credentials.type == "bearer" else None
    return request.cookies.get(cookie_name(services().settings))


def current_user() -> User:
    """Return the signed-in user of a route that is not public."""
    user: User = g.user
    return user


def remember(response: Response, token: str) -> None:
    """Begin a session in the browser. Whatever its cookies said before is void (session fixation)."""
    settings = services().settings
    session.clear()
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.session_hours * 3600,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def forget(response: Response) -> None:
    """End the session in the browser."""
    settings = services().settings
    session.clear()
    response.delete_cookie(
        cookie_name(settings), secure=settings.secure_cookies, httponly=True, samesite="Lax"
    )


def form_key(settings: Settings) -> bytes:
    """Return the key of the form tokens (CSRF), the same in every worker process.

    It is derived one way from the key store's passphrase, so that an installation has no second secret to
    keep. Without one (no certificates can be issued then either) each process draws its own.
    """
    try:
        passphrase = settings.key_passphrase_file.read_bytes().strip()
    except OSError:
        passphrase = b""
    if not passphrase:
        log.warning("no key passphrase: form tokens hold for this process only")
        return secrets.token_bytes(32)
    return hmac.new(passphrase, b"certify web form tokens 1", hashlib.sha256).digest()


def install(app: Flask) -> None:
    """Ask, before every request that is not public, who is asking and whether they may."""

    @app.before_request
    def guard() -> None:
        g.user = None
        if request.url_rule is None or request.endpoint is None:
            return
        # Browsers say where a request comes from; a form that another site sends is not ours.
        if (
            request.method in _UNSAFE
            and request.headers.get("Sec-Fetch-Site") == "cross-site"
            and not is_api()
        ):
            refusal = BadRequest()
            refusal.certify_code = "form-expired"  # type: ignore[attr-defined]  # read by problems.answer_to
            raise refusal
        access = ACCESS[request.endpoint]
        if access is PUBLIC:
            return
        token = token_given()
        user = user_of_token(services().database, services().clock, token) if token else None
        if user is None:
            raise NotAuthenticated("This needs a session that has not ended.", fix="sign in")
        g.user = user
        if not user.roles & access:
            asked = " or ".join(sorted(role.value for role in access))
            raise NotPermitted(f"This needs the role of {asked}.", fix="ask an administrator")
