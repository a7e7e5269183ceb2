"""Suspend, reinstate, revoke: append an event, never delete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certify.clock import Clock
from certify.errors import InvalidInput, NotPermitted
from certify.identifiers import new_identifier
from certify.issuing.model import CertificateRow, CertificateState
from certify.organisations.service import require_body
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.ports import Database, UnitOfWork
from certify.status.model import StandingStatus, StatusAction, StatusEvent, StatusReason
from certify.status.rules import check_reason, fold, step

MAX_NOTE = 1_000


def standing(unit: UnitOfWork, certificate_id: str) -> StandingStatus:
    """Return what stands now for one certificate."""
    return fold(unit.certificates.events(certificate_id))


def standings(unit: UnitOfWork, certificate_ids: Iterable[str]) -> Mapping[str, StandingStatus]:
    """Return what stands now for each of these certificates, by one query."""
    wanted = list(certificate_ids)
    events = unit.certificates.events_of(wanted)
    return {name: fold(events.get(name, ())) for name in wanted}


def change_status(  # noqa: PLR0917 - who does what to which certificate, and why, in that order
    database: Database,
    clock: Clock,
    by: User,
    certificate_id: str,
    action: StatusAction,
    reason: StatusReason,
    note: str = "",
    superseded_by: str | None = None,
) -> StatusEvent:
    """Append one step to a certificate's history.

    Raises:
        NotPermitted: ``by`` is no certifier, or holds the certificate.
        NotFound: No such certificate has been issued.
        StatusTransition: The step may not follow what stands, or somebody was faster.
        InvalidInput: The reason does not fit the step, the note is too long, or what is said to replace the
            certificate is not another one of the same holder.
    """
    require(by, UserRole.CERTIFIER)
    check_reason(action, reason, superseded_by)
    if len(note) > MAX_NOTE:
        raise InvalidInput(f"has at most {MAX_NOTE} characters.", where="note")
    with database.writing() as unit:
        row = unit.certificates.get(certificate_id)
        require_body(unit, by, row.award.framework_id)
        if by.candidate_id is not None and by.candidate_id == row.candidate_id:
            raise NotPermitted(
                "Nobody changes the status of their own certificate.", fix="ask another certifier"
            )
        if superseded_by is not None:
            _check_successor(row, unit.certificates.by_id(superseded_by))
        events = unit.certificates.events(certificate_id)
        step(fold(events).status, action)
        event = StatusEvent(
            id=new_identifier(),
            certificate_id=certificate_id,
            sequence=len(events) + 1,
            action=action,
            reason=reason,
            note=note.strip(),
            acted_by=by.id,
            acted_at=clock(),
            superseded_by=superseded_by,
        )
        unit.certificates.add_event(event)
    return event


def _check_successor(row: CertificateRow, successor: CertificateRow | None) -> None:
    if (
        successor is None
        or successor.id == row.id
        or successor.candidate_id != row.candidate_id
        or successor.state is not CertificateState.ISSUED
    ):
        raise InvalidInput("is not another certificate issued to the same holder.", where="superseded_by")
