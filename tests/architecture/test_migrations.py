"""The schema goes one way: numbered revisions in one line, each with a docstring, none that can be un-made."""

from __future__ import annotations

import ast
from pathlib import Path

from alembic.script import ScriptDirectory

from certify.db.schema import configuration

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_there_is_one_head_and_the_numbers_are_in_line():
    scripts = ScriptDirectory.from_config(configuration())
    revisions = [script.revision for script in scripts.walk_revisions()][::-1]

    assert len(scripts.get_heads()) == 1
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    assert sorted(path.name[:4] for path in VERSIONS.glob("*.py")) == revisions


def test_every_revision_says_what_it_does_and_refuses_to_be_un_made():
    for path in VERSIONS.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        assert ast.get_docstring(tree), path.name
        (downgrade,) = [
            node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "downgrade"
        ]
        assert isinstance(downgrade.body[-1], ast.Raise), path.name
