"""``certify framework``: check a file, publish it, look at what is published."""

from __future__ import annotations

from pathlib import Path

import click

from certify.cli.console import say, say_error, say_json, say_table
from certify.cli.installation import FILE, Installation, as_json, with_installation
from certify.clock import iso
from certify.errors import FrameworkInvalid
from certify.framework.load import load_framework_file
from certify.framework.model import Framework, JobRole
from certify.organisations.service import publish_scheme


@click.group()
def framework() -> None:
    """Competence frameworks: the scheme as data."""


@framework.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
def check(files: tuple[Path, ...]) -> None:
    """Check framework files; every fault is named with its line, key path and fix."""
    faulty = 0
    for path in files:
        try:
            found = load_framework_file(path)
        except FrameworkInvalid as error:
            say_error(error)
            faulty += 1
        else:
            say(f"{path}: good. {_summary(found)}")
    if faulty:
        raise click.exceptions.Exit(1)


@framework.command()
@click.argument("path", metavar="FILE", type=FILE)
@with_installation
def load(installation: Installation, path: Path) -> None:
    """Publish a framework version. It never changes afterwards; a change is a new version."""
    found = load_framework_file(path)
    services = installation.services
    new = publish_scheme(services.database, services.clock, None, found)
    say(f"{'Published' if new else 'Published before, unchanged'}: {_summary(found)}")


@framework.command()
@click.argument("framework_id", metavar="[ID]", required=False)
@click.option("--version", "version", metavar="VERSION", help="The version published last where not given.")
@click.option("--role", "role_id", metavar="ROLE", help="What this role requires.")
@as_json
@with_installation
def show(
    installation: Installation,
    framework_id: str | None,
    version: str | None,
    role_id: str | None,
    *,
    in_json: bool,
) -> None:
    """Show what is published; with an ID, its roles and modules."""
    with installation.services.database.reading() as unit:
        if framework_id is None:
            published = unit.frameworks.all()
            if in_json:
                say_json([{"id": name, "version": v, "published_at": iso(at)} for name, v, at in published])
            else:
                say_table(
                    ("framework", "version", "published at"),
                    [(name, v, iso(at)) for name, v, at in published],
                )
            return
        found = (
            unit.frameworks.get(framework_id, version) if version else unit.frameworks.latest(framework_id)
        )
    roles = [role for role in found.roles if role_id in {None, role.id}]
    if not roles:
        raise click.BadParameter("it has " + ", ".join(found.role), param_hint="--role")
    if in_json:
        say_json(_as_json(found, roles))
    else:
        _show(found, roles, whole=role_id is None)


def _summary(found: Framework) -> str:
    kind = "illustrative, its certificates are specimens" if found.illustrative else "in force"
    return (
        f"{found.id} {found.version}: {len(found.competences)} competences, {len(found.roles)} roles, "
        f"{len(found.certifiable) - len(found.roles)} units, {len(found.modules)} module versions; {kind}."
    )


def _show(found: Framework, roles: list[JobRole], *, whole: bool) -> None:
    first = found.languages[0]
    say(found.text(found.title, first), _summary(found), f"SHA-256 {found.digest}")
    for role in roles:
        say("", f"{role.id}: {found.text(role.title, first)}")
        say_table(
            ("competence", "EQF level", "title"),
            [
                (
                    item.competence_id,
                    str(item.level),
                    found.text(found.competence[item.competence_id].title, first),
                )
                for item in role.requires
            ],
        )
    if whole:
        say("", "Training modules")
        say_table(
            ("module", "version", "hours", "counts from", "until", "title"),
            [
                (
                    module.id,
                    module.version,
                    f"{module.workload_minutes / 60:g}",
                    str(module.valid_from),
                    str(module.valid_until or ""),
                    found.text(module.title, first),
                )
                for module in found.modules
            ],
        )


def _as_json(found: Framework, roles: list[JobRole]) -> dict[str, object]:
    return {
        "id": found.id,
        "version": found.version,
        "digest": found.digest,
        "title": dict(found.title),
        "illustrative": found.illustrative,
        "roles": [
            {
                "id": role.id,
                "title": dict(role.title),
                "requires": {item.competence_id: item.level for item in role.requires},
            }
            for role in roles
        ],
        "modules": [
            {
                "id": module.id,
                "version": module.version,
                "title": dict(module.title),
                "workload_hours": module.workload_minutes / 60,
                "valid_from": module.valid_from.isoformat(),
                "valid_until": module.valid_until and module.valid_until.isoformat(),
                "addresses": {item.competence_id: item.level for item in module.addresses},
            }
            for module in found.modules
        ],
    }
