"""The first command that anybody runs: it can be run again, and what it says to try works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent


def test_the_demonstration_runs_again_in_its_own_folder_and_what_it_says_to_try_passes(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    clean["PATH"] = f"{BIN}:{clean['PATH']}"

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    first = run("certify demo --into demo")
    assert first.returncode == 0, first.stderr
    before = {path.name for path in (tmp_path / "demo" / "certificates").iterdir()}
    again = run("certify demo --into demo")
    assert again.returncode == 0, again.stderr
    after = {path.name for path in (tmp_path / "demo" / "certificates").iterdir()}
    assert len(before) == len(after) == 28
    assert not before & after

    with_register, without = re.findall(
        r"^(?:Try +| {9})(\(?(?:set -a|certify verify).*?)(?: {4}.*)?$", again.stdout, re.MULTILINE
    )
    passed = run(with_register)
    assert (passed.returncode, passed.stdout.partition(":")[0]) == (0, "PASSED"), (
        passed.stdout + passed.stderr
    )
    assert passed.stdout.count(" PASSED ") == 12
    open_ = run(without)
    assert (open_.returncode, open_.stdout.partition(":")[0]) == (3, "INDETERMINATE"), open_.stdout
    assert "FAILED" not in open_.stdout


def test_of_two_demonstrations_in_one_folder_the_second_is_refused_and_changes_nothing(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    command = [BIN / "certify", "demo", "--into", tmp_path / "demo"]
    with subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("1 ")
        second = subprocess.run(command, env=clean, capture_output=True, text=True, check=False, timeout=300)
        said, _ = first.communicate(timeout=300)
    assert (second.returncode, second.stdout) == (1, "")
    assert "another process" in second.stderr
    assert first.returncode == 0, said
    assert len([*(tmp_path / "demo" / "certificates").iterdir()]) == 28
