"""What one award shares with every other of its kind, so that slow work on it is done once.

Two awards of one role, framework version, language and template differ in `VARYING` alone: page, credential
and canonical bytes are compiled from the rest and then filled.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

from certify.award.record import AwardRecord

VARYING = frozenset(
    {
        "certificate_id",
        "number",
        "holder",
        "workload_minutes",
        "decided_on",
        "issued_at",
        "valid_from",
        "valid_until",
        "verification_url",
        "status_list",
        "status_index",
        "supersedes",
    }
)
"""The fields that differ from holder to holder."""

FIXED = tuple(item.name for item in fields(AwardRecord) if item.name not in VARYING)

_fixed_part: Callable[[AwardRecord], tuple[Any, ...]] = attrgetter(*FIXED)
_kind_of: Callable[[AwardRecord], tuple[Any, ...]] = attrgetter(
    "framework_digest", "role_id", "language", "kind", "template_id", "template_version", "specimen"
)

Compiled = TypeVar("Compiled")


class OncePerAward(Generic[Compiled]):
    """Makes a value once for each award and keeps the latest, since several steps of issuing ask for the same.

    Args:
        make: Makes the value; an award is frozen, so it is always the same.
        room: Awards to keep, at least as many as are issued together.
    """

    def __init__(self, make: Callable[[AwardRecord], Compiled], room: int = 300) -> None:
        self._make = make
        self._room = room
        self._known: OrderedDict[int, tuple[AwardRecord, Compiled]] = OrderedDict()

    def of(self, award: AwardRecord) -> Compiled:
        """Return the award's value."""
        known = self._known.get(id(award))
        if known is not None and known[0] is award:
            return known[1]
        made = self._make(award)
        self._known[id(award)] = award, made
        _forget_oldest(self._known, self._room)
        return made


def _forget_oldest(known: OrderedDict[Any, Any], room: int) -> None:
    while len(known) > room:
        try:
            known.popitem(last=False)
        except KeyError:  # another thread was faster
            return


_FIXED_PARTS = OncePerAward(lambda award: (_kind_of(award), _fixed_part(award)))


class CompiledOnce(Generic[Compiled]):
    """Compiles once for each kind of award and keeps the latest few.

    The key is short; that the whole fixed part is the same is compared each time, which costs little since
    awards of one kind share their texts. So no award is ever filled into what another kind was compiled for.

    Args:
        compile_: Makes the value from any award of the kind; must read no field in `VARYING`.
        room: Kinds to keep.
    """

    def __init__(self, compile_: Callable[[AwardRecord], Compiled], room: int = 32) -> None:
        self._compile = compile_
        self._room = room
        self._known: OrderedDict[tuple[Any, ...], tuple[tuple[Any, ...], Compiled]] = OrderedDict()

    def of(self, award: AwardRecord) -> Compiled:
        """Return what is compiled for this award's kind, compiling it where it is new."""
        key, fixed = _FIXED_PARTS.of(award)
        known = self._known.get(key)
        if known is not None and known[0] == fixed:
            return known[1]
        made = self._compile(award)
        # Other threads do the same at any moment, so no step may need what another one left there.
        self._known.pop(key, None)
        self._known[key] = fixed, made
        _forget_oldest(self._known, self._room)
        return made
