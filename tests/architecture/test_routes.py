"""Every route, asked by everybody: who may pass, and from whom it is hidden, is written here once more.

The table repeats `certify.web.access` and `certify.web.scope` in other words on purpose. A route that is
missing here fails, and so does a door that opens for somebody whom this table does not let in.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from installation import PASSWORD
from rights_table import FORMS_OF_STRANGERS
from website import Person, Site, open_site, read_page
from werkzeug.test import TestResponse

from certify.completions.batch import record_batch
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry
from certify.completions.uploads import Desk, start
from certify.corrections.service import request_name
from certify.evidence.service import keep_evidence
from certify.identifiers import new_identifier
from certify.people.model import UserRole
from certify.people.names import holder_name
from certify.people.service import add_user

PEOPLE = ("nobody", "trainer", "other", "certifier", "ana", "boris", "administrator")
"""Everything asked for is Ana's: ``trainer`` trains her cohort, ``other`` another one, Boris is somebody else."""

EVERYBODY = set(PEOPLE)
SIGNED_IN = EVERYBODY - {"nobody"}
TRAINERS = {"trainer", "other"}
CANDIDATES = {"ana", "boris"}
RECORDERS = TRAINERS | {"administrator"}
REVIEWERS = {"certifier", "administrator"}
HERS = {"ana", "trainer", "certifier", "administrator"}
NOT_HERS = {"boris", "other"}
NONE: set[str] = set()


@dataclass(frozen=True)
class Door:
    """Who may pass, and who is told that there is nothing here; everybody else is refused by role."""

    open_to: set[str]
    hidden_from: set[str] = frozenset()  # type: ignore[assignment]  # an empty default that nobody changes


DOORS: dict[str, Door] = {
    "GET /": Door(EVERYBODY),
    "GET /static/<path:filename>": Door(EVERYBODY),
    "GET /verify": Door(EVERYBODY),
    "POST /verify": Door(EVERYBODY),
    "POST /verify/number": Door(EVERYBODY),
    "GET /v/<certificate_id>": Door(EVERYBODY),
    "POST /v/<certificate_id>/file": Door(EVERYBODY),
    "GET /verify/many": Door(EVERYBODY),
    "POST /verify/many/numbers": Door(EVERYBODY),
    "POST /verify/many/files": Door(EVERYBODY),
    "GET /v/<certificate_id>/badge.svg": Door(EVERYBODY),
    "GET /schemas/verification-report-1.json": Door(EVERYBODY),
    "GET /status/<purpose>/<int:number>.json": Door(EVERYBODY),
    "GET /status/<purpose>/<int:number>.jwt": Door(EVERYBODY),
    "GET /checks": Door(EVERYBODY),
    "GET /problems": Door(EVERYBODY),
    "GET /api": Door(EVERYBODY),
    "GET /offline": Door(EVERYBODY),
    "GET /service-worker.js": Door(EVERYBODY),
    "GET /statement-keys.json": Door(EVERYBODY),
    "GET /health": Door(EVERYBODY),
    "GET /mail/stop/<stop_token>": Door(EVERYBODY),
    "POST /mail/stop/<stop_token>": Door(EVERYBODY),
    "GET /.well-known/did.json": Door(EVERYBODY),
    "GET /did.json": Door(EVERYBODY),
    "GET /.well-known/jwks.json": Door(EVERYBODY),
    "GET /contexts/certify-v1.json": Door(EVERYBODY),
    "GET /issuer.json": Door(EVERYBODY),
    "GET /achievements/<framework_id>/<version>/<role_id>/<tag>": Door(EVERYBODY),
    "GET /frameworks/<framework_id>/<version>": Door(EVERYBODY),
    "GET /sign-in": Door(EVERYBODY),
    "POST /sign-in": Door(EVERYBODY),
    "POST /sign-out": Door(SIGNED_IN),
    "GET /work": Door(SIGNED_IN),
    "GET /password": Door(SIGNED_IN),
    "POST /password": Door(SIGNED_IN),
    "GET /sign-in/link": Door(EVERYBODY),
    "POST /sign-in/link": Door(EVERYBODY),
    "GET /sign-in/link/<secret>": Door(EVERYBODY),
    "GET /sign-in/by-link": Door(EVERYBODY),
    "POST /sign-in/by-link": Door(EVERYBODY),
    "GET /sign-in/password": Door(EVERYBODY),
    "POST /sign-in/password": Door(EVERYBODY),
    "GET /sign-in/password/<secret>": Door(EVERYBODY),
    "GET /sign-in/new-password": Door(EVERYBODY),
    "POST /sign-in/new-password": Door(EVERYBODY),
    "GET /sign-in/with/<organisation_id>": Door(NONE, EVERYBODY),
    "GET /sign-in/with/<organisation_id>/back": Door(EVERYBODY),
    "POST /sign-in/passkey/options": Door(EVERYBODY),
    "POST /sign-in/passkey": Door(EVERYBODY),
    "GET /sign-in/second-step": Door(SIGNED_IN),
    "POST /sign-in/second-step": Door(SIGNED_IN),
    "GET /account/second-factor": Door(SIGNED_IN),
    "POST /account/second-factor": Door(SIGNED_IN),
    "POST /account/second-factor/recovery-codes": Door(SIGNED_IN),
    "POST /account/second-factor/remove": Door(SIGNED_IN),
    "POST /account/passkeys/options": Door(SIGNED_IN),
    "POST /account/passkeys": Door(SIGNED_IN),
    "POST /account/passkeys/<passkey_id>/remove": Door(NONE, SIGNED_IN),
    "GET /account": Door(SIGNED_IN),
    "POST /account/sessions/<session_id>/end": Door(NONE, SIGNED_IN),
    "POST /account/sessions/end-others": Door(SIGNED_IN),
    "POST /account/tokens": Door(SIGNED_IN),
    "POST /account/tokens/<token_id>/revoke": Door(NONE, SIGNED_IN),
    "GET /trainer/": Door(TRAINERS),
    "GET /trainer/cohorts/<cohort_id>": Door({"trainer"}, {"other"}),
    "GET /trainer/cohorts/<cohort_id>/log": Door({"trainer"}, {"other"}),
    "POST /trainer/cohorts/<cohort_id>/log": Door({"trainer"}, {"other"}),
    "GET /trainer/candidates/<candidate_id>": Door({"trainer"}, {"other"}),
    "GET /trainer/completions/<completion_id>/correct": Door({"trainer"}, {"other"}),
    "POST /trainer/completions/<completion_id>/correct": Door({"trainer"}, {"other"}),
    "POST /trainer/cohorts/<cohort_id>/draft": Door({"trainer"}, {"other"}),
    "POST /trainer/completions/<completion_id>/undo": Door({"trainer"}, {"other"}),
    "GET /trainer/batches/<batch_id>": Door({"trainer", "administrator"}, {"other"}),
    "POST /trainer/batches/<batch_id>": Door({"trainer", "administrator"}, {"other"}),
    "GET /trainer/import": Door(RECORDERS),
    "POST /trainer/import": Door(RECORDERS),
    "GET /trainer/import/<upload_id>": Door({"trainer"}, {"other", "administrator"}),
    "POST /trainer/import/<upload_id>/columns": Door({"trainer"}, {"other", "administrator"}),
    "POST /trainer/import/<upload_id>/record": Door({"trainer"}, {"other", "administrator"}),
    "GET /trainer/import/<upload_id>/rejected.<kind>": Door({"trainer"}, {"other", "administrator"}),
    "POST /trainer/import/<upload_id>/discard": Door({"trainer"}, {"other", "administrator"}),
    "GET /evidence/<completion_id>": Door({"trainer", *REVIEWERS}, {"other"}),
    "GET /candidate/qualification": Door(CANDIDATES),
    "POST /candidate/qualification": Door(CANDIDATES),
    "POST /admin/candidates/<candidate_id>/documents": Door(REVIEWERS),
    "GET /documents/<candidate_id>/<document_digest>": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /documents/<candidate_id>/<document_digest>/picture": Door({"ana", *REVIEWERS}, {"boris"}),
    "POST /documents/<candidate_id>/<document_digest>/withdraw": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /certifier/": Door({"certifier"}),
    "GET /certifier/cases/<candidate_id>/<framework_id>/<role_id>": Door({"certifier"}),
    "POST /certifier/cases/<candidate_id>/<framework_id>/<role_id>": Door({"certifier"}),
    "POST /certifier/cases/<framework_id>": Door({"certifier"}),
    "GET /certifier/jobs": Door({"certifier"}),
    "GET /certifier/jobs/<job_id>": Door({"certifier"}),
    "POST /certifier/jobs/<job_id>": Door({"certifier"}),
    "GET /certifier/certificates": Door({"certifier"}),
    "GET /certifier/certificates/<certificate_id>": Door({"certifier"}),
    "POST /certifier/certificates/<certificate_id>/status": Door({"certifier"}),
    "POST /certifier/certificates/<certificate_id>/correct": Door({"certifier"}),
    "POST /certifier/issue": Door({"certifier"}),
    "GET /corrections": Door({"certifier"}),
    "GET /corrections/<correction_id>": Door(REVIEWERS),
    "POST /corrections/<correction_id>": Door({"certifier"}),
    "POST /corrections/<correction_id>/withdraw": Door({"ana"}, {"boris", *REVIEWERS}),
    "GET /candidate/name": Door(CANDIDATES),
    "POST /candidate/name": Door(CANDIDATES),
    "GET /candidates/<candidate_id>/name": Door(REVIEWERS),
    "POST /candidates/<candidate_id>/name": Door(REVIEWERS),
    "GET /candidate": Door(CANDIDATES),
    "GET /candidate/roles/<role_id>": Door(CANDIDATES),
    "POST /candidate/role": Door(CANDIDATES),
    "GET /s/<share_id>": Door(EVERYBODY),
    "GET /account-closed": Door(EVERYBODY),
    "GET /candidate/shares": Door(CANDIDATES),
    "POST /candidate/shares": Door(CANDIDATES),
    "POST /candidate/shares/<share_id>/withdraw": Door({"ana"}, {"boris"}),
    "GET /candidate/data": Door(CANDIDATES),
    "GET /candidate/close": Door(CANDIDATES),
    "POST /candidate/close": Door(CANDIDATES),
    "POST /candidate/units/<unit_id>": Door(CANDIDATES),
    "GET /certificates/<certificate_id>.pdf": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /certificates/<certificate_id>/credential.json": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /certificates/<certificate_id>/credential.jwt": Door({"ana", *REVIEWERS}, {"boris"}),
    "POST /candidate/certificates/<certificate_id>/publicity": Door({"ana"}, {"boris"}),
    "GET /admin/": Door({"administrator"}),
    "GET /admin/users/<user_id>": Door({"administrator"}),
    "POST /admin/users/<user_id>": Door({"administrator"}),
    "POST /admin/users/<user_id>/password-link": Door({"administrator"}),
    "POST /admin/users/<user_id>/unlink": Door({"administrator"}),
    "GET /admin/keys": Door({"administrator"}),
    "GET /admin/settings": Door({"administrator"}),
    "GET /admin/designs": Door({"administrator"}),
    "GET /admin/designs/<design_id>/<int:version>/specimen.<form>": Door({"administrator"}),
    "GET /admin/schemes": Door({"administrator"}),
    "POST /admin/schemes/try": Door({"administrator"}),
    "POST /admin/schemes/publish": Door({"administrator"}),
    "GET /admin/schemes/<framework_id>": Door({"administrator"}),
    "POST /admin/schemes/<framework_id>/body": Door({"administrator"}),
    "GET /admin/organisations": Door({"administrator"}),
    "POST /admin/organisations": Door({"administrator"}),
    "POST /admin/organisations/<organisation_id>": Door({"administrator"}),
    "GET /admin/organisations/<organisation_id>/sign-in": Door({"administrator"}),
    "POST /admin/organisations/<organisation_id>/sign-in": Door({"administrator"}),
    "POST /admin/organisations/<organisation_id>/sign-in/remove": Door({"administrator"}),
    "GET /admin/mail": Door({"administrator"}),
    "POST /admin/mail/<letter_id>/retry": Door({"administrator"}),
    "GET /admin/mail/texts": Door({"administrator"}),
    "GET /admin/mail/texts/<letter_kind>/<tag>": Door({"administrator"}),
    "POST /admin/mail/texts/<letter_kind>/<tag>": Door({"administrator"}),
    "GET /admin/mail/texts/<letter_kind>/<tag>/html": Door({"administrator"}),
    "GET /admin/mail/reminders": Door({"administrator"}),
    "POST /admin/mail/reminders": Door({"administrator"}),
    "GET /setup": Door(NONE, EVERYBODY),
    "POST /setup/code": Door(NONE, EVERYBODY),
    "POST /setup/organisation": Door(NONE, EVERYBODY),
    "POST /setup/keys": Door(NONE, EVERYBODY),
    "POST /setup/scheme": Door(NONE, EVERYBODY),
    "POST /setup/people": Door(NONE, EVERYBODY),
    "GET /admin/audit": Door({"administrator"}),
    "POST /admin/audit/export": Door({"administrator"}),
    "GET /admin/users": Door({"administrator"}),
    "POST /admin/users": Door({"administrator"}),
    "POST /admin/users/<user_id>/active": Door({"administrator"}),
    "GET /admin/candidates": Door(REVIEWERS),
    "POST /admin/candidates": Door({"administrator"}),
    "POST /admin/candidates/import": Door({"administrator"}),
    "GET /admin/candidates/<candidate_id>": Door(REVIEWERS),
    "POST /admin/candidates/<candidate_id>/admission": Door(REVIEWERS),
    "POST /admin/candidates/<candidate_id>/units": Door(REVIEWERS),
    "GET /admin/cohorts": Door({"administrator"}),
    "POST /admin/cohorts": Door({"administrator"}),
    "GET /admin/cohorts/<cohort_id>": Door({"administrator"}),
    "POST /admin/cohorts/<cohort_id>/members": Door({"administrator"}),
    "GET /api/v1/openapi.json": Door(EVERYBODY),
    "POST /api/v1/sessions": Door(EVERYBODY),
    "DELETE /api/v1/sessions/current": Door(SIGNED_IN),
    "GET /api/v1/me": Door(SIGNED_IN),
    "GET /api/v1/frameworks": Door(SIGNED_IN),
    "GET /api/v1/frameworks/<framework_id>": Door(SIGNED_IN),
    "GET /api/v1/cohorts": Door(RECORDERS),
    "GET /api/v1/cohorts/<cohort_id>": Door({"trainer", "administrator"}, {"other"}),
    "GET /api/v1/cohorts/<cohort_id>/standings": Door({"trainer", "administrator"}, {"other"}),
    "POST /api/v1/completions": Door(RECORDERS),
    "POST /api/v1/completions/batch": Door(RECORDERS),
    "POST /api/v1/completions/<completion_id>/corrections": Door(RECORDERS),
    "GET /api/v1/candidates/<candidate_id>/completions": Door(HERS, NOT_HERS),
    "GET /api/v1/candidates/<candidate_id>/assessments/<role_id>": Door(HERS, NOT_HERS),
    "GET /api/v1/candidates/<candidate_id>/programmes/<role_id>": Door(HERS, NOT_HERS),
    "GET /api/v1/standings": Door(REVIEWERS),
    "GET /api/v1/queue": Door({"certifier"}),
    "GET /api/v1/candidates/<candidate_id>/units": Door({"ana", *REVIEWERS}, {"boris"}),
    "POST /api/v1/candidates/<candidate_id>/applications": Door(CANDIDATES | REVIEWERS),
    "GET /api/v1/corrections": Door({"certifier"}),
    "GET /api/v1/candidates/<candidate_id>/corrections": Door({"ana", *REVIEWERS}, {"boris"}),
    "POST /api/v1/candidates/<candidate_id>/corrections": Door(CANDIDATES | REVIEWERS),
    "POST /api/v1/certificates/<certificate_id>/corrections": Door(REVIEWERS),
    "POST /api/v1/corrections/<correction_id>/ruling": Door(CANDIDATES | REVIEWERS),
    "POST /api/v1/decisions": Door({"certifier"}),
    "GET /api/v1/candidates/<candidate_id>/certificates": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /api/v1/certificates/<certificate_id>": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /api/v1/certificates/<certificate_id>/pdf": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /api/v1/certificates/<certificate_id>/credential": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /api/v1/certificates/<certificate_id>/credential.jwt": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /api/v1/certificates/<certificate_id>/status-events": Door({"ana", *REVIEWERS}, {"boris"}),
    "POST /api/v1/certificates/<certificate_id>/status-events": Door({"certifier"}),
    "POST /api/v1/users/<user_id>": Door({"administrator"}),
    "POST /api/v1/users/<user_id>/password-link": Door({"administrator"}),
    "POST /api/v1/evidence": Door(RECORDERS),
    "POST /api/v1/completions/<completion_id>/retraction": Door(RECORDERS),
    "GET /api/v1/completions/<completion_id>/evidence": Door({"trainer", *REVIEWERS}, {"other"}),
    "GET /api/v1/candidates/<candidate_id>/documents": Door({"ana", *REVIEWERS}, {"boris"}),
    "POST /api/v1/candidates/<candidate_id>/documents": Door({"ana", *REVIEWERS}, {"boris"}),
    "GET /api/v1/candidates/<candidate_id>/documents/<document_digest>": Door({"ana", *REVIEWERS}, {"boris"}),
    "DELETE /api/v1/candidates/<candidate_id>/documents/<document_digest>": Door(
        {"ana", *REVIEWERS}, {"boris"}
    ),
    "GET /api/v1/shares": Door(CANDIDATES),
    "POST /api/v1/shares": Door(CANDIDATES),
    "DELETE /api/v1/shares/<share_id>": Door({"ana"}, {"boris"}),
    "GET /api/v1/me/data": Door(CANDIDATES),
    "GET /api/v1/audit": Door({"administrator"}),
    "GET /api/v1/organisations": Door({"administrator"}),
    "POST /api/v1/organisations": Door({"administrator"}),
    "POST /api/v1/organisations/<organisation_id>": Door({"administrator"}),
    "POST /api/v1/frameworks/trial": Door({"administrator"}),
    "POST /api/v1/frameworks": Door({"administrator"}),
    "POST /api/v1/frameworks/<framework_id>/body": Door({"administrator"}),
    "GET /api/v1/letters": Door({"administrator"}),
    "POST /api/v1/letters/<letter_id>/retry": Door({"administrator"}),
    "GET /api/v1/reminders": Door({"administrator"}),
    "POST /api/v1/reminders": Door({"administrator"}),
    "GET /api/v1/users": Door({"administrator"}),
    "POST /api/v1/users": Door({"administrator"}),
    "POST /api/v1/users/<user_id>/active": Door({"administrator"}),
    "GET /api/v1/candidates": Door(REVIEWERS),
    "POST /api/v1/candidates": Door({"administrator"}),
    "GET /api/v1/candidates/<candidate_id>": Door(HERS, NOT_HERS),
    "POST /api/v1/candidates/<candidate_id>/admissions": Door(REVIEWERS),
    "POST /api/v1/candidates/import": Door({"administrator"}),
    "POST /api/v1/cohorts": Door({"administrator"}),
    "POST /api/v1/cohorts/<cohort_id>/members": Door({"administrator"}),
    "POST /api/v1/completions/import": Door(RECORDERS),
    "GET /api/v1/certificates": Door({"certifier"}),
    "POST /api/v1/candidates/<candidate_id>/declarations": Door({"certifier"}),
    "POST /api/v1/jobs": Door({"certifier"}),
    "GET /api/v1/jobs/<job_id>": Door({"certifier"}),
    "POST /api/v1/jobs/<job_id>/retry": Door({"certifier"}),
    "GET /api/v1/certificates/<certificate_id>/publicity": Door({"ana", *REVIEWERS}, {"boris"}),
    "POST /api/v1/certificates/<certificate_id>/publicity": Door(CANDIDATES),
    "GET /api/v1/verifications/<certificate_id>": Door(EVERYBODY),
    "POST /api/v1/verifications/by-number": Door(EVERYBODY),
    "POST /api/v1/verifications/batch": Door(EVERYBODY),
    "POST /api/v1/verifications": Door(EVERYBODY),
}


def training_of(site: Site) -> tuple[str, str, str]:
    """A record with evidence, the batch it came in, and a file that waits: all of ``trainer``."""
    services, trainer = site.place.services, site.place.trainer
    file = keep_evidence(
        services.database, services.clock, services.evidence, trainer, "a.pdf", b"%PDF-1.7 %%EOF", 1000
    )
    entry = CompletionEntry(
        candidate_id=site.ana.id,
        module_id="A4",
        module_version="1",
        completed_on=date(2026, 4, 1),
        outcome=CompletionOutcome.PASSED,
        trainer_id=trainer.id,
        evidence_digest=file.digest,
    )
    batch = record_batch(services.database, services.clock, trainer, site.cohort, [entry], new_identifier())
    with services.database.reading() as unit:
        completion_id = unit.batches.lines(batch.id)[0].completion_id
    desk = Desk(services.database, services.clock, services.waiting_files, trainer)
    upload = start(desk, "small", "a.csv", b"candidate,module,date\nC-1,A4,2026-04-01\n")
    return completion_id, batch.id, upload.id


UNANSWERED = {
    "POST /sign-in",
    "POST /sign-in/passkey",
    "POST /sign-in/link",
    "POST /sign-in/by-link",
    "POST /sign-in/password",
    "POST /sign-in/new-password",
    "GET /sign-in/with/<organisation_id>/back",
    "POST /admin/organisations/<organisation_id>/sign-in/remove",
}
"""Doors that stay shut for want of a password, a passkey, a link, a mail server or a provider, whoever asks."""


class Walk:
    """One installation, everybody signed in to its pages and to its API."""

    def __init__(self, folder: Path) -> None:
        self.site: Site = open_site(folder)
        certificate = self.site.certificate_of_ana()
        spare = add_user(
            self.site.place.services.database,
            email="spare@example.org",
            display_name="Spare",
            roles=[UserRole.TRAINER],
            password=PASSWORD,
        )
        services = self.site.place.services
        with services.database.reading() as unit:
            ana = unit.users.by_email("ana@example.org")
        (correction,) = request_name(
            services.database,
            services.clock,
            ana,
            self.site.ana.id,
            holder_name("Анна Ли", "Anna Li"),
            reason="Misspelt",
            evidence="Passport",
        )
        completion_id, batch_id, upload_id = training_of(self.site)
        self.values = {
            "stop_token": self.site.letter_to_ana(),
            "batch_id": batch_id,
            "upload_id": upload_id,
            "kind": "csv",
            "letter_id": self.site.letter_to_ana()[:26],
            "design_id": "role",
            "form": "png",
            "letter_kind": "trial",
            "organisation_id": spare.organisation_id,
            "filename": "certify.css",
            "purpose": "revocation",
            "number": "1",
            "certificate_id": certificate,
            "cohort_id": self.site.cohort.id,
            "candidate_id": self.site.ana.id,
            "completion_id": completion_id,
            "correction_id": correction.id,
            "user_id": spare.id,
            "session_id": spare.id,
            "token_id": spare.id,
            "secret": "made-up",
            "job_id": self.site.job_of(certificate),
            "share_id": self.site.share_of_ana(),
            "passkey_id": spare.id,
            "framework_id": "small",
            "version": "1",
            "tag": "en",
            "role_id": "developer",
            "document_digest": self.site.document_of_ana(),
            "unit_id": "a@5",
        }
        self.pages = {
            name: self.site.visitor() if name == "nobody" else self.site.person(name) for name in PEOPLE
        }
        self.tokens = {name: self.site.token(name) for name in PEOPLE if name != "nobody"}

    def ask(self, name: str, route: str, **data: str) -> TestResponse:
        method, rule = route.split(" ", 1)
        if "<document_digest>" in rule:
            self.values["document_digest"] = self.site.document_of_ana()  # the one before may be withdrawn
        if method == "DELETE" and "<share_id>" in rule:
            self.values["share_id"] = self.site.share_of_ana()  # the one before may be withdrawn
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self.values[found[1]], rule)
        if rule.endswith("/standings"):
            path += "?role=developer"
        if not path.startswith("/api/"):
            return self.pages[name].client.open(path, method=method, data=data)
        headers = {"Authorization": f"Bearer {self.tokens[name]}"} if name in self.tokens else {}
        # A client of its own: the API must never listen to a cookie.
        return self.site.app.test_client().open(path, method=method, headers=headers)

    def signed_in(self, name: str) -> Person:
        """Somebody at their browser, signed in once more where the session is over."""
        if name != "nobody" and self.pages[name].get("/password").status_code != 200:
            self.pages[name] = self.site.person(name)
        return self.pages[name]

    def form_token(self, name: str) -> str:
        page = read_page(self.pages[name].get("/password" if name != "nobody" else "/sign-in"))
        return page.forms[0].fields["csrf_token"][0]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    made = Walk(tmp_path_factory.mktemp("walk"))
    yield made
    made.site.place.services.database.close()


def code_of(response: TestResponse) -> str:
    """The error code that an answer shows, on a page or in a problem document."""
    if response.mimetype == "application/problem+json":
        code: str = response.json["code"]
        return code
    found = re.search(rb"/problems#([a-z-]+)", response.data)
    return found[1].decode() if found else ""


def refused(response: TestResponse, name: str, route: str) -> bool:
    if name == "nobody" and "/api/" in route:
        return response.status_code == 401 and response.headers["WWW-Authenticate"].startswith("Bearer")
    if name == "nobody":
        return response.status_code == 303 and response.headers["Location"].startswith("/sign-in")
    return response.status_code == 403 and code_of(response) == "not-permitted"


ENDING_SESSIONS = ("DELETE /api/v1/sessions/current", "POST /account/sessions/end-others", "POST /sign-out")


def ends_the_session(route: str) -> int:
    """What ends sessions is asked last, and first what ends the fewest."""
    return ENDING_SESSIONS.index(route) + 1 if route in ENDING_SESSIONS else 0


@pytest.mark.parametrize("route", sorted(DOORS, key=ends_the_session))
def test_a_route_answers_everybody_as_the_table_says(walk: Walk, route: str) -> None:
    door = DOORS[route]
    for name in PEOPLE:
        form = route.startswith("POST") and "/api/" not in route and route not in FORMS_OF_STRANGERS
        token = (
            {"csrf_token": walk.form_token(name)} if form and name in door.open_to | door.hidden_from else {}
        )
        response = walk.ask(name, route, **token)
        told = (name, response.status_code, code_of(response))
        assert response.status_code < 500, told
        if name in door.open_to:
            assert response.status_code not in {401, 403, 404} or route in UNANSWERED, told
            assert code_of(response) not in {"form-expired", "not-permitted"}, told
        elif name in door.hidden_from:
            assert response.status_code == 404, told
        else:
            assert refused(response, name, route), told


def test_the_table_has_every_route_and_no_other(walk: Walk) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in walk.site.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert routes == DOORS.keys()


@pytest.mark.parametrize(
    "route", [route for route in DOORS if route.startswith("POST") and "/api/" not in route]
)
def test_a_form_without_its_token_is_refused(walk: Walk, route: str) -> None:
    if route in FORMS_OF_STRANGERS:
        response = walk.site.visitor().client.post(
            re.sub(r"<(\w+)>", lambda found: walk.values[found[1]], route.split(" ")[1])
        )
        assert "Set-Cookie" not in response.headers
        return
    for name in DOORS[route].open_to:
        person = walk.signed_in(name)
        path = re.sub(r"<(\w+)>", lambda found: walk.values[found[1]], route.split(" ")[1])
        response = person.client.post(path, data={"active": "no", "outcome": "granted"})
        assert (response.status_code, code_of(response)) == (400, "form-expired"), name
        stale = person.client.post(path, data={"csrf_token": "made-up"})
        assert (stale.status_code, code_of(stale)) == (400, "form-expired"), name


def test_a_form_sent_by_another_site_is_refused(walk: Walk) -> None:
    for route in (route for route in DOORS if route.startswith("POST") and "/api/" not in route):
        path = re.sub(r"<(\w+)>", lambda found: walk.values[found[1]], route.split(" ")[1])
        response = walk.site.visitor().client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert (response.status_code, code_of(response)) == (400, "form-expired"), route


def test_every_form_on_every_page_carries_a_token_unless_it_is_a_strangers(walk: Walk) -> None:
    strangers = {re.sub(r"<\w+>", "", route.split(" ")[1]).rstrip("/") for route in FORMS_OF_STRANGERS}
    seen = 0
    for route, name in itertools.product(DOORS, PEOPLE):
        if not route.startswith("GET") or "/api/" in route or name not in DOORS[route].open_to:
            continue
        person = walk.signed_in(name)
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: walk.values[found[1]], route.split(" ")[1])
        response = person.get(path)
        if response.mimetype != "text/html":
            continue
        for form in read_page(response).forms:
            seen += 1
            if form.method == "get":
                # A search changes nothing, and its address may be kept; a token in it would leak.
                assert "csrf_token" not in form.fields
                continue
            bare = re.sub(r"/v/\w+/file", "/v//file", re.sub(r"/stop/\w+", "/stop", form.action))
            assert ("csrf_token" in form.fields) is (bare.rstrip("/") not in strangers), (path, form.action)
            assert form.method == "post"
    assert seen > 40


def test_a_cookie_means_nothing_to_the_api(walk: Walk) -> None:
    person = walk.site.person("certifier")
    assert person.get("/certifier/").status_code == 200
    assert person.get("/api/v1/me").status_code == 401


def test_documentation_names_every_endpoint_of_the_api() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    documented = re.findall(r"^\| `(GET|POST|DELETE|PUT|PATCH) (/[^`]*)` \|", text, re.MULTILINE)
    promised = [
        (route.split(" ")[0], re.sub(r"<(\w+)>", r"{\1}", route.split(" ")[1]).removeprefix("/api/v1"))
        for route in DOORS
        if "/api/v1/" in route
    ]

    assert sorted(documented) == sorted(promised)
