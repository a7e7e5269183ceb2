"""One example request for each operation of the API, in an order in which they can be sent one after the other.

`tests/integration/test_api_examples.py` sends them as they stand here, with the identifiers below put in the place of real ones,
and holds the answers in ``examples.json`` to what comes back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

CANDIDATE = "3WQYUDRBVZD4KO2DBFBUZPACVY"
COHORT = "C2WM35GMYCP2UV4VFBPQNYLHAI"
COMPLETION = "EFQGWWBX5ZEROHSWZ7ZK7YQQQM"
CERTIFICATE = "APLG3UEIGXA4UPYSRTHKZUPTDI"
CORRECTION = "GRRH4MSC6LFCD5KASUOLKN3GAA"
USER = "AT4JS3NHMO32S2NRAKHOGADVNE"
TRAINER = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
SHARE = "KRSXG5DJNZTSA5DFON2CA43INA"
ORGANISATION = "ONSWG5DJN5XGC3BAORUWK3TUMU"
LETTER = "NRSXI5DFOIQHI2DBOQQGM2LMMU"
JOB = "OBQXG43XN5ZGIYLCMNSGKZTHNA"
DOCUMENT = "b729ccf2dc961cf1907243c7ab1e1fcb824288be8fe0423740f2e7128cc30e26"
NUMBER = "S4C-2026-7K3MQ-9XT2A-Y"
FRAMEWORK = "skills4cities"
ROLE = "smart-city-project-developer"
MODULE = "city-as-a-system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request that may be sent.

    Attributes:
        by: Who sends it: a role, or nobody.
        path: The parts of the address.
        body: The JSON document; None where a file or nothing is sent.
    """

    by: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


def _completion(day: str, module: str = MODULE) -> dict[str, Any]:
    return {
        "candidate_id": CANDIDATE,
        "module_id": module,
        "module_version": "2",
        "completed_on": day,
        "outcome": "passed",
    }


_CANDIDATE = {"candidate_id": CANDIDATE}
_CERTIFICATE = {"certificate_id": CERTIFICATE}

EXAMPLES: Mapping[str, Example] = {
    "api-sessions.open_session": Example(
        body={"email": "trainer@example.org", "password": "correct horse battery"}
    ),
    "api-sessions.me": Example(by="trainer"),
    "api-training.frameworks": Example(by="trainer"),
    "api-training.framework": Example(by="trainer", path={"framework_id": FRAMEWORK}),
    "api-training.cohorts": Example(by="trainer", query={"limit": "50"}),
    "api-training.cohort": Example(by="trainer", path={"cohort_id": COHORT}),
    "api-training.record": Example(by="trainer", body=_completion("2026-05-29")),
    "api-training.record_batch": Example(
        by="trainer",
        body={"completions": [_completion("2026-05-29"), _completion("2026-06-05", "no-such-module")]},
    ),
    "api-training.correct": Example(
        by="trainer",
        path={"completion_id": COMPLETION},
        body={**_completion("2026-05-28"), "reason": "Entered with the wrong day"},
    ),
    "api-training.cohort_standings": Example(by="trainer", path={"cohort_id": COHORT}, query={"role": ROLE}),
    "api-training.completions_of": Example(by="trainer", path=_CANDIDATE, query={"limit": "2"}),
    "api-training.assessment": Example(by="candidate", path=_CANDIDATE | {"role_id": ROLE}),
    "api-training.programme": Example(
        by="candidate", path=_CANDIDATE | {"role_id": "smart-city-project-manager"}
    ),
    "api-imports.import_table": Example(by="trainer", query={"mode": "dry-run"}),
    "api-imports.add_evidence": Example(by="trainer"),
    "api-training.evidence": Example(by="trainer", path={"completion_id": COMPLETION}),
    "api-training.retract": Example(
        by="trainer", path={"completion_id": COMPLETION}, body={"reason": "Somebody else took part"}
    ),
    "api-certification.standings": Example(by="certifier", query={"role": ROLE, "limit": "2"}),
    "api-certification.units_of": Example(by="candidate", path=_CANDIDATE, query={"limit": "2"}),
    "api-certification.apply": Example(by="candidate", path=_CANDIDATE, body={"role_id": "URB-1@5"}),
    "api-certification.queue": Example(by="certifier"),
    "api-certification.decide": Example(
        by="certifier", body={"candidate_id": CANDIDATE, "role_id": ROLE, "outcome": "granted"}
    ),
    "api-certification.certificates_of": Example(by="candidate", path=_CANDIDATE),
    "api-certification.certificate": Example(by="candidate", path=_CERTIFICATE),
    "api-certification.certificate_pdf": Example(by="candidate", path=_CERTIFICATE),
    "api-certification.certificate_credential": Example(by="candidate", path=_CERTIFICATE),
    "api-certification.certificate_token": Example(by="candidate", path=_CERTIFICATE, query={"alg": "ES256"}),
    "api-issuing.certificates": Example(by="certifier", query={"limit": "2"}),
    "api-issuing.declare_interest": Example(by="certifier", path=_CANDIDATE, body={"conflict": ""}),
    "api-issuing.issue": Example(by="certifier", body={}),
    "api-issuing.job": Example(by="certifier", path={"job_id": JOB}),
    "api-issuing.again": Example(by="certifier", path={"job_id": JOB}),
    "api-issuing.change_publicity": Example(by="candidate", path=_CERTIFICATE, body={"public": True}),
    "api-issuing.publicity": Example(by="candidate", path=_CERTIFICATE),
    "api-holders.add_share": Example(
        by="candidate",
        body={
            "certificate_ids": [CERTIFICATE],
            "name_form": "printed",
            "facts": ["role", "dates"],
            "days": 90,
        },
    ),
    "api-holders.shares": Example(by="candidate"),
    "api-holders.withdraw": Example(by="candidate", path={"share_id": SHARE}),
    "api-holders.data": Example(by="candidate"),
    "api-verifications.by_id": Example(path=_CERTIFICATE),
    "api-verifications.by_number": Example(body={"number": NUMBER}),
    "api-verifications.many": Example(body={"certificates": [NUMBER, "no such number"]}),
    "api-verifications.by_file": Example(),
    "api-corrections.ask_name": Example(
        by="candidate",
        path=_CANDIDATE,
        body={
            "native": "Елица Георгиева-Ли",
            "latin": "Elitsa Georgieva-Li",
            "reason": "Married name",
            "evidence": "Passport, seen on 2 November 2026",
        },
    ),
    "api-corrections.of_candidate": Example(by="candidate", path=_CANDIDATE),
    "api-corrections.waiting": Example(by="certifier"),
    "api-corrections.rule": Example(
        by="certifier",
        path={"correction_id": CORRECTION},
        body={"outcome": "refused", "reason": "The passport has the old name"},
    ),
    "api-corrections.ask_record": Example(
        by="administrator",
        path=_CERTIFICATE,
        body={"reason": "A record was corrected since", "evidence": "Letter of the trainer"},
    ),
    "api-certification.add_status_event": Example(
        by="certifier",
        path=_CERTIFICATE,
        body={"action": "suspend", "reason": "under_investigation", "note": "Complaint 17"},
    ),
    "api-certification.status_events": Example(by="candidate", path=_CERTIFICATE),
    "api-administration.users": Example(by="administrator", query={"limit": "2"}),
    "api-administration.add_user": Example(
        by="administrator",
        body={
            "email": "ada@example.org",
            "display_name": "Ada Example",
            "roles": ["trainer"],
            "password": "correct horse battery",
        },
    ),
    "api-administration.change_user": Example(
        by="administrator",
        path={"user_id": USER},
        body={"display_name": "Ada Example", "roles": ["trainer", "certifier"], "language": "bg"},
    ),
    "api-administration.send_link": Example(by="administrator", path={"user_id": USER}),
    "api-audit.trail": Example(by="administrator", query={"limit": "2", "since": "2026-01-01"}),
    "api-administration.set_active": Example(
        by="administrator", path={"user_id": USER}, body={"active": False}
    ),
    "api-administration.candidates": Example(by="administrator", query={"reference": "A-01"}),
    "api-administration.register": Example(
        by="administrator",
        body={"reference": "A-02", "native": "Мария Тодорова", "latin": "Maria Todorova"},
    ),
    "api-administration.candidate": Example(by="candidate", path=_CANDIDATE),
    "api-documents.bring": Example(by="candidate", path=_CANDIDATE),
    "api-documents.documents_of": Example(by="certifier", path=_CANDIDATE),
    "api-documents.file": Example(by="certifier", path=_CANDIDATE | {"document_digest": DOCUMENT}),
    "api-documents.withdraw": Example(by="candidate", path=_CANDIDATE | {"document_digest": DOCUMENT}),
    "api-administration.review": Example(
        by="administrator",
        path=_CANDIDATE,
        body={"qualification": "Master in Urban Planning", "eqf_level": 7, "accepted": True},
    ),
    "api-administration.import_candidates": Example(by="administrator"),
    "api-administration.open_cohort": Example(
        by="administrator",
        body={
            "code": "SOF-2027-A",
            "title": "Sofia, spring 2027",
            "framework_id": FRAMEWORK,
            "starts_on": "2027-04-05",
            "trainer_ids": [TRAINER],
        },
    ),
    "api-administration.join": Example(
        by="administrator",
        path={"cohort_id": COHORT},
        body={"candidate_reference": "A-02", "role_id": ROLE},
    ),
    "api-operating.organisations": Example(by="administrator"),
    "api-operating.add": Example(
        by="administrator",
        body={"name": "Plovdiv City Academy", "country": "BG", "help_contact": "help@academy.example"},
    ),
    "api-operating.change": Example(
        by="administrator",
        path={"organisation_id": ORGANISATION},
        body={"name": "Plovdiv City Academy", "country": "BG", "help_contact": "The office, room 12"},
    ),
    "api-operating.trial": Example(by="administrator"),
    "api-operating.publish": Example(by="administrator"),
    "api-operating.assign": Example(
        by="administrator",
        path={"framework_id": FRAMEWORK},
        body={"organisation_id": ORGANISATION},
    ),
    "api-operating.letters": Example(by="administrator", query={"state": "given-up"}),
    "api-operating.retry": Example(by="administrator", path={"letter_id": LETTER}),
    "api-operating.reminders": Example(by="administrator", query={"days": "400"}),
    "api-operating.send_reminders": Example(
        by="administrator", body={"days": 400, "certificate_ids": [CERTIFICATE]}
    ),
    "api-sessions.close_session": Example(by="trainer"),
}


@cache
def recorded() -> Mapping[str, Any]:
    """Return the recorded answers by endpoint; of files and empty answers there are none."""
    text = resources.files("certify.web.api").joinpath("examples.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found
