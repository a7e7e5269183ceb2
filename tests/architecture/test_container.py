"""What the Dockerfile promises, and the commands for it in README.md, without building an image."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
SETTINGS = {name: PurePosixPath(path) for name, path in re.findall(r"CERTIFY_(\w+)=(/\S+)", DOCKERFILE)}
VOLUMES = [
    PurePosixPath(path) for path in json.loads(re.findall(r"^VOLUME (.+)$", DOCKERFILE, re.MULTILINE)[0])
]
RUNS = [
    shlex.split(run)
    for run in re.findall(r"docker run .+", (ROOT / "README.md").read_text("utf-8").replace("\\\n", " "))
]


def volume_of(path: PurePosixPath) -> PurePosixPath:
    """Return the volume in which a path lies; there is one."""
    (found,) = [volume for volume in VOLUMES if path.is_relative_to(volume)]
    return found


def mounted(run: list[str]) -> dict[PurePosixPath, str]:
    """Return what a command mounts where."""
    values = [run[at + 1] for at, word in enumerate(run) if word == "-v"]
    return {PurePosixPath(where): what for what, where in (value.split(":") for value in values)}


def test_the_passphrase_lies_in_another_volume_than_the_keys() -> None:
    keys, passphrase = SETTINGS["KEY_DIRECTORY"], SETTINGS["KEY_PASSPHRASE_FILE"]
    assert volume_of(keys) != volume_of(passphrase)


def test_every_volume_belongs_to_the_user_that_runs_and_to_nobody_else() -> None:
    (made,) = re.findall(r"install -d -m 0700 -o certify -g certify ([^&\n]+)", DOCKERFILE)
    assert set(map(PurePosixPath, made.split())) == set(VOLUMES)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: " ".join(run[-3:]))
def test_the_commands_mount_what_they_need(run: list[str]) -> None:
    # A volume that is not named is thrown away with the container: a passphrase in it would be lost.
    needed = {volume_of(SETTINGS["FILE_DIRECTORY"])} if run[-2:] == ["db", "migrate"] else set(VOLUMES)
    found = mounted(run)
    assert found.keys() >= needed
    assert len(set(found.values())) == len(found)


def test_there_are_commands_to_migrate_to_make_keys_and_to_serve() -> None:
    assert len(RUNS) == 3
