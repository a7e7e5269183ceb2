"""The canonical JSON document of a framework: what the register stores and what the digest is made of.

Days are ISO 8601 text; hours and credits are decimal text in their shortest form; what is optional and
absent is left out. So one framework has one document, however its file is laid out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import rfc8785

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
    Texts,
)

FORMAT = 1
_MINUTES_PER_HOUR = 60


def digest_of(document: bytes) -> str:
    """Return the SHA-256 of a canonical document, 64 lower-case hex digits."""
    return hashlib.sha256(document).hexdigest()


def canonical_bytes(framework: Framework) -> bytes:
    """Return a framework's canonical JSON document (RFC 8785)."""
    return rfc8785.dumps(to_document(framework))


def to_document(framework: Framework) -> dict[str, Any]:
    """Return a framework as JSON values; its digest is left out, being made of them."""
    return {
        "format": FORMAT,
        "id": framework.id,
        "version": framework.version,
        "title": dict(framework.title),
        "languages": list(framework.languages),
        "illustrative": framework.illustrative,
        "levels": _range_out(framework.levels),
        "admission": _range_out(framework.admission),
        "scheme": _scheme_out(framework.scheme),
        "phases": [{"id": item.id, "title": dict(item.title)} for item in framework.phases],
        "areas": [{"id": item.id, "title": dict(item.title)} for item in framework.areas],
        "competences": [_competence_out(item) for item in framework.competences],
        "roles": [_role_out(item) for item in framework.roles],
        "participation_forms": {key: dict(texts) for key, texts in framework.participation_forms.items()},
        "assessment_types": {key: dict(texts) for key, texts in framework.assessment_types.items()},
        "modules": [_module_out(item) for item in framework.modules],
    }


def _range_out(levels: LevelRange) -> dict[str, int]:
    return {"minimum": levels.minimum, "maximum": levels.maximum}


def _scheme_out(scheme: SchemeFacts) -> dict[str, Any]:
    body = scheme.awarding_body
    return {
        "awarding_body": {
            "name": dict(body.name),
            "country": body.country,
            "website": body.website,
            "signatory": dict(body.signatory),
        },
        "quality_assurance": dict(scheme.quality_assurance),
        "assessment": dict(scheme.assessment),
        "participation": dict(scheme.participation),
        "renewal": dict(scheme.renewal),
        "validity_months": scheme.validity_months,
        "number_prefix": scheme.number_prefix,
    }


def _competence_out(item: Competence) -> dict[str, Any]:
    outcomes = item.learning_outcomes
    document: dict[str, Any] = {
        "id": item.id,
        "area": item.area_id,
        "title": dict(item.title),
        "description": dict(item.description),
        "learning_outcomes": {
            "knowledge": dict(outcomes.knowledge),
            "skills": dict(outcomes.skills),
            "responsibility_autonomy": dict(outcomes.responsibility_autonomy),
        },
    }
    if item.esco is not None:
        document["esco"] = item.esco
    if item.unit_levels:
        document["unit_levels"] = list(item.unit_levels)
    return document


def _levels_out(levels: tuple[CompetenceLevel, ...]) -> list[dict[str, Any]]:
    return [{"competence": item.competence_id, "level": item.level} for item in levels]


def _role_out(item: JobRole) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": item.id,
        "phase": item.phase_id,
        "title": dict(item.title),
        "description": dict(item.description),
        "requires": _levels_out(item.requires),
    }
    if item.aliases:
        document["aliases"] = {language: list(titles) for language, titles in item.aliases.items()}
    return document


def _module_out(item: ModuleVersion) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": item.id,
        "version": item.version,
        "title": dict(item.title),
        "provider": item.provider,
        "addresses": _levels_out(item.addresses),
        "workload_hours": _decimal_out(Decimal(item.workload_minutes) / _MINUTES_PER_HOUR),
        "participation": item.participation,
        "assessment": item.assessment,
        "valid_from": item.valid_from.isoformat(),
    }
    if item.ects is not None:
        document["ects"] = _decimal_out(item.ects)
    if item.valid_until is not None:
        document["valid_until"] = item.valid_until.isoformat()
    return document


def _decimal_out(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_framework(document: Mapping[str, Any]) -> Framework:
    """Build a framework from a document that the schema and every rule have passed."""
    framework = Framework(
        id=document["id"],
        version=document["version"],
        title=_texts(document["title"]),
        languages=tuple(document["languages"]),
        illustrative=document["illustrative"],
        levels=_range(document["levels"]),
        admission=_range(document["admission"]),
        phases=tuple(Phase(id=item["id"], title=_texts(item["title"])) for item in document["phases"]),
        areas=tuple(Area(id=item["id"], title=_texts(item["title"])) for item in document["areas"]),
        competences=tuple(_competence(item) for item in document["competences"]),
        roles=tuple(_role(item) for item in document["roles"]),
        modules=tuple(_module(item) for item in document["modules"]),
        participation_forms=_named(document["participation_forms"]),
        assessment_types=_named(document["assessment_types"]),
        scheme=_scheme(document["scheme"]),
        digest="",
    )
    # The digest is of what was understood, written back: layout, quotation marks and "1.0" for 1 cannot matter.
    object.__setattr__(framework, "digest", digest_of(canonical_bytes(framework)))
    return framework


def _texts(item: Mapping[str, str]) -> Texts:
    return MappingProxyType(dict(item))


def _named(item: Mapping[str, Mapping[str, str]]) -> Mapping[str, Texts]:
    return MappingProxyType({key: _texts(texts) for key, texts in item.items()})


def _range(item: Mapping[str, int]) -> LevelRange:
    return LevelRange(minimum=int(item["minimum"]), maximum=int(item["maximum"]))


def _levels(items: list[Mapping[str, Any]]) -> tuple[CompetenceLevel, ...]:
    return tuple(CompetenceLevel(item["competence"], int(item["level"])) for item in items)


def _scheme(item: Mapping[str, Any]) -> SchemeFacts:
    body = item["awarding_body"]
    return SchemeFacts(
        awarding_body=AwardingBody(
            name=_texts(body["name"]),
            country=body["country"],
            website=body["website"],
            signatory=_texts(body["signatory"]),
        ),
        quality_assurance=_texts(item["quality_assurance"]),
        assessment=_texts(item["assessment"]),
        participation=_texts(item["participation"]),
        renewal=_texts(item["renewal"]),
        validity_months=int(item["validity_months"]),
        number_prefix=item["number_prefix"],
    )


def _competence(item: Mapping[str, Any]) -> Competence:
    return Competence(
        id=item["id"],
        area_id=item["area"],
        title=_texts(item["title"]),
        description=_texts(item["description"]),
        learning_outcomes=LearningOutcomes(
            **{kind: _texts(texts) for kind, texts in item["learning_outcomes"].items()}
        ),
        esco=item.get("esco"),
        # In order, so that the order in which a file lists them changes no digest.
        unit_levels=tuple(sorted(int(level) for level in item.get("unit_levels", ()))),
    )


def _role(item: Mapping[str, Any]) -> JobRole:
    aliases = {language: tuple(titles) for language, titles in item.get("aliases", {}).items()}
    return JobRole(
        id=item["id"],
        phase_id=item["phase"],
        title=_texts(item["title"]),
        aliases=MappingProxyType(aliases),
        description=_texts(item["description"]),
        requires=_levels(item["requires"]),
    )


def _module(item: Mapping[str, Any]) -> ModuleVersion:
    until = item.get("valid_until")
    return ModuleVersion(
        id=item["id"],
        version=item["version"],
        title=_texts(item["title"]),
        provider=item["provider"],
        addresses=_levels(item["addresses"]),
        workload_minutes=int(Decimal(str(item["workload_hours"])) * _MINUTES_PER_HOUR),
        ects=Decimal(str(item["ects"])) if "ects" in item else None,
        participation=item["participation"],
        assessment=item["assessment"],
        valid_from=date.fromisoformat(item["valid_from"]),
        valid_until=date.fromisoformat(until) if until is not None else None,
    )
