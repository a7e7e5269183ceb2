"""Who gets what, route by route: the own organisation's in one column, another one's in the other.

Six letters for a visitor, a candidate, a trainer, a certifier, an administrator of the organisation, and an
administrator of the installation, in this order:

    +   it is shown, or done
    -   refused: this is not theirs to do (403)
    0   nothing is there (404)
    >   asked to sign in
    !   the form, or the document, names something that is not to be had (409, 422)

What is sent names things by the names that `two_houses.House` gives them, in braces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ASKERS = ("visitor", "candidate", "trainer", "certifier", "administrator", "system")


@dataclass(frozen=True)
class Row:
    """One route.

    Attributes:
        own: What comes where everything that is named is of the own organisation.
        other: What comes where everything is another organisation's; empty where nothing is named.
        ids: Which thing stands in the address, where it is not the one that is called like its part.
    """

    own: str
    other: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    file: str = ""
    query: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)


ROWS: Mapping[str, Row] = {
    "GET /": Row("++++++"),
    "GET /static/<path:filename>": Row("++++++"),
    "GET /verify": Row("++++++"),
    "POST /verify": Row("++++++", file="%PDF-1.7 %%EOF"),
    "POST /verify/number": Row("++++++", "++++++", form={"number": "{certificate_number}"}),
    "GET /v/<certificate_id>": Row("++++++", "++++++"),
    "POST /v/<certificate_id>/file": Row("++++++", "++++++", file="%PDF-1.7 %%EOF"),
    "GET /verify/many": Row("++++++"),
    "POST /verify/many/numbers": Row("++++++", "++++++", form={"list": "{certificate_number}"}),
    "POST /verify/many/files": Row("++++++", file="%PDF-1.7 %%EOF"),
    "GET /v/<certificate_id>/badge.svg": Row("++++++", "++++++"),
    "GET /schemas/verification-report-1.json": Row("++++++"),
    "GET /status/<purpose>/<int:number>.json": Row("++++++"),
    "GET /status/<purpose>/<int:number>.jwt": Row("++++++"),
    "GET /checks": Row("++++++"),
    "GET /problems": Row("++++++"),
    "GET /api": Row("++++++"),
    "GET /offline": Row("++++++"),
    "GET /service-worker.js": Row("++++++"),
    "GET /statement-keys.json": Row("++++++"),
    "GET /health": Row("++++++"),
    "GET /mail/stop/<stop_token>": Row("++++++"),
    "POST /mail/stop/<stop_token>": Row("++++++"),
    "GET /.well-known/did.json": Row("++++++"),
    "GET /did.json": Row("++++++"),
    "GET /.well-known/jwks.json": Row("++++++"),
    "GET /contexts/certify-v1.json": Row("++++++"),
    "GET /issuer.json": Row("++++++"),
    "GET /achievements/<framework_id>/<version>/<role_id>/<tag>": Row("++++++"),
    "GET /frameworks/<framework_id>/<version>": Row("++++++"),
    "GET /sign-in": Row("++++++"),
    "POST /sign-in": Row("++++++", form={"email": "trainer@north.example", "password": "{password}"}),
    "POST /sign-out": Row(">+++++"),
    "GET /work": Row(">+++++"),
    "GET /password": Row(">+++++"),
    "POST /password": Row(
        ">+++++", form={"old": "{password}", "new": "another good sentence", "again": "another good sentence"}
    ),
    "GET /sign-in/link": Row("++++++"),
    "POST /sign-in/link": Row("000000"),
    "GET /sign-in/link/<secret>": Row(">>>>>>"),
    "GET /sign-in/by-link": Row("++++++"),
    "POST /sign-in/by-link": Row(">>>>>>"),
    "GET /sign-in/password": Row("++++++"),
    "POST /sign-in/password": Row("000000"),
    "GET /sign-in/password/<secret>": Row(">>>>>>"),
    "GET /sign-in/new-password": Row("++++++"),
    "POST /sign-in/new-password": Row("!!!!!!"),
    "GET /sign-in/with/<organisation_id>": Row("000000", "000000"),
    "GET /sign-in/with/<organisation_id>/back": Row("000000", "000000"),
    "POST /sign-in/passkey/options": Row("++++++"),
    "POST /sign-in/passkey": Row("!!!!!!"),
    "GET /sign-in/second-step": Row(">+++++"),
    "POST /sign-in/second-step": Row(">!!!!!"),
    "GET /account/second-factor": Row(">+++++"),
    "POST /account/second-factor": Row(">!!!!!"),
    "POST /account/second-factor/recovery-codes": Row(">!!!!!"),
    "POST /account/second-factor/remove": Row(">!!!!!"),
    "POST /account/passkeys/options": Row(">+++++"),
    "POST /account/passkeys": Row(">!!!!!"),
    "POST /account/passkeys/<passkey_id>/remove": Row(">+++++", ">00000", form={"present": "{password}"}),
    "GET /account": Row(">+++++"),
    "POST /account/sessions/<session_id>/end": Row(">+++++", ">00000"),
    "POST /account/sessions/end-others": Row(">+++++"),
    "POST /account/tokens": Row(
        ">+++++", form={"name": "A program", "scope": "read", "days": "9", "present": "{password}"}
    ),
    "POST /account/tokens/<token_id>/revoke": Row(">+++++", ">00000"),
    "GET /trainer/": Row(">-+---"),
    "GET /trainer/cohorts/<cohort_id>": Row(">-+---", ">-0---"),
    "GET /trainer/cohorts/<cohort_id>/log": Row(">-+---", ">-0---"),
    "POST /trainer/cohorts/<cohort_id>/log": Row(
        ">-+---",
        ">-0---",
        form={
            "include": "{candidate_id}",
            "module": "A5 1",
            "completed_on": "2026-05-02",
            "outcome": "passed",
            "evidence": "{digest}",
        },
    ),
    "GET /trainer/candidates/<candidate_id>": Row(">-+---", ">-0---"),
    "GET /trainer/completions/<completion_id>/correct": Row(">-+---", ">-0---"),
    "POST /trainer/completions/<completion_id>/correct": Row(
        ">-+---",
        ">-0---",
        form={
            "module": "A4 1",
            "completed_on": "2026-05-03",
            "outcome": "passed",
            "reason": "Wrong day",
            "evidence": "{digest}",
        },
    ),
    "POST /trainer/cohorts/<cohort_id>/draft": Row(">-+---", ">-0---", form={"include": "{candidate_id}"}),
    "POST /trainer/completions/<completion_id>/undo": Row(">-+---", ">-0---", form={"why": "Somebody else"}),
    "GET /trainer/batches/<batch_id>": Row(">-+-++", ">-0-0+"),
    "POST /trainer/batches/<batch_id>": Row(">-+-++", ">-0-0+", form={"all": "yes", "reason": "Wrong class"}),
    "GET /trainer/import": Row(">-+-++"),
    "POST /trainer/import": Row(
        ">-+-++",
        ">-+-++",
        form={"framework": "{framework_id}"},
        file="candidate,module,version,completed_on,outcome\n{reference},A4,1,2026-04-03,passed\n",
    ),
    "GET /trainer/import/<upload_id>": Row(">-+-00", ">-0-00"),
    "POST /trainer/import/<upload_id>/columns": Row(
        ">-+-00",
        ">-0-00",
        form={
            "column-0": "person:reference",
            "column-1": "module",
            "column-2": "version",
            "column-3": "day",
            "column-4": "outcome",
        },
    ),
    "POST /trainer/import/<upload_id>/record": Row(">-+-00", ">-0-00", form={"mode": "good-rows"}),
    "GET /trainer/import/<upload_id>/rejected.<kind>": Row(">-+-00", ">-0-00"),
    "POST /trainer/import/<upload_id>/discard": Row(">-+-00", ">-0-00"),
    "GET /evidence/<completion_id>": Row(">-++++", ">-000+"),
    "GET /candidate/qualification": Row(">+----"),
    "POST /candidate/qualification": Row(">+----", file="%PDF-1.7 %%EOF"),
    "POST /admin/candidates/<candidate_id>/documents": Row(">--+++", ">--00+", file="%PDF-1.7 %%EOF"),
    "GET /documents/<candidate_id>/<document_digest>": Row(">+-+++", ">0-00+"),
    "GET /documents/<candidate_id>/<document_digest>/picture": Row(">+-+++", ">0-00+"),
    "POST /documents/<candidate_id>/<document_digest>/withdraw": Row(">+-+++", ">0-00+"),
    "GET /certifier/": Row(">--+--", ">-----", query="framework={framework_id}&decided={decision_id}"),
    "GET /certifier/cases/<candidate_id>/<framework_id>/<role_id>": Row(
        ">--+--", ">-----", ids={"candidate_id": "waiting_id"}
    ),
    "POST /certifier/cases/<candidate_id>/<framework_id>/<role_id>": Row(
        ">--+--",
        ">-----",
        form={"outcome": "refused", "interest": "none", "reason": "Not yet"},
        ids={"candidate_id": "waiting_id"},
    ),
    "POST /certifier/cases/<framework_id>": Row(
        ">--+--", ">-----", form={"case": "{waiting_id} developer", "no_conflict": "yes"}
    ),
    "GET /certifier/jobs": Row(">--+--"),
    "GET /certifier/jobs/<job_id>": Row(">--+--", ">--0--"),
    "POST /certifier/jobs/<job_id>": Row(">--+--", ">--0--"),
    "GET /certifier/certificates": Row(">--+--"),
    "GET /certifier/certificates/<certificate_id>": Row(">--+--", ">--0--"),
    "POST /certifier/certificates/<certificate_id>/status": Row(
        ">--+--", ">--0--", form={"step": "suspend under_investigation", "note": "Complaint 17"}
    ),
    "POST /certifier/certificates/<certificate_id>/correct": Row(
        ">--+--",
        ">--0--",
        form={"wrong": "A record", "evidence": "A letter", "evidence_digest": "{digest}"},
        ids={"certificate_id": "successor_id"},
    ),
    "POST /certifier/issue": Row(">--+--"),
    "GET /corrections": Row(">--+--"),
    "GET /corrections/<correction_id>": Row(">--+++", ">--00+"),
    "POST /corrections/<correction_id>": Row(
        ">--+--", ">--0--", form={"interest": "none", "outcome": "refused", "reason": "Old name"}
    ),
    "POST /corrections/<correction_id>/withdraw": Row(">+-000", ">0-000"),
    "GET /candidate/name": Row(">+----"),
    "POST /candidate/name": Row(
        ">!----", form={"native": "Mara N", "latin": "Mara N", "reason": "Married", "evidence": "Passport"}
    ),
    "GET /candidates/<candidate_id>/name": Row(">--+++", ">--00+"),
    "POST /candidates/<candidate_id>/name": Row(
        ">--+++",
        ">--00+",
        form={"native": "Mara N", "latin": "Mara N", "reason": "Married", "evidence": "Passport"},
        ids={"candidate_id": "waiting_id"},
    ),
    "GET /candidate": Row(">+----"),
    "GET /candidate/roles/<role_id>": Row(">+----"),
    "POST /candidate/role": Row(">+----", form={"role": "developer"}),
    "GET /s/<share_id>": Row("++++++", "++++++"),
    "GET /account-closed": Row("++++++"),
    "GET /candidate/shares": Row(">+----"),
    "POST /candidate/shares": Row(
        ">+----",
        ">0----",
        form={"certificate": "{certificate_id}", "name_form": "none", "fact": "role", "days": "30"},
    ),
    "POST /candidate/shares/<share_id>/withdraw": Row(">+----", ">0----"),
    "GET /candidate/data": Row(">+----"),
    "GET /candidate/close": Row(">+----"),
    "POST /candidate/close": Row(">+----", form={"understood": "yes", "password": "{password}"}),
    "POST /candidate/units/<unit_id>": Row(">+----"),
    "GET /certificates/<certificate_id>.pdf": Row(">+-+++", ">0-00+"),
    "GET /certificates/<certificate_id>/credential.json": Row(">+-+++", ">0-00+"),
    "GET /certificates/<certificate_id>/credential.jwt": Row(">+-+++", ">0-00+"),
    "POST /candidate/certificates/<certificate_id>/publicity": Row(
        ">+----", ">0----", form={"public": "yes"}
    ),
    "GET /admin/": Row(">---++"),
    "GET /admin/users/<user_id>": Row(">---++", ">---0+"),
    "POST /admin/users/<user_id>": Row(
        ">---++", ">---0+", form={"display_name": "Renamed", "role": "trainer", "language": "bg"}
    ),
    "POST /admin/users/<user_id>/password-link": Row(">---!!", ">---0!"),
    "POST /admin/users/<user_id>/unlink": Row(">---++", ">---0+"),
    "GET /admin/keys": Row(">----+"),
    "GET /admin/settings": Row(">----+"),
    "GET /admin/designs": Row(">----+"),
    "GET /admin/designs/<design_id>/<int:version>/specimen.<form>": Row(">----+"),
    "GET /admin/schemes": Row(">----+"),
    "POST /admin/schemes/try": Row(">----+", form={"text": "{scheme_text}"}),
    "POST /admin/schemes/publish": Row(">----+", form={"text": "{scheme_text}"}),
    "GET /admin/schemes/<framework_id>": Row(">----+"),
    "POST /admin/schemes/<framework_id>/body": Row(
        ">----+", ">----+", form={"organisation": "{organisation_id}"}
    ),
    "GET /admin/organisations": Row(">---++"),
    "POST /admin/organisations": Row(
        ">----+", form={"name": "A third house", "country": "BG", "help_contact": ""}
    ),
    "POST /admin/organisations/<organisation_id>": Row(
        ">---++", ">---0+", form={"name": "A new name", "country": "BG", "help_contact": ""}
    ),
    "GET /admin/organisations/<organisation_id>/sign-in": Row(">---++", ">---0+"),
    "POST /admin/organisations/<organisation_id>/sign-in": Row(
        ">---!!",
        ">---0!",
        form={"issuer": "https://idp.example", "client_id": "x", "secret": "y"},
    ),
    "POST /admin/organisations/<organisation_id>/sign-in/remove": Row(">---00", ">---00"),
    "GET /admin/mail": Row(">----+"),
    "POST /admin/mail/<letter_id>/retry": Row(">----+"),
    "GET /admin/mail/texts": Row(">----+"),
    "GET /admin/mail/texts/<letter_kind>/<tag>": Row(">----+"),
    "POST /admin/mail/texts/<letter_kind>/<tag>": Row(">----!"),
    "GET /admin/mail/texts/<letter_kind>/<tag>/html": Row(">----+"),
    "GET /admin/mail/reminders": Row(">----+"),
    "POST /admin/mail/reminders": Row(
        ">----!", ">----!", form={"within": "60", "certificate": "{certificate_id}"}
    ),
    "GET /setup": Row("000000"),
    "POST /setup/code": Row("000000"),
    "POST /setup/organisation": Row("000000"),
    "POST /setup/keys": Row("000000"),
    "POST /setup/scheme": Row("000000"),
    "POST /setup/people": Row("000000"),
    "GET /admin/audit": Row(">----+", ">----+", query="q={candidate_id}"),
    "POST /admin/audit/export": Row(">----+", ">----+", form={"q": "{candidate_id}"}),
    "GET /admin/users": Row(">---++"),
    "POST /admin/users": Row(
        ">---++",
        ">---!+",
        form={
            "email": "new@example.org",
            "display_name": "New One",
            "role": "candidate",
            "password": "correct horse battery",
            "candidate": "{spare_reference}",
        },
    ),
    "POST /admin/users/<user_id>/active": Row(">---++", ">---0+", form={"active": "no"}),
    "GET /admin/candidates": Row(">--+++"),
    "POST /admin/candidates": Row(
        ">---++", form={"reference": "NEW-1", "native": "Neo New", "latin": "Neo New"}
    ),
    "POST /admin/candidates/import": Row(">---++", file="reference,name,latin_name\nNEW-2,Neo New,Neo New\n"),
    "GET /admin/candidates/<candidate_id>": Row(">--+++", ">--00+"),
    "POST /admin/candidates/<candidate_id>/admission": Row(
        ">--+++", ">--00+", form={"qualification": "BSc", "eqf_level": "6", "accepted": "yes"}
    ),
    "POST /admin/candidates/<candidate_id>/units": Row(">--+++", ">--00+", form={"unit": "a@5"}),
    "GET /admin/cohorts": Row(">---++"),
    "POST /admin/cohorts": Row(
        ">---+!",
        ">---0!",
        form={
            "code": "NEW-C",
            "title": "New",
            "framework": "{framework_id}",
            "starts_on": "2026-01-12",
            "trainer": "{trainer_id}",
        },
    ),
    "GET /admin/cohorts/<cohort_id>": Row(">---++", ">---0+"),
    "POST /admin/cohorts/<cohort_id>/members": Row(
        ">---++", ">---0+", form={"candidate": "{spare_reference}", "role": "developer"}
    ),
    "GET /api/v1/openapi.json": Row("++++++"),
    "POST /api/v1/sessions": Row("++++++", json={"email": "trainer@north.example", "password": "{password}"}),
    "DELETE /api/v1/sessions/current": Row(">-----"),
    "GET /api/v1/me": Row(">+++++"),
    "GET /api/v1/frameworks": Row(">+++++"),
    "GET /api/v1/frameworks/<framework_id>": Row(">+++++"),
    "GET /api/v1/cohorts": Row(">-+-++"),
    "GET /api/v1/cohorts/<cohort_id>": Row(">-+-++", ">-0-0+"),
    "GET /api/v1/cohorts/<cohort_id>/standings": Row(">-+-++", ">-0-0+", query="role=developer"),
    "POST /api/v1/completions": Row(
        ">-+-++",
        ">-0-0+",
        json={
            "framework_id": "{framework_id}",
            "candidate_id": "{candidate_id}",
            "module_id": "A4",
            "module_version": "1",
            "completed_on": "2026-05-09",
            "outcome": "passed",
            "trainer_id": "{trainer_id}",
            "evidence_digest": "{digest}",
        },
    ),
    "POST /api/v1/completions/batch": Row(
        ">-+-++",
        ">-+-++",
        json={
            "framework_id": "{framework_id}",
            "completions": [
                {
                    "candidate_reference": "{reference}",
                    "module_id": "A4",
                    "module_version": "1",
                    "completed_on": "2026-05-09",
                    "outcome": "passed",
                    "trainer_id": "{trainer_id}",
                }
            ],
        },
    ),
    "POST /api/v1/completions/<completion_id>/corrections": Row(
        ">-+-++",
        ">-0-0+",
        json={
            "framework_id": "{framework_id}",
            "candidate_id": "{candidate_id}",
            "module_id": "A4",
            "module_version": "1",
            "completed_on": "2026-05-09",
            "outcome": "passed",
            "trainer_id": "{trainer_id}",
            "reason": "Wrong day",
        },
    ),
    "GET /api/v1/candidates/<candidate_id>/completions": Row(">+++++", ">0000+"),
    "GET /api/v1/candidates/<candidate_id>/assessments/<role_id>": Row(">+++++", ">0000+"),
    "GET /api/v1/candidates/<candidate_id>/programmes/<role_id>": Row(">+++++", ">0000+"),
    "GET /api/v1/standings": Row(">--+++", query="role=developer&framework={framework_id}"),
    "GET /api/v1/queue": Row(">--+--", query="framework={framework_id}"),
    "GET /api/v1/candidates/<candidate_id>/units": Row(">+-+++", ">0-00+"),
    "POST /api/v1/candidates/<candidate_id>/applications": Row(
        ">+-+++", ">0-00+", json={"role_id": "a@5", "framework_id": "{framework_id}"}
    ),
    "GET /api/v1/corrections": Row(">--+--"),
    "GET /api/v1/candidates/<candidate_id>/corrections": Row(">+-+++", ">0-00+"),
    "POST /api/v1/candidates/<candidate_id>/corrections": Row(
        ">!-!!!",
        ">0-00!",
        json={"native": "Mara N", "latin": "Mara N", "reason": "Married", "evidence": "Passport"},
    ),
    "POST /api/v1/certificates/<certificate_id>/corrections": Row(
        ">--+++",
        ">--00+",
        json={"reason": "A record", "evidence": "A letter", "evidence_digest": "{digest}"},
        ids={"certificate_id": "successor_id"},
    ),
    "POST /api/v1/corrections/<correction_id>/ruling": Row(
        ">--+--", ">0-00-", json={"outcome": "refused", "reason": "Old name"}
    ),
    "POST /api/v1/decisions": Row(
        ">--+--",
        ">-----",
        json={
            "candidate_id": "{waiting_id}",
            "role_id": "developer",
            "framework_id": "{framework_id}",
            "outcome": "refused",
            "reason": "Not yet",
        },
    ),
    "GET /api/v1/candidates/<candidate_id>/certificates": Row(">+-+++", ">0-00+"),
    "GET /api/v1/certificates/<certificate_id>": Row(">+-+++", ">0-00+"),
    "GET /api/v1/certificates/<certificate_id>/pdf": Row(">+-+++", ">0-00+"),
    "GET /api/v1/certificates/<certificate_id>/credential": Row(">+-+++", ">0-00+"),
    "GET /api/v1/certificates/<certificate_id>/credential.jwt": Row(">+-+++", ">0-00+"),
    "GET /api/v1/certificates/<certificate_id>/status-events": Row(">+-+++", ">0-00+"),
    "POST /api/v1/certificates/<certificate_id>/status-events": Row(
        ">--+--",
        ">--0--",
        json={"action": "revoke", "reason": "superseded", "superseded_by": "{successor_id}"},
    ),
    "POST /api/v1/users/<user_id>": Row(
        ">---++", ">---0+", json={"display_name": "Renamed", "roles": ["trainer"]}
    ),
    "POST /api/v1/users/<user_id>/password-link": Row(">---!!", ">---!!"),
    "POST /api/v1/evidence": Row(">-+-++", file="%PDF-1.7 %%EOF"),
    "POST /api/v1/completions/<completion_id>/retraction": Row(
        ">-+-++", ">-0-0+", json={"reason": "Somebody else"}
    ),
    "GET /api/v1/completions/<completion_id>/evidence": Row(">-++++", ">-000+"),
    "GET /api/v1/candidates/<candidate_id>/documents": Row(">+-+++", ">0-00+"),
    "POST /api/v1/candidates/<candidate_id>/documents": Row(">+-+++", ">0-00+", file="%PDF-1.7 %%EOF"),
    "GET /api/v1/candidates/<candidate_id>/documents/<document_digest>": Row(">+-+++", ">0-00+"),
    "DELETE /api/v1/candidates/<candidate_id>/documents/<document_digest>": Row(">+-+++", ">0-00+"),
    "GET /api/v1/shares": Row(">+----"),
    "POST /api/v1/shares": Row(">+----", ">0----", json={"certificate_ids": ["{certificate_id}"]}),
    "DELETE /api/v1/shares/<share_id>": Row(">+----", ">0----"),
    "GET /api/v1/me/data": Row(">+----"),
    "GET /api/v1/audit": Row(">----+", ">----+", query="about={candidate_id}"),
    "GET /api/v1/organisations": Row(">---++"),
    "POST /api/v1/organisations": Row(">----+", json={"name": "A third house", "country": "BG"}),
    "POST /api/v1/organisations/<organisation_id>": Row(
        ">---++", ">---0+", json={"name": "A new name", "country": "BG"}
    ),
    "POST /api/v1/frameworks/trial": Row(">----+", file="{scheme_text}"),
    "POST /api/v1/frameworks": Row(">----+", file="{scheme_text}"),
    "POST /api/v1/frameworks/<framework_id>/body": Row(
        ">----+", ">----+", json={"organisation_id": "{organisation_id}"}
    ),
    "GET /api/v1/letters": Row(">----+"),
    "POST /api/v1/letters/<letter_id>/retry": Row(">----+"),
    "GET /api/v1/reminders": Row(">----+"),
    "POST /api/v1/reminders": Row(">----!", ">----!", json={"certificate_ids": ["{certificate_id}"]}),
    "GET /api/v1/users": Row(">---++"),
    "POST /api/v1/users": Row(
        ">---++",
        ">---!+",
        json={
            "email": "new@example.org",
            "display_name": "New",
            "roles": ["candidate"],
            "password": "correct horse battery",
            "candidate_reference": "{spare_reference}",
        },
    ),
    "POST /api/v1/users/<user_id>/active": Row(">---++", ">---0+", json={"active": False}),
    "GET /api/v1/candidates": Row(">--+++", ">--+++", query="reference={reference}"),
    "POST /api/v1/candidates": Row(
        ">---++", json={"reference": "NEW-1", "native": "Neo New", "latin": "Neo New"}
    ),
    "GET /api/v1/candidates/<candidate_id>": Row(">+++++", ">0000+"),
    "POST /api/v1/candidates/<candidate_id>/admissions": Row(
        ">--+++", ">--00+", json={"qualification": "BSc", "eqf_level": 6, "accepted": True}
    ),
    "POST /api/v1/candidates/import": Row(
        ">---++", file="reference,name,latin_name\nNEW-2,Neo New,Neo New\n"
    ),
    "POST /api/v1/cohorts": Row(
        ">---+!",
        ">---0!",
        json={
            "code": "NEW-C",
            "title": "New",
            "framework_id": "{framework_id}",
            "starts_on": "2026-01-12",
            "trainer_ids": ["{trainer_id}"],
        },
    ),
    "POST /api/v1/cohorts/<cohort_id>/members": Row(
        ">---++", ">---0+", json={"candidate_reference": "{spare_reference}", "role_id": "developer"}
    ),
    "POST /api/v1/completions/import": Row(
        ">-+-++",
        ">-+-++",
        file="candidate,module,version,completed_on,outcome\n{reference},A4,1,2026-04-03,passed\n",
        query="mode=dry-run&framework={framework_id}",
    ),
    "GET /api/v1/certificates": Row(">--+--"),
    "POST /api/v1/candidates/<candidate_id>/declarations": Row(">--+--", ">--0--", json={"conflict": ""}),
    "POST /api/v1/jobs": Row(">--+--", ">--!--", json={"decision_ids": ["{pending_id}"]}),
    "GET /api/v1/jobs/<job_id>": Row(">--+--", ">--0--"),
    "POST /api/v1/jobs/<job_id>/retry": Row(">--+--", ">--0--"),
    "GET /api/v1/certificates/<certificate_id>/publicity": Row(">+-+++", ">0-00+"),
    "POST /api/v1/certificates/<certificate_id>/publicity": Row(">+----", ">0----", json={"public": True}),
    "GET /api/v1/verifications/<certificate_id>": Row("++++++", "++++++"),
    "POST /api/v1/verifications/by-number": Row("++++++", "++++++", json={"number": "{certificate_number}"}),
    "POST /api/v1/verifications/batch": Row(
        "++++++", "++++++", json={"certificates": ["{certificate_number}"]}
    ),
    "POST /api/v1/verifications": Row("++++++", file="%PDF-1.7 %%EOF"),
}

FORMS_OF_STRANGERS = {
    "POST /verify",
    "POST /verify/number",
    "POST /verify/many/numbers",
    "POST /verify/many/files",
    "POST /v/<certificate_id>/file",
    "POST /mail/stop/<stop_token>",
}
"""They act with nobody's rights, so they carry no token and set no cookie; the last changes what its signed address is for."""
