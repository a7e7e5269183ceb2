"""The end of an account, and what stands in the place of what was erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ERASED = "erased"
"""Stands where a text was erased that the tables do not let be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A person closed their account; append-only. Their records keep the candidate's random id, and nothing else."""

    candidate_id: str
    closed_at: datetime
