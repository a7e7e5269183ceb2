"""What the script of a name costs: pressing alone, without signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.measure import Task
from benchmarks.office import BASE, NOW, names
from certify.issuing.specimen import specimen_award
from certify.parts import Head, Parted
from certify.pdf.press import CertificatePress
from certify.people.model import HolderName

SCRIPTS = ("latin", "cyrillic", "greek", "arabic")
IN_ONE_ROUND = 100
ROOM = 2_602
STATEMENT = "QRE2EAJHARCFMR22U6QF" * 9
CREDENTIAL = Parted(Head(b'{"padding":"' + b"x" * 20_000), b'"}')


class Scripts:
    """The section ``scripts`` of ``bench.json``."""

    name = "scripts"

    def __init__(self, folder: Path) -> None:
        del folder
        self._press = CertificatePress(ROOM)
        self._award = specimen_award("role", ("role", 1), "en", "Ana Li", NOW)
        self._sizes: dict[str, int] = {}

    def tasks(self) -> Iterator[Task]:
        """One task for each script."""
        for script in SCRIPTS:
            given = names((script,))

            def press(given: Iterator[tuple[str, str]] = given, script: str = script) -> None:
                size = 0
                for _ in range(IN_ONE_ROUND):
                    native, latin = next(given)
                    holder = HolderName(native=native, latin=latin, printed=native)
                    award = replace(self._award, holder=holder)
                    scan_address = f"{BASE}/v/{award.certificate_id}#{STATEMENT}"
                    size += len(self._press.press(award, scan_address, CREDENTIAL).content)
                self._sizes[script] = size // IN_ONE_ROUND

            yield Task(script, press, IN_ONE_ROUND)

    def result(self, tasks: dict[str, Task]) -> dict[str, Any]:
        """Microseconds and the mean size for each script; the size is without most of a credential."""
        return {
            script: {
                "microseconds": round(tasks[script].median * 1e6, 1),
                "bytes": self._sizes[script],
            }
            for script in SCRIPTS
        }

    def lines(self, result: dict[str, Any]) -> Iterator[str]:
        """What is printed."""
        told = "   ".join(f"{script} {result[script]['microseconds']:.0f}" for script in SCRIPTS)
        yield f"pressing by script of the name, in microseconds: {told}"
