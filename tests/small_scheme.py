"""A small framework made by hand, and a fixed moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

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

NOW = datetime(2026, 11, 23, 17, 0, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def _en(text: str) -> dict[str, str]:
    return {"en": text}


def small_module(name: str, levels: dict[str, int], **changes: object) -> ModuleVersion:
    module = ModuleVersion(
        id=name,
        version="1",
        title=_en(name),
        provider="A provider",
        addresses=tuple(CompetenceLevel(key, level) for key, level in levels.items()),
        workload_minutes=600,
        ects=None,
        participation="on-site",
        assessment="exam",
        valid_from=date(2026, 1, 1),
        valid_until=None,
    )
    return replace(module, **changes)  # type: ignore[arg-type]


def small_framework(modules: tuple[ModuleVersion, ...], requires: dict[str, int]) -> Framework:
    outcomes = LearningOutcomes(knowledge=_en("k"), skills=_en("s"), responsibility_autonomy=_en("r"))
    return Framework(
        id="small",
        version="1",
        title=_en("A small scheme"),
        languages=("en",),
        illustrative=True,
        levels=LevelRange(minimum=4, maximum=6),
        admission=LevelRange(minimum=7, maximum=8),
        phases=(Phase(id="design", title=_en("Design")),),
        areas=(Area(id="one", title=_en("One")),),
        competences=tuple(
            Competence(
                id=name,
                area_id="one",
                title=_en(name),
                description=_en(name),
                learning_outcomes=outcomes,
                unit_levels=(5, 6),
            )
            for name in sorted({*requires, *(item.competence_id for m in modules for item in m.addresses)})
        ),
        roles=(
            JobRole(
                id="developer",
                title=_en("Developer"),
                aliases={},
                description=_en("Develops."),
                phase_id="design",
                requires=tuple(CompetenceLevel(key, level) for key, level in requires.items()),
            ),
        ),
        modules=modules,
        participation_forms={"on-site": _en("On site")},
        assessment_types={"exam": _en("Examination")},
        scheme=SchemeFacts(
            awarding_body=AwardingBody(
                name=_en("A body"), country="BG", website="https://body.example", signatory=_en("Head")
            ),
            quality_assurance=_en("Audit"),
            assessment=_en("Examination"),
            participation=_en("On site"),
            renewal=_en("Every three years"),
            validity_months=36,
            number_prefix="S4C",
        ),
        digest="0" * 64,
    )
