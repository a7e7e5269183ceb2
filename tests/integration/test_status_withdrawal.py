"""Withdrawing a certificate: the public learns that and a category, the record keeps the reason and the note."""

from __future__ import annotations

import json

import pytest

from certify.errors import InvalidInput
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status
from certify.verification.document import report_json
from certify.web.app import create_app

NOTE = "Letter of 3 March by a colleague"
INSIDE = (NOTE, "isconduct", "fraud", "nvestigation", "under_investigation")


@pytest.fixture
def row(place):
    return place.services.issuer.issue(place.granted())


def act(place, row, action, reason, superseded_by=None):
    services = place.services
    return change_status(
        services.database, services.clock, place.certifier, row.id, action, reason, NOTE, superseded_by
    )


def told(place, row):
    """Everything that anybody can read of a certificate: the page, the page's JSON and the API."""
    client = create_app(place.services).test_client()
    return "\n".join(
        client.get(path, headers={"Accept": accept}).text
        for path, accept in (
            (f"/v/{row.id}", "text/html"),
            (f"/v/{row.id}", "application/json"),
            (f"/api/v1/verifications/{row.id}", "application/json"),
        )
    )


def test_the_public_is_told_the_category_and_never_the_reason_or_the_note(place, row):
    act(place, row, StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION)
    public = told(place, row)
    assert "under review" in public.lower()
    assert not [word for word in INSIDE if word in public]
    act(place, row, StatusAction.REVOKE, StatusReason.OBTAINED_BY_FRAUD)
    public = told(place, row)
    assert "rules_not_kept" in public
    assert not [word for word in INSIDE if word in public]


def test_a_suspension_that_is_over_leaves_no_public_trace(place, row):
    before = told(place, row)
    act(place, row, StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION)
    act(place, row, StatusAction.REINSTATE, StatusReason.INVESTIGATION_CLOSED)
    assert told(place, row) == before


def test_the_record_keeps_reason_and_note(place, row):
    act(place, row, StatusAction.REVOKE, StatusReason.MISCONDUCT)
    with place.services.database.reading() as unit:
        (event,) = unit.certificates.events(row.id)
    assert (event.reason, event.note, event.acted_by) == (StatusReason.MISCONDUCT, NOTE, place.certifier.id)


def test_a_certificate_is_replaced_by_another_one_of_the_same_holder_only(place, row):
    stranger = place.services.issuer.issue(place.granted("C-9"))
    for wrong in (row.id, stranger.id):
        with pytest.raises(InvalidInput, match="same holder"):
            act(place, row, StatusAction.REVOKE, StatusReason.SUPERSEDED, superseded_by=wrong)
    with place.services.database.reading() as unit:
        assert not unit.certificates.events(row.id)


def test_the_report_as_json_names_the_category_by_its_stable_code(place, row):
    act(place, row, StatusAction.REVOKE, StatusReason.HOLDER_REQUEST)
    status = report_json(place.services.verifier.verify_certificate(row.id))["status"]
    assert status["status"] == "revoked"
    assert status["reason"] == "holder_request"
    assert "note" not in json.dumps(status)
