"""Declare a conflict of interest or none, remember which cases were opened, and tell who may decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certify.certification.rules import hindrance_of
from certify.clock import Clock
from certify.completions.model import CompletionRecord
from certify.eligibility.model import Assessment
from certify.errors import Conflict, ConflictUndeclared, FourEyes, NotFound
from certify.identifiers import new_identifier
from certify.impartiality.model import CaseView, Declaration, Hindrance, HindranceKind, results_digest
from certify.organisations.service import body_of, certifier_sees
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.people.typed import clean_title
from certify.ports import Database, UnitOfWork


def declare(database: Database, clock: Clock, by: User, candidate_id: str, conflict: str = "") -> Declaration:
    """Declare one's conflict of interest in a candidate, or that there is none.

    Args:
        conflict: What it is, in one line; empty for none.

    Raises:
        NotPermitted: ``by`` is no certifier.
        NotFound: No such candidate is before them.
        Conflict: They declared a conflict before, which stands.
    """
    require(by, UserRole.CERTIFIER)
    declaration = Declaration(
        id=new_identifier(),
        candidate_id=candidate_id,
        declared_by=by.id,
        conflict=clean_title(conflict, "conflict of interest", required=False),
        declared_at=clock(),
    )
    with database.writing() as unit:
        if not certifier_sees(unit, by, unit.candidates.get(candidate_id)):
            raise NotFound("There is no such candidate.")
        if not declaration.conflict and conflict_declared(unit, by.id, candidate_id):
            raise Conflict(
                "You declared a conflict of interest in this candidate before, and it stands.",
                fix="another certifier decides this case",
            )
        unit.impartiality.declare(declaration)
    return declaration


def conflict_declared(unit: UnitOfWork, user_id: str, candidate_id: str) -> str:
    """Return the conflict of interest that somebody declared in a candidate; empty where they declared none."""
    found = unit.impartiality.declarations(candidate_id)
    return next((item.conflict for item in found if item.declared_by == user_id and item.conflict), "")


def declaration_for(unit: UnitOfWork, by: User, candidate_id: str) -> Declaration:
    """Return the declaration that a decision of ``by`` on a candidate rests on.

    Raises:
        ConflictUndeclared: They declared nothing yet.
        FourEyes: They declared a conflict.
    """
    own = [item for item in unit.impartiality.declarations(candidate_id) if item.declared_by == by.id]
    if not own:
        raise ConflictUndeclared(
            "Whoever decides first declares whether they have a conflict of interest in the candidate.",
            fix="declare it with the decision",
        )
    for item in own:
        if item.conflict:
            raise FourEyes(
                str(Hindrance(HindranceKind.DECLARED, item.conflict)),
                fix="another certifier decides this case",
            )
    return own[-1]


def hindrance(
    unit: UnitOfWork, by: User, assessment: Assessment, records: Iterable[CompletionRecord]
) -> Hindrance | None:
    """Return what stops ``by`` from deciding on an assessment: their part in the training, or their own word."""
    found = hindrance_of(by, assessment, records)
    declared = "" if found else conflict_declared(unit, by.id, assessment.candidate_id)
    return Hindrance(HindranceKind.DECLARED, declared) if declared else found


def deciders(unit: UnitOfWork, assessment: Assessment, records: Sequence[CompletionRecord]) -> Sequence[User]:
    """Return the certifiers of the scheme's body whom nothing stops from deciding, by name."""
    able = [
        user
        for user in unit.users.with_role(UserRole.CERTIFIER, [body_of(unit, assessment.framework_id).id])
        if hindrance(unit, user, assessment, records) is None
    ]
    return sorted(able, key=lambda user: user.display_name.casefold())


def note_view(database: Database, clock: Clock, by: User, assessment: Assessment) -> None:
    """Remember that ``by`` was shown a case with these results; the same again changes nothing."""
    with database.reading() as unit:
        if viewed(unit, by, assessment):
            return
    view = CaseView(
        candidate_id=assessment.candidate_id,
        framework_id=assessment.framework_id,
        role_id=assessment.role_id,
        viewed_by=by.id,
        digest=results_digest(assessment),
        viewed_at=clock(),
    )
    with database.writing() as unit:
        unit.impartiality.add_view(view)


def viewed(unit: UnitOfWork, by: User, assessment: Assessment) -> bool:
    """Tell whether ``by`` was shown a case with exactly these results."""
    shown = unit.impartiality.digests_viewed(
        by.id, assessment.candidate_id, assessment.framework_id, assessment.role_id
    )
    return results_digest(assessment) in shown
