"""What a person chooses for each column of a table, and the mapping that these choices make.

A choice is a short text, as a form sends it: ``person:name``, ``day``, ``outcome:MODULE VERSION``; empty for a
column that means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from certify.completions.mapping import ColumnMapping, PersonBy, RecordColumns
from certify.errors import InvalidInput

PERSON = tuple(f"person:{by.value}" for by in PersonBy)
OF_A_COMPLETION = ("module", "version", "outcome", "day", "hours", "evidence")
"""Columns of a table with a row for each completion."""

OF_A_MODULE = ("outcome", "day")
"""Columns of a table with a row for each person, for each module."""

_TRAINER = "trainer"


def choices(mapping: ColumnMapping, width: int) -> list[str]:
    """Return what each of ``width`` columns is chosen to mean."""
    chosen = [""] * width

    def choose(column: int | None, meaning: str) -> None:
        if column is not None:
            chosen[column] = meaning

    choose(mapping.person, f"person:{mapping.person_by.value}")
    choose(mapping.trainer, _TRAINER)
    wide = is_wide(mapping)
    for item in mapping.records:
        for name in OF_A_COMPLETION:
            meaning = f"{name}:{' '.join(item.fixed_module)}" if wide and item.fixed_module else name
            choose(getattr(item, name), meaning)
    return chosen


def is_wide(mapping: ColumnMapping) -> bool:
    """Tell whether the table has a row for each person and columns for each module."""
    return len(mapping.records) > 1 or (
        # One module with a column of its own reads the same in both layouts; hours only the long one has.
        len(mapping.records) == 1
        and mapping.records[0].fixed_module is not None
        and mapping.records[0].hours is None
        and mapping.records[0].evidence is None
    )


def chosen_mapping(
    chosen: Sequence[str], *, module: str = "", fixed_trainer: str = "", fixed_day: str = ""
) -> ColumnMapping:
    """Return the mapping that choices make.

    Args:
        chosen: What each column means.
        module: Id and version of the module of all rows, where no column names one.
        fixed_trainer: E-mail address of the trainer of rows that name none; empty for the importing person.
        fixed_day: ISO 8601 day of rows where no column has one.

    Raises:
        InvalidInput: Two columns mean the same, or the choices are of both layouts at once.
    """
    places: dict[str, int] = {}
    for place, meaning in enumerate(chosen):
        if meaning and meaning in places:
            raise InvalidInput(
                f"Two columns mean the same ({meaning}).", where="Columns", fix="leave one of them out"
            )
        if meaning:
            places[meaning] = place
    people = [meaning for meaning in PERSON if meaning in places]
    if len(people) > 1:
        raise InvalidInput("Two columns name the person.", where="Columns", fix="choose the surer one")
    by = PersonBy(people[0].partition(":")[2]) if people else PersonBy.REFERENCE
    return ColumnMapping(
        person=places[people[0]] if people else None,
        person_by=by,
        records=_records(places, module),
        trainer=places.get(_TRAINER),
        fixed_trainer=fixed_trainer,
        fixed_day=fixed_day,
    )


def _records(places: dict[str, int], module: str) -> tuple[RecordColumns, ...]:
    modules = dict.fromkeys(
        meaning.partition(":")[2] for meaning in places if meaning.startswith(("outcome:", "day:"))
    )
    long = [name for name in OF_A_COMPLETION if name in places]
    if modules:
        if long or module:
            raise InvalidInput(
                "Some columns belong to one module and others to any.",
                where="Columns",
                fix="choose either columns of modules, or the columns of a completion",
            )
        return tuple(
            RecordColumns(
                fixed_module=_module(told),
                outcome=places.get(f"outcome:{told}"),
                day=places.get(f"day:{told}"),
            )
            for told in modules
        )
    if "module" in places and module:
        raise InvalidInput(
            "A column names the module already.", where="Module of all rows", fix="leave it out"
        )
    if "module" not in places and not module:
        return ()
    own = {name: places.get(name) for name in OF_A_COMPLETION}
    return (RecordColumns(fixed_module=_module(module) if module else None, **own),)


def _module(told: str) -> tuple[str, str]:
    module_id, _, version = told.rpartition(" ")
    if not module_id:
        raise InvalidInput("is not a module and its version.", where="Columns")
    return module_id, version
