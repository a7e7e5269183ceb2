"""From a granted decision to the frozen award record: everything a certificate will say, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from certify.award.fixed import FIXED, OncePerAward
from certify.award.record import AwardedCompetence, AwardRecord
from certify.clock import add_months, utc_day
from certify.framework.model import Framework
from certify.identifiers import new_certificate_number, new_identifier
from certify.issuing.designs import SHIPPED, DesignVersion
from certify.issuing.model import GrantedCase
from certify.people.model import HolderName
from certify.status.model import StatusEntry

_UNFILLED: Mapping[str, Any] = {
    "certificate_id": "",
    "number": "",
    "holder": HolderName(native="", latin="", printed=""),
    "workload_minutes": 0,
    "decided_on": date.min,
    "issued_at": datetime.min.replace(tzinfo=UTC),
    "valid_from": date.min,
    "valid_until": date.min,
    "verification_url": "",
    "status_list": 0,
    "status_index": 0,
}


# `dataclasses.replace` would read every field of every award anew.
_FIXED_VALUES = OncePerAward(lambda award: {name: getattr(award, name) for name in FIXED})


def draw_award(
    case: GrantedCase,
    framework: Framework,
    unfilled: AwardRecord,
    *,
    at: datetime,
    public_base: str,
    place: StatusEntry,
) -> AwardRecord:
    """Return the award for a granted decision, with a fresh id and number.

    Args:
        unfilled: What `unfilled_award` gives for the case's role or unit.
    """
    certificate_id = new_identifier()
    day = utc_day(at)
    return AwardRecord(
        **_FIXED_VALUES.of(unfilled),
        certificate_id=certificate_id,
        number=new_certificate_number(framework.scheme.number_prefix, day.year),
        holder=case.holder,
        workload_minutes=case.workload_minutes,
        decided_on=utc_day(case.decided_at),
        issued_at=at,
        valid_from=day,
        valid_until=add_months(day, framework.scheme.validity_months),
        verification_url=f"{public_base}/v/{certificate_id}",
        status_list=place.list_number,
        status_index=place.index,
    )


def unfilled_award(
    framework: Framework, role_id: str, language: str, design: DesignVersion | None = None
) -> AwardRecord:
    """Return what every award of a role or unit says in a language, and nothing of what varies (`award.fixed.VARYING`).

    It states the level that the role requires, not the higher one that a candidate may have reached: an
    employer compares certificates of one role by the role (docs/adr/0003). The achievement that a credential
    names is this, so it can be published before anybody has it.

    Args:
        design: What the page looks like; None for the shipped one.

    Raises:
        KeyError: The framework certifies no such role or unit.
    """
    role = framework.certifiable[role_id]
    template_id, template_version = design or SHIPPED[role.kind]
    body = framework.scheme.awarding_body

    def text(texts: object) -> str:
        return framework.text(texts, language)  # type: ignore[arg-type]  # every caller passes Texts

    return AwardRecord(
        language=language if language in framework.languages else framework.languages[0],
        specimen=framework.illustrative,
        kind=role.kind,
        role_id=role.id,
        role_title=text(role.title),
        description=text(role.description),
        phase=text(framework.phase[role.phase_id].title) if role.phase_id else "",
        framework_id=framework.id,
        framework_title=text(framework.title),
        framework_version=framework.version,
        framework_digest=framework.digest,
        competences=tuple(
            AwardedCompetence(
                id=item.competence_id,
                title=text(framework.competence[item.competence_id].title),
                area=text(framework.area[framework.competence[item.competence_id].area_id].title),
                level=item.level,
                esco=framework.competence[item.competence_id].esco,
            )
            for item in role.requires
        ),
        level_minimum=min(item.level for item in role.requires),
        level_maximum=max(item.level for item in role.requires),
        awarding_body=text(body.name),
        country=body.country,
        website=body.website,
        signatory=text(body.signatory),
        assessment=text(framework.scheme.assessment),
        participation=text(framework.scheme.participation),
        quality_assurance=text(framework.scheme.quality_assurance),
        renewal=text(framework.scheme.renewal),
        template_id=template_id,
        template_version=template_version,
        **_UNFILLED,
    )
