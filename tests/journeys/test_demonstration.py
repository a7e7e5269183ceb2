"""The first command that anybody runs: it can be run again, and what it says to try works."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from certify.demo.folder import MARKER, read_environment

BIN = Path(sys.executable).parent


def test_the_demonstration_runs_again_in_its_own_folder_and_what_it_says_to_try_passes(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}

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

    # As `make demo` calls it: the command is not on the PATH, and a folder may have any name.
    demo = f"{BIN}/certify demo --into 'Démo nº 1'"
    folder = tmp_path / "Démo nº 1"
    first = run(demo)
    assert first.returncode == 0, first.stderr
    before = {path.name for path in (folder / "certificates").iterdir()}
    again = run(demo)
    assert again.returncode == 0, again.stderr
    after = {path.name for path in (folder / "certificates").iterdir()}
    assert len(before) == len(after) == 28
    assert not before & after

    with_register, without = re.findall(
        r"^(?:Try +| {9})(\(?(?:set -a|\S*certify verify).*?)(?: {4}.*)?$", again.stdout, re.MULTILINE
    )
    passed = run(with_register)
    assert (passed.returncode, passed.stdout.partition(":")[0]) == (0, "PASSED"), (
        passed.stdout + passed.stderr
    )
    assert passed.stdout.count(" PASSED ") == 12
    open_ = run(without)
    assert (open_.returncode, open_.stdout.partition(":")[0]) == (3, "INDETERMINATE"), open_.stdout
    assert "FAILED" not in open_.stdout

    moved = folder.rename(tmp_path / "moved")
    served = read_environment(moved)
    assert served["CERTIFY_DATABASE_URL"] == f"sqlite:///{moved / 'certify.db'}"
    assert {Path(served[name]).parent for name in ("CERTIFY_KEY_DIRECTORY", "CERTIFY_CHECKED_FILE")} == {
        moved
    }
    assert served["CERTIFY_SECURE_COOKIES"] == "no"


def test_a_demonstration_is_not_made_anew_while_it_is_made_or_served(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    demo = [BIN / "certify", "demo", "--into", tmp_path / "demo"]
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    serve = [BIN / "certify", "serve", "--demo", tmp_path / "demo", "--port", str(port)]

    for command, ready in ((demo, "1 "), (serve, "Stop it")):
        with subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            while not first.stdout.readline().startswith(ready):
                assert first.poll() is None
            if command is serve:
                _until_it_answers(port)
            second = subprocess.run(demo, env=clean, capture_output=True, text=True, check=False, timeout=300)
            if command is serve:
                first.terminate()
            first.communicate(timeout=300)
        assert (second.returncode, second.stdout) == (1, "")
        assert "in use by another process" in second.stderr
        assert len([*(tmp_path / "demo" / "certificates").iterdir()]) == 28


@pytest.mark.parametrize(
    ("marker", "base", "said"),
    [(b"first\nold.txt\n", "nonsense", "--public-base"), (b"\xff", "http://localhost:8000", "is damaged")],
)
def test_a_demonstration_that_cannot_be_made_leaves_the_earlier_one_as_it_is(tmp_path, marker, base, said):
    (tmp_path / MARKER).write_bytes(marker)
    (tmp_path / "old.txt").touch()
    done = subprocess.run(
        [BIN / "certify", "demo", "--into", tmp_path, "--public-base", base],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {MARKER, "old.txt"}


def _until_it_answers(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port))):
            return
        time.sleep(0.1)
    raise AssertionError
