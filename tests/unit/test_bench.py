"""What the benchmark writes is what docs/bench.md says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import certificates, requests, scripts  # noqa: E402 - found only now
from benchmarks.measure import Task, measure  # noqa: E402 - as above

PAGE = (ROOT / "docs" / "bench.md").read_text("utf-8")


def task(name: str, seconds: float) -> Task:
    return Task(name, lambda: None, 1, seconds=[seconds] * 3, elapsed=[2 * seconds] * 3)


def test_every_key_that_is_written_is_explained():
    section = certificates.Certificates.__new__(certificates.Certificates)
    section._sizes = [40_000]
    tasks = {
        f"{key}.{name}": task(f"{key}.{name}", seconds)
        for key in certificates.KEYS
        for name, seconds in (("baseline", 0.05), ("complete", 0.001), ("key", 0.0005))
    }
    result = section.result(tasks)
    assert result["p256"]["times_baseline"] == 50
    assert result["p256"]["share_of_key"] == 0.5
    assert result["p256"]["complete_per_second"] == 1000
    assert result["p256"]["complete_per_second_on_the_wall"] == 500
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE)) | {"bytes"}
    assert set(result["p256"]) | set(scripts.SCRIPTS) | {"microseconds"} <= named
    assert [line for line in section.lines(result) if "50.0 x baseline" in line]


def test_every_task_runs_in_every_round_and_once_before():
    runs = []
    tasks = [Task(name, lambda name=name: runs.append(name), 1) for name in "ab"]
    measure(tasks, rounds=2)
    assert "".join(runs) == "baabba"
    assert all(len(item.seconds) == 2 for item in tasks)


def test_every_key_of_the_answers_is_explained_and_ratios_are_to_the_hello():
    section = requests.Requests.__new__(requests.Requests)
    section._bytes = 24_000
    tasks = {name: task(name, 0.001 / count) for count, name in enumerate(requests.IN_ONE_ROUND, start=1)}
    result = section.result(tasks)
    assert result["hello"]["times_hello"] == 1
    assert result["unchanged"]["times_hello"] == 5
    assert result["kept"]["per_second"] == 4000
    assert result["kept"]["per_second_on_the_wall"] == 2000
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE))
    assert set(result) | set(result["kept"]) <= named
    assert len(list(section.lines(result))) == len(requests.IN_ONE_ROUND) + 1
