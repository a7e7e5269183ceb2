"""Measure on one core, print ratios, and write ``bench.json``: ``make bench`` (docs/bench.md)."""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks import certificates, requests, scripts
from benchmarks.measure import Task, measure, pin

SECTIONS = (certificates.Certificates, scripts.Scripts, requests.Requests)
"""Each has a ``name``, ``tasks()``, ``result(tasks by name)`` and ``lines(result)``; to add one is a line here."""


def main() -> None:
    """Run all sections."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds; medians are over them (%(default)s)")
    parser.add_argument(
        "--memory", type=int, metavar="COUNT", help="also issue so many, and watch the memory"
    )
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where to write (%(default)s)")
    parser.add_argument("--only", choices=[section.name for section in SECTIONS], help="one section")
    asked = parser.parse_args()
    core, begun = pin(), perf_counter()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        sections = [kind(folder) for kind in SECTIONS if asked.only in {None, kind.name}]
        for section in sections:
            stack.callback(getattr(section, "close", lambda: None))
        tasks = {section.name: list(section.tasks()) for section in sections}
        measure([task for each in tasks.values() for task in each], asked.rounds)
        written: dict[str, Any] = {
            "measured_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "core": core,
            "rounds": asked.rounds,
        }
        for section in sections:
            named: dict[str, Task] = {task.name: task for task in tasks[section.name]}
            result = written[section.name] = section.result(named)
            sys.stdout.writelines(f"{line}\n" for line in section.lines(result))
        if asked.memory:
            written["memory"] = certificates.flat_memory(folder, asked.memory, _peak)
            sys.stdout.write(
                "memory over {certificates:,} certificates: {kib_after_a_tenth:,} KiB after a tenth,"
                " {kib_at_the_end:,} KiB at the end\n".format(**written["memory"])
            )
    written["seconds"] = round(perf_counter() - begun, 1)
    asked.out.write_text(json.dumps(written, indent=2) + "\n", "utf-8")
    sys.stdout.write(f"{asked.out}: {written['seconds']:.0f} s on core {core}\n")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
