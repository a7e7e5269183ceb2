"""Security headers, written by hand so that each one is a decision.

Pages have no inline style and nothing from elsewhere, so the policy refuses that. Public pages have no script but
for those that check the code on a certificate in the browser; pages behind a sign-in may have ours.
A certificate's address is its secret, so no address is ever passed on as a referrer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from flask import Flask, Response, request

from certify.web.access import ACCESS, PUBLIC

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SCRIPTED = ("public.certificate", "offline.page", "offline.worker", "jobs.page")
"""Endpoints whose pages have a script: one file of ours, which asks nobody but us, and keeps a worker of ours."""

SCRIPTED_POLICY = f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'; worker-src 'self'"
SIGNED_IN_POLICY = f"{CONTENT_SECURITY_POLICY}; script-src 'self'"
KEPT_WHILE_TYPED = ("cohort_log.form", "cohort_log.submit")
"""Endpoints whose page sends its form to us while it is typed."""

STRANGERS_FILES = ("evidence.file", "documents.file", "documents.picture")
"""Endpoints that hand out files which people uploaded: kept, never opened here, and powerless if they were."""

STRANGERS_FILE_POLICY = "default-src 'none'; sandbox"

PAGES_OF_A_LETTER, LETTER = ("letter_texts.one", "letter_texts.change"), "letter_texts.html"
"""Pages that show a letter in a frame, and the letter: styled as mail is, and able to do nothing."""

FRAMING_POLICY = f"{SIGNED_IN_POLICY}; frame-src 'self'"
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)

PASSKEY_POLICY = f"{SIGNED_IN_POLICY}; connect-src 'self'"
WITH_PASSKEYS = frozenset({
    "auth.sign_in",
    "auth.sign_in_submit",
    "factors.passkey_submit",
    "factors.second_step",
    "factors.second_step_submit",
    "factors.set_up",
    "factors.set_up_submit",
    "account.overview",
    "account.add_token",
})  # fmt: skip
"""Endpoints whose pages ask the browser for a passkey: one file of ours, which fetches the options from us."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
CROSS_ORIGIN = (
    "public.certificate",
    "public.badge",
    "public.schema",
    "api-verifications.",
    "identity.",
    "offline.keys",
    "status_lists.",
)
"""Endpoints (by how they begin) that pages of other sites may read: public answers, the same for everybody."""

CROSS_ORIGIN_HEADERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After, X-Request-Id",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT_SECONDS = 86_400
TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"
STATIC_SECONDS = 3600


_POLICIES: Mapping[str, str] = {
    **dict.fromkeys(STRANGERS_FILES, STRANGERS_FILE_POLICY),
    **dict.fromkeys(SCRIPTED, SCRIPTED_POLICY),
    **dict.fromkeys(WITH_PASSKEYS, PASSKEY_POLICY),
    **dict.fromkeys(KEPT_WHILE_TYPED, f"{SIGNED_IN_POLICY}; connect-src 'self'"),
    **dict.fromkeys(PAGES_OF_A_LETTER, FRAMING_POLICY),
    LETTER: LETTER_POLICY,
}


def policy_of(endpoint: str) -> str:
    """Return the content security policy of an endpoint's answers."""
    if endpoint in _POLICIES:
        return _POLICIES[endpoint]
    if ACCESS.get(endpoint, PUBLIC) is not PUBLIC and not endpoint.startswith("api-"):
        return SIGNED_IN_POLICY
    return CONTENT_SECURITY_POLICY


def install(app: Flask, *, secure: bool) -> None:
    """Set the headers on every answer; ``secure`` says that the site is served over https only."""

    @cache
    def beginnings() -> tuple[str, ...]:
        """How the addresses begin whose answers pages of other sites may read; known once all routes are."""
        rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(CROSS_ORIGIN))
        return tuple(rule.rule.partition("<")[0] for rule in rules)

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        endpoint = request.endpoint or ""
        response.headers["Content-Security-Policy"] = policy_of(endpoint)
        if endpoint == LETTER:
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
        # An address or method that is none of theirs has no endpoint: what is wrong with it may be read there, too.
        if endpoint.startswith(CROSS_ORIGIN) or (not endpoint and request.path.startswith(beginnings())):
            response.headers.update(CROSS_ORIGIN_HEADERS)
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
                response.headers["Access-Control-Allow-Headers"] = (
                    "Accept-Language, Content-Type, If-None-Match"
                )
                response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        if secure:
            response.headers["Strict-Transport-Security"] = TRANSPORT_SECURITY
        if request.endpoint == "static":
            response.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}"
        elif "Cache-Control" not in response.headers:
            # Pages name people, and a withdrawn certificate must show as such at the next look.
            response.headers["Cache-Control"] = "no-store"
        return response
