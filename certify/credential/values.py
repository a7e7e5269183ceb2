"""What varies from one credential of a kind to the next, and what no text of a credential may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from certify.award.canonical import digest
from certify.award.fixed import FIXED
from certify.award.lints import mandatory_elements_are_there
from certify.award.record import AwardRecord
from certify.clock import iso
from certify.errors import LintFailed

_IDENTIFIER = re.compile("[A-Z2-7]{26}", re.ASCII)
# Implementations disagree on how canonical N-Quads write these, so one that held here could fail there.
# They are what RDFC-1.0, 5, wants escaped: controls, and what XML 1.1 has no character for.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Varying:
    """What differs from one credential of a kind to the next, as it is written; days and moments as texts."""

    certificate_id: str
    number: str
    printed: str
    native: str
    latin: str
    workload_minutes: int
    decided_on: str
    issued_at: str
    valid_from: str
    valid_until: str
    status_list: int
    status_index: int
    award_digest: str
    supersedes: str | None


def varying(award: AwardRecord) -> Varying:
    """Return what varies in an award's credential.

    Raises:
        LintFailed: A mandatory element is empty, or a text cannot stand in a credential; each is named.
    """
    holder = award.holder
    problems: list[str] = []
    if not (holder.printed.strip() and award.workload_minutes):
        problems += mandatory_elements_are_there(award)
    for name in filter(None, (award.certificate_id, award.supersedes)):
        if not _IDENTIFIER.fullmatch(name):
            problems.append(f"{name!r} is not an identifier")
    if _UNWRITABLE.search(f"{award.number}{holder.printed}{holder.native}{holder.latin}"):
        problems.append("a name or the number has a control character or noncharacter")
    if problems:
        raise _refusal(problems)
    return Varying(
        certificate_id=award.certificate_id,
        number=award.number,
        printed=holder.printed,
        native=holder.native,
        latin=holder.latin,
        workload_minutes=award.workload_minutes,
        decided_on=award.decided_on.isoformat(),
        issued_at=iso(award.issued_at),
        valid_from=award.valid_from.isoformat(),
        valid_until=award.valid_until.isoformat(),
        status_list=award.status_list,
        status_index=award.status_index,
        award_digest=digest(award),
        supersedes=award.supersedes,
    )


def check_fixed(award: AwardRecord) -> None:
    """Refuse an award whose texts that do not vary cannot stand in a credential.

    Raises:
        LintFailed: A mandatory element is empty, or a text has a control character; each is named.
    """
    problems = list(mandatory_elements_are_there(award))
    texts = {name: str(getattr(award, name)) for name in FIXED if name != "competences"}
    for item in award.competences:
        texts[f"competence {item.id}"] = f"{item.id}{item.title}{item.area}{item.esco}"
    problems += (
        f"{name} has a control character or noncharacter"
        for name, text in texts.items()
        if _UNWRITABLE.search(text)
    )
    if problems:
        raise _refusal(problems)


def _refusal(problems: list[str]) -> LintFailed:
    return LintFailed("; ".join(problems) + ".", where="award", fix="mend the framework or the records")
