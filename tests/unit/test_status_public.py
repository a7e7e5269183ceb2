"""What the public is told of a status: that, since when, and a category; never what a person is said to have done."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from certify.status.model import CertificateStatus, StandingStatus, StatusAction, StatusReason
from certify.status.public import CATEGORY, PublicReason, PublicStatus, publicly
from certify.status.rules import REASONS

SINCE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_every_reason_for_withdrawing_has_a_category():
    assert CATEGORY.keys() == set(StatusReason)
    for action in (StatusAction.SUSPEND, StatusAction.REVOKE):
        assert all(CATEGORY[reason] is not None for reason in REASONS[action])


def test_no_category_is_one_accusation():
    """Fraud and misconduct are told with the same words as each other."""
    accusations = {StatusReason.MISCONDUCT, StatusReason.OBTAINED_BY_FRAUD}
    (told,) = {CATEGORY[reason] for reason in accusations}
    assert {reason for reason, category in CATEGORY.items() if category is told} == accusations
    words = {category.value for category in PublicReason}
    assert not words & {reason.value for reason in (*accusations, StatusReason.UNDER_INVESTIGATION)}


def test_a_suspension_that_is_over_is_nobodys_business():
    reinstated = StandingStatus(
        status=CertificateStatus.ACTIVE, since=SINCE, reason=StatusReason.INVESTIGATION_CLOSED
    )
    assert publicly(reinstated) == PublicStatus(status=CertificateStatus.ACTIVE)


@pytest.mark.parametrize("status", [CertificateStatus.SUSPENDED, CertificateStatus.REVOKED])
def test_what_was_withdrawn_says_since_when_and_the_category(status):
    told = publicly(StandingStatus(status=status, since=SINCE, reason=StatusReason.MISCONDUCT))
    assert told == PublicStatus(status=status, since=SINCE, reason=PublicReason.RULES_NOT_KEPT)
