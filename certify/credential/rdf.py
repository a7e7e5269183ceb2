"""RDF canonicalisation (RDFC-1.0, which PyLD still calls URDNA2015) in safe mode, and strict reading of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pyld import jsonld

from certify.credential.contexts import load
from certify.errors import CertifyError, InvalidInput

MAX_CREDENTIAL_BYTES = 1_000_000
_MAX_DEPTH = 20


def canonical(document: dict[str, Any]) -> str:
    """Return a JSON-LD document's canonical N-Quads: sorted lines, each ended by a newline.

    Safe mode: a term without a definition, or a relative identifier, would silently fall out of what is
    signed, so both are refused.

    Raises:
        InvalidInput: The document is not JSON-LD of the shipped contexts.
    """
    options = {"documentLoader": load, "base": "", "processingMode": "json-ld-1.1"}
    try:
        expanded = jsonld.JsonLdProcessor(on_property_dropped=_refuse).expand(document, dict(options))
        _check_absolute(expanded)
        lines = jsonld.normalize(
            expanded, {**options, "algorithm": "URDNA2015", "format": "application/n-quads"}
        )
    except (jsonld.JsonLdError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise _refusal(error) from error
    if not lines:
        raise InvalidInput("states nothing.", where="credential")
    return str(lines)


def _refuse(term: str | None) -> None:
    raise InvalidInput(f"has the term {term!r}, which no context defines.", where="credential")


def _refusal(error: BaseException) -> CertifyError:
    """PyLD wraps what its loader raises; the cause says more than the wrapper."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, CertifyError):
            return cause
        cause = cause.__cause__ or getattr(cause, "cause", None)
    return InvalidInput("is not JSON-LD of the contexts it names.", where="credential")


def _check_absolute(value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _check_absolute(item)
    elif isinstance(value, dict):
        types = value.get("@type", [])
        for name in [value.get("@id", "urn:"), *([types] if isinstance(types, str) else types)]:
            # A blank node label is no name: two of them would make the order of lines a matter of hashes.
            if ":" not in str(name) or str(name).startswith("_:"):
                raise InvalidInput(f"has the relative or blank name {name!r}.", where="credential")
        for item in value.values():
            _check_absolute(item)


def compact(document: Mapping[str, Any]) -> str:
    """Write JSON in this system's one way: no spaces, characters as themselves, members in their order."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def escaped(text: str) -> str:
    """Return a text as a canonical N-Quads literal writes it, without its quotes (RDFC-1.0, 5).

    Control characters, which implementations write differently, are refused before (`values`).
    """
    return text.replace("\\", "\\\\").replace('"', '\\"')


def parse(data: bytes) -> dict[str, Any]:
    """Read a JSON object strictly: bounded, UTF-8, no name twice, no fractions (the model has none).

    Raises:
        InvalidInput: Anything else.
    """
    if len(data) > MAX_CREDENTIAL_BYTES:
        raise InvalidInput("is larger than any credential.", where="credential")
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidInput("is not JSON in UTF-8.", where="credential") from error
    if not isinstance(document, dict):
        raise InvalidInput("is not a JSON object.", where="credential")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise InvalidInput("names a member twice.", where="credential")
    return document


def _no_fraction(text: str) -> object:
    raise InvalidInput(f"has the number {text[:20]}, and the model has no fractions.", where="credential")


def check_shape(document: dict[str, Any]) -> None:
    """Refuse what leaves the signed statements alone but changes what a reader of the JSON sees.

    JSON-LD lets one node be described in several places and members be re-nested under keywords; the RDF
    stays equal and the signature holds, yet a reader would miss, say, ``credentialStatus``. So: no
    keywords but the outermost ``@context``, no null, no empty list, and no node described twice.

    Raises:
        InvalidInput: Naming the member.
    """
    described: set[str] = set()

    def walk(value: object, where: str, depth: int) -> None:
        if depth > _MAX_DEPTH or value is None or value == [] or isinstance(value, float):
            raise InvalidInput("is empty, a fraction, or nested too deep.", where=where)
        if isinstance(value, list):
            for position, item in enumerate(value):
                if isinstance(item, list):
                    raise InvalidInput("is a list within a list.", where=where)
                walk(item, f"{where}[{position}]", depth + 1)
        elif isinstance(value, dict):
            _check_node(value, where, described)
            for key, item in value.items():
                walk(item, f"{where}.{key}", depth + 1)

    walk(document, "credential", 0)


def _check_node(node: dict[str, Any], where: str, described: set[str]) -> None:
    name = node.get("id")
    if isinstance(name, str) and len(node) > 1:
        if name in described:
            raise InvalidInput("describes a node that is described elsewhere.", where=where)
        described.add(name)
    for key in node:
        if key.startswith("@") and (key, where) != ("@context", "credential"):
            raise InvalidInput(f"has the keyword {key}.", where=where)
