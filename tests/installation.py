"""A real installation in a folder: database, keys, a small framework and its people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from small_scheme import NOW, small_framework, small_module

from certify.bootstrap import Services, build
from certify.certification.model import CertificationDecision, DecisionOutcome
from certify.certification.service import decide
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion
from certify.framework.load import canonical_document, from_document
from certify.identifiers import new_identifier
from certify.impartiality.model import Declaration
from certify.keyring.store import init_keys
from certify.people.model import Candidate, User, UserRole
from certify.people.service import add_user, register_candidate, review_admission
from certify.settings import Settings

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Installation:
    services: Services
    administrator: User
    trainer: User
    certifier: User

    def candidate(self, reference: str, native: str = "Ana Li", latin: str = "Ana Li") -> Candidate:
        services = self.services
        person = register_candidate(
            services.database,
            services.clock,
            self.administrator,
            reference=reference,
            native=native,
            latin=latin,
        )
        review_admission(
            services.database,
            services.clock,
            self.administrator,
            person.id,
            qualification="MSc Urban Planning",
            eqf_level=7,
            evidence_digest=None,
            accepted=True,
        )
        with services.database.reading() as unit:
            certifiers = [user for user in unit.users.all() if UserRole.CERTIFIER in user.roles]
        for user in certifiers:
            self.declares(user, person.id)
        return person

    def declares(self, user: User, candidate_id: str, conflict: str = "") -> Declaration:
        """Put a declaration on record, past the program's own rules of who may."""
        declaration = Declaration(
            id=new_identifier(),
            candidate_id=candidate_id,
            declared_by=user.id,
            conflict=conflict,
            declared_at=NOW,
        )
        with self.services.database.writing() as unit:
            unit.impartiality.declare(declaration)
        return declaration

    def passes(self, person: Candidate, module: str, on: date = date(2026, 5, 1)) -> None:
        entry = CompletionEntry(
            candidate_id=person.id,
            module_id=module,
            module_version="1",
            completed_on=on,
            outcome=CompletionOutcome.PASSED,
            trainer_id=self.trainer.id,
        )
        record_completion(self.services.database, self.services.clock, self.administrator, "small", entry)

    def grants(self, person: Candidate, role_id: str = "developer") -> CertificationDecision:
        return decide(
            self.services.database,
            self.services.clock,
            self.certifier,
            candidate_id=person.id,
            framework_id="small",
            role_id=role_id,
            outcome=DecisionOutcome.GRANTED,
        )

    def colleague(self, name: str, *roles: UserRole, candidate: Candidate | None = None) -> User:
        """Add somebody; a certifier has no conflict of interest in anybody who is there."""
        added = add_user(
            self.services.database,
            email=f"{name}@example.org",
            display_name=name.title(),
            roles=roles or [UserRole.CERTIFIER],
            password=PASSWORD,
            candidate_id=candidate.id if candidate else None,
        )
        with self.services.database.reading() as unit:
            there = unit.candidates.all() if UserRole.CERTIFIER in added.roles else []
        for person in there:
            self.declares(added, person.id)
        return added

    def granted(self, reference: str = "C-1", native: str = "Ana Li", latin: str = "Ana Li") -> str:
        person = self.candidate(reference, native, latin)
        self.passes(person, "A5")
        self.passes(person, "B6")
        return self.grants(person).id


def install(
    folder: Path, database_url: str | None = None, algorithm: str = "p256", *, sends_mail: bool = False
) -> Installation:
    """Set up everything in ``folder``; the clock stands still at NOW. Letters are queued where asked, and go nowhere."""
    settings = Settings(
        database_url=database_url or f"sqlite:///{folder}/certify.db",
        public_base="https://certificates.example.org",
        key_directory=folder / "keys",
        key_passphrase_file=folder / "passphrase",
        file_directory=folder / "files",
        checked_file=folder / "checked.db",
        secure_cookies=False,
        require_second_factor=False,
        smtp_url="smtp+plain://127.0.0.1:9" if sends_mail else "",
        mail_from="A body <mail@example.org>" if sends_mail else "",
    )
    services = build(settings, clock=lambda: NOW)
    services.database.migrate()
    if not (folder / "keys").exists():
        init_keys(
            settings.key_directory,
            settings.key_passphrase_file,
            services.clock,
            organisation="A body",
            country="BG",
            algorithm=algorithm,
        )
    handmade = small_framework(
        (small_module("A5", {"a": 5}), small_module("A4", {"a": 4}), small_module("B6", {"b": 6})),
        {"a": 5, "b": 6},
    )
    document = canonical_document(handmade)
    framework = from_document(json.loads(document))
    with services.database.writing() as unit:
        unit.frameworks.publish(framework, document, NOW)

    def user(name: str, *roles: UserRole) -> User:
        with services.database.reading() as unit:
            known = unit.users.by_email(f"{name}@example.org")
        return known or add_user(
            services.database,
            email=f"{name}@example.org",
            display_name=name.title(),
            roles=roles,
            password=PASSWORD,
        )

    return Installation(
        services=services,
        administrator=user("administrator", UserRole.ADMINISTRATOR),
        trainer=user("trainer", UserRole.TRAINER),
        certifier=user("certifier", UserRole.CERTIFIER),
    )
