"""A certificate's history, for every sequence of steps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.errors import InvalidInput, StatusTransition
from certify.status.model import CertificateStatus, StatusAction, StatusEvent, StatusReason
from certify.status.rules import REASONS, check_reason, fold

AT = datetime(2026, 11, 23, tzinfo=UTC)


def event(number, action):
    return StatusEvent(
        id=str(number),
        certificate_id="c",
        sequence=number,
        action=action,
        reason=min(REASONS[action]),
        note="",
        acted_by="u",
        acted_at=AT,
    )


@given(st.lists(st.sampled_from(StatusAction), max_size=8))
def test_nothing_follows_a_revocation_and_nothing_else_ends_a_certificate(actions):
    taken = []
    for number, action in enumerate(actions, start=1):
        try:
            fold([*taken, event(number, action)])
        except StatusTransition:
            continue
        taken.append(event(number, action))
    standing = fold(taken)
    revoked = [item for item in taken if item.action is StatusAction.REVOKE]
    assert (standing.status is CertificateStatus.REVOKED) == bool(revoked)
    assert len(revoked) <= 1
    assert not revoked or taken[-1] is revoked[0]
    suspensions = sum(item.action is StatusAction.SUSPEND for item in taken)
    reinstatements = sum(item.action is StatusAction.REINSTATE for item in taken)
    assert suspensions - reinstatements in {0, 1}


@given(st.sampled_from(StatusAction), st.sampled_from(StatusReason))
def test_a_reason_fits_its_step_or_is_refused(action, reason):
    superseded_by = "x" if reason is StatusReason.SUPERSEDED else None
    if reason in REASONS[action]:
        check_reason(action, reason, superseded_by)
    else:
        with pytest.raises(InvalidInput):
            check_reason(action, reason, superseded_by)


def test_a_superseded_certificate_names_its_successor():
    with pytest.raises(InvalidInput):
        check_reason(StatusAction.REVOKE, StatusReason.SUPERSEDED, None)
