"""The staff of the demonstration and its cohorts. All names are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from certify.people.model import UserRole

REGISTRAR = "registrar@demo.example"
CERTIFIER = "certifier@demo.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in; ``reference`` names the candidate they are, where they are one."""

    email: str
    name: str
    role: UserRole
    does: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """A cohort and the e-mail address of its trainer."""

    code: str
    title: str
    starts_on: date
    trainer: str


COHORTS = (
    CohortPlan("SOF-2026-A", "Sofia, spring 2026", date(2026, 4, 6), "trainer.sofia@demo.example"),
    CohortPlan("EUR-2026-B", "Europe, online, 2026", date(2026, 4, 6), "trainer.europe@demo.example"),
)
TRAINER_OF: Mapping[str, str] = {cohort.code: cohort.trainer for cohort in COHORTS}

STAFF = (
    Person(REGISTRAR, "Rada Mihova", UserRole.ADMINISTRATOR, "registers candidates, imports records"),
    Person(COHORTS[0].trainer, "Petar Lozanov", UserRole.TRAINER, "trains and logs cohort SOF-2026-A"),
    Person(COHORTS[1].trainer, "Marta Kowalewicz", UserRole.TRAINER, "trains and logs cohort EUR-2026-B"),
    Person(CERTIFIER, "Henrik Aalto", UserRole.CERTIFIER, "decides; trained and recorded nobody"),
)
CANDIDATES = (
    Person("a-01@candidates.example", "Elitsa Georgieva", UserRole.CANDIDATE, "is certified", "A-01"),
    Person(
        "a-06@candidates.example", "Krastyo Yurukov", UserRole.CANDIDATE, "is short of two levels", "A-06"
    ),
)
