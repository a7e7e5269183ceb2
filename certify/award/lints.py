"""What an award must hold before anything is signed: one function a rule, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from certify.award.canonical import canonical_bytes
from certify.award.fixed import CompiledOnce
from certify.award.record import AwardRecord
from certify.errors import LintFailed
from certify.identifiers import is_certificate_number, parse_identifier

Lint = Callable[[AwardRecord], Iterator[str]]

MANDATORY_ELEMENTS: dict[str, Callable[[AwardRecord], object]] = {
    "learner": lambda award: award.holder.printed,
    "title": lambda award: award.role_title,
    "country of the awarding body": lambda award: award.country,
    "awarding body": lambda award: award.awarding_body,
    "date of issue": lambda award: award.issued_at,
    "learning outcomes": lambda award: award.competences,
    "notional workload": lambda award: award.workload_minutes,
    "EQF level": lambda award: award.level_minimum,
    "type of assessment": lambda award: award.assessment,
    "form of participation": lambda award: award.participation,
    "type of quality assurance": lambda award: award.quality_assurance,
}
"""The eleven mandatory elements of the Council recommendation of 16 June 2022 on micro-credentials, Annex I."""


def mandatory_elements_are_there(award: AwardRecord) -> Iterator[str]:
    """No mandatory element is empty (Council recommendation 2022/C 243/02, Annex I)."""
    for name, element in MANDATORY_ELEMENTS.items():
        value = element(award)
        if not value or (isinstance(value, str) and not value.strip()):
            yield f"{name} is empty"


def days_are_in_order(award: AwardRecord) -> Iterator[str]:
    """Decided, then valid, then no longer."""
    if not award.decided_on <= award.valid_from < award.valid_until:
        yield "decision, first and last day of validity are not in order"


def identifiers_are_canonical(award: AwardRecord) -> Iterator[str]:
    """The address ends in the certificate's own id, and the number passes its own check."""
    if parse_identifier(award.certificate_id) != award.certificate_id:
        yield "the id is not in its one spelling"
    if not award.verification_url.endswith(f"/v/{award.certificate_id}"):
        yield "the verification address is another certificate's"
    if not is_certificate_number(award.number):
        yield "the number is not in its one spelling"


def levels_agree(award: AwardRecord) -> Iterator[str]:
    """The stated range of EQF levels is that of the competences, within 1 to 8."""
    levels = [item.level for item in award.competences]
    if levels and (award.level_minimum, award.level_maximum) != (min(levels), max(levels)):
        yield "the range of EQF levels is not that of the competences"
    if any(not 1 <= level <= 8 for level in levels):  # noqa: PLR2004 - the EQF has eight levels
        yield "an EQF level is outside 1 to 8"


LINTS: tuple[Lint, ...] = (
    mandatory_elements_are_there,
    days_are_in_order,
    identifiers_are_canonical,
)
LINTS_OF_KIND: tuple[Lint, ...] = (levels_agree,)
"""Those that look at nothing which varies (`certify.award.fixed`); asked once for each kind of award."""

_PROBLEMS_OF_KIND = CompiledOnce(
    lambda award: tuple(problem for rule in LINTS_OF_KIND for problem in rule(award))
)


@dataclass(slots=True)
class SigningToken:
    """The right to sign exactly one linted award, once."""

    _award: AwardRecord
    _used: bool = field(default=False)

    def spend(self, award: AwardRecord) -> None:
        """Use up the token for this award; LintFailed where it is another or the token was used."""
        if self._used or (
            award is not self._award and canonical_bytes(award) != canonical_bytes(self._award)
        ):
            raise LintFailed("Only what was linted can be signed, and only once.")
        self._used = True


def lint(award: AwardRecord) -> SigningToken:
    """Run every lint and return the token for exactly this award.

    Raises:
        LintFailed: Naming everything that is wrong.
    """
    problems = [problem for rule in LINTS for problem in rule(award)]
    problems += _PROBLEMS_OF_KIND.of(award)
    if problems:
        raise LintFailed("; ".join(problems) + ".", where="award", fix="mend the framework or the records")
    return SigningToken(award)
