"""The individual training programme: the least training that closes a candidate's gap.

Weighted set cover by branch and bound. A gap of a few dozen competences and a few dozen modules is
settled exactly in milliseconds; the search is cut off after a fixed number of steps, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from certify.framework.model import CompetenceLevel, ModuleVersion

MAX_STEPS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What to train next.

    Attributes:
        modules: The proposed modules by id.
        minutes: Their notional workload together, in minutes.
        unreachable: Missing competences that no module on offer reaches.
        optimal: True where no other choice takes fewer minutes; False where the search was cut off.
    """

    modules: tuple[ModuleVersion, ...]
    minutes: int
    unreachable: tuple[CompetenceLevel, ...]
    optimal: bool


def closes(module: ModuleVersion, gap: CompetenceLevel) -> bool:
    """Tell whether passing ``module`` alone closes ``gap``."""
    return any(
        item.competence_id == gap.competence_id and item.level >= gap.level for item in module.addresses
    )


def plan(gaps: Iterable[CompetenceLevel], offer: Iterable[ModuleVersion]) -> Programme:
    """Choose modules from ``offer`` that close every gap with the least workload.

    Args:
        gaps: Competences with the level still to be reached.
        offer: Module versions on offer, each valid on the day in question.
    """
    wanted = sorted(set(gaps))
    covers: list[tuple[ModuleVersion, frozenset[int]]] = []
    for module in sorted(offer, key=lambda item: (item.workload_minutes, item.id, item.version)):
        closed = frozenset(index for index, gap in enumerate(wanted) if closes(module, gap))
        # A module is no use where a cheaper one, already listed, closes all that it closes.
        if closed and not any(closed <= other for _, other in covers):
            covers.append((module, closed))
    reachable: frozenset[int] = frozenset().union(*(closed for _, closed in covers))
    search = _Search(covers)
    search.run(reachable)
    return Programme(
        modules=tuple(sorted(search.best, key=lambda item: (item.id, item.version))),
        minutes=sum(module.workload_minutes for module in search.best),
        unreachable=tuple(gap for index, gap in enumerate(wanted) if index not in reachable),
        optimal=search.steps < MAX_STEPS,
    )


@dataclass(slots=True)
class _Search:
    covers: list[tuple[ModuleVersion, frozenset[int]]]
    best: tuple[ModuleVersion, ...] = ()
    best_minutes: int = 0
    steps: int = 0
    _share: dict[int, float] = field(default_factory=dict)

    def run(self, goal: frozenset[int]) -> None:
        self.best = self._greedy(goal)
        self.best_minutes = sum(module.workload_minutes for module in self.best)
        # Lower bound: closing a gap costs at least its cheapest share of any module's workload.
        self._share = {
            gap: min(module.workload_minutes / len(closed) for module, closed in self.covers if gap in closed)
            for gap in goal
        }
        self._branch(goal, (), 0)

    def _greedy(self, goal: frozenset[int]) -> tuple[ModuleVersion, ...]:
        chosen: list[ModuleVersion] = []
        left = goal
        while left:
            module, closed = min(
                (item for item in self.covers if item[1] & left),
                key=lambda item: (item[0].workload_minutes / len(item[1] & left), item[0].id),
            )
            chosen.append(module)
            left -= closed
        return tuple(chosen)

    def _branch(self, left: frozenset[int], chosen: tuple[ModuleVersion, ...], minutes: int) -> None:
        if not left:
            if minutes < self.best_minutes:
                self.best, self.best_minutes = chosen, minutes
            return
        self.steps += 1
        # The small allowance keeps rounding from cutting off a choice that is exactly as good.
        bound = minutes + sum(self._share[gap] for gap in left) - 1e-6
        if bound >= self.best_minutes or self.steps >= MAX_STEPS:
            return
        gap = min(left, key=lambda item: sum(item in closed for _, closed in self.covers))
        for module, closed in self.covers:
            if gap in closed:
                self._branch(left - closed, (*chosen, module), minutes + module.workload_minutes)
