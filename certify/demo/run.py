"""The demonstration's steps, in the order of the main job; each uses the same services as the web."""

from __future__ import annotations

import secrets
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Protocol

from certify.bootstrap import Services, build
from certify.certification.model import DecisionOutcome
from certify.certification.service import decide, queue
from certify.clock import Clock, utc_day
from certify.completions.sheet_import import import_completions
from certify.demo.folder import ENVIRONMENT, DemoFolder, open_folder
from certify.demo.people import CANDIDATES, CERTIFIER, COHORTS, REGISTRAR, STAFF, Person
from certify.demo.summary import CandidateLine, Tampering, readme, shortfall_lines, summary
from certify.eligibility.service import assess
from certify.errors import CertifyError, SelfCheckFailed
from certify.framework.load import canonical_document, load_framework, published_scheme
from certify.framework.model import Framework
from certify.impartiality.service import declare
from certify.imports import ImportReport, RowResult
from certify.issuing.model import CertificateRow
from certify.keyring.credentials import open_credential_keys
from certify.keyring.store import AUTHORITY, init_keys, list_keys
from certify.organisations.service import change_organisation
from certify.paging import whole
from certify.people.csv_import import import_candidates
from certify.people.model import User
from certify.people.service import add_user, open_cohort
from certify.settings import Settings, read_public_base
from certify.verification.report import CheckOutcome

Say = Callable[..., None]


class Steps(Protocol):
    """What a progress bar is told."""

    def update(self, n_steps: int, /) -> None:
        """Go on by so many steps."""


Progress = AbstractContextManager[Steps]


@dataclass(frozen=True, slots=True)
class Made:
    """What the demonstration left behind.

    Attributes:
        people: Every candidate with their assessment.
        certificates: Issued, in the order of the candidates' references.
        tampering: What the verifier said of one certificate and of a changed copy.
    """

    folder: DemoFolder
    people: tuple[CandidateLine, ...]
    certificates: tuple[CertificateRow, ...]
    tampering: Tampering


def run_demo(
    into: Path, public_base: str, clock: Clock, say: Say, progress: Callable[[str, int], Progress]
) -> Made:
    """Run the main job on the shipped records and leave everything in ``into``.

    Args:
        say: Prints lines.
        progress: Makes a progress bar from a label and the number of steps.

    Raises:
        SettingInvalid: The public base is no address that may be printed.
        Conflict: The folder holds something that no demonstration made, or another process is at work in it.
    """
    # Before an earlier demonstration is cleared away.
    public_base = read_public_base(public_base, "--public-base")
    with open_folder(into) as folder:
        settings = folder.settings(public_base)
        framework = load_framework(published_scheme())
        say("1  Keys: a local certification authority and a signing key (P-256)")
        _make_keys(folder, settings, clock, framework)
        services = _open_database(folder, settings, clock)
        try:
            _name_operator(services, framework)
            return _main_job(folder, services, framework, say, progress)
        finally:
            services.database.close()


def _main_job(
    folder: DemoFolder,
    services: Services,
    framework: Framework,
    say: Say,
    progress: Callable[[str, int], Progress],
) -> Made:
    say(f"2  Framework: {framework.id} {framework.version}, illustrative, so that certificates are specimens")
    with services.database.writing() as unit:
        unit.frameworks.publish(framework, canonical_document(framework), services.clock())
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    staff = {person.email: _sign_in(services, person, password) for person in STAFF}

    completions = _shipped("completions.csv")
    with progress("3  Records", completions.count(b"\n") - 1) as steps:
        read = import_records(services, framework, staff, completions, lambda: steps.update(1))
    people = assess_everybody(services, framework)
    for person in CANDIDATES:
        _sign_in(services, person, password)
    eligible = [line for line in people if line.assessment.eligible]
    say(
        f"   {len(people)} candidates in {len(COHORTS)} cohorts, {read} completed modules",
        f"4  Eligible for the role they seek: {len(eligible)} of {len(people)}. The others miss:",
        *(f"   {text}" for text in shortfall_lines(people)),
    )

    say(f"5  Decide: {CERTIFIER}, who trained and recorded nobody")
    granted = decide_all(services, framework, staff[CERTIFIER])
    with progress("6  Issue", granted) as steps:
        rows = issue_all(services, folder, lambda: steps.update(1))
    folder.write("authority.pem", (folder.keys / f"{AUTHORITY}.pem").read_bytes())

    order = {line.candidate.id: line.candidate.reference for line in people}
    certificates = tuple(sorted(rows, key=lambda row: order[row.candidate_id]))
    tampering = verify_and_tamper(services, folder, certificates[0])
    say(
        f"7  Verify {tampering.genuine_file}: {tampering.genuine.verdict.value}",
        f"   Change one byte of a copy, {tampering.changed_file}: {tampering.changed.verdict.value}",
        *(
            f"     check {check.number}: {check.reason}"
            for check in tampering.changed.checks
            if check.outcome is CheckOutcome.FAILED
        ),
    )
    made = Made(folder=folder, people=people, certificates=certificates, tampering=tampering)
    _leave_files(made, services, framework, password)
    command, root = _command(), shlex.quote(str(folder.root))
    genuine = shlex.quote(str(folder.root / tampering.genuine_file))
    say(
        "",
        f"Look at  {folder.root / 'certificates'}  {len(certificates)} certificates",
        f"         {folder.root / 'summary.json'}  everybody, and what is missing",
        f"Try      (set -a; . {_here(folder.root / ENVIRONMENT)}; {command} verify {genuine})",
        f"         {command} verify {genuine} --authority {root}/authority.pem    as somebody who cannot ask the register",
        f"Serve    {command} serve --demo {root}    (or: make serve), then open {services.settings.public_base}",
        f"Sign in  with the password  {password}  as",
        *(f"         {person.email:<30} {person.does}" for person in (*STAFF, *CANDIDATES)),
    )
    return made


def _here(path: Path) -> str:
    """Write a path so that a shell's ``.`` takes it for a file's, not for a program's."""
    return shlex.quote(str(path) if path.is_absolute() else f"./{path}")


def _command() -> str:
    """Return how this program is called in the shell that called it: it need not be on its PATH."""
    called = Path(sys.argv[0])
    found = called.name == "certify" and not shutil.which("certify")
    return shlex.quote(str(called)) if found else "certify"


def _make_keys(folder: DemoFolder, settings: Settings, clock: Clock, framework: Framework) -> None:
    body = framework.scheme.awarding_body
    init_keys(
        settings.key_directory,
        settings.key_passphrase_file,
        clock,
        organisation=framework.text(body.name, "en"),
        country=body.country,
    )
    # All keys now, not when the first credential is signed: what is not claimed stays when the folder is cleared.
    open_credential_keys(settings.key_directory, settings.key_passphrase_file, clock)
    names = {f"keys/{path.name}" for path in folder.keys.iterdir()}
    known = {f"keys/{key.id}{ending}" for key in list_keys(folder.keys) for ending in (".key", ".pem")}
    folder.claim(*sorted(names & (known | {"keys/keys.json", "keys/passphrase", "keys/lock", "keys/.lock"})))


def _open_database(folder: DemoFolder, settings: Settings, clock: Clock) -> Services:
    folder.claim(*(f"{name}.db{end}" for name in ("certify", "checked") for end in ("", "-wal", "-shm")))
    services = build(settings, clock)
    services.database.migrate()
    return services


def _name_operator(services: Services, framework: Framework) -> None:
    body = framework.scheme.awarding_body
    with services.database.reading() as unit:
        operator = unit.organisations.operator()
    change_organisation(
        services.database,
        None,
        operator.id,
        name=framework.text(body.name, "en"),
        country=body.country,
        help_contact=REGISTRAR,
    )


def _shipped(name: str) -> bytes:
    return resources.files("certify.demo").joinpath(name).read_bytes()


def _sign_in(services: Services, person: Person, password: str) -> User:
    candidate_id = None
    if person.reference:
        with services.database.reading() as unit:
            candidate = unit.candidates.by_reference(person.reference)
        candidate_id = candidate.id if candidate else None
    return add_user(
        services.database,
        email=person.email,
        display_name=person.name,
        roles=[person.role],
        password=password,
        candidate_id=candidate_id,
    )


def import_records(
    services: Services,
    framework: Framework,
    staff: dict[str, User],
    completions: bytes,
    on_each: Callable[[], None],
) -> int:
    """Open the cohorts, import both files and return the number of completions recorded."""
    registrar = staff[REGISTRAR]
    for cohort in COHORTS:
        open_cohort(
            services.database,
            registrar,
            code=cohort.code,
            title=cohort.title,
            framework_id=framework.id,
            starts_on=cohort.starts_on,
            trainer_ids=[staff[cohort.trainer].id],
        )
    database, clock = services.database, services.clock
    _all_recorded(import_candidates(database, clock, registrar, _shipped("candidates.csv")), "candidates.csv")
    report = import_completions(
        database, clock, registrar, framework.id, completions, progress=lambda _done: on_each()
    ).report
    _all_recorded(report, "completions.csv")
    return report.recorded


def _all_recorded(report: ImportReport, name: str) -> None:
    for row in report.rows:
        if row.result is RowResult.REFUSED:
            raise CertifyError(
                row.reason,
                where=f"{name}, line {row.line}",
                fix="set this computer's clock right" if "future" in row.reason else "",
            )


def assess_everybody(services: Services, framework: Framework) -> tuple[CandidateLine, ...]:
    """Assess every candidate for the role they seek, by reference."""
    today = utc_day(services.clock())
    with services.database.reading() as unit:
        seeking = [
            (unit.candidates.get(member.candidate_id), cohort.code, member.role_id)
            for cohort in unit.cohorts.all()
            for member in unit.cohorts.members(cohort.id)
        ]
        records = {
            candidate.id: tuple(unit.completions.of_candidate(candidate.id)) for candidate, _, _ in seeking
        }
    lines = [
        CandidateLine(
            candidate=candidate,
            cohort=code,
            role_id=role_id,
            assessment=assess(services.database, candidate.id, framework.id, role_id, today),
            records=records[candidate.id],
        )
        for candidate, code, role_id in seeking
    ]
    return tuple(sorted(lines, key=lambda line: line.candidate.reference))


def decide_all(services: Services, framework: Framework, certifier: User) -> int:
    """Grant every case that waits and that the certifier may decide; return how many."""
    on = utc_day(services.clock())
    waiting = whole(partial(queue, services.database, certifier, framework.id, on))
    granted = [case for case in waiting if not case.own]
    for case in granted:
        declare(services.database, services.clock, certifier, case.candidate.id)
        decide(
            services.database,
            services.clock,
            certifier,
            candidate_id=case.candidate.id,
            framework_id=framework.id,
            role_id=case.role_id,
            outcome=DecisionOutcome.GRANTED,
        )
    return len(granted)


def issue_all(
    services: Services, folder: DemoFolder, on_each: Callable[[], None]
) -> Sequence[CertificateRow]:
    """Issue for every decision and write the files, named by number: a name says nothing about a person."""
    rows: list[CertificateRow] = []
    for outcome in services.issuer.issue_pending(lambda _done, _of: on_each()):
        if isinstance(outcome, CertifyError):
            raise outcome
        rows.append(outcome)
        pdf = services.register.pdf(outcome.id)
        folder.write(f"certificates/{outcome.award.number}.pdf", pdf)
    return rows


def verify_and_tamper(services: Services, folder: DemoFolder, row: CertificateRow) -> Tampering:
    """Verify one file, and a copy of it with one byte changed."""
    name = f"certificates/{row.award.number}.pdf"
    pdf = (folder.root / name).read_bytes()
    changed = bytearray(pdf)
    changed[len(changed) // 3] ^= 0x01
    changed_name = f"tampered/{row.award.number}-one-byte-changed.pdf"
    folder.write(changed_name, bytes(changed))
    result = Tampering(
        genuine_file=name,
        genuine=services.verifier.verify_file(pdf, name),
        changed_file=changed_name,
        changed=services.verifier.verify_file(bytes(changed), changed_name),
    )
    if result.genuine.verdict is not CheckOutcome.PASSED or result.changed.verdict is not CheckOutcome.FAILED:
        raise SelfCheckFailed("The demonstration's own certificate does not verify as it should.", where=name)
    return result


def _leave_files(made: Made, services: Services, framework: Framework, password: str) -> None:
    public_base = services.settings.public_base
    made.folder.write_environment(public_base)
    made.folder.write(
        "summary.json",
        summary(framework, services.clock(), made.people, made.certificates, made.tampering),
    )
    text = readme(public_base, password, (*STAFF, *CANDIDATES))
    made.folder.write("README.txt", text.encode(), private=True)
