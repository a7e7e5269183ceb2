"""Send the API's examples to a fresh installation and write its answers to certify/web/api/examples.json.

Usage: python tools/write_api_examples.py
A test compares what is written there with what is answered.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from api_story import open_story  # noqa: E402 - the path above leads to it

LONGEST_LIST = 2


def shortened(value: object) -> object:
    """Return a document with the first entries of each list only."""
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value[:LONGEST_LIST]]
    return value


def main() -> None:
    """Write the answers."""
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        story = open_story(Path(folder))
        for endpoint, _path, _method, answer in story.told():
            if answer.status_code >= 400:  # noqa: PLR2004
                sys.exit(f"{endpoint} answers {answer.status_code}: {answer.get_data(as_text=True)}")
            if answer.mimetype == "application/json" and answer.data:
                answers[endpoint] = {"status": answer.status_code, "body": shortened(answer.json)}
        answers["api-sessions.open_session"]["body"]["token"] = "TOKEN"  # noqa: S105 - the place of one
        text = story.as_shown(json.dumps(answers, ensure_ascii=False, indent=1))
        story.place.services.database.close()
    (ROOT / "certify" / "web" / "api" / "examples.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
