"""From a framework file to a checked `Framework`, and back to its canonical document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema
import rfc8785

from certify.errors import FrameworkInvalid
from certify.framework.document import MAX_BYTES, Document, key_path, read_document
from certify.framework.model import (
    Area,
    AwardingBody,
    Competence,
    CompetenceLevel,
    Framework,
    JobRole,
    LearningOutcomes,
    LevelRange,
    ModuleVersion,
    Phase,
    SchemeFacts,
)
from certify.framework.rules import RULES

_SCHEMA = json.loads(resources.files("certify.framework").joinpath("schema.json").read_text("utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(_SCHEMA, format_checker=jsonschema.FormatChecker())


def load_framework(data: bytes, source: str = "framework") -> Framework:
    """Load a framework from YAML.

    Raises:
        FrameworkInvalid: With every problem found: line, key path, what is wrong and the fix.
    """
    document = read_document(data, source)
    return _checked(document, source)


def load_framework_file(path: Path) -> Framework:
    """Load a framework file; see `load_framework`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise FrameworkInvalid(f"cannot be read: {error.strerror}.", where=str(path)) from error
    return load_framework(data, path.name)


def from_document(document: Mapping[str, Any]) -> Framework:
    """Rebuild a framework from the canonical document that the register keeps."""
    return _checked(Document(document), "published framework")


def canonical_document(data: bytes) -> bytes:
    """Return the canonical JSON (RFC 8785) of a YAML framework: what is published, and what its digest is of."""
    return rfc8785.dumps(read_document(data, "framework").value)


def shipped_scheme(name: str = "skills4cities") -> bytes:
    """Return the YAML of a scheme that ships with the package."""
    return resources.files("certify.framework").joinpath("schemes", f"{name}.yaml").read_bytes()


def _checked(document: Document, source: str) -> Framework:
    problems = _schema_problems(document, source)
    if not problems:
        problems = [
            _located(document, source, path, text) for rule in RULES for path, text in rule(document.value)
        ]
    if problems:
        raise FrameworkInvalid(
            f"{len(problems)} problem{'s' if len(problems) > 1 else ''}: " + "; ".join(problems[:20]),
            problems=tuple(problems),
            where=source,
        )
    return _framework(document.value)


def _schema_problems(document: Document, source: str) -> list[str]:
    errors = sorted(_VALIDATOR.iter_errors(document.value), key=lambda error: str(list(error.absolute_path)))
    return [
        _located(document, source, tuple(error.absolute_path), _schema_message(error)) for error in errors
    ]


def _schema_message(error: jsonschema.ValidationError) -> str:
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."  # noqa: PLR2004 - a line of an error message
    hint = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    match error.validator:
        case "required" | "additionalProperties" | "minProperties":
            return error.message
        case "pattern" | "enum" | "type" | "minimum" | "maximum" | "minLength" | "maxLength" | "format":
            return f"{shown} does not fit: {hint or error.message}"
        case _:
            return error.message


def _located(document: Document, source: str, path: tuple[str | int, ...], text: str) -> str:
    known = path
    while known and known not in document.lines:
        known = known[:-1]
    line = document.lines.get(known)
    return f"{source}{f':{line}' if line else ''}: {key_path(path)}: {text}"


def _texts(value: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(value))


def _levels(value: Mapping[str, int]) -> tuple[CompetenceLevel, ...]:
    return tuple(CompetenceLevel(name, level) for name, level in value.items())


def _framework(value: Mapping[str, Any]) -> Framework:
    scheme = value["scheme"]
    body = scheme["awarding_body"]
    # Canonical JSON sorts keys, and the file's order must not be lost: requirements follow the competences.
    order = {item["id"]: index for index, item in enumerate(value["competences"])}

    def ordered(levels: Mapping[str, int]) -> tuple[CompetenceLevel, ...]:
        return tuple(sorted(_levels(levels), key=lambda item: order[item.competence_id]))

    return Framework(
        id=value["id"],
        version=value["version"],
        title=_texts(value["title"]),
        languages=tuple(value["languages"]),
        illustrative=value["illustrative"],
        levels=LevelRange(**value["levels"]),
        admission=LevelRange(**value["admission"]),
        phases=tuple(Phase(id=item["id"], title=_texts(item["title"])) for item in value["phases"]),
        areas=tuple(Area(id=item["id"], title=_texts(item["title"])) for item in value["areas"]),
        competences=tuple(_competence(item) for item in value["competences"]),
        roles=tuple(
            JobRole(
                id=item["id"],
                title=_texts(item["title"]),
                aliases=MappingProxyType(
                    {language: tuple(names) for language, names in item.get("aliases", {}).items()}
                ),
                description=_texts(item["description"]),
                phase_id=item["phase"],
                requires=ordered(item["requires"]),
            )
            for item in value["roles"]
        ),
        modules=tuple(_module(item, ordered(item["addresses"])) for item in value["modules"]),
        participation_forms=MappingProxyType(
            {name: _texts(texts) for name, texts in value["participation_forms"].items()}
        ),
        assessment_types=MappingProxyType(
            {name: _texts(texts) for name, texts in value["assessment_types"].items()}
        ),
        scheme=SchemeFacts(
            awarding_body=AwardingBody(
                name=_texts(body["name"]),
                country=body["country"],
                website=body["website"],
                signatory=_texts(body["signatory"]),
            ),
            quality_assurance=_texts(scheme["quality_assurance"]),
            assessment=_texts(scheme["assessment"]),
            participation=_texts(scheme["participation"]),
            renewal=_texts(scheme["renewal"]),
            validity_months=scheme["validity_months"],
            number_prefix=scheme["number_prefix"],
        ),
        digest=hashlib.sha256(rfc8785.dumps(dict(value))).hexdigest(),
    )


def _competence(item: Mapping[str, Any]) -> Competence:
    outcomes = item["learning_outcomes"]
    return Competence(
        id=item["id"],
        area_id=item["area"],
        title=_texts(item["title"]),
        description=_texts(item["description"]),
        learning_outcomes=LearningOutcomes(
            knowledge=_texts(outcomes["knowledge"]),
            skills=_texts(outcomes["skills"]),
            responsibility_autonomy=_texts(outcomes["responsibility_autonomy"]),
        ),
        esco=item.get("esco"),
    )


def _module(item: Mapping[str, Any], addresses: tuple[CompetenceLevel, ...]) -> ModuleVersion:
    until = item.get("valid_until")
    ects = item.get("ects")
    return ModuleVersion(
        id=item["id"],
        version=item["version"],
        title=_texts(item["title"]),
        provider=item["provider"],
        addresses=addresses,
        workload_minutes=item["workload_hours"] * 60,
        ects=None if ects is None else Decimal(str(ects)),
        participation=item["participation"],
        assessment=item["assessment"],
        valid_from=date.fromisoformat(item["valid_from"]),
        valid_until=None if until is None else date.fromisoformat(until),
    )
