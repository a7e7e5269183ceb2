"""An award as the main path draws it, for tests that begin with one."""

from __future__ import annotations

from datetime import UTC, date, datetime

from certify.award.record import AwardedCompetence, AwardRecord
from certify.people.model import HolderName

AWARD = AwardRecord(
    certificate_id="2CHM2HMP4OH7CFUH5K4DBKZQVU",
    number="S4C-2026-JRTAB-20480-9",
    language="en",
    specimen=True,
    kind="role",
    holder=HolderName(native="Мария Димитрова", latin="Maria Dimitrova", printed="Мария Димитрова"),
    role_id="smart-city-project-manager",
    role_title="Smart City Project Manager",
    description="Leads smart-city projects from the decision to the handover.",
    phase="implementation and management",
    framework_id="skills4cities",
    framework_title="Skills4Cities",
    framework_version="2026.1",
    framework_digest="5f" * 32,
    competences=(
        AwardedCompetence(id="URB-1", title="Reading the city", area="Urban planning", level=5),
        AwardedCompetence(
            id="ECO-2",
            title="Funding “mixed” projects",
            area="Economy",
            level=6,
            esco="http://data.europa.eu/esco/skill/00000000-0000-4000-8000-000000000000",
        ),
    ),
    level_minimum=5,
    level_maximum=6,
    workload_minutes=9_630,
    awarding_body="Skills4Cities",
    country="BG",
    website="https://skills4cities.example",
    signatory="Head of Certification",
    assessment="A portfolio and an oral examination.",
    participation="Blended, in groups.",
    quality_assurance="Reviewed each year by an external expert.",
    renewal="After three years, by 60 hours of further training.",
    decided_on=date(2026, 11, 20),
    issued_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    valid_from=date(2026, 11, 24),
    valid_until=date(2029, 11, 24),
    verification_url="https://certificates.example/v/2CHM2HMP4OH7CFUH5K4DBKZQVU",
    status_list=1,
    status_index=70_001,
    template_id="role",
    template_version=1,
)
