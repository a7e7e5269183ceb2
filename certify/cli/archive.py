"""``certify archive``: timestamps behind issued files, added and renewed."""

from __future__ import annotations

import click

from certify.archiving.model import ArchiveUpdate
from certify.archiving.service import RENEWAL_DAYS
from certify.cli.console import say, say_error, say_json
from certify.cli.installation import Installation, as_json, with_installation
from certify.clock import iso
from certify.errors import CertifyError, TimestampUnavailable


@click.command()
@click.argument("certificates", metavar="[CERTIFICATE]...", nargs=-1)
@click.option(
    "--renewal-days",
    type=click.IntRange(min=1),
    default=RENEWAL_DAYS,
    show_default=True,
    help="Renew archive timestamps whose authority's certificate ends within so many days.",
)
@click.option("--dry-run", is_flag=True, help="Only list the certificates that are due.")
@as_json
@with_installation
def archive(
    installation: Installation,
    certificates: tuple[str, ...],
    renewal_days: int,
    *,
    dry_run: bool,
    in_json: bool,
) -> None:
    """Add timestamps behind the files of the CERTIFICATES given, or of all that are due. Run it every day.

    At level B-T those are due that were issued while the authority was silent; at level B-LTA all without an
    archive timestamp, and those whose archive timestamp must be renewed. Issued bytes stay as they are.
    """
    archivist = installation.services.archivist()
    if certificates:
        due = [installation.certificate_id(name) for name in certificates]
    else:
        due = list(archivist.due(renewal_days))
    if dry_run:
        if in_json:
            say_json({"due": due})
        else:
            say(*due or ("Nothing is due.",))
        return
    done: list[ArchiveUpdate] = []
    failures: list[CertifyError] = []
    for certificate_id in due:
        try:
            done.append(archivist.archive(certificate_id))
        except CertifyError as error:
            failures.append(error)
            if isinstance(error, TimestampUnavailable):
                break  # the others would fare no better now
            error.where = f"certificate {certificate_id}"
    if in_json:
        say_json([_update_json(update) for update in done])
    else:
        say(f"{len(done)} of {len(due)} due certificates have a new timestamp.")
    for failure in failures:
        say_error(failure)
    if failures:
        raise click.exceptions.Exit(1)


def _update_json(update: ArchiveUpdate) -> dict[str, object]:
    return {
        "certificate": update.certificate_id,
        "sequence": update.sequence,
        "level": "B-LTA" if update.with_evidence else "B-T",
        "stamped_at": iso(update.stamped_at),
        "renew_before": iso(update.renew_before),
        "sha256": update.sha256,
    }
