"""An installation with the shipped scheme, on which the API's examples can be sent as they stand in the description."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from installation import PASSWORD, Installation
from website import open_site
from werkzeug.test import TestResponse

from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion
from certify.db import connect
from certify.eligibility.service import plan_programme
from certify.framework.load import canonical_document, load_framework, published_scheme
from certify.jobs.model import Settled
from certify.mail.model import LetterKind, LetterState, letter
from certify.people.model import Candidate, Cohort, UserRole
from certify.people.service import join_cohort, open_cohort
from certify.web.api import PREFIX
from certify.web.api import examples as shown
from certify.web.api.examples import EXAMPLES, Example
from certify.web.api.openapi import routes

TODAY = date(2026, 11, 23)
FILES = {
    f"{PREFIX}/verifications": ("application/pdf", b""),
    f"{PREFIX}/completions/import": (
        "text/csv",
        b"candidate,module,version,completed_on,outcome\nA-01,city-as-a-system,2,2026-06-12,passed\n",
    ),
    f"{PREFIX}/evidence": ("application/pdf", b"%PDF-1.7 %%EOF"),
    f"{PREFIX}/candidates/{{candidate_id}}/documents": ("application/pdf", b"%PDF-1.7 a diploma %%EOF"),
    f"{PREFIX}/frameworks/trial": ("application/yaml", published_scheme()),
    f"{PREFIX}/frameworks": ("application/yaml", published_scheme()),
    f"{PREFIX}/candidates/import": (
        "text/csv",
        b"reference,name,latin_name\nA-03,Ivan Petrov,Ivan Petrov\nA-04,,\n",
    ),
}
"""What is sent where a file is; of the verification the certificate."""


@dataclass
class Story:
    """The examples, sent one after the other.

    Attributes:
        real: What stands in the place of an identifier of the examples.
    """

    place: Installation
    app: Flask
    person: Candidate
    cohort: Cohort
    real: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, name: str) -> str:
        if name not in self.tokens:
            answer = self.app.test_client().post(
                f"{PREFIX}/sessions", json={"email": f"{name}@example.org", "password": PASSWORD}
            )
            self.tokens[name] = answer.json["token"]
        return self.tokens[name]

    def told(self, *, keyed: bool = False) -> Iterator[tuple[str, str, str, TestResponse]]:
        """Send each example, with an idempotency key or without; yield its endpoint, address, method and answer."""
        addresses = {endpoint: (path, method) for endpoint, path, method in routes(self.app)}
        for endpoint, example in EXAMPLES.items():
            path, method = addresses[endpoint]
            self._prepare(endpoint)
            answer = self.send(method, path, example, key=endpoint if keyed else "")
            self._learn(endpoint, answer)
            yield endpoint, path, method, answer

    def send(self, method: str, path: str, example: Example, key: str = "") -> TestResponse:
        address = path.format_map(example.path)
        if example.query:
            address += f"?{urlencode(example.query)}"
        options: dict[str, Any] = {"headers": {"Idempotency-Key": key} if key else {}}
        if example.by:
            options["headers"]["Authorization"] = f"Bearer {self.token(example.by)}"
        if example.body is not None:
            options["json"] = json.loads(self.really(json.dumps(example.body)))
        elif path in FILES:
            options["content_type"], options["data"] = FILES[path]
            if not options["data"]:
                with self.place.services.database.reading() as unit:
                    options["data"] = unit.certificates.pdf(self.real[shown.CERTIFICATE])
        return self.app.test_client().open(self.really(address), method=method.upper(), **options)

    def really(self, text: str) -> str:
        for example, real in self.real.items():
            text = text.replace(example, real)
        return text

    def as_shown(self, text: str) -> str:
        for example, real in self.real.items():
            text = text.replace(real, example)
        return text

    def _prepare(self, endpoint: str) -> None:
        """Do what the next example takes for granted."""
        database, clock = self.place.services.database, self.place.services.clock
        if endpoint == "api-certification.standings":
            self._passes()
        elif endpoint == "api-issuing.issue":
            self.place.granted("W-1", "Wanda Wu", "Wanda Wu")
        elif endpoint == "api-operating.letters":
            self.real[shown.LETTER] = self._given_up()
        elif endpoint == "api-issuing.again":
            with database.writing() as unit:
                job = unit.jobs.claim("A" * 26, clock(), clock() + timedelta(minutes=1))
                failed = [
                    Settled(
                        decision_id=item.decision_id, code="keys-missing", message="No key.", fix="Make one."
                    )
                    for item in unit.jobs.items(job.id)
                ]
                unit.jobs.settle(job.id, "A" * 26, failed, clock(), clock() + timedelta(minutes=1))

    def _given_up(self) -> str:
        """Queue a letter that could not be delivered."""
        services = self.place.services
        queued = letter(LetterKind.TRIAL, "gone@example.org", services.clock(), {"name": "Ada"})
        register = connect(services.settings.database_url, keeps_letters=True)
        with closing(register), register.writing() as unit:
            unit.outbox.put(queued)
            until = services.clock() + timedelta(minutes=9)
            while unit.outbox.lease("A" * 26, services.clock(), until).letter.id != queued.id:
                pass  # what other examples wrote comes before it
            unit.outbox.settle(queued.id, "A" * 26, LetterState.GIVEN_UP, services.clock(), "no such box")
        return queued.id

    def _record_with(self, digest: str) -> None:
        """Record something with the evidence that was kept."""
        services = self.place.services
        entry = CompletionEntry(
            candidate_id=self.person.id,
            module_id=shown.MODULE,
            module_version="2",
            completed_on=date(2026, 7, 3),
            outcome=CompletionOutcome.PASSED,
            trainer_id=self.place.trainer.id,
            evidence_digest=digest,
        )
        made = record_completion(
            services.database, services.clock, self.place.trainer, shown.FRAMEWORK, entry
        )
        self.real[shown.COMPLETION] = made.record.id

    def _learn(self, endpoint: str, answer: TestResponse) -> None:
        if endpoint == "api-training.record":
            self.real[shown.COMPLETION] = answer.json["completion"]["id"]
        elif endpoint == "api-imports.add_evidence":
            self._record_with(answer.json["digest"])
        elif endpoint == "api-holders.add_share":
            self.real[shown.SHARE] = answer.json["id"]
        elif endpoint == "api-certification.decide":
            self.real[shown.CERTIFICATE] = answer.json["certificate"]["id"]
            self.real[shown.NUMBER] = answer.json["certificate"]["number"]
        elif endpoint == "api-corrections.ask_name":
            self.real[shown.CORRECTION] = answer.json["corrections"][0]["id"]
        elif endpoint == "api-issuing.issue":
            self.real[shown.JOB] = answer.json["id"]
        elif endpoint == "api-operating.add":
            self.real[shown.ORGANISATION] = answer.json["id"]
        elif endpoint == "api-administration.add_user":
            self.real[shown.USER] = answer.json["id"]

    def _passes(self) -> None:
        services = self.place.services
        plan = plan_programme(services.database, self.person.id, shown.FRAMEWORK, shown.ROLE, TODAY)
        for module in plan.modules:
            entry = CompletionEntry(
                candidate_id=self.person.id,
                module_id=module.id,
                module_version=module.version,
                completed_on=date(2026, 9, 30),
                outcome=CompletionOutcome.PASSED,
                trainer_id=self.place.trainer.id,
            )
            record_completion(
                services.database, services.clock, self.place.administrator, shown.FRAMEWORK, entry
            )


def open_story(folder: Path, database_url: str | None = None) -> Story:
    """Set up a candidate in a cohort under the shipped scheme."""
    site = open_site(folder, database_url=database_url, sends_mail=True)
    place, services = site.place, site.place.services
    framework = load_framework(published_scheme())
    with services.database.writing() as unit:
        unit.frameworks.publish(framework, canonical_document(framework), services.clock())
    person = place.candidate("A-01", "Елица Георгиева", "Elitsa Georgieva")
    place.colleague("candidate", UserRole.CANDIDATE, candidate=person)
    cohort = open_cohort(
        services.database,
        place.administrator,
        code="SOF-2026-A",
        title="Sofia, spring 2026",
        framework_id=shown.FRAMEWORK,
        starts_on=date(2026, 4, 6),
        trainer_ids=[place.trainer.id],
    )
    join_cohort(services.database, place.administrator, cohort.id, person.id, shown.ROLE)
    return Story(
        place=place,
        app=site.app,
        person=person,
        cohort=cohort,
        real={shown.CANDIDATE: person.id, shown.COHORT: cohort.id, shown.TRAINER: place.trainer.id},
    )


def alike(one: object, other: object) -> bool:
    """Whether two JSON documents have the same members of the same types; of lists, their first entries."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return not one or not other or alike(one[0], other[0])
    return one is None or other is None or type(one) is type(other)
