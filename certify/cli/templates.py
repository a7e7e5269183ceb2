"""``certify template``: the designs of certificates, and what they look like."""

from __future__ import annotations

from pathlib import Path

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, as_json, with_installation
from certify.errors import CertifyError
from certify.people.names import clean_name
from certify.preview import preview as specimen


@click.group()
def template() -> None:
    """Designs of certificates, shipped and under CERTIFY_TEMPLATE_DIRECTORY."""


@template.command("list")
@as_json
@with_installation
def list_designs(installation: Installation, *, in_json: bool) -> None:
    """List every version of every design, the languages that it has labels in, and which new certificates have it."""
    designs = installation.unchecked.designs
    try:
        chosen = installation.unchecked.chosen_designs
    except CertifyError as error:  # the list is what helps then
        say(f"certify: {error}", err=True)
        chosen = None
    found = [
        (
            design,
            designs.languages(design.labels_version),
            chosen.frameworks(design.id, design.version) if chosen else [],
        )
        for design in designs.all()
    ]
    if in_json:
        say_json(
            [
                {
                    "id": design.id,
                    "version": design.version,
                    "for": design.kind,
                    "languages": languages,
                    "sha256": design.digest,
                    "new_certificates_of": frameworks,
                }
                for design, languages, frameworks in found
            ]
        )
    else:
        say_table(
            ("design", "version", "for", "languages", "new certificates of", "sha-256"),
            [
                (
                    design.id,
                    str(design.version),
                    design.kind,
                    ", ".join(languages),
                    ", ".join(frameworks),
                    design.digest[:16],
                )
                for design, languages, frameworks in found
            ],
        )


@template.command()
@click.option("--design", "design_id", metavar="ID", required=True, help="The design: certify template list.")
@click.option("--version", type=int, help="Its version; the newest where not given.")
@click.option(
    "--language", metavar="TAG", default="en", show_default=True, help="Language of the labels, as bg."
)
@click.option("--name", default="Ana Specimen", show_default=True, help="The holder's name, in any script.")
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PDF."
)
@with_installation
def preview(
    installation: Installation, design_id: str, version: int | None, language: str, name: str, out: Path
) -> None:
    """Write a specimen: pressed and signed as any certificate, with keys that are thrown away; nothing registers it."""
    designs = installation.unchecked.designs
    design = designs.get(design_id, version) if version is not None else designs.latest(design_id)
    made = specimen(design, designs, language, clean_name(name, "name"), installation.unchecked.clock)
    try:
        out.write_bytes(made)
    except OSError as error:
        raise CertifyError(f"cannot be written: {error.strerror}.", where=str(out)) from error
    say(f"{out}: {design.id} {design.version} in {language}, {len(made):,} bytes; it certifies nothing.")
