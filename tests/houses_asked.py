"""Requests made from the rows of the table, and what their answers amount to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from installation import PASSWORD
from rights_table import Row
from two_houses import Houses
from werkzeug.test import TestResponse

from certify.web.access import scope_of

COMMON = {
    "filename": "certify.css",
    "purpose": "revocation",
    "number": "1",
    "kind": "csv",
    "design_id": "role",
    "version": "1",
    "form": "png",
    "letter_kind": "trial",
    "tag": "en",
    "role_id": "developer",
    "unit_id": "a@5",
    "password": PASSWORD,
    "secret": "made-up",
}
"""What is nobody's."""

_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_NAMED = re.compile(r"{(\w+)}")


def parts_of(route: str) -> list[str]:
    """The parts of a route's address."""
    return _PART.findall(route)


def named_in(route: str, row: Row) -> set[str]:
    """The names of the things that a request names, in its address or in what it sends."""
    in_path = {row.ids.get(part, part) for part in parts_of(route)}
    sent = f"{row.form!r} {row.json!r} {row.file} {row.query}"
    return in_path | set(_NAMED.findall(sent))


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """A template with what it names."""
    if isinstance(template, str):
        return _NAMED.sub(lambda found: values[found[1]], template)
    if isinstance(template, Mapping):
        return {name: filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, values) for value in template]
    return template


def address(route: str, row: Row, values: Mapping[str, str]) -> str:
    """Where a request goes."""
    _method, rule = route.split(" ", 1)
    path = _PART.sub(lambda found: values[row.ids.get(found[1], found[1])], rule)
    return f"{path}?{filled(row.query, values)}" if row.query else path


def asked(
    houses: Houses, name: str, route: str, row: Row, values: Mapping[str, str], **more: Any
) -> TestResponse:
    """Send a row's request as somebody, with what ``values`` say of the things that it names."""
    values = COMMON | houses.common | values
    method = route.split(" ", 1)[0]
    endpoint = houses.endpoint(route)
    form = filled(row.form, values)
    path = address(route, row, values)
    if row.file and "/api/" not in path:
        part = "files" if "many" in path else "file"
        form[part] = (BytesIO(filled(row.file, values).encode()), "file.csv")
    return houses.ask(
        name,
        method,
        path,
        form=form,
        json_=filled(row.json, values) if row.json is not None else None,
        file=filled(row.file, values).encode() if row.file else None,
        scope=scope_of(endpoint, method),
        **more,
    )


def code_of(response: TestResponse) -> str:
    """The error code that an answer shows, on a page or in a problem document."""
    if response.mimetype == "application/problem+json":
        code: str = response.json["code"]
        return code
    found = re.search(rb"/problems#([a-z-]+)", response.data)
    return found[1].decode() if found else ""


def letter_of(response: TestResponse) -> str:
    """The table's letter for an answer; the status where it has none."""
    status, place = response.status_code, response.headers.get("Location", "")
    if status == 401 or (status == 303 and place.startswith("/sign-in")):
        return ">"
    if status < 400:
        return "+"
    letters = {403: "-", 404: "0", 409: "!", 422: "!"}
    return letters.get(status, str(status))
