"""Who is asking: the session token in a cookie (pages) or in an Authorization header (API)."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets

import structlog
from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import BadRequest

from certify.errors import NotAuthenticated, NotPermitted, SecondStepMissing
from certify.people.model import User
from certify.settings import Settings
from certify.signin.model import SignIn
from certify.signin.service import session_of_token
from certify.signin.tokens import PREFIX, bearer_of
from certify.web.access import ACCESS, OPEN_TO, PUBLIC, scope_of
from certify.web.state import services

log = structlog.get_logger("certify.web")
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
DEVICE_DAYS = 400
"""How long a browser stays known; browsers keep no cookie longer."""


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


def current_session() -> SignIn:
    """Return the session of a route that only sessions reach, never tokens of programs."""
    session_: SignIn = g.session
    return session_


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


def caller_address() -> str:
    """Return where the request comes from, for counting: a whole /64 of IPv6, which one household has."""
    address = request.remote_addr or ""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def known_device(email: str) -> str:
    """Return the name of a browser that signed in to this account before; empty for any other."""
    name, _, signature = request.cookies.get(_device_cookie(), "").partition(".")
    expected = _device_signature(name, email).encode()
    same = hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), expected)
    return name if name and same else ""


def remember_device(response: Response, email: str) -> None:
    """Leave a mark in the browser that it signed in to this account: it opens nothing, see `known_device`."""
    settings, name = services().settings, known_device(email) or secrets.token_urlsafe(16)
    response.set_cookie(
        _device_cookie(),
        f"{name}.{_device_signature(name, email)}",
        max_age=DEVICE_DAYS * 86_400,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def _device_cookie() -> str:
    return f"{cookie_name(services().settings)}-device"


def _device_signature(name: str, email: str) -> str:
    key = current_app.secret_key
    assert isinstance(key, bytes)
    text = f"certify known browser 1\0{name}\0{email.strip().casefold()}".encode("utf-8", "surrogatepass")
    return hmac.new(key, text, hashlib.sha256).hexdigest()


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

    @app.after_request
    def say_when(response: Response) -> Response:
        # The limiter, which is installed later and so answers earlier, would say when its own count ends.
        if "retry_after" in g:
            response.headers["Retry-After"] = str(g.retry_after)
        return response

    @app.before_request
    def guard() -> None:
        g.user = g.session = None
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
        user = _signed_in(request.endpoint)
        if not user.roles & access:
            asked = " or ".join(sorted(role.value for role in access))
            raise NotPermitted(f"This needs the role of {asked}.", fix="ask an administrator")


def _signed_in(endpoint: str) -> User:
    """Find who asks, by a session or on the API by a token, and leave it for the view."""
    given, secret = services(), token_given()
    if secret and is_api() and secret.startswith(PREFIX):
        bearer = bearer_of(given.database, given.clock, secret)
        if bearer is None:
            raise NotAuthenticated("This token is unknown, revoked or expired.", fix="make another one")
        token, g.user = bearer
        needed = scope_of(endpoint, request.method)
        if needed is None or needed not in token.scopes:
            raise NotPermitted(
                f"This token may not do that: it needs the scope {needed}."
                if needed
                else "No token may do that.",
                fix="make a token with that scope under your account" if needed else "sign in",
            )
    else:
        found = session_of_token(given.database, given.clock, secret) if secret else None
        if found is None:
            raise NotAuthenticated("This needs a session that has not ended.", fix="sign in")
        g.session, g.user = found
        if g.session.pending and endpoint not in OPEN_TO[g.session.pending]:
            raise SecondStepMissing(
                "This account asks for a second factor.", fix="go through the second step"
            )
    return current_user()
