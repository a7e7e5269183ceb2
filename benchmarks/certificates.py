"""Certificates a second of one core: the baseline's signed page, our complete file, and the keys alone."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.baseline import Baseline
from benchmarks.measure import Task
from benchmarks.office import EUROPEAN, BenchOffice, names
from certify.award.record import AwardRecord
from certify.errors import CertifyError
from certify.pades.algorithms import signing_function

KEYS = ("p256", "rsa3072")
IN_ONE_ROUND = {"baseline": 5, "complete": 250, "key": 250}
MESSAGE = bytes(200)
"""As long as the attributes that a signature is over."""


class Certificates:
    """The section ``certificates`` of ``bench.json``."""

    name = "certificates"

    def __init__(self, folder: Path) -> None:
        self._given = names(EUROPEAN)
        self._sizes: list[int] = []
        self._offices = {}
        for key in KEYS:
            (folder / key).mkdir()
            self._offices[key] = BenchOffice.open(folder / key, key)

    def tasks(self) -> Iterator[Task]:
        """Three tasks for each kind of key."""
        for key, office in self._offices.items():
            private, chain = office.key
            yield self._complete(key, office)
            yield self._baseline(key, office, Baseline(private, chain))
            sign = signing_function(private)
            count = IN_ONE_ROUND["key"]
            yield Task(
                f"{key}.key", lambda sign=sign, count=count: [sign(MESSAGE) for _ in range(count)], count
            )  # type: ignore[misc]

    def _complete(self, key: str, office: BenchOffice) -> Task:
        count, issuer = IN_ONE_ROUND["complete"], office.services.issuer
        waiting: list[str] = []

        def issue() -> None:
            outcomes = issuer.issue_many(waiting)
            failed = [item for item in outcomes if isinstance(item, CertifyError)]
            if failed:
                raise failed[0]

        def prepare() -> None:
            waiting[:] = office.grant(count, self._given)

        return Task(f"{key}.complete", issue, count, prepare)

    def _baseline(self, key: str, office: BenchOffice, baseline: Baseline) -> Task:
        count = IN_ONE_ROUND["baseline"]
        (row,) = office.services.issuer.issue_many(office.grant(1, self._given))
        if isinstance(row, CertifyError):
            raise row
        award: AwardRecord = row.award
        self._sizes.append(len(office.services.register.pdf(row.id)))
        return Task(f"{key}.baseline", lambda: [baseline.make(award) for _ in range(count)], count)

    def result(self, tasks: dict[str, Task]) -> dict[str, Any]:
        """Rates and ratios for each kind of key."""
        found: dict[str, Any] = {}
        for key in KEYS:
            baseline, complete, raw = (tasks[f"{key}.{name}"] for name in ("baseline", "complete", "key"))
            ratios = [a / b for a, b in zip(baseline.seconds, complete.seconds, strict=True)]
            shares = [b / a for a, b in zip(complete.seconds, raw.seconds, strict=True)]
            found[key] = {
                "baseline_per_second": round(baseline.rate, 1),
                "complete_per_second": round(complete.rate, 1),
                "complete_per_second_on_the_wall": round(complete.wall_rate, 1),
                "key_per_second": round(raw.rate, 1),
                "times_baseline": round(statistics.median(ratios), 1),
                "share_of_key": round(statistics.median(shares), 3),
            }
        return found | {"bytes": self._sizes[0]}

    def lines(self, result: dict[str, Any]) -> Iterator[str]:
        """What is printed."""
        for key in KEYS:
            item = result[key]
            yield (
                f"{key:8} complete {item['complete_per_second']:8,.0f}/s   baseline {item['baseline_per_second']:6,.1f}/s"
                f"   key alone {item['key_per_second']:8,.0f}/s   {item['times_baseline']:6.1f} x baseline"
                f"   {item['share_of_key']:5.0%} of the key's rate"
            )
        yield f"a file has {result['bytes']:,} bytes, with its credential"


def flat_memory(folder: Path, count: int, peak: Callable[[], int]) -> dict[str, int]:
    """Issue so many certificates, names in Arabic among them, and return the highest memory in KiB.

    Args:
        peak: Tells the highest memory of this process so far.
    """
    (folder / "memory").mkdir()
    office = BenchOffice.open(folder / "memory", "p256")
    given = names((*EUROPEAN, "arabic"))
    step = max(count // 10, 1)
    peaks = []
    for _ in range(10):
        office.services.issuer.issue_many(office.grant(step, given))
        peaks.append(peak())
    return {"certificates": 10 * step, "kib_after_a_tenth": peaks[0], "kib_at_the_end": peaks[-1]}
