"""The JSON API under ``/api/v1``: the same services as the pages, for programs."""

from __future__ import annotations

from flask import Flask

from certify.signin.model import Scope
from certify.web.api import (
    administration,
    audit,
    certification,
    corrections,
    documents,
    holders,
    imports,
    issuing,
    keys,
    operating,
    sessions,
    training,
    verifications,
)
from certify.web.api.blueprint import make_api

STRANGERS_SEND = ("api-verifications.by_number", "api-verifications.by_file")
PREFIX = "/api/v1"
SECURITY = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "A person's session, from POST /api/v1/sessions: whatever their roles allow, for some hours.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "certify_...",
        "description": "A program's token, made under 'Your account': what its owner's roles allow, within its scopes "
        + ", ".join(scope.value for scope in Scope)
        + ". Each operation names the scope that it needs.",
    },
}


def install(app: Flask) -> None:
    """Add the API and its OpenAPI document, ``/api/v1/openapi.json``."""
    app.config.update(
        API_TITLE="certify",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Training records, eligibility, decisions, certificates and their verification. "
                "Errors are RFC 9457 problem documents; their codes are listed at /problems. "
                "Send a token as 'Authorization: Bearer TOKEN'."
            },
            "components": {"securitySchemes": SECURITY},
            "security": [{"session": []}],
        },
    )
    api = make_api(app)
    for module in (
        sessions,
        training,
        imports,
        certification,
        issuing,
        corrections,
        administration,
        operating,
        holders,
        documents,
        audit,
        verifications,
    ):
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
    keys.install(app)
