"""Who may decide what (ISO/IEC 17024:2012, 9.4.4: whoever decides did not examine or train the candidate)."""

from __future__ import annotations

from collections.abc import Iterable

from certify.completions.model import CompletionRecord
from certify.eligibility.model import Assessment
from certify.impartiality.model import Hindrance, HindranceKind
from certify.people.model import User


def hindrance_of(by: User, assessment: Assessment, records: Iterable[CompletionRecord]) -> Hindrance | None:
    """Return what stops ``by`` from deciding on this assessment; None where nothing does.

    The database holds the same rule by itself, see `certify.db.tables`. What they declare themselves is for
    `certify.impartiality`.
    """
    if by.candidate_id is not None and by.candidate_id == assessment.candidate_id:
        return Hindrance(HindranceKind.OWN)
    relied_on = set(assessment.relied_on)
    for record in records:
        if record.id in relied_on and record.trainer_id == by.id:
            return Hindrance(HindranceKind.TRAINED, record.module_id)
        if record.id in relied_on and record.recorded_by == by.id:
            return Hindrance(HindranceKind.RECORDED, record.module_id)
    return None


def may_grant(assessment: Assessment) -> bool:
    """Every requirement is met, and at least one record is relied on."""
    return assessment.eligible and bool(assessment.relied_on)
