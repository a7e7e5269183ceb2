"""The reference of the API for people: a page drawn from the OpenAPI document, without any script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template

from certify.web.api.blueprint import document
from certify.web.api.openapi import METHODS
from certify.web.state import services

blueprint = Blueprint("reference", __name__)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A parameter, or a member of a body."""

    name: str
    place: str
    needed: bool
    kind: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as the page shows it; ``sent`` is a command, ``answer`` a JSON document."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    roles: list[str]
    parameters: list[Value]
    members: list[Value]
    answers: list[tuple[str, str]]
    sent: str
    answer: str


@blueprint.get("/api")
def page() -> str:
    """Show every operation of the API, by subject."""
    described = document()
    subjects = [
        (
            tag["name"],
            tag.get("description", ""),
            [one for name, one in operations(described) if name == tag["name"]],
        )
        for tag in described["tags"]
    ]
    return render_template("api.html", subjects=subjects)


def operations(described: Json) -> Iterator[tuple[str, Operation]]:
    """Yield each operation with its subject, in the document's order."""
    for path, item in described["paths"].items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method in item:
                operation = item[method]
                yield operation["tags"][0], _operation(described, path, method, operation, shared)


def _operation(described: Json, path: str, method: str, operation: Json, shared: list[Json]) -> Operation:
    parameters = [*shared, *operation.get("parameters", [])]
    bodies = operation.get("requestBody", {}).get("content", {})
    body = bodies.get("application/json", {})
    answers = {status: _found(described, answer) for status, answer in operation["responses"].items()}
    shown = next(
        (
            content["example"]
            for answer in answers.values()
            for content in answer.get("content", {}).values()
            if "example" in content
        ),
        None,
    )
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        roles=operation["x-roles"],
        parameters=[
            Value(
                name=one["name"],
                place=one["in"],
                needed=one.get("required", False),
                kind=kind_of(one["schema"]),
                says=one.get("description", one["schema"].get("description", "")),
            )
            for one in parameters
        ],
        members=list(_members(_found(described, body["schema"]))) if body else [],
        answers=[(status, answer["description"]) for status, answer in answers.items()],
        sent=_command(
            path, method, operation, parameters, body.get("example"), "" if body else next(iter(bodies), "")
        ),
        answer=_written(shown) if shown is not None else "",
    )


def _found(described: Json, value: Json) -> Json:
    """Follow a reference within the document."""
    while "$ref" in value:
        found: Any = described
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _members(schema: Json) -> Iterator[Value]:
    for name, member in schema.get("properties", {}).items():
        yield Value(
            name=name,
            place="body",
            needed=name in schema.get("required", ()),
            kind=kind_of(member),
            says=member.get("description", ""),
        )


def kind_of(schema: Json) -> str:
    """Say in a few words what a value is."""
    if "$ref" in schema:
        name: str = schema["$ref"].rsplit("/", 1)[-1]
        return name
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value is not None)
    kinds = schema.get("type", "value")
    kind: str = kinds if isinstance(kinds, str) else " | ".join(kinds)
    if kind == "array":
        return f"array of {kind_of(schema['items'])}"
    return f"{kind}, {schema['format']}" if "format" in schema else kind


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _command(path: str, method: str, operation: Json, parameters: list[Json], body: object, kind: str) -> str:
    examples = {(one["in"], one["name"]): one["example"] for one in parameters if "example" in one}
    address = path.format_map({name: value for (place, name), value in examples.items() if place == "path"})
    query = {name: value for (place, name), value in examples.items() if place == "query"}
    if query:
        address += f"?{urlencode(query)}"
    parts = [f"curl '{services().settings.public_base}{address}'"]
    if method not in {"get", "post"}:
        parts.append(f"-X {method.upper()}")
    if operation["x-roles"]:
        parts.append("-H 'Authorization: Bearer TOKEN'")
        if method != "get":
            parts.append("-H 'Idempotency-Key: RANDOM'")
    if kind:
        name = "certificate.pdf" if kind == "application/pdf" else "table.csv"
        parts += [f"-H 'Content-Type: {kind}'", f"--data-binary @{name}"]
    elif body is not None:
        parts.append(f"--json '{_written(body)}'")
    elif method == "post":
        parts.append("-X POST")
    return " \\\n  ".join(parts)
