"""The audit trail: with its deed or not at all, in one order with the register's history, and harmless when exported."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from installation import PASSWORD
from small_scheme import NOW
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from website import open_site, read_page, words

from certify.audit.export import as_csv
from certify.audit.model import AuditAction, AuditFilter, SubjectKind
from certify.corrections.service import refuse, request_name
from certify.errors import NotAuthenticated
from certify.organisations.service import add_organisation
from certify.people.model import UserRole
from certify.people.names import holder_name
from certify.people.service import add_user, change_user, set_active
from certify.signin.service import sign_in
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status

A = AuditAction


def trail(place, **asked):
    with place.services.database.reading() as unit:
        return unit.trail.search(AuditFilter(**asked), 1000)


def lived(place):
    """A little history of every source."""
    services = place.services
    row = services.issuer.issue(place.granted())
    change_status(
        services.database,
        services.clock,
        place.certifier,
        row.id,
        StatusAction.SUSPEND,
        StatusReason.UNDER_INVESTIGATION,
    )
    (asked,) = request_name(
        services.database,
        services.clock,
        place.administrator,
        row.candidate_id,
        holder_name("Ana Lii", "Ana Lii", ""),
        reason="Misspelt",
        evidence="Passport",
    )
    refuse(services.database, services.clock, place.certifier, asked.id, "It says Li")
    return row


def test_history_and_own_events_are_one_trail_and_pages_have_each_entry_once(place):
    row = lived(place)
    everything = trail(place)

    assert {entry.action for entry in everything} >= {
        A.DECISION_GRANTED, A.CERTIFICATE_ISSUED, A.CERTIFICATE_SUSPENDED, A.CORRECTION_REQUESTED,
        A.CORRECTION_REFUSED, A.QUALIFICATION_ACCEPTED, A.CANDIDATE_REGISTERED, A.ACCOUNT_MADE,
    }  # fmt: skip
    assert [(entry.at, entry.id) for entry in everything] == sorted(
        ((entry.at, entry.id) for entry in everything), reverse=True
    )
    seen, after = [], None
    with place.services.database.reading() as unit:
        while page := unit.trail.search(AuditFilter(), 2, after):
            seen += page
            after = page[-1]
    assert seen == list(everything)
    (suspended,) = trail(place, action=A.CERTIFICATE_SUSPENDED)
    assert (suspended.actor_id, suspended.subject_id, suspended.detail) == (
        place.certifier.id,
        row.id,
        "under_investigation",
    )
    about = trail(place, about=frozenset({row.candidate_id}))
    assert {entry.candidate_id for entry in about} == {row.candidate_id}
    assert trail(place, since=NOW + timedelta(seconds=1)) == []
    assert len(trail(place, until=NOW + timedelta(seconds=1))) == len(everything)


def test_an_event_stays_as_it_is_and_does_not_outlive_a_deed_undone(place):
    database = place.services.database

    def fail() -> None:
        with database.writing() as unit:
            unit.trail.put(None, A.EXPORTED, SubjectKind.INSTALLATION, "x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert trail(place, action=A.EXPORTED) == []
    for statement in ("UPDATE audit_event SET detail = 'other'", "DELETE FROM audit_event"):
        with pytest.raises(DBAPIError), database._writer.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture
def site(tmp_path):
    return open_site(tmp_path)


def test_accounts_and_sign_ins_are_in_the_trail_without_secrets_or_unknown_addresses(site):
    place, services = site.place, site.place.services
    user = add_user(
        services.database,
        email="new@example.org",
        display_name="New",
        roles=[UserRole.TRAINER],
        password=PASSWORD,
        by=place.administrator,
    )
    change_user(
        services.database,
        place.administrator,
        user.id,
        display_name="New",
        roles=[UserRole.CERTIFIER],
        language="bg",
    )
    set_active(services.database, place.administrator, user.id, active=False)
    for email in ("trainer@example.org", "nobody@example.org"):
        with pytest.raises(NotAuthenticated):
            sign_in(services.database, services.clock, email, "a wrong secret", 1)

    found = {entry.action: entry for entry in trail(place, about=frozenset({user.id}))}
    assert found.keys() == {A.ACCOUNT_MADE, A.ACCOUNT_CHANGED, A.ACCOUNT_SWITCHED_OFF}
    assert found[A.ACCOUNT_CHANGED].detail == "certifier"
    assert len(trail(place, action=A.SIGN_IN_FAILED)) == 1
    with services.database._reader.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM audit_event")).fetchall())
    assert "nobody@" not in kept
    assert "wrong secret" not in kept


def test_an_administrator_searches_and_exports_and_the_export_is_in_the_trail(site):
    certificate = site.certificate_of_ana()
    administrator = site.person("administrator")
    with site.place.services.database.reading() as unit:
        number = unit.certificates.get(certificate).award.number

    page = words(administrator.get(f"/admin/audit?q={number}"))
    assert "A certificate was issued" in page
    assert "Made an account" not in page.partition("When")[2]
    assert "Nobody and nothing is known" in words(administrator.get("/admin/audit?q=nothing-like-it"))
    assert administrator.get("/admin/audit?since=yesterday").status_code == 422
    assert administrator.get("/admin/audit?after=x~y").status_code == 422
    answer = administrator.submit("/admin/audit", "/export")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][0] == "at"
    assert number in {row[5] for row in rows}
    assert "Exported data" in words(administrator.get("/admin/audit?action=exported"))
    forms = read_page(administrator.get("/admin/audit?action=signed-in")).forms
    assert next(form for form in forms if "export" in form.action).fields["action"] == ["signed-in"]


def test_long_trails_come_in_pages(site):
    with site.place.services.database.writing() as unit:
        for number in range(120):
            unit.trail.put(None, A.LETTERS_QUEUED, SubjectKind.LETTER, "some", f"n{number:03d}")
    administrator = site.person("administrator")
    path, seen = "/admin/audit?action=letters-queued", []
    while path:
        page = read_page(administrator.get(path))
        seen += [word for word in " ".join(page.text).split() if word.startswith("n") and word[1:].isdigit()]
        path = next((link for link in page.links if link.startswith("/admin/audit") and "after=" in link), "")
    assert seen == [f"n{number:03d}" for number in reversed(range(120))]


def test_more_than_can_be_exported_is_refused_and_not_cut(site, monkeypatch):
    administrator = site.person("administrator")
    monkeypatch.setattr("certify.web.pages.audit.MOST_EXPORTED", len(trail(site.place)))
    assert administrator.submit("/admin/audit", "/export").status_code == 200
    refused = administrator.submit("/admin/audit", "/export")  # the first export is a line of its own
    assert refused.status_code == 422
    assert "ask for a shorter span" in words(refused)
    assert len(trail(site.place, action=A.EXPORTED)) == 1


def test_whoever_administers_one_organisation_does_not_see_the_installations_trail(site):
    services = site.place.services
    other = add_organisation(services.database, None, name="Another school")
    add_user(
        services.database,
        email="head@example.org",
        display_name="Head",
        roles=[UserRole.ADMINISTRATOR],
        password=PASSWORD,
        organisation_id=other.id,
    )
    site.users["head"] = "head@example.org"
    head = site.person("head")

    assert head.get("/admin/audit").status_code == 403
    assert "/admin/audit" not in head.get("/admin/").get_data(as_text=True)
    with services.database.reading() as unit:
        stranger = unit.users.by_email("trainer@example.org")
    assert head.get(f"/admin/users/{stranger.id}").status_code == 404
    assert head.client.post(f"/admin/users/{stranger.id}").status_code in {400, 404}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_exported_cell_is_a_formula(cell):
    written = as_csv([[cell, "plain"]]).decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(written, newline=""))) == [f"'{cell}", "plain"]
