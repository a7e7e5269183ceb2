"""docs/settings.md and certify/settings.py say the same, in both directions."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from certify.errors import SettingInvalid
from certify.settings import Settings, read_settings, unknown_variables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
ROWS = {
    cells[0].strip("`"): [cell.strip("`") for cell in cells[1:4]]
    for cells in (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("| `CERTIFY_")
    )
}
"""By variable: type, default, example."""
OF_THE_COMMAND_LINE = {"CERTIFY_ACTOR"}
"""An option's stand-in for one person's shell; no setting of an installation."""


def variable(name: str) -> str:
    return f"CERTIFY_{name.upper()}"


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert {variable(field.name) for field in fields(Settings)} == ROWS.keys()


def test_every_documented_default_is_the_default() -> None:
    default = Settings()

    for field in fields(Settings):
        assert ROWS[variable(field.name)][1] == shown(getattr(default, field.name))
    assert read_settings({}) == default


def test_every_documented_type_is_the_type() -> None:
    words = {"int": "whole number", "bool": "yes or no", "Path": "path", "tuple[str, ...]": "names"}

    for field in fields(Settings):
        told = ROWS[variable(field.name)][0]
        assert told == words.get(str(field.type), told)
        assert told in words.values() or (field.type == "str" and (told == "address" or " or " in told))


def test_every_documented_example_is_read_as_it_is_written() -> None:
    read = read_settings({name: row[2] for name, row in ROWS.items()})

    for field in fields(Settings):
        assert shown(getattr(read, field.name)) == ROWS[variable(field.name)][2]
        assert getattr(read, field.name) != getattr(Settings(), field.name), "an example shows a change"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CERTIFY_DATABASE_URL", "mysql://localhost/certify"),
        ("CERTIFY_PUBLIC_BASE", "certificates.example.org"),
        ("CERTIFY_PUBLIC_BASE", "https://example.org/?a=b"),
        ("CERTIFY_PUBLIC_BASE", "https://exam ple.org"),
        ("CERTIFY_PUBLIC_BASE", "https://ex\u00e4mple.org"),
        ("CERTIFY_PUBLIC_BASE", "https://example.org:99999"),
        ("CERTIFY_PUBLIC_BASE", "https://example.org:port"),
        ("CERTIFY_PUBLIC_BASE", "https://user:secret@example.org"),
        ("CERTIFY_PUBLIC_BASE", "https://[example.org"),
        ("CERTIFY_SESSION_HOURS", "0"),
        ("CERTIFY_SESSION_HOURS", "٣"),
        ("CERTIFY_SECURE_COOKIES", "maybe"),
        ("CERTIFY_TRUSTED_PROXIES", "-1"),
        ("CERTIFY_DESIGNS", "town"),
        ("CERTIFY_DESIGNS", "role-1;unit-1"),
        ("CERTIFY_DESIGNS", "../town-1"),
        ("CERTIFY_PADES_LEVEL", "B-T"),
        ("CERTIFY_PADES_LEVEL", "B-LT"),
        ("CERTIFY_TIMESTAMP_URL", "ftp://timestamp.example.org"),
        ("CERTIFY_TIMESTAMP_URL", "https://user:secret@timestamp.example.org"),
        ("CERTIFY_TIMESTAMP_URL", "https://timestamp.example.org:port"),
        ("CERTIFY_SMTP_URL", "smtp://mail.example.org:port"),
        ("CERTIFY_TIMESTAMP_WAIT_SECONDS", "0"),
        ("CERTIFY_TIMESTAMP_POLICY", "never"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        read_settings({name: value})

    assert caught.value.where == name


def test_no_setting_is_read_or_named_that_does_not_exist() -> None:
    known = ROWS.keys() | OF_THE_COMMAND_LINE
    named = {
        (path.name, name)
        for pattern in ("certify/**/*.py", "docs/**/*.md", "*.md", "keys/*.md", "Dockerfile", "Makefile")
        for path in ROOT.glob(pattern)
        for name in re.findall(r"\bCERTIFY_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))
    }

    assert {name for _, name in named} - known == set()
    assert known - {name for _, name in named} == set()


def test_what_is_no_setting_is_known_with_the_name_that_it_is_meant_for() -> None:
    told = {
        "CERTIFY_PUBLIC_BSE": "CERTIFY_PUBLIC_BASE",
        "CERTIFY_DB_URL": "CERTIFY_DATABASE_URL",
        "Certify_Database_Url": "CERTIFY_DATABASE_URL",
        "CERTIFY_PORT_80_TCP_ADDR": "",  # from Kubernetes, where a service is called certify
    }

    assert unknown_variables([*ROWS, *OF_THE_COMMAND_LINE, "PATH", "CERTIFYX", *told]) == told
