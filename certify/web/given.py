"""What is said about a file somebody was given: whether it is what was issued, and where it differs from the register."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from certify.credential.binding import ABSENT
from certify.verification.inspection import Difference, FileKind, Inspection
from certify.verification.report import RegisterEntry
from certify.verification.service import FileAnswer
from certify.web.i18n import N_, gettext, say
from certify.web.verdicts import CheckSaid, Verdict, said_checks, verdict

FACTS: Mapping[str, str] = {
    "holder.printed": N_("Holder's name"),
    "holder.latin": N_("In Latin letters"),
    "role_title": N_("Role"),
    "number": N_("Number"),
    "valid_from": N_("Valid from"),
    "valid_until": N_("Valid until"),
    "decided_on": N_("Decided on"),
    "competence": N_("Competence"),
    "credential": N_("In the attached credential"),
}
"""The facts that `certify.verification.comparison` names; of a competence and of the credential their first word."""

MOST_DIFFERENCES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSaid:
    """One fact that a file states otherwise.

    Attributes:
        attached: It stands in the attached credential, at ``field``; a reader of the page does not see it there.
    """

    fact: str
    field: str
    attached: bool
    registered: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The registered certificate that a file names: what the register says of it, and where they differ."""

    certificate_id: str
    number: str
    says: Verdict
    differences: list[DifferenceSaid]
    picture: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A file beside the certificate that it should be.

    Attributes:
        same: It is what was issued.
        sentence: How that is said.
        checks: What its own checks found, where it is not.
    """

    same: bool
    sentence: str
    checks: list[CheckSaid]
    differences: list[DifferenceSaid]


def said_file(answer: FileAnswer) -> Verdict:
    """Say the verdict on a file; of a picture, that it proves nothing by itself."""
    said = verdict(answer.report)
    if answer.inspection is None or answer.inspection.kind is not FileKind.IMAGE:
        return said
    if answer.inspection.certificate_id is None:
        explanation = gettext(
            "No code of a certificate could be read in it. Try a sharper picture, or the file."
        )
    else:
        explanation = gettext(
            "Its code names a certificate in the register. That proves the record, not the paper."
        )
    return replace(
        said,
        tone="unclear",
        sentence=gettext("A picture: it proves nothing by itself."),
        explanation=explanation,
    )


def named(answer: FileAnswer) -> Named | None:
    """Return what a file that is no certificate as issued names, if it names one."""
    inspection, record = answer.inspection, answer.record
    if inspection is None or inspection.certificate_id is None or record is None or record.award is None:
        return None
    return Named(
        certificate_id=inspection.certificate_id,
        number=record.award.number,
        says=verdict(record),
        differences=_said(inspection),
        picture=inspection.kind is FileKind.IMAGE,
    )


def compared(answer: FileAnswer, data: bytes, entry: RegisterEntry | None) -> Comparison:
    """Hold a file against the certificate that somebody looks at."""
    if entry is not None and hashlib.sha256(data).hexdigest() == entry.sha256:
        same = gettext("The file you were given is the one that was issued, byte for byte.")
        return Comparison(same=True, sentence=same, checks=[], differences=[])
    report, inspection = answer.report, answer.inspection
    award, signature = report.award, report.signature
    its_own = entry is not None and award is not None and award.certificate_id == entry.award.certificate_id
    # Timestamps may follow what was issued (certify.pades.update); the rest is as it was.
    if its_own and signature is not None and signature.intact and signature.valid and signature.trusted:
        same = gettext(
            "The file you were given is the one that was issued; only timestamps were added later."
        )
        return Comparison(same=True, sentence=same, checks=[], differences=[])
    if award is not None and not its_own:
        other = gettext(
            "The file you were given is another certificate: number %(number)s.", number=award.number
        )
        return Comparison(same=False, sentence=other, checks=[], differences=[])
    looked_at = entry.award.certificate_id if entry is not None else None
    return Comparison(
        same=False,
        sentence=gettext("The file you were given is not the one that was issued."),
        checks=said_checks(report),
        differences=_said(inspection)
        if inspection is not None and inspection.certificate_id == looked_at
        else [],
    )


def _said(inspection: Inspection) -> list[DifferenceSaid]:
    return [_difference(item) for item in inspection.differences[:MOST_DIFFERENCES]]


def _difference(item: Difference) -> DifferenceSaid:
    first = item.fact.replace(":", ".").partition(".")[0]
    name = item.fact if item.fact in FACTS else first
    return DifferenceSaid(
        fact=say(FACTS[name]) if name in FACTS else item.fact,
        field=item.fact.partition(".")[2] if first == "credential" else "",
        attached=first == "credential",
        registered=item.registered,
        found="" if item.found == ABSENT else item.found,
    )
