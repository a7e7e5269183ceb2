"""Check a document's structure against the JSON Schema, and say in plain words what does not fit."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from certify.framework.faults import GIVE_A_FRAMEWORK, Fault, Path, quoted

_TYPES = {
    "object": "a mapping of keys to values",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
}
_TOO_LONG = {"maxItems": "entries", "maxProperties": "entries", "maxLength": "characters"}


@cache
def schema() -> Mapping[str, Any]:
    """Return the format's JSON Schema (draft 2020-12)."""
    text = resources.files("certify.framework").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def structure_faults(document: object) -> list[Fault]:
    """Return every place where the document does not have the form that the schema asks for."""
    return [fault for error in _validator().iter_errors(document) for fault in _faults(error)]


def no_framework(document: object) -> Fault | None:
    """Return why a document is no framework at all, where it is none; nothing need be said of its keys then."""
    if not isinstance(document, Mapping):
        holds = "nothing" if document is None else "a list" if isinstance(document, list) else "plain text"
        what = f"is no framework: it holds {holds}, where a framework has keys and values."
    elif document.keys().isdisjoint(schema()["properties"]):
        what = "is no framework: it has none of the keys of one, such as format, competences and roles."
    else:
        return None
    return Fault((), what, GIVE_A_FRAMEWORK)


def _faults(error: ValidationError) -> Iterator[Fault]:
    """Say one error of the schema in plain words; an unknown keyword falls back on the value's description."""
    path: Path = tuple(error.absolute_path)
    found: Any = error.instance
    limit: Any = error.validator_value
    about = error.schema if isinstance(error.schema, dict) else {}
    wanted = str(about.get("description", "see docs/framework-format.md"))
    if "propertyNames" in error.absolute_schema_path:
        yield Fault((*path, str(found)), "is a key of the wrong form.", f"write {wanted}")
    elif error.validator == "required":
        # jsonschema reports each missing key by itself; its message is the only place that names it.
        missing = [name for name in limit if name not in found and error.message.startswith(f"'{name}' ")]
        yield from (
            Fault(path, f'lacks the key "{name}".', f"add it: {_expected(about, name)}") for name in missing
        )
    elif error.validator == "additionalProperties":
        known = list(about.get("properties", {}))
        unknown = [name for name in found if name not in known]
        yield from (
            Fault((*path, name), "is not a key of the format.", _nearest(name, known)) for name in unknown
        )
    elif error.validator == "type":
        asked = _TYPES.get(str(limit), "another kind of value")
        yield Fault(path, f"is {quoted(found)}, which is not {asked}.", _retype(found, error, wanted))
    elif error.validator in {"minItems", "minProperties", "minLength"}:
        yield Fault(path, "is empty.", f"give {wanted}")
    elif error.validator in _TOO_LONG:
        unit = _TOO_LONG[str(error.validator)]
        yield Fault(path, f"has {len(found)} {unit}; at most {limit} are read.", "shorten it")
    elif error.validator == "uniqueItems":
        yield Fault(path, "lists something twice.", "remove the repetition")
    else:
        yield Fault(path, f"is {quoted(found)}, which the format does not allow.", f"give {wanted}")


def _expected(about: Mapping[str, Any], name: str) -> str:
    """Describe what a missing key holds, following a reference inside the schema."""
    asked = about.get("properties", {}).get(name, {})
    reference = asked.get("$ref", "")
    if reference.startswith("#/$defs/"):
        asked = schema()["$defs"][reference.removeprefix("#/$defs/")]
    return str(asked.get("description", "see docs/framework-format.md"))


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {close[0]}?" if close else "the keys here are " + ", ".join(known)


def _retype(found: object, error: ValidationError, wanted: str) -> str:
    if error.validator_value == "string" and isinstance(found, int):
        return "put it in quotation marks"
    if error.validator_value == "boolean":
        return "write true or false, without quotation marks"
    if error.validator_value == "integer" and isinstance(found, str) and found.strip().isdecimal():
        return "write the number without quotation marks"
    return f"give {wanted}"
