"""What was published or signed once must read the same for good: bytes of today's program, compared for ever.

A difference here means that a frozen form has changed. A new form gets a new version or name; these files are
rewritten only for what has never been released (`CERTIFY_WRITE_GOLDEN=yes pytest tests/golden`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from awards import AWARD
from small_scheme import small_framework, small_module

from certify.award.canonical import canonical_bytes
from certify.award.record import from_json
from certify.credential.openbadge import credential
from certify.framework.load import canonical_document, from_document, load_framework_file

FOLDER = Path(__file__).parent
SCHEMES = FOLDER.parents[1] / "certify" / "framework" / "schemes"


def hold(name: str, made: bytes) -> None:
    path = FOLDER / name
    if os.environ.get("CERTIFY_WRITE_GOLDEN") == "yes":
        path.write_bytes(made)
    assert path.read_bytes() == made, f"{name} is no longer what it was"


def test_an_award_is_written_to_the_same_bytes():
    made = canonical_bytes(AWARD)
    hold("award.json", made)
    assert from_json(json.loads(made)) == AWARD


def test_a_credential_is_written_to_the_same_document():
    hold("credential.json", json.dumps(credential(AWARD), indent=1, ensure_ascii=False).encode())


def test_a_framework_is_written_to_the_same_bytes():
    made = canonical_document(small_framework((small_module("A5", {"a": 5}),), {"a": 5}))
    hold("framework.json", made)
    assert canonical_document(from_document(json.loads(made))) == made


def test_the_shipped_scheme_is_the_version_that_was_published():
    digests = {path.name: load_framework_file(path) for path in sorted(SCHEMES.glob("*.yaml"))}
    lines = [f"{name} {found.version} {found.digest}\n" for name, found in digests.items()]
    hold("schemes.txt", "".join(lines).encode())
