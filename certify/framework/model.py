"""A competence framework, as frozen plain values. `load` makes them from YAML, `rules` checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from certify.errors import InvalidInput

Texts = Mapping[str, str]
"""One text in several languages, keyed by BCP 47 tag; read-only. The framework's first language is always there."""


def in_language(texts: Texts, language: str, fallback: str) -> str:
    """Return the text in ``language``, or else in ``fallback`` (the framework's first language)."""
    return texts.get(language) or texts[fallback]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A group of competences."""

    id: str
    title: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningOutcomes:
    """What a person knows, can do and answers for: the three kinds of the EQF (2017/C 189/03, Annex II)."""

    knowledge: Texts
    skills: Texts
    responsibility_autonomy: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Competence:
    """One competence of the model.

    Attributes:
        esco: Its address in the ESCO classification, where it has one.
        unit_levels: EQF levels at which it may be certified by itself; empty where it may not.
    """

    id: str
    area_id: str
    title: Texts
    description: Texts
    learning_outcomes: LearningOutcomes
    esco: str | None = None
    unit_levels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class CompetenceLevel:
    """A competence at an EQF level (1-8): what a role requires, or what a module addresses."""

    competence_id: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase of a project's life."""

    id: str
    title: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRole:
    """A job role: what a candidate is certified as.

    Attributes:
        aliases: Other titles the market uses, per language.
        requires: Every required competence at its EQF level, in the framework's order.
    """

    id: str
    title: Texts
    aliases: Mapping[str, tuple[str, ...]]
    description: Texts
    phase_id: str
    requires: tuple[CompetenceLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certifiable:
    """What a candidate can be certified for: a whole role, or a unit, which is one competence at one level.

    Attributes:
        id: The role's id, or `unit_id`; a decision and an award call it ``role_id`` in both cases.
        phase_id: The role's phase; None for a unit, which belongs to no phase.
    """

    id: str
    kind: Literal["role", "unit"]
    title: Texts
    description: Texts
    phase_id: str | None
    requires: tuple[CompetenceLevel, ...]


def unit_id(competence_id: str, level: int) -> str:
    """Return a unit's id, as ``URB-1@5``; no role can have it, since ids have no at sign."""
    return f"{competence_id}@{level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """An inclusive range of EQF levels within 1-8."""

    minimum: int
    maximum: int

    def __contains__(self, level: object) -> bool:
        return isinstance(level, int) and self.minimum <= level <= self.maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleVersion:
    """A version of a training module.

    Attributes:
        workload_minutes: Notional workload of a learner, in minutes.
        ects: ECTS credits where known.
        participation: Form of participation, a key of `Framework.participation_forms`.
        assessment: Type of assessment, a key of `Framework.assessment_types`.
        valid_from: First day on which a completion of this version counts.
        valid_until: Last such day; None where it has no end yet.
    """

    id: str
    version: str
    title: Texts
    provider: str
    addresses: tuple[CompetenceLevel, ...]
    workload_minutes: int
    ects: Decimal | None
    participation: str
    assessment: str
    valid_from: date
    valid_until: date | None

    def counts_on(self, day: date) -> bool:
        """Tell whether a completion on ``day`` lies in this version's validity, ends included."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardingBody:
    """Who certifies; ``country`` is ISO 3166-1 alpha-2, ``website`` an https address."""

    name: Texts
    country: str
    website: str
    signatory: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeFacts:
    """What a certificate must show beyond competences (EU micro-credential recommendation 2022, Annex I).

    Attributes:
        number_prefix: First part of certificate numbers, as ``S4C``.
        validity_months: How long a certificate stands, in months.
    """

    awarding_body: AwardingBody
    quality_assurance: Texts
    assessment: Texts
    participation: Texts
    renewal: Texts
    validity_months: int
    number_prefix: str


@dataclass(frozen=True, kw_only=True)
class Framework:
    """One immutable, published version of a scheme's competence framework.

    Attributes:
        languages: BCP 47 tags; the first is the one every text has.
        illustrative: Certificates under it are specimens. Nothing else makes a specimen.
        digest: SHA-256 (64 hex digits) of the canonical JSON of the document; what a decision pins.
    """

    id: str
    version: str
    title: Texts
    languages: tuple[str, ...]
    illustrative: bool
    levels: LevelRange
    admission: LevelRange
    phases: tuple[Phase, ...]
    areas: tuple[Area, ...]
    competences: tuple[Competence, ...]
    roles: tuple[JobRole, ...]
    modules: tuple[ModuleVersion, ...]
    participation_forms: Mapping[str, Texts]
    assessment_types: Mapping[str, Texts]
    scheme: SchemeFacts
    digest: str

    @cached_property
    def competence(self) -> Mapping[str, Competence]:
        """Competences by id."""
        return {item.id: item for item in self.competences}

    @cached_property
    def area(self) -> Mapping[str, Area]:
        """Areas by id."""
        return {item.id: item for item in self.areas}

    @cached_property
    def role(self) -> Mapping[str, JobRole]:
        """Roles by id."""
        return {item.id: item for item in self.roles}

    @cached_property
    def certifiable(self) -> Mapping[str, Certifiable]:
        """All that can be certified, by id: the roles, then the units in the order of competences and levels."""
        roles = {
            item.id: Certifiable(
                id=item.id,
                kind="role",
                title=item.title,
                description=item.description,
                phase_id=item.phase_id,
                requires=item.requires,
            )
            for item in self.roles
        }
        units = {
            unit_id(item.id, level): Certifiable(
                id=unit_id(item.id, level),
                kind="unit",
                title=item.title,
                description=item.description,
                phase_id=None,
                requires=(CompetenceLevel(item.id, level),),
            )
            for item in self.competences
            for level in item.unit_levels
        }
        return roles | units

    @cached_property
    def phase(self) -> Mapping[str, Phase]:
        """Phases by id."""
        return {item.id: item for item in self.phases}

    @cached_property
    def module(self) -> Mapping[tuple[str, str], ModuleVersion]:
        """Module versions by (module id, version)."""
        return {(item.id, item.version): item for item in self.modules}

    def require_language(self, language: str) -> None:
        """Raise InvalidInput for a language that the framework has no texts in."""
        if language not in self.languages:
            raise InvalidInput(
                f"The framework {self.id} has no texts in the language {language!r}.",
                fix=f"choose one of: {', '.join(self.languages)}",
            )

    def text(self, texts: Texts, language: str) -> str:
        """Return a text in ``language``, or in the framework's first language."""
        return in_language(texts, language, self.languages[0])
