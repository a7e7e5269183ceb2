"""One website and two organisations on it, each with people of every kind and one of everything that has an identifier.

North's people ask, for what is North's and for what is South's. Whatever South says of itself has the word ``zyxburg`` in
it, so that an answer to North's people that has it tells something of South.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestedCredentialData
from flask import Flask
from installation import PASSWORD, Installation, install
from small_scheme import NOW, TODAY, small_framework, small_module
from website import DIPLOMA, PLENTY
from werkzeug.test import TestResponse

from certify.certification.model import DecisionOutcome
from certify.certification.service import apply_for, decide
from certify.completions.batch import record_batch
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion
from certify.completions.uploads import Desk, start
from certify.corrections.service import request_name
from certify.db import connect
from certify.eligibility.service import assess
from certify.evidence.documents import bring_document
from certify.evidence.service import keep_evidence
from certify.framework.load import canonical_document, from_document
from certify.identifiers import new_identifier
from certify.impartiality.service import note_view
from certify.jobs.model import Settled
from certify.jobs.service import enqueue
from certify.mail.model import LetterKind, LetterState, letter
from certify.mail.stopping import stop_token
from certify.organisations.service import add_organisation, assign_scheme
from certify.people.model import Candidate, Cohort, User, UserRole
from certify.people.names import holder_name
from certify.people.service import add_user, join_cohort, open_cohort, register_candidate, review_admission
from certify.sharing.model import NameForm, SharedFact
from certify.sharing.service import make_share
from certify.signin.model import Method, Passkey, Scope
from certify.signin.service import open_session
from certify.signin.tokens import make_token
from certify.web.app import create_app

MARK = "zyxburg"
ON = date(2026, 5, 1)
TABLE = b"candidate,module,version,completed_on,outcome\n%s,A4,1,2026-04-02,passed\n"


@dataclass
class House:
    """An organisation with its people, and the identifier of each thing that is theirs, by its name in addresses.

    Attributes:
        fellow: The same of a colleague: of another trainer, of another candidate.
        of_person: What each person has for themself only.
    """

    people: dict[str, User]
    ids: dict[str, str]
    fellow: dict[str, str]
    of_person: dict[str, dict[str, str]] = field(default_factory=dict)

    def values(self, name: str) -> Mapping[str, str]:
        """What an address means to somebody: of the house, and of oneself where only oneself has such a thing."""
        return self.ids | self.of_person.get(name, {})


@dataclass
class Builder:
    """Fills one organisation."""

    place: Installation
    word: str
    framework_id: str

    def build(self, organisation_id: str, name: str) -> House:
        self.organisation_id = organisation_id
        self.database, self.clock = self.place.services.database, self.place.services.clock
        boss = self._user("administrator", UserRole.ADMINISTRATOR)
        trainer, fellow = self._user("trainer", UserRole.TRAINER), self._user("fellow", UserRole.TRAINER)
        certifier = self._user("certifier", UserRole.CERTIFIER)
        colleague = self._user("colleague", UserRole.CERTIFIER)
        self.boss, self.certifier = boss, certifier
        mia, nils = self._candidate("1", "Mia"), self._candidate("2", "Nils")
        for person in (mia, nils):
            for judge in (certifier, colleague):
                self.place.declares(judge, person.id)
        holder, other_holder = (
            self._user("candidate", UserRole.CANDIDATE, mia),
            self._user("nils", UserRole.CANDIDATE, nils),
        )
        self._user("late", UserRole.TRAINER)
        cohort, other_cohort = self._cohort("A", trainer, mia), self._cohort("B", fellow, nils)
        mine = self._trained(trainer, cohort, mia, holder) | {"cohort_id": cohort.id}
        theirs = self._trained(fellow, other_cohort, nils, other_holder) | {"cohort_id": other_cohort.id}
        spare = self._candidate("3", "Olga")
        for judge in (certifier, colleague):
            self.place.declares(judge, spare.id)
        self._pass(spare, trainer, "A5", "B6")
        join_cohort(self.database, boss, cohort.id, spare.id, "developer")
        apply_for(self.database, self.clock, boss, spare.id, self.framework_id, "a@5")
        note_view(
            self.database,
            self.clock,
            certifier,
            assess(self.database, spare.id, self.framework_id, "developer", TODAY),
        )
        unissued = self._candidate("5", "Quentin")
        self.place.declares(certifier, unissued.id)
        self._pass(unissued, trainer, "A5", "B6")
        join_cohort(self.database, boss, cohort.id, unissued.id, "developer")
        pending = self._granted(unissued, "developer")
        with self.database.reading() as unit:
            number = unit.certificates.get(mine["certificate_id"]).award.number
        with self.database.reading() as unit:
            late = unit.users.by_email(self._email("late"))
        ids = mine | {
            "organisation_id": organisation_id,
            "organisation_name": name,
            "framework_id": self.framework_id,
            "user_id": fellow.id,
            "trainer_id": trainer.id,
            "late_id": late.id if late else "",
            "waiting_id": spare.id,
            "reference": mia.reference,
            "spare_reference": self._candidate("4", "Pia").reference,
            "successor_id": self._unit_of(mia),
            "pending_id": pending,
            "certificate_number": number,
        }
        people = {
            "candidate": holder,
            "trainer": trainer,
            "certifier": certifier,
            "administrator": boss,
        }
        house = House(people=people, ids=ids, fellow=theirs)
        for title, user in people.items():
            house.of_person[title] = self.owned(user)
        return house

    def owned(self, user: User) -> dict[str, str]:
        """A session, a token and a passkey of somebody, beside those that they use."""
        _secret, token = make_token(
            self.database, self.clock, user, name="Spare", scopes=[Scope.READ], days=5
        )
        passkey = Passkey(
            id=new_identifier(),
            user_id=user.id,
            credential_id=user.id.encode(),
            credential=bytes(
                AttestedCredentialData.create(
                    Aaguid(bytes(16)),
                    user.id.encode(),
                    ES256.from_cryptography_key(generate_private_key(SECP256R1()).public_key()),
                )
            ),
            sign_count=0,
            name=f"{self.word} key",
            made_at=NOW,
        )
        with self.database.writing() as unit:
            unit.passkeys.add(passkey)
            open_session(unit, self.clock, user, Method.PASSWORD, 1, f"{self.word} browser")
            (session,) = unit.users.sessions(user.id)
        return {"session_id": session.id, "token_id": token.id, "passkey_id": passkey.id}

    def _email(self, name: str) -> str:
        return f"{name}@{self.word}.example"

    def _user(self, name: str, role: UserRole, candidate: Candidate | None = None) -> User:
        return add_user(
            self.database,
            email=self._email(name),
            display_name=f"{self.word.title()} {name}",
            roles=[role],
            password=PASSWORD,
            candidate_id=candidate.id if candidate else None,
            organisation_id=self.organisation_id,
            clock=self.clock,
        )

    def _candidate(self, number: str, name: str) -> Candidate:
        person = register_candidate(
            self.database,
            self.clock,
            self.boss,
            reference=f"{self.word}-{number}",
            native=f"{name} {self.word.title()}",
            latin=f"{name} {self.word.title()}",
            email=self._email(f"{name.lower()}-{number}"),
        )
        review_admission(
            self.database,
            self.clock,
            self.boss,
            person.id,
            qualification=f"MSc of {self.word}",
            eqf_level=7,
            evidence_digest=None,
            accepted=True,
        )
        return person

    def _cohort(self, letter_: str, trainer: User, member: Candidate) -> Cohort:
        formed = open_cohort(
            self.database,
            self.boss,
            code=f"{self.word}-{letter_}",
            title=f"Class of {self.word}",
            framework_id=self.framework_id,
            starts_on=date(2026, 1, 12),
            trainer_ids=[trainer.id],
        )
        join_cohort(self.database, self.boss, formed.id, member.id, "developer")
        return formed

    def _pass(self, person: Candidate, trainer: User, *modules: str) -> None:
        for module in modules:
            entry = CompletionEntry(
                candidate_id=person.id,
                module_id=module,
                module_version="1",
                completed_on=ON,
                outcome=CompletionOutcome.PASSED,
                trainer_id=trainer.id,
            )
            record_completion(self.database, self.clock, self.boss, self.framework_id, entry)

    def _trained(self, trainer: User, cohort: Cohort, person: Candidate, holder: User) -> dict[str, str]:
        """Certify somebody, and leave each thing that is made on the way."""
        services = self.place.services
        sheet = f"%PDF-1.7 {self.word} {person.reference} %%EOF".encode()
        file = keep_evidence(
            self.database, self.clock, services.evidence, trainer, f"{self.word}.pdf", sheet, 1000
        )
        entry = CompletionEntry(
            candidate_id=person.id,
            module_id="A4",
            module_version="1",
            completed_on=ON,
            outcome=CompletionOutcome.PASSED,
            trainer_id=trainer.id,
            evidence_digest=file.digest,
        )
        batch = record_batch(self.database, self.clock, trainer, cohort, [entry], new_identifier())
        with self.database.reading() as unit:
            completion_id = unit.batches.lines(batch.id)[0].completion_id
        desk = Desk(self.database, self.clock, services.waiting_files, trainer)
        upload = start(desk, self.framework_id, f"{self.word}.csv", TABLE % person.reference.encode())
        self._pass(person, trainer, "A5", "B6")
        decision_id = self._granted(person, "developer")
        row = services.issuer.issue(decision_id)
        (correction,) = request_name(
            self.database,
            self.clock,
            holder,
            person.id,
            holder_name(f"Anna {self.word.title()}", f"Anna {self.word.title()}"),
            reason="Misspelt",
            evidence=f"Passport of {self.word}",
        )
        share = make_share(
            self.database,
            self.clock,
            holder,
            certificate_ids=[row.id],
            name_form=NameForm.NONE,
            facts=[SharedFact.ROLE],
            days=None,
        )
        document = bring_document(
            self.database,
            self.clock,
            services.documents,
            holder,
            person.id,
            name=f"{self.word}.png",
            data=diploma_of(person.reference),
            most_bytes=10_000_000,
        )
        return {
            "candidate_id": person.id,
            "document_digest": document.digest,
            "completion_id": completion_id or "",
            "batch_id": batch.id,
            "upload_id": upload.id,
            "digest": file.digest,
            "decision_id": decision_id,
            "certificate_id": row.id,
            "correction_id": correction.id,
            "share_id": share.id,
            "job_id": self._failed_job(decision_id),
        }

    def _unit_of(self, person: Candidate) -> str:
        """Certify somebody for a single competence as well, and return that certificate."""
        apply_for(self.database, self.clock, self.boss, person.id, self.framework_id, "b@6")
        return self.place.services.issuer.issue(self._granted(person, "b@6")).id

    def _granted(self, person: Candidate, role_id: str) -> str:
        return decide(
            self.database,
            self.clock,
            self.certifier,
            candidate_id=person.id,
            framework_id=self.framework_id,
            role_id=role_id,
            outcome=DecisionOutcome.GRANTED,
        ).id

    def _failed_job(self, decision_id: str) -> str:
        """A job whose item failed, so that it may be tried again."""
        job = enqueue(self.database, self.clock, self.certifier, [decision_id])
        assert job is not None
        later = NOW + timedelta(minutes=1)
        with self.database.writing() as unit:
            unit.jobs.claim("A" * 26, NOW, later)
            failed = Settled(decision_id=decision_id, code="keys-missing", message="No key.", fix="Make one.")
            unit.jobs.settle(job.id, "A" * 26, [failed], NOW, later)
        return job.id


def diploma_of(reference: str) -> bytes:
    """A picture that is like no other: a word in it is not drawn."""
    said = b"tEXtComment\0" + reference.encode()
    return (
        DIPLOMA[:-12]
        + (len(said) - 4).to_bytes(4, "big")
        + said
        + crc32(said).to_bytes(4, "big")
        + DIPLOMA[-12:]
    )


class Houses:
    """The site, everybody signed in to it, and a way to put back whatever a request changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = install(folder)
        services = self.place.services
        self._publish_souths_scheme()
        self.app: Flask = create_app(services, PLENTY)
        operator = self.place.administrator
        self.endpoints = {
            f"{method} {rule.rule}": rule.endpoint
            for rule in self.app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        }
        houses = []
        for name, word, framework_id in (
            ("North house", "north", "small"),
            (f"{MARK.title()} house", MARK, "south"),
        ):
            organisation = add_organisation(
                services.database, operator, name=name, help_contact=f"help@{word}.example"
            )
            assign_scheme(services.database, operator, framework_id, organisation.id)
            houses.append(Builder(self.place, word, framework_id).build(organisation.id, name))
        self.north, self.south = houses
        third = replace(small_framework((small_module("A5", {"a": 5}),), {"a": 5}), id="third")
        self.common = {
            "scheme_text": canonical_document(third).decode(),
            "letter_id": self._given_up(),
            "stop_token": self._stoppable(),
        }
        system = Builder(self.place, "operator", "small")
        system.database, system.clock = services.database, services.clock
        self.north.of_person["system"] = system.owned(operator)
        self.south.of_person["system"] = self.south.of_person["administrator"]
        self.users = self.north.people | {"system": operator}
        self.cookies: dict[str, dict[str, str]] = {"visitor": {}}
        self.tokens: dict[str, dict[Scope, str]] = {}
        self.form_tokens: dict[str, str] = {}
        for name, user in self.users.items():
            with services.database.writing() as unit:
                self.cookies[name] = {
                    "certify": open_session(unit, services.clock, user, Method.PASSWORD, 8, "")
                }
            self.tokens[name] = {
                scope: make_token(services.database, services.clock, user, name="P", scopes=[scope], days=1)[
                    0
                ]
                for scope in Scope
            }
        for name, tokens in self.tokens.items():
            for scope in tokens:
                # That a token was used is noted the first time, which is no doing of what is asked for later.
                self.ask(name, "GET", "/api/v1/me", scope=scope)
        for name in self.cookies:
            client = self._client(name)
            page = client.get("/sign-in" if name == "visitor" else "/password").get_data(as_text=True)
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert found is not None
            self.form_tokens[name] = found[1]
            cookie = client.get_cookie("certify-form")
            assert cookie is not None
            self.cookies[name]["certify-form"] = cookie.value
        self._file = sqlite3.connect(str(folder / "certify.db"), isolation_level=None)
        self._file.execute("PRAGMA synchronous = OFF")
        self._kept = sqlite3.connect(":memory:")
        self._file.backup(self._kept)
        self._waiting = {path: path.read_bytes() for path in (folder / "files").rglob("*") if path.is_file()}
        self._version = self._changes()

    def close(self) -> None:
        self._file.close()
        self._kept.close()
        self.place.services.database.close()

    def endpoint(self, route: str) -> str:
        """The name that the program has for a route."""
        return self.endpoints[route]

    def put_back(self) -> bool:
        """Undo what was committed since it was asked last, and tell whether anything was."""
        changed = self._changes() != self._version
        if changed:
            self._kept.backup(self._file)
            for path, content in self._waiting.items():
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
        self._version = self._changes()
        return changed

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        *,
        form: Mapping[str, Any] | None = None,
        json_: object = None,
        file: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        scope: Scope | None = None,
    ) -> TestResponse:
        """Send one request as somebody: to the API by a token of theirs, to the pages by their browser."""
        sent: dict[str, Any] = {"method": method, "headers": dict(headers or {}), "buffered": True}
        if path.startswith("/api/"):
            if name in self.tokens:
                sent["headers"]["Authorization"] = f"Bearer {self.tokens[name][scope or Scope.READ]}"
            if json_ is not None:
                sent["data"], sent["content_type"] = json.dumps(json_), "application/json"
            elif file is not None:
                sent["data"] = file
                sent["content_type"] = "application/pdf" if file.startswith(b"%PDF") else "text/csv"
            return self.app.test_client(use_cookies=False).open(path, **sent)
        if method != "GET":
            sent["data"] = {"csrf_token": self.form_tokens[name], **(form or {})}
        return self._client(name).open(path, **sent)

    def _client(self, name: str) -> Any:
        client = self.app.test_client()
        for cookie, value in self.cookies[name].items():
            client.set_cookie(cookie, value)
        return client

    def _changes(self) -> int:
        """A number that is another one after another connection's commit."""
        (version,) = self._file.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _publish_souths_scheme(self) -> None:
        modules = (small_module("A5", {"a": 5}), small_module("A4", {"a": 4}), small_module("B6", {"b": 6}))
        document = canonical_document(replace(small_framework(modules, {"a": 5, "b": 6}), id="south"))
        with self.place.services.database.writing() as unit:
            unit.frameworks.publish(from_document(json.loads(document)), document, NOW)

    def _queue(self, to: str) -> str:
        services = self.place.services
        values = dict.fromkeys(("name", "title", "number", "address"), "x") | {"valid_until": "2029-05-01"}
        written = letter(LetterKind.CERTIFICATE_ISSUED, to, services.clock(), values)
        register = connect(services.settings.database_url, keeps_letters=True)
        with closing(register), register.writing() as unit:
            unit.outbox.put(written)
        return written.id

    def _given_up(self) -> str:
        name = self._queue(f"gone@{MARK}.example")
        register = connect(self.place.services.settings.database_url, keeps_letters=True)
        with closing(register), register.writing() as unit:
            unit.outbox.lease("A" * 26, NOW, NOW + timedelta(minutes=9))
            unit.outbox.settle(name, "A" * 26, LetterState.GIVEN_UP, NOW, "no such box")
        return name

    def _stoppable(self) -> str:
        return stop_token(self.place.services.stop_key(), self._queue("stop@north.example"))
