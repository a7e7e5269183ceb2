"""Whether the training on offer can lead to every role and unit: a warning for a scheme's owner, not a rule of the format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from certify.framework.model import Framework


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """A level of a role or unit that no module reaches; ``best`` is the highest on offer, None where nothing is."""

    role_id: str
    competence_id: str
    level: int
    best: int | None

    def __str__(self) -> str:
        offer = (
            "no module addresses it" if self.best is None else f"the best module reaches level {self.best}"
        )
        return f"{self.role_id} requires {self.competence_id} at level {self.level}, but {offer}."


def coverage(framework: Framework, on: date | None = None) -> tuple[Unreached, ...]:
    """Return every requirement that no module reaches, in the framework's order.

    Args:
        on: Count only module versions valid on this day; None counts all.
    """
    best: dict[str, int] = {}
    for module in framework.modules:
        if on is None or module.counts_on(on):
            for item in module.addresses:
                best[item.competence_id] = max(item.level, best.get(item.competence_id, 0))
    return tuple(
        Unreached(
            role_id=role.id,
            competence_id=asked.competence_id,
            level=asked.level,
            best=best.get(asked.competence_id),
        )
        for role in framework.certifiable.values()
        for asked in role.requires
        if best.get(asked.competence_id, 0) < asked.level
    )
