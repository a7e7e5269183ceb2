"""The lines that docs/api.md gives to a learning platform are run as they stand there, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from api_story import open_story
from installation import PASSWORD
from serving import served

TEXT = (
    (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8").split("## From a learning platform")[1]
)


def block(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)[1]


@pytest.fixture
def platform(tmp_path, free_port):
    """A server, and a folder with the platform's export; A-01 is in the trainer's cohort, A-02 is not."""
    story = open_story(tmp_path)
    place = story.place
    export = tmp_path / "export"
    export.mkdir()
    (export / "completions.csv").write_text(block("csv"), "utf-8")
    place.services.database.close()
    with served(place, place.services.settings.database_url, tmp_path, free_port, workers=1):
        address = f"http://127.0.0.1:{free_port}"
        yield export, {**os.environ, "CERTIFY": address, "TOKEN": signed_in(address)}


def signed_in(address):
    credentials = json.dumps({"email": "trainer@example.org", "password": PASSWORD}).encode()
    asked = Request(f"{address}/api/v1/sessions", credentials, {"Content-Type": "application/json"})
    with urlopen(asked) as answer:
        return json.load(answer)["token"]


def test_ten_lines_of_python_and_of_curl_push_completions(platform):
    export, environment = platform
    for language in ("python", "sh"):
        assert len([line for line in block(language).splitlines() if line]) <= 10

    def run(*command):
        return subprocess.run(
            command, cwd=export, env=environment, capture_output=True, text=True, check=True
        ).stdout

    first = run(sys.executable, "-c", block("python")).splitlines()
    again = run(sys.executable, "-c", block("python")).splitlines()
    assert first == ["A-01 recorded ", "A-02 refused There is no such candidate."]
    assert again == ["A-01 already recorded ", first[1]]

    with (export / "completions.csv").open(encoding="utf-8") as file:
        header, *lines = (line.strip().split(",") for line in file)
    rows = [dict(zip(header, [*line[:3], "2026-05-30", line[4]], strict=True)) for line in lines]
    (export / "completions.json").write_text(json.dumps({"completions": rows}), "utf-8")
    sent = [json.loads(run("sh", "-c", block("sh")))["results"] for _ in range(2)]
    assert [line["result"] for line in sent[0]] == ["recorded", "refused"]
    assert sent[0] == sent[1], "the second one is the kept answer"
