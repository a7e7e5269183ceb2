"""A declaration, a look at a case, and what stops somebody from deciding, as plain values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from certify.eligibility.codec import encode
from certify.eligibility.model import Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a certifier says of their own interest in one candidate; append-only.

    Attributes:
        conflict: What the conflict of interest is; empty where there is none. One that is declared stands
            for ever: whoever could take it back could declare whatever suits the decision at hand.
    """

    id: str
    candidate_id: str
    declared_by: str
    conflict: str
    declared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A certifier opened a case and was shown these results; append-only.

    Attributes:
        digest: Of the results that were shown, see `results_digest`.
    """

    candidate_id: str
    framework_id: str
    role_id: str
    viewed_by: str
    digest: str
    viewed_at: datetime


class HindranceKind(StrEnum):
    """Why somebody may not decide."""

    OWN = "own"
    TRAINED = "trained"
    RECORDED = "recorded"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What stops somebody from deciding; ``about`` is a module's id, or the conflict that they declared."""

    kind: HindranceKind
    about: str = ""

    def __str__(self) -> str:
        """Say it to the person it stops, in one sentence."""
        match self.kind:
            case HindranceKind.OWN:
                return "Nobody decides on their own certification."
            case HindranceKind.TRAINED:
                return f"You trained this candidate in {self.about}, which the decision would rely on."
            case HindranceKind.RECORDED:
                return f"You recorded this candidate's {self.about}, which the decision would rely on."
            case HindranceKind.DECLARED:
                return f"You declared a conflict of interest: {self.about}"


def results_digest(assessment: Assessment) -> str:
    """Return a SHA-256 of all results but their day: the same results on the next day were seen already."""
    return hashlib.sha256(encode(replace(assessment, on=date.min)).encode()).hexdigest()
