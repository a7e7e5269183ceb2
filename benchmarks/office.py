"""An installation of its own in a folder, with the shipped scheme and as many granted decisions as are asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import insert

from certify.bootstrap import Services, build
from certify.db import tables as t
from certify.framework.load import canonical_document, load_framework, published_scheme
from certify.identifiers import new_identifier
from certify.keyring.store import init_keys, list_keys
from certify.pades.algorithms import Use
from certify.people.model import UserRole
from certify.people.service import add_user
from certify.settings import Settings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BASE = "https://certificates.example.org"
_FIRST = {
    "latin": ("Jürgen", "Anna", "Łukasz", "Zoë", "José", "Nguyễn", "Siobhán", "Đorđe", "Ağça", "Chloé"),
    "cyrillic": ("Цветелина", "Иван", "Мария", "Любомир", "Щерьо", "Юлия", "Георги", "Ана", "Ѓорѓи", "Ёлка"),
    "greek": (
        "Ελένη",
        "Γιώργος",
        "Ευθυμία",
        "Άννα",
        "Ξένια",
        "Πέτρος",
        "Φωτεινή",
        "Χρήστος",
        "Ψυχή",
        "Ωραία",
    ),
    "arabic": ("فاطمة", "محمد", "ليلى", "يوسف", "عائشة", "خالد", "زينب", "عمر", "مريم", "حسن"),
}
_LAST = {
    "latin": (
        "Müller",
        "Kowalska",
        "O'Brien",
        "Šimková",
        "García",
        "Çelik",
        "Sørensen",
        "Ruiz-Peña",
        "Ek",
        "Țepeș",
    ),
    "cyrillic": (
        "Димитрова",
        "Стоянов",
        "Шевченко",
        "Петрова-Илиева",
        "Жеков",
        "Царева",
        "Ангелов",
        "Ли",
        "Ќосев",
        "Юнг",
    ),
    "greek": (
        "Παπαδοπούλου",
        "Ξανθόπουλος",
        "Δήμου",
        "Κωνσταντίνου",
        "Βλάχος",
        "Ζορμπά",
        "Λι",
        "Ραΐζης",
        "Σύρου",
        "Μαύρου",
    ),
    "arabic": (
        "الزهراء",
        "بن يوسف",
        "الهاشمي",
        "القاسم",
        "منصور",
        "الحداد",
        "سليمان",
        "داود",
        "النجار",
        "شريف",
    ),
}
EUROPEAN = ("latin", "cyrillic", "greek")


def names(scripts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return pairs of a native and a Latin name without end, seldom the same, the scripts in turn."""
    for number in itertools.count():
        script, rest = scripts[number % len(scripts)], number // len(scripts)
        first, last, middle = rest % 10, rest // 10 % 10, rest // 100 % 10
        parts = [(_FIRST[kind][first], _FIRST[kind][middle], _LAST[kind][last]) for kind in (script, "latin")]
        yield " ".join(parts[0]), " ".join(parts[1])


@dataclass
class BenchOffice:
    """An issuing office with keys of one kind."""

    folder: Path
    services: Services
    role_id: str

    @classmethod
    def open(cls, folder: Path, algorithm: str, role: int = 0) -> BenchOffice:
        """Set up an office; its clock stands still."""
        settings = Settings(
            database_url=f"sqlite:///{folder}/certify.db",
            public_base=BASE,
            key_directory=folder / "keys",
            key_passphrase_file=folder / "passphrase",
            checked_file=folder / "checked.db",
        )
        services = build(settings, clock=lambda: NOW)
        services.database.migrate()
        init_keys(
            *(settings.key_directory, settings.key_passphrase_file, services.clock),
            organisation="Bench",
            country="BG",
            algorithm=algorithm,
        )
        framework = load_framework(published_scheme())
        with services.database.writing() as unit:
            unit.frameworks.publish(framework, canonical_document(framework), NOW)
        for name, kind in (("trainer", UserRole.TRAINER), ("certifier", UserRole.CERTIFIER)):
            add_user(
                services.database,
                email=f"{name}@example.org",
                display_name=name.title(),
                roles=(kind,),
                password=new_identifier(),
            )
        return cls(folder, services, framework.roles[role].id)

    def grant(self, count: int, given: Iterator[tuple[str, str]]) -> list[str]:
        """Return ids of so many fresh decisions, written by set statements."""
        framework = load_framework(published_scheme())
        module = framework.modules[0]
        with self.services.database.reading() as unit:
            trainer, certifier = (
                unit.users.by_email(f"{name}@example.org") for name in ("trainer", "certifier")
            )
        assert trainer is not None
        assert certifier is not None
        people, declared, records, decisions, relied = [], [], [], [], []
        for _ in range(count):
            native, latin = next(given)
            person, record, decision, declaration = (new_identifier() for _ in range(4))
            people.append(
                {
                    "id": person, "reference": person, "native_name": native, "latin_name": latin,
                    "printed_name": native, "email": None, "registered_by": trainer.id, "registered_at": NOW,
                    "organisation_id": trainer.organisation_id,
                }
            )  # fmt: skip
            declared.append(
                {
                    "id": declaration, "candidate_id": person, "declared_by": certifier.id,
                    "conflict": "", "declared_at": NOW,
                }
            )  # fmt: skip
            records.append(
                {
                    "id": record, "candidate_id": person, "module_id": module.id, "module_version": module.version,
                    "completed_on": NOW.date(), "outcome": "passed", "workload_minutes": 9_630,
                    "evidence_digest": None, "trainer_id": trainer.id, "recorded_by": trainer.id,
                    "recorded_at": NOW, "supersedes": None, "correction_reason": "",
                }
            )  # fmt: skip
            decisions.append(
                {
                    "id": decision, "candidate_id": person, "framework_id": framework.id,
                    "framework_version": framework.version, "role_id": self.role_id, "sequence": 1,
                    "outcome": "granted", "reason": "", "assessment": "{}", "decided_by": certifier.id,
                    "decided_at": NOW, "declaration_id": declaration,
                }
            )  # fmt: skip
            relied.append(
                {
                    "decision_id": decision, "completion_id": record, "candidate_id": person,
                    "decided_by": certifier.id, "trainer_id": trainer.id, "recorded_by": trainer.id,
                }
            )  # fmt: skip
        with self.services.database.writing() as unit:
            connection = unit.decisions._sql  # noqa: SLF001 - nobody else writes so many at once
            connection.execute(insert(t.candidate), people)
            connection.execute(insert(t.conflict_declaration), declared)
            connection.execute(insert(t.completion), records)
            connection.execute(insert(t.decision), decisions)
            connection.execute(insert(t.decision_reliance), relied)
        return [row["id"] for row in decisions]

    @property
    def key(self) -> tuple[PrivateKeyTypes, list[x509.Certificate]]:
        """The active signing key and its chain."""
        directory = self.folder / "keys"
        (info,) = (item for item in list_keys(directory) if item.use == Use.CERTIFICATE_SIGNING.value)
        key = load_pem_private_key(
            (directory / f"{info.id}.key").read_bytes(), (self.folder / "passphrase").read_bytes().strip()
        )
        return key, x509.load_pem_x509_certificates((directory / f"{info.id}.pem").read_bytes())
