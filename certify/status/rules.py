"""The life of a certificate's status: which step may follow which, and for what reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certify.errors import InvalidInput, StatusTransition
from certify.status.model import CertificateStatus, StandingStatus, StatusAction, StatusEvent, StatusReason

NEXT: Mapping[tuple[CertificateStatus, StatusAction], CertificateStatus] = {
    (CertificateStatus.ACTIVE, StatusAction.SUSPEND): CertificateStatus.SUSPENDED,
    (CertificateStatus.ACTIVE, StatusAction.REVOKE): CertificateStatus.REVOKED,
    (CertificateStatus.SUSPENDED, StatusAction.REINSTATE): CertificateStatus.ACTIVE,
    (CertificateStatus.SUSPENDED, StatusAction.REVOKE): CertificateStatus.REVOKED,
}
"""Every step there is (ISO/IEC 17024:2012, 9.5). Revocation is final: nothing follows it."""

AFTER: Mapping[StatusAction, CertificateStatus] = {act: after for (_, act), after in NEXT.items()}
"""What stands after each action, whatever stood before: the latest event alone decides."""

REASONS: Mapping[StatusAction, frozenset[StatusReason]] = {
    StatusAction.SUSPEND: frozenset(
        {StatusReason.UNDER_INVESTIGATION, StatusReason.SURVEILLANCE_OVERDUE, StatusReason.HOLDER_REQUEST}
    ),
    StatusAction.REINSTATE: frozenset(
        {StatusReason.INVESTIGATION_CLOSED, StatusReason.CONDITION_MET, StatusReason.HOLDER_REQUEST}
    ),
    StatusAction.REVOKE: frozenset(
        {
            StatusReason.MISCONDUCT,
            StatusReason.OBTAINED_BY_FRAUD,
            StatusReason.ISSUED_IN_ERROR,
            StatusReason.REQUIREMENTS_NO_LONGER_MET,
            StatusReason.HOLDER_REQUEST,
            StatusReason.SUPERSEDED,
        }
    ),
}
"""The reasons each step may have."""


def fold(events: Iterable[StatusEvent]) -> StandingStatus:
    """Return what stands after ``events``, given in sequence.

    Raises:
        StatusTransition: A step that may not follow the one before.
    """
    standing = StandingStatus(status=CertificateStatus.ACTIVE)
    for event in events:
        standing = StandingStatus(
            status=step(standing.status, event.action),
            since=event.acted_at,
            reason=event.reason,
            superseded_by=event.superseded_by,
        )
    return standing


def step(status: CertificateStatus, action: StatusAction) -> CertificateStatus:
    """Return the status after one step, or raise StatusTransition naming the steps there are."""
    following = NEXT.get((status, action))
    if following is None:
        possible = [str(act.value) for (held, act) in NEXT if held is status]
        raise StatusTransition(
            f"A certificate that is {status.value} cannot {action.value}.",
            fix=f"possible: {', '.join(possible)}" if possible else "revocation is final",
        )
    return following


def check_reason(action: StatusAction, reason: StatusReason, superseded_by: str | None) -> None:
    """Raise InvalidInput where the reason does not fit the step."""
    if reason not in REASONS[action]:
        listed = ", ".join(sorted(item.value for item in REASONS[action]))
        raise InvalidInput(
            f"{reason.value} is no reason to {action.value}.", where="reason", fix=f"one of {listed}"
        )
    if (reason is StatusReason.SUPERSEDED) != (superseded_by is not None):
        raise InvalidInput("A superseded certificate names the one that replaces it.", where="superseded_by")
