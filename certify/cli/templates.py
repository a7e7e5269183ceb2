"""``certify template``: the designs of certificates, and what they look like."""

from __future__ import annotations

from pathlib import Path

import click

from certify.cli.console import say, say_json, say_table
from certify.cli.installation import Installation, as_json, with_installation
from certify.errors import CertifyError
from certify.people.names import clean_name


@click.group()
def template() -> None:
    """Designs of certificates, shipped and under CERTIFY_TEMPLATE_DIRECTORY."""


@template.command("list")
@as_json
@with_installation
def list_designs(installation: Installation, *, in_json: bool) -> None:
    """List every version of every design, and the languages that it has labels in."""
    designs = installation.unchecked.designs
    found = [
        (design, ", ".join(designs.languages(design.labels_version)), design.digest)
        for design in designs.all()
    ]
    if in_json:
        say_json(
            [
                {
                    "id": design.id,
                    "version": design.version,
                    "for": design.kind,
                    "languages": designs.languages(design.labels_version),
                    "sha256": digest,
                }
                for design, _, digest in found
            ]
        )
    else:
        say_table(
            ("design", "version", "for", "languages", "sha-256"),
            [
                (design.id, str(design.version), design.kind, languages, digest[:16])
                for design, languages, digest in found
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
    made = installation.unchecked.preview(design, language, clean_name(name, "name"))
    try:
        out.write_bytes(made)
    except OSError as error:
        raise CertifyError(f"cannot be written: {error.strerror}.", where=str(out)) from error
    say(f"{out}: {design.id} {design.version} in {language}, {len(made):,} bytes; it certifies nothing.")
