"""What is written about the program is what the program says."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import certify.cli
from certify.cli import main

ROOT = Path(__file__).parents[2]


def commands(group: click.Group, name: str = "certify") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for child in group.list_commands(context):
        command = group.get_command(context, child)
        assert command is not None
        assert command.name == child
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {child}")
        else:
            yield f"{name} {child}", command


def test_every_command_that_a_module_makes_can_be_asked_for():
    def below(group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            yield command
            if isinstance(command, click.Group):
                yield from below(command)

    reached = {id(command) for command in (main, *below(main))}
    made = {
        f"{module.name}.{name}": id(value)
        for module in pkgutil.iter_modules(certify.cli.__path__)
        for name, value in vars(importlib.import_module(f"certify.cli.{module.name}")).items()
        if isinstance(value, click.Command)
    }
    assert len(made) > len(list(main.list_commands(click.Context(main))))
    assert [name for name, command in made.items() if command not in reached] == []


def test_the_reference_pages_are_fresh():
    checked = subprocess.run(
        [sys.executable, "tools/write_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(("name", "command"), [pytest.param(*item, id=item[0]) for item in commands(main)])
def test_every_command_says_what_it_does_and_so_does_each_of_its_options(name, command):
    assert (command.help or "").strip()
    for option in command.params:
        if isinstance(option, click.Option):
            assert (option.help or "").strip(), f"{name} {option.opts[0]}"
    assert f"## {name}\n" in (ROOT / "docs" / "commands.md").read_text("utf-8")


def test_every_link_between_documents_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        # A brace is a slot in the text of a letter that is shown.
        if "://" not in target and "{" not in target and not (page.parent / target).exists()
    ]
    assert not broken


def test_every_decision_has_a_number_of_its_own_and_says_it():
    pages = sorted((ROOT / "docs" / "adr").iterdir())
    named = [int(page.name.partition("-")[0]) for page in pages]
    titled = [int(page.read_text("utf-8").removeprefix("# ").partition(".")[0]) for page in pages]
    assert named == titled == list(range(1, len(named) + 1))


def test_every_make_target_is_explained_and_the_readme_names_only_real_ones():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"(?:^    |`)make ([a-z-]+)", readme, re.MULTILINE))

    assert phony - explained == {"setup-dev", "tools"}, "the steps that the others share"
    assert named <= explained
