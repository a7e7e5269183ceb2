"""The OpenAPI document: what the routes and shapes say of themselves, and what holds for all of them.

Everything is taken from the program: addresses and bodies from the routes (`certify.web.api.blueprint`), who may
ask from `certify.web.access`, errors from `certify.web.problems`, reports from their JSON Schema, and examples from
`certify.web.api.examples`, which tests send.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask

from certify.verification.document import report_schema
from certify.web.access import ACCESS, PUBLIC, scope_of
from certify.web.api import keys
from certify.web.api.examples import EXAMPLES, recorded

Json = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
LIMITED = frozenset({
    "api-sessions.open_session",
    "api-verifications.by_number",
    "api-verifications.by_file",
    "api-verifications.many",
})  # fmt: skip
"""Endpoints that one address may ask only so often."""

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}
_REPORT = "#/components/schemas/ReportShape"
_KEY = {
    "name": keys.HEADER,
    "in": "header",
    "required": False,
    "description": "A random text, new for each deed. What is sent again with the same one within 24 hours is done "
    "once and answered alike.",
    "schema": {"type": "string", "pattern": r'^("[!#-\[\]-~]{1,200}"|[!#-\[\]-~]{1,200})$'},
    "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
}
_IDENTIFIERS = frozenset(
    {
        "candidate_id",
        "cohort_id",
        "completion_id",
        "certificate_id",
        "correction_id",
        "user_id",
        "job_id",
        "share_id",
    }
)
_IDENTIFIER = {"type": "string", "pattern": "^[A-Za-z2-7]{26}$"}
_WHEN: Mapping[int, str] = {
    400: "It cannot be read: no proper JSON, or not of the length it says.",
    401: "There is no session, or it is over.",
    403: "The role does not allow it, or somebody else has to do it.",
    404: "It does not exist, or is not yours to see.",
    405: "An empty part of the address leads to another one, which does not answer to this method.",
    409: "It is not as you expect, or the first request with this key is still running.",
    413: "It is too large.",
    415: "It is of a media type that nothing here reads.",
    422: "Something in it needs mending; nothing was recorded.",
    429: "You ask too often; Retry-After says how long to wait.",
    503: "Something that this needs does not answer; Retry-After may say how long to wait.",
}


def finish(document: Json, app: Flask) -> Json:
    """Return the document that flask-smorest made, with what holds for all routes."""
    document["components"].pop("responses", None)
    schemas = document["components"]["schemas"]
    for unused in ("Error", "PaginationMetadata"):
        schemas.pop(unused, None)
    schemas["ReportShape"] = _reports()
    schemas["CertificateShape"]["properties"]["award"] = {"$ref": f"{_REPORT}/$defs/award"}
    for name, schema in schemas.items():
        if name.endswith("Shape"):
            schema.pop("additionalProperties", None)  # members may be added to what is answered
    for name in ("Completion", "Correction"):
        schemas[name]["oneOf"] = [{"required": ["candidate_id"]}, {"required": ["candidate_reference"]}]
    document["tags"] = [tag | {"name": _tag(tag["name"])} for tag in document["tags"]]
    for endpoint, path, method in routes(app):
        item = document["paths"][path]
        for parameter in item.get("parameters", ()):
            if parameter["name"] in _IDENTIFIERS:
                parameter["schema"] = _IDENTIFIER
        _describe(item[method], endpoint, path, method)
        _illustrate(item[method], endpoint, item.get("parameters", []))
    document["components"]["responses"] = {
        _name(status): {"description": says, "content": _PROBLEM} | _headers(status)
        for status, says in _WHEN.items()
    }
    return document


def routes(app: Flask) -> Iterable[tuple[str, str, str]]:
    """Yield the endpoint, the address and the method of every route that the document describes."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api-") and rule.endpoint != "api-docs.openapi_json":
            for method in METHODS:
                if method.upper() in (rule.methods or ()):
                    yield rule.endpoint, address_of(rule.rule), method


def address_of(rule: str) -> str:
    """Write a route's address as OpenAPI does."""
    return rule.replace("<", "{").replace(">", "}")


def _describe(operation: Json, endpoint: str, path: str, method: str) -> None:
    access = ACCESS[endpoint]
    roles = [] if access is PUBLIC else sorted(role.value for role in access)
    operation["operationId"] = endpoint.removeprefix("api-").replace(".", "-").replace("_", "-")
    operation["tags"] = [_tag(tag) for tag in operation["tags"]]
    operation["x-roles"] = roles
    if access is not PUBLIC:
        scope = scope_of(endpoint, method.upper())
        operation["security"] = [{"session": []}, *([{"token": [scope.value]}] if scope else [])]
    writes = method.upper() in keys.WRITES and access is not PUBLIC
    if writes:
        operation.setdefault("parameters", []).append(_KEY)
    answers: Json = operation["responses"]
    for made in ("default", "422"):
        answers.pop(made, None)
    queried = any(parameter.get("in") == "query" for parameter in operation.get("parameters", ()))
    sent = "requestBody" in operation
    statuses = {
        400: sent,
        401: bool(roles) or endpoint == "api-sessions.open_session",
        403: bool(roles),
        404: "{" in path or sent or queried,
        405: "{" in path,
        409: writes,
        413: sent,
        415: endpoint == "api-verifications.by_file",
        422: sent or queried or writes or "{" in path,
        429: endpoint in LIMITED,
        503: True,
    }
    for status, possible in statuses.items():
        if possible:
            answers[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    operation["responses"] = dict(sorted(answers.items()))
    if "cursor" in {parameter.get("name") for parameter in operation.get("parameters", ())}:
        answers["200"]["headers"] = {
            "Link": {
                "description": 'The next page, with rel="next" (RFC 8288); absent on the last one.',
                "schema": {"type": "string"},
            }
        }


def _illustrate(operation: Json, endpoint: str, shared: list[Json]) -> None:
    """Put the example and its recorded answer where OpenAPI has them."""
    example = EXAMPLES[endpoint]
    for parameter in [*shared, *operation.get("parameters", ())]:
        given = {**example.path, **example.query}.get(parameter["name"])
        if given is not None:
            parameter["example"] = int(given) if parameter["schema"].get("type") == "integer" else given
    if example.body is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example.body
    answer = recorded().get(endpoint)
    if answer is not None:
        operation["responses"][str(answer["status"])]["content"]["application/json"]["example"] = answer[
            "body"
        ]


def _tag(name: str) -> str:
    return name.removeprefix("api-").capitalize()


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "").replace("'", "")


def _headers(status: int) -> Json:
    if status not in {409, 429, 503}:
        return {}
    wait = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
    return {"headers": {"Retry-After": wait}}


def _reports() -> Json:
    """Return the report's JSON Schema as a part of the document: its references lead to where it stands there."""
    text = report_schema()
    schema: Json = json.loads(
        text.replace('"#/$defs/', f'"{_REPORT}/$defs/').replace('"$ref": "#"', f'"$ref": "{_REPORT}"')
    )
    schema.pop("$schema")
    return schema
