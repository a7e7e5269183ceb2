"""Whatever a page can do, a program can do, or it says here why not; and what a token of each scope may do.

A page that posts and is not in the table fails: give it its route of the API, or the reason why it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from website import Site, open_site

from certify.signin.model import Scope
from certify.signin.tokens import make_token
from certify.web.access import ACCESS, PUBLIC
from certify.web.api.openapi import routes


@dataclass(frozen=True)
class Reason:
    """Why a program has no such route."""

    text: str


BROWSER = Reason("It is about this very browser: its session, its language, what it shows.")
TOKENS = Reason(
    "A token that could make or end others would outlive its own end; people do it where they see it."
)

FIRST_RUN = Reason("The first run is for whoever reads the terminal; programs have the commands instead.")

LINK = Reason("A link in a letter is for whoever reads the letter; programs have tokens.")
PASSKEY = Reason("A passkey is in a browser or a device that one holds.")
FACTOR = Reason("A second factor is set up and ended by the person who holds it.")

PAGES: dict[str, str | Reason] = {
    "public.verify_upload": "POST /verifications",
    "public.verify_number": "POST /verifications/by-number",
    "public.certificate_file": "POST /verifications",
    "many.numbers": "POST /verifications/batch",
    "many.files": Reason("One file a request: POST /verifications for each."),
    "mail.stop_submit": Reason("The link in a letter is for whoever reads the letter."),
    "auth.sign_in_submit": "POST /sessions",
    "auth.sign_out": "DELETE /sessions/current",
    "auth.password_submit": Reason("A password is changed by the person who types it twice."),
    "links.ask_submit": LINK,
    "links.confirm_submit": LINK,
    "links.forgot_submit": LINK,
    "links.new_password_submit": LINK,
    "factors.passkey_options": PASSKEY,
    "factors.passkey_submit": PASSKEY,
    "factors.second_step_submit": "POST /sessions",
    "factors.set_up_submit": FACTOR,
    "factors.renew_codes": FACTOR,
    "factors.remove": FACTOR,
    "factors.new_passkey_options": PASSKEY,
    "factors.add_passkey": PASSKEY,
    "factors.end_passkey": PASSKEY,
    "account.end_session": BROWSER,
    "account.end_others": BROWSER,
    "account.add_token": TOKENS,
    "account.end_token": TOKENS,
    "cohort_log.submit": "POST /completions/batch",
    "cohort_log.keep": BROWSER,
    "batches.undo": "POST /completions/{completion_id}/retraction",
    "trainer.undo": "POST /completions/{completion_id}/retraction",
    "trainer.correct_submit": "POST /completions/{completion_id}/corrections",
    "imports.upload": "POST /completions/import",
    "imports.columns": Reason("A program knows what its own columns mean, and names them as documented."),
    "imports.record_rows": "POST /completions/import",
    "imports.forget": BROWSER,
    "cases.decide": "POST /decisions",
    "cases.decide_several": Reason(
        "Only where every case was open to view: a program sends POST /decisions for each."
    ),
    "jobs.again": "POST /jobs/{job_id}/retry",
    "jobs.issue_pending": "POST /jobs",
    "documents.bring_own": "POST /candidates/{candidate_id}/documents",
    "documents.bring": "POST /candidates/{candidate_id}/documents",
    "documents.withdraw": "DELETE /candidates/{candidate_id}/documents/{document_digest}",
    "certifier.change_status": "POST /certificates/{certificate_id}/status-events",
    "certifier.correct": "POST /certificates/{certificate_id}/corrections",
    "candidate.apply": "POST /candidates/{candidate_id}/applications",
    "candidate.publicity": "POST /certificates/{certificate_id}/publicity",
    "corrections.rule": "POST /corrections/{correction_id}/ruling",
    "corrections.withdraw": "POST /corrections/{correction_id}/ruling",
    "corrections.ask_own_name": "POST /candidates/{candidate_id}/corrections",
    "corrections.ask_name": "POST /candidates/{candidate_id}/corrections",
    "candidate.choose_role": BROWSER,
    "holder.add_share": "POST /shares",
    "holder.withdraw": "DELETE /shares/{share_id}",
    "holder.close": Reason("An account is closed by the person who typed the password again."),
    "setup.code": FIRST_RUN,
    "setup.organisation": FIRST_RUN,
    "setup.keys": FIRST_RUN,
    "setup.scheme": FIRST_RUN,
    "setup.people": FIRST_RUN,
    "accounts.change": "POST /users/{user_id}",
    "accounts.unlink": Reason("Who somebody is at a provider is a rare deed that a person looks at."),
    "organisation_sign_in.change": Reason(
        "Shown again who one is; `certify organisations provider` for scripts."
    ),
    "organisation_sign_in.remove": Reason("As setting it; `certify organisations provider --remove`."),
    "accounts.send_link": "POST /users/{user_id}/password-link",
    "audit.export": "GET /audit",
    "organisations.add": "POST /organisations",
    "organisations.change": "POST /organisations/{organisation_id}",
    "schemes.trial": "POST /frameworks/trial",
    "schemes.publish": "POST /frameworks",
    "schemes.assign": "POST /frameworks/{framework_id}/body",
    "letter_texts.change": Reason(
        "What letters say is read before it counts; `certify mail text` does it from scripts."
    ),
    "letters.retry": "POST /letters/{letter_id}/retry",
    "letters.send_reminders": "POST /reminders",
    "admin.add_user": "POST /users",
    "admin.set_active": "POST /users/{user_id}/active",
    "admin.register": "POST /candidates",
    "admin.import_candidates": "POST /candidates/import",
    "admin.review": "POST /candidates/{candidate_id}/admissions",
    "admin.apply": "POST /candidates/{candidate_id}/applications",
    "admin.open_cohort": "POST /cohorts",
    "admin.join": "POST /cohorts/{cohort_id}/members",
}

SCOPES: dict[str, Scope | None] = {
    "DELETE /sessions/current": None,
    "POST /completions": Scope.RECORD,
    "POST /completions/batch": Scope.RECORD,
    "POST /completions/import": Scope.RECORD,
    "POST /completions/{completion_id}/retraction": Scope.RECORD,
    "POST /evidence": Scope.RECORD,
    "POST /candidates/{candidate_id}/documents": Scope.ADMINISTER,
    "DELETE /candidates/{candidate_id}/documents/{document_digest}": Scope.ADMINISTER,
    "POST /shares": Scope.ADMINISTER,
    "DELETE /shares/{share_id}": Scope.ADMINISTER,
    "POST /users/{user_id}": Scope.ADMINISTER,
    "POST /completions/{completion_id}/corrections": Scope.RECORD,
    "POST /candidates/{candidate_id}/applications": Scope.CERTIFY,
    "POST /candidates/{candidate_id}/declarations": Scope.CERTIFY,
    "POST /candidates/{candidate_id}/corrections": Scope.CERTIFY,
    "POST /certificates/{certificate_id}/corrections": Scope.CERTIFY,
    "POST /certificates/{certificate_id}/publicity": Scope.CERTIFY,
    "POST /certificates/{certificate_id}/status-events": Scope.CERTIFY,
    "POST /corrections/{correction_id}/ruling": Scope.CERTIFY,
    "POST /decisions": Scope.CERTIFY,
    "POST /jobs": Scope.CERTIFY,
    "POST /jobs/{job_id}/retry": Scope.CERTIFY,
    "POST /organisations": Scope.ADMINISTER,
    "POST /organisations/{organisation_id}": Scope.ADMINISTER,
    "POST /frameworks/trial": Scope.ADMINISTER,
    "POST /frameworks": Scope.ADMINISTER,
    "POST /frameworks/{framework_id}/body": Scope.ADMINISTER,
    "POST /letters/{letter_id}/retry": Scope.ADMINISTER,
    "POST /reminders": Scope.ADMINISTER,
    "POST /users": Scope.ADMINISTER,
    "POST /users/{user_id}/active": Scope.ADMINISTER,
    "POST /users/{user_id}/password-link": Scope.ADMINISTER,
    "POST /candidates": Scope.ADMINISTER,
    "POST /candidates/import": Scope.ADMINISTER,
    "POST /candidates/{candidate_id}/admissions": Scope.ADMINISTER,
    "POST /cohorts": Scope.ADMINISTER,
    "POST /cohorts/{cohort_id}/members": Scope.ADMINISTER,
}
"""The scope that each write needs, once more; every GET needs `read`."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = open_site(tmp_path_factory.mktemp("parity"))
    yield made
    made.place.services.database.close()


def of_api(site: Site) -> dict[str, str]:
    """Every route of the API that needs a sign-in or none, with its endpoint."""
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}": endpoint
        for endpoint, path, method in routes(site.app)
    }


def test_every_page_that_does_something_names_its_route_of_the_api_or_the_reason_for_none(site: Site) -> None:
    posting = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api-")
    }

    assert posting - PAGES.keys() == set(), "name their routes of the API in PAGES, or say why there is none"
    assert PAGES.keys() - posting == set(), "these pages are gone"
    known = of_api(site)
    assert not [route for route in PAGES.values() if isinstance(route, str) and route not in known]
    assert not [reason for reason in PAGES.values() if isinstance(reason, Reason) and len(reason.text) < 20]


def test_a_token_passes_where_its_scope_is_asked_for_and_nowhere_else(site: Site) -> None:
    given = site.place.services
    needed = {
        route: Scope.READ if route.startswith("GET ") else SCOPES[route]
        for route, endpoint in of_api(site).items()
        if ACCESS[endpoint] is not PUBLIC
    }
    role_of = {
        "trainer": "trainer",
        "certifier": "certifier",
        "ana": "candidate",
        "administrator": "administrator",
    }
    tokens = {}
    for name in role_of:
        with given.database.reading() as unit:
            owner = unit.users.by_email(f"{name}@example.org")
        for scope in Scope:
            tokens[name, scope], _ = make_token(
                given.database, given.clock, owner, name="A program", scopes=[scope], days=1
            )
    client = site.app.test_client()
    for route, scope in needed.items():
        method, path = route.split(" ")
        allowed = {role.value for role in ACCESS[of_api(site)[route]]}
        owner = next(name for name, role in role_of.items() if role in allowed)
        for held in Scope:
            answer = client.open(
                "/api/v1" + re.sub(r"{\w+}", "A" * 26, path),
                method=method,
                headers={"Authorization": f"Bearer {tokens[owner, held]}"},
            )
            refused = answer.status_code == 403 and "oken may" in answer.json["detail"]
            assert refused is (held is not scope), (route, held, answer.status_code, answer.json)


def test_the_document_says_which_scope_each_operation_needs(site: Site) -> None:
    document = site.app.test_client().get("/api/v1/openapi.json").json
    schemes = document["components"]["securitySchemes"]
    assert set(schemes) == {"session", "token"}
    for route, endpoint in of_api(site).items():
        method, path = route.split(" ")
        said = document["paths"][f"/api/v1{path}"][method.lower()]["security"]
        if ACCESS[endpoint] is PUBLIC:
            assert said == [], route
            continue
        scope = Scope.READ if method == "GET" else SCOPES[route]
        assert said == [{"session": []}, *([{"token": [scope.value]}] if scope else [])], route
