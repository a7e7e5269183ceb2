"""Measuring in rounds: every task has its turn in each round, so that what else the machine does hits all alike."""

from __future__ import annotations

import gc
import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time


@dataclass(slots=True)
class Task:
    """Something that is done many times.

    Attributes:
        name: Key of its result in ``bench.json``.
        run: Does it ``count`` times. What it prepares before is not its time: see ``prepare``.
        count: How often in one round.
        prepare: Makes ready for one round, unmeasured.
        clock: Tells the processor time used so far by whoever does it, in seconds: this process, or a server.
        seconds: Processor time for one, in each round so far: what other programs take of the core is not in it.
        elapsed: The same by the clock on the wall.
    """

    name: str
    run: Callable[[], object]
    count: int
    prepare: Callable[[], object] = lambda: None
    clock: Callable[[], float] = process_time
    seconds: list[float] = field(default_factory=list)
    elapsed: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median over the rounds of the processor time for one, in seconds."""
        return statistics.median(self.seconds)

    @property
    def rate(self) -> float:
        """How many in a second of the core."""
        return 1 / self.median

    @property
    def wall_rate(self) -> float:
        """How many in a second by the clock on the wall."""
        return 1 / statistics.median(self.elapsed)


def pin() -> int | None:
    """Keep this process on one core and return its number; None where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def measure(tasks: Sequence[Task], rounds: int) -> None:
    """Run all tasks ``rounds`` times in turn, every other round backwards; a first round warms up."""
    for number in range(rounds + 1):
        for task in tasks if number % 2 else reversed(tasks):
            task.prepare()
            gc.collect()
            begun, used = perf_counter(), task.clock()
            task.run()
            if number:
                task.seconds.append((task.clock() - used) / task.count)
                task.elapsed.append((perf_counter() - begun) / task.count)
