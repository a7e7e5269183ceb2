"""An award that certifies nothing, to see a design by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from certify.award.record import AwardRecord
from certify.clock import add_months, utc_day
from certify.framework.load import load_framework, published_scheme
from certify.identifiers import new_certificate_number, new_identifier
from certify.issuing.awarding import unfilled_award
from certify.issuing.designs import DesignVersion
from certify.people.model import HolderName

SPECIMEN_BASE = "https://certificates.example"
"""Where no certificate is verified."""

_WORKLOAD_MINUTES = 160 * 60 + 30


def specimen_award(kind: str, design: DesignVersion, language: str, name: str, at: datetime) -> AwardRecord:
    """Return an award of a kind under the shipped scheme, in a design; nothing registers it."""
    framework = load_framework(published_scheme())
    role = next(item for item in framework.certifiable.values() if item.kind == kind)
    certificate_id, day = new_identifier(), utc_day(at)
    return replace(
        unfilled_award(framework, role.id, language, design),
        language=language,
        specimen=True,
        certificate_id=certificate_id,
        number=new_certificate_number(framework.scheme.number_prefix, day.year),
        holder=HolderName(native=name, latin=name, printed=name),
        workload_minutes=_WORKLOAD_MINUTES,
        decided_on=day,
        issued_at=at,
        valid_from=day,
        valid_until=add_months(day, framework.scheme.validity_months),
        verification_url=f"{SPECIMEN_BASE}/v/{certificate_id}",
        status_list=1,
        status_index=1,
    )
