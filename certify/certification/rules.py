"""Who may decide what (ISO/IEC 17024:2012, 9.4.4: whoever decides did not examine or train the candidate)."""

from __future__ import annotations

from collections.abc import Iterable

from certify.completions.model import CompletionRecord
from certify.eligibility.model import Assessment
from certify.people.model import User


def conflicts_of(by: User, assessment: Assessment, records: Iterable[CompletionRecord]) -> str:
    """Return why ``by`` may not decide on this assessment, in one sentence; empty where they may.

    The database holds the same rule by itself, see `certify.db.tables`.
    """
    if by.candidate_id is not None and by.candidate_id == assessment.candidate_id:
        return "Nobody decides on their own certification."
    relied_on = set(assessment.relied_on)
    for record in records:
        if record.id in relied_on and record.trainer_id == by.id:
            return f"You trained this candidate in {record.module_id}, which the decision would rely on."
        if record.id in relied_on and record.recorded_by == by.id:
            return f"You recorded this candidate's {record.module_id}, which the decision would rely on."
    return ""


def may_grant(assessment: Assessment) -> bool:
    """Every requirement is met, and at least one record is relied on."""
    return assessment.eligible and bool(assessment.relied_on)
