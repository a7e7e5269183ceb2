"""Write certify/demo/completions.csv anew: what the demonstration's candidates completed.

Run by hand after a change of the shipped scheme or of candidates.csv, from the top of the checkout:
``.venv/bin/python tools/make_demo_completions.py``. The same input gives the same file.
"""

from __future__ import annotations

import csv
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from certify.demo.people import TRAINER_OF
from certify.eligibility.programme import plan
from certify.framework.load import load_framework, published_scheme
from certify.framework.model import Framework

FOLDER = Path(__file__).resolve().parents[1] / "certify" / "demo"
FIRST, LAST = date(2026, 4, 7), date(2026, 10, 30)
HEADER = (
    "candidate",
    "module",
    "version",
    "completed_on",
    "outcome",
    "workload_hours",
    "evidence_sha256",
    "trainer",
)

# Candidates whose records fall short, and how. Everybody else completes all that their role asks for.
LOWER = {
    "A-06": {"planning-and-public-space": ("planning-basics", "reading-a-city")},
    "A-14": {"managing-city-projects": ("project-basics",)},
    "B-18": {"strategy-and-change": ("leading-and-advising-basics",)},
}
LEFT_OUT = {"B-16": {"digital-city-services"}}
ENDED = {("A-21", "climate-neutral-city"): "failed", ("B-11", "programmes-and-evaluation"): "withdrawn"}
SECOND_TRY = {("B-10", "negotiation-and-voice"), ("A-02", "innovation-lab")}
OUTSIDE = {("A-10", "law-and-procurement"): ("1", date(2026, 7, 2))}
UNFINISHED = {"B-05": 8}


@dataclass(frozen=True)
class Row:
    """One completion."""

    completed_on: date
    candidate: str
    module: str
    version: str
    outcome: str
    hours: str
    trainer: str

    def cells(self) -> tuple[str, ...]:
        """Return the row as the file has it."""
        seen = f"demonstration: {self.candidate} {self.module} {self.version} {self.completed_on}"
        digest = hashlib.sha256(seen.encode()).hexdigest() if self.outcome == "passed" else ""
        day = self.completed_on.isoformat()
        return (
            self.candidate,
            self.module,
            self.version,
            day,
            self.outcome,
            self.hours,
            digest,
            self.trainer,
        )


def rows_of(person: dict[str, str], framework: Framework) -> Iterator[Row]:
    """Yield one candidate's completions in the order in which they took the modules."""
    reference = person["reference"]
    chance = random.Random(f"certify {reference}")  # noqa: S311 - variety, not secrecy
    valid = [module for module in framework.modules if module.counts_on(FIRST) and module.counts_on(LAST)]
    needed = [module.id for module in plan(framework.role[person["role"]].requires, valid).modules]
    taken = [name for module in needed for name in LOWER.get(reference, {}).get(module, (module,))]
    taken = [name for name in taken if name not in LEFT_OUT.get(reference, set())]
    chance.shuffle(taken)
    taken = taken[: UNFINISHED.get(reference, len(taken))]
    versions = {module.id: module.version for module in valid}
    minutes = {module.id: module.workload_minutes for module in valid}
    step = (LAST - FIRST) // (len(taken) + 1)
    day = FIRST
    for name in taken:
        day = _working_day(day + step - timedelta(days=chance.randrange(4)))
        hours = minutes[name] / 60
        row = Row(
            completed_on=day,
            candidate=reference,
            module=name,
            version=versions[name],
            outcome=ENDED.get((reference, name), "passed"),
            # Left empty where the module's notional workload holds.
            hours=f"{hours + 1.5:g}" if chance.random() < 1 / 12 else "",
            trainer=TRAINER_OF[person["cohort"]],
        )
        if (reference, name) in SECOND_TRY:
            yield replace(row, outcome="failed", hours="")
            row = replace(row, completed_on=_working_day(day + timedelta(days=14)))
        if (reference, name) in OUTSIDE:
            version, on = OUTSIDE[reference, name]
            row = replace(row, version=version, completed_on=on)
        yield row


def _working_day(day: date) -> date:
    """Move a Saturday or Sunday to the Monday after."""
    return day + timedelta(days=(8 - day.isoweekday()) if day.isoweekday() in {6, 7} else 0)


def main() -> None:
    """Write the file."""
    framework = load_framework(published_scheme())
    with (FOLDER / "candidates.csv").open(encoding="utf-8", newline="") as stream:
        people = list(csv.DictReader(stream))
    rows = [row for person in people for row in rows_of(person, framework)]
    with (FOLDER / "completions.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(
            row.cells() for row in sorted(rows, key=lambda row: (row.completed_on, row.candidate))
        )


if __name__ == "__main__":
    main()
