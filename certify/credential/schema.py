"""The JSON schema of a credential: what types its members have, which the signed RDF statements do not fix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from certify.credential.contexts import SCHEMA_FILE, shipped
from certify.errors import InvalidInput


def check_schema(document: Mapping[str, Any]) -> None:
    """Refuse a credential that breaks the shipped schema.

    JSON-LD reads ``5`` and ``"5"``, or a text and an array of it, as the same statement, so the signature
    holds for either; a reader of the JSON does not take them as the same.

    Raises:
        InvalidInput: Naming the place that says most.
    """
    error = best_match(_validator().iter_errors(document))
    if error is not None:
        raise InvalidInput(f"breaks the schema: {error.message[:200]}.", where=error.json_path)


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(shipped(SCHEMA_FILE))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
