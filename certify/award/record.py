"""The award record: plain values, and their JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Literal

from certify.clock import iso
from certify.people.model import HolderName


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardedCompetence:
    """A certified competence in the certificate's language, at the EQF level the role requires."""

    id: str
    title: str
    area: str
    level: int
    esco: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardRecord:
    """Everything a certificate certifies, resolved to one language and frozen before anything is signed.

    Attributes:
        certificate_id: Random identifier, also in ``verification_url``.
        number: The certificate number that people read.
        language: BCP 47 tag of every text below.
        specimen: Issued under an illustrative framework: certifies nothing.
        kind: A whole role, or a single unit (competence).
        role_id: Id of the role, or of the unit, as ``URB-1@5`` (`certify.framework.model.Certifiable`).
        phase: The role's phase; empty for a unit.
        description: What somebody so certified can do, in a sentence or two.
        level_minimum: Lowest EQF level among the competences.
        level_maximum: Highest one.
        workload_minutes: Notional workload of the training relied on, in minutes.
        assessment, participation, quality_assurance, renewal: Elements 9-11 of the EU recommendation
            of 16 June 2022 on micro-credentials (Annex I), and how the certificate is renewed.
        issued_at: The claimed signing time, pinned with the intent.
        valid_from, valid_until: First and last day on which the certificate stands.
        supersedes: Certificate id that this one corrects.
    """

    certificate_id: str
    number: str
    language: str
    specimen: bool
    kind: Literal["role", "unit"]
    holder: HolderName
    role_id: str
    role_title: str
    description: str
    phase: str
    framework_id: str
    framework_title: str
    framework_version: str
    framework_digest: str
    competences: tuple[AwardedCompetence, ...]
    level_minimum: int
    level_maximum: int
    workload_minutes: int
    awarding_body: str
    country: str
    website: str
    signatory: str
    assessment: str
    participation: str
    quality_assurance: str
    renewal: str
    decided_on: date
    issued_at: datetime
    valid_from: date
    valid_until: date
    verification_url: str
    status_list: int
    status_index: int
    template_id: str
    template_version: int
    supersedes: str | None = None


def to_json(award: AwardRecord) -> dict[str, Any]:
    """Return the award as JSON values: days as ISO 8601, the moment as RFC 3339 in UTC."""
    document = asdict(award)
    document["competences"] = [asdict(item) for item in award.competences]
    for name in ("decided_on", "valid_from", "valid_until"):
        document[name] = document[name].isoformat()
    document["issued_at"] = iso(award.issued_at)
    return document


_READ: Mapping[str, Callable[[Any], object]] = {
    "holder": lambda value: HolderName(**value),
    "competences": lambda value: tuple(AwardedCompetence(**item) for item in value),
    "decided_on": date.fromisoformat,
    "valid_from": date.fromisoformat,
    "valid_until": date.fromisoformat,
    "issued_at": lambda value: datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
}


def values_from_json(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of an award from `to_json`'s values, all or some; only for documents this system wrote."""
    return {name: _READ[name](value) if name in _READ else value for name, value in document.items()}


def from_json(document: Mapping[str, Any]) -> AwardRecord:
    """Rebuild an award from `to_json`'s values; only for documents this system wrote (register, own files)."""
    return AwardRecord(
        **values_from_json({field.name: document[field.name] for field in fields(AwardRecord)})
    )
