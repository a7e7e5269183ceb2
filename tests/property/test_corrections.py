"""The life of a request for a correction, for every sequence of steps by anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from awards import AWARD
from hypothesis import given
from hypothesis import strategies as st

from certify.corrections.model import Correction, CorrectionGround, CorrectionState
from certify.corrections.rules import check_correctable, corrected_award, ruled
from certify.errors import CertifyError, Conflict, FourEyes
from certify.people.model import HolderName, User, UserRole
from certify.status.model import CertificateStatus, StandingStatus, StatusEntry

AT = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
ASKER, OTHER, HOLDER = (
    User(
        id=name,
        email=f"{name}@example.org",
        display_name=name,
        roles=frozenset({UserRole.CERTIFIER}),
        password_hash="x",
        organisation_id="o",
        candidate_id="candidate" if name == "holder" else None,
    )
    for name in ("asker", "other", "holder")
)
OPEN = Correction(
    id="c",
    candidate_id="candidate",
    certificate_id="certificate",
    ground=CorrectionGround.NAME,
    name=HolderName(native="Анна", latin="Anna", printed="Анна"),
    reason="Misspelt",
    evidence="Passport",
    evidence_digest=None,
    requested_by="asker",
    requested_at=AT,
)
STEPS = st.tuples(
    st.sampled_from(CorrectionState), st.sampled_from([ASKER, OTHER, HOLDER]), st.sampled_from(["", "why"])
)


@given(st.lists(STEPS, max_size=6), st.sampled_from(["asker", "holder"]))
def test_a_request_is_ruled_on_once_and_never_by_who_asked_or_holds_it(steps, asked_by):
    correction = replace(OPEN, requested_by=asked_by)
    for state, by, why in steps:
        try:
            after = ruled(correction, state, by, AT, why, "d" if state is CorrectionState.APPROVED else None)
        except CertifyError:
            continue
        assert correction.state is CorrectionState.OPEN
        assert after.state is state is not CorrectionState.OPEN
        assert (after.ruled_by, after.ruled_at) == (by.id, AT)
        if state is CorrectionState.WITHDRAWN:
            assert by.id == asked_by
        else:
            assert by.id != asked_by
            assert by.candidate_id != correction.candidate_id
        assert state is not CorrectionState.REFUSED or after.ruling
        ruling = ("state", "ruling", "ruled_by", "ruled_at", "decision_id")
        assert replace(after, **{name: getattr(correction, name) for name in ruling}) == correction
        correction = after


def test_a_colleague_approves():
    assert ruled(OPEN, CorrectionState.APPROVED, OTHER, AT).state is CorrectionState.APPROVED
    with pytest.raises(FourEyes):
        ruled(OPEN, CorrectionState.APPROVED, HOLDER, AT)


@given(st.sampled_from(CertificateStatus), st.dates(date(2026, 1, 1), date(2032, 1, 1)))
def test_only_what_is_in_force_can_be_corrected(status, on):
    standing = StandingStatus(status=status)
    if status is CertificateStatus.ACTIVE and on <= AWARD.valid_until:
        check_correctable(AWARD, standing, on)
    else:
        with pytest.raises(Conflict):
            check_correctable(AWARD, standing, on)


@given(st.text("абвг", min_size=1), st.integers(1, 10_000), st.integers(0, 131_071), st.integers(0, 800))
def test_a_correction_changes_what_was_wrong_and_never_the_certification(name, minutes, index, days):
    holder = HolderName(native=name, latin="Anna", printed=name)
    at = AWARD.issued_at + timedelta(days=days)
    new = corrected_award(
        AWARD,
        holder,
        minutes,
        at=at,
        public_base="https://certificates.example",
        place=StatusEntry(2, index),
    )
    assert (new.holder, new.workload_minutes, new.supersedes) == (holder, minutes, AWARD.certificate_id)
    assert (new.decided_on, new.valid_from, new.valid_until) == (
        AWARD.decided_on,
        AWARD.valid_from,
        AWARD.valid_until,
    )
    assert new.certificate_id != AWARD.certificate_id
    assert new.number != AWARD.number
    assert new.number.startswith(f"S4C-{at.year}-")
    assert new.verification_url == f"https://certificates.example/v/{new.certificate_id}"
    assert (new.status_list, new.status_index, new.issued_at) == (2, index, at)
