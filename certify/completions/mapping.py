"""Which column of somebody's table means what: suggested from the heading, settled by a person, remembered.

Two layouts are understood. A **long** table has a row for each completion. A **wide** one, as Moodle's
activity completion report, has a row for each person and a column (with the day in the next) for each module.
Both become a list of `RecordColumns`: each makes at most one record of a row.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from certify.errors import InvalidInput
from certify.framework.model import Framework
from certify.sheets.model import Sheet

REASON_COLUMN = "reason"
"""The last column of a file of rejected rows; it is not part of the layout."""


class PersonBy(StrEnum):
    """How a row names its person."""

    REFERENCE = "reference"
    EMAIL = "email"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordColumns:
    """Where one record of a row comes from; columns by position, None where there is none.

    Attributes:
        module: Column with the module's id or title.
        fixed_module: (id, version) where no column names it; a version alone is looked up by the module's id.
        outcome: None means passed.
        day: None means the mapping's ``fixed_day``.
    """

    module: int | None = None
    version: int | None = None
    fixed_module: tuple[str, str] | None = None
    outcome: int | None = None
    day: int | None = None
    hours: int | None = None
    evidence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What the columns mean.

    Attributes:
        trainer: Column with the trainer's e-mail address.
        fixed_trainer: Address where no column names one; empty means the importing person.
        fixed_day: ISO 8601 day where no column names one; empty means each row must.
    """

    person: int | None = None
    person_by: PersonBy = PersonBy.REFERENCE
    records: tuple[RecordColumns, ...] = ()
    trainer: int | None = None
    fixed_trainer: str = ""
    fixed_day: str = ""

    def missing(self) -> tuple[str, ...]:
        """Name what has to be settled before rows can be read; empty where all is."""
        lacking = []
        if self.person is None:
            lacking.append("candidate")
        if not self.records:
            lacking.append("module")
        if any(item.day is None for item in self.records) and not self.fixed_day:
            lacking.append("completed_on")
        return tuple(lacking)

    @property
    def used(self) -> frozenset[int]:
        """Every column that means something."""
        columns = [self.person, self.trainer]
        for item in self.records:
            columns += [item.module, item.version, item.outcome, item.day, item.hours, item.evidence]
        return frozenset(column for column in columns if column is not None)


_JOINTS = re.compile("[_-]")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "reference": ("candidate", "reference", "candidate reference", "id number", "idnumber", "student id", "номер"),
    "email": ("email", "e-mail", "email address", "e-mail address", "mail", "имейл", "ел. поща", "email адрес"),
    "name": ("name", "full name", "candidate name", "learner", "student", "participant", "име", "име и фамилия", "όνομα"),
    "module": ("module", "course", "module id", "activity", "модул", "курс", "ενότητα"),
    "version": ("version", "module version", "версия"),
    "outcome": ("outcome", "result", "status", "state", "completion status", "резултат", "статус"),
    "day": ("completed_on", "completed on", "completion date", "date", "day", "date completed", "дата", "завършено на", "ημερομηνία"),
    "hours": ("workload_hours", "hours", "workload", "часове", "ώρες"),
    "evidence": ("evidence_sha256", "evidence", "sha256", "sha-256"),
    "trainer": ("trainer", "trainer email", "instructor", "обучител", "εκπαιδευτής"),
}  # fmt: skip


def suggest(sheet: Sheet, framework: Framework) -> ColumnMapping:
    """Suggest what the columns mean from their names; what cannot be told stays open."""
    header = [_plain(name) for name in sheet.header]
    found = {
        meaning: next((place for place, name in enumerate(header) if name in words), None)
        for meaning, words in _KNOWN.items()
    }
    person, by = _person(found, header)
    wide = _wide(header, framework)
    if wide:
        records = wide
    elif found["module"] is not None:
        records = (
            RecordColumns(
                module=found["module"],
                version=found["version"],
                outcome=found["outcome"],
                day=found["day"],
                hours=found["hours"],
                evidence=found["evidence"],
            ),
        )
    else:
        records = ()
    return ColumnMapping(person=person, person_by=by, records=records, trainer=found["trainer"])


def _person(found: Mapping[str, int | None], header: Sequence[str]) -> tuple[int | None, PersonBy]:
    for by in PersonBy:
        if found[by.value] is not None:
            return found[by.value], by
    # Moodle leaves the heading of the names empty.
    return (0, PersonBy.NAME) if header and not header[0] else (None, PersonBy.REFERENCE)


def _wide(header: Sequence[str], framework: Framework) -> tuple[RecordColumns, ...]:
    latest = {_plain(title): module for module in framework.modules for title in module.title.values()}
    latest |= {_plain(module.id): module for module in framework.modules}
    columns = []
    for place, name in enumerate(header):
        module = latest.get(name)
        if module is None:
            continue
        following = header[place + 1] if place + 1 < len(header) else ""
        dated = following.removeprefix(name).strip(" -:") in _KNOWN["day"]
        columns.append(
            RecordColumns(
                fixed_module=(module.id, module.version), outcome=place, day=place + 1 if dated else None
            )
        )
    return tuple(columns)


def _plain(name: str) -> str:
    """Programs write ``module_id`` where people write ``Module ID``."""
    return " ".join(_JOINTS.sub(" ", name).split()).casefold()


_KNOWN = {meaning: frozenset(map(_plain, words)) for meaning, words in _WORDS.items()}


def layout(header: Sequence[str]) -> str:
    """Return a digest of a heading: tables with the same one have the same layout (64 hex digits)."""
    names = list(header)
    if names and _plain(names[-1]) == REASON_COLUMN:
        names.pop()
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def to_json(mapping: ColumnMapping) -> str:
    """Write a mapping to be remembered."""
    return json.dumps(asdict(mapping))


def from_json(text: str, width: int) -> ColumnMapping:
    """Read a mapping for a table of ``width`` columns.

    Raises:
        InvalidInput: It is not one.
    """
    try:
        document: dict[str, Any] = dict(json.loads(text))
        records = tuple(
            replace(
                RecordColumns(**item),
                fixed_module=tuple(item["fixed_module"]) if item["fixed_module"] else None,
            )
            for item in document.pop("records")
        )
        by = PersonBy(document.pop("person_by"))
        mapping = ColumnMapping(records=records, person_by=by, **document)
        if any(not 0 <= column < width for column in mapping.used):
            raise ValueError(width)  # noqa: TRY301 - one refusal for all
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput("is not what the columns of this table mean.", where="columns") from error
    return mapping
