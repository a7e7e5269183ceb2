"""Add users, register candidates, review what they hold, and form cohorts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock, system_clock
from certify.errors import Conflict, InvalidInput, NotFound
from certify.identifiers import new_identifier
from certify.mail.model import LetterKind
from certify.mail.service import tell
from certify.organisations.service import administers, certifier_sees
from certify.people.model import AdmissionRecord, Candidate, Cohort, CohortMember, User, UserRole
from certify.people.names import clean_name, holder_name
from certify.people.passwords import hash_password
from certify.people.permits import require
from certify.people.typed import clean_code, clean_digest, clean_email, clean_language, clean_title
from certify.ports import Database, UnitOfWork

EQF_LEVELS = range(1, 9)


def add_user(  # noqa: PLR0913 - what a form asks, by keyword
    database: Database,
    *,
    email: str,
    display_name: str,
    roles: Iterable[UserRole],
    password: str | None,
    candidate_id: str | None = None,
    organisation_id: str | None = None,
    by: User | None = None,
    clock: Clock = system_clock,
    welcome: Callable[[UnitOfWork, User], None] | None = None,
) -> User:
    """Add somebody who can sign in, and write to them that they can.

    Args:
        password: The first one; None for one that nobody knows, where ``welcome`` brings another way in.
        organisation_id: None for the candidate's where there is one, otherwise that of ``by`` or the operator.
        by: The administrator who adds; None for whoever runs commands on the installation's machine.
        clock: Says when the letter is queued.
        welcome: Writes the letter, in the transaction that adds the account, in the place of the usual one.

    Raises:
        InvalidInput: An unusable address, name or password, no role, or another organisation's candidate.
        NotFound: No organisation that ``by`` administers has this id.
        Conflict: The address is taken.
    """
    user = User(
        id=new_identifier(),
        email=clean_email(email),
        display_name=clean_name(display_name, "display name"),
        roles=frozenset(roles),
        password_hash=hash_password(secrets.token_urlsafe(32) if password is None else password),
        organisation_id=organisation_id or (by.organisation_id if by else ""),
        candidate_id=candidate_id,
    )
    if not user.roles:
        raise InvalidInput("A user has at least one role.", where="roles")
    if (UserRole.CANDIDATE in user.roles) != (candidate_id is not None):
        raise InvalidInput("The role of candidate and a candidate's record go together.", where="candidate")
    with database.writing() as unit:
        home = unit.candidates.get(candidate_id).organisation_id if candidate_id is not None else ""
        if organisation_id and home and organisation_id != home:
            raise InvalidInput("This candidate is another organisation's.", where="candidate")
        user = replace(user, organisation_id=home or user.organisation_id or unit.organisations.operator().id)
        if by is not None and not administers(unit, by, user.organisation_id):
            raise NotFound("There is no such organisation or candidate.")
        unit.users.add(user)
        _note(unit, by, AuditAction.ACCOUNT_MADE, user, " ".join(sorted(user.roles)))
        if welcome is not None:
            welcome(unit, user)
            return user
        values = {"name": user.display_name, "email": user.email}
        tell(unit, LetterKind.ACCOUNT_MADE, user.email, clock(), values, user.language)
    return user


def change_user(
    database: Database,
    by: User,
    user_id: str,
    *,
    display_name: str,
    roles: Iterable[UserRole],
    language: str | None,
) -> User:
    """Change what somebody may do, their name on pages, and the language of letters to them.

    Raises:
        NotFound: Nobody of an organisation that ``by`` administers has this id.
        InvalidInput: No role, an unknown language, or the role of candidate given or taken.
        Conflict: Administrators do not take this role from themselves.
    """
    require(by, UserRole.ADMINISTRATOR)
    wanted = frozenset(roles)
    if not wanted:
        raise InvalidInput("A user has at least one role.", where="roles")
    clean_language(language)
    with database.writing() as unit:
        known = user_for(unit, by, user_id, lock=True)
        if (UserRole.CANDIDATE in wanted) != (known.candidate_id is not None):
            raise InvalidInput(
                "The role of candidate and a candidate's record go together.", where="candidate"
            )
        if known.id == by.id and UserRole.ADMINISTRATOR not in wanted:
            raise Conflict("You cannot take this role from yourself.", fix="ask another administrator")
        user = replace(
            known, display_name=clean_name(display_name, "display name"), roles=wanted, language=language
        )
        unit.users.replace(user)
        if user.candidate_id is not None:
            # Letters about certificates go to the candidate, who is the same person.
            person = unit.candidates.locked(user.candidate_id)
            unit.candidates.replace(replace(person, language=language))
        if user.roles != known.roles:
            # What an open session may do is asked anew with every request; the person should notice, too.
            unit.users.close_sessions(user.id)
        _note(unit, by, AuditAction.ACCOUNT_CHANGED, user, " ".join(sorted(wanted)))
    return user


def _note(unit: UnitOfWork, by: User | None, action: AuditAction, user: User, detail: str = "") -> None:
    unit.trail.put(by.id if by else None, action, SubjectKind.USER, user.id, detail, user.candidate_id)


def user_for(unit: UnitOfWork, by: User, user_id: str, *, lock: bool = False) -> User:
    """Return a user of an organisation that ``by`` administers, locked to be changed or not, or raise NotFound."""
    user = unit.users.locked(user_id) if lock else unit.users.get(user_id)
    if not administers(unit, by, user.organisation_id):
        raise NotFound("There is no such user.")
    return user


def set_active(database: Database, by: User, user_id: str, *, active: bool) -> User:
    """Let a user sign in or not; switching off ends every session they have."""
    require(by, UserRole.ADMINISTRATOR)
    if user_id == by.id and not active:
        raise Conflict("You cannot switch yourself off.", fix="ask another administrator")
    with database.writing() as unit:
        user = replace(user_for(unit, by, user_id, lock=True), active=active)
        unit.users.replace(user)
        if not active:
            unit.users.close_sessions(user_id)
        switched = AuditAction.ACCOUNT_SWITCHED_ON if active else AuditAction.ACCOUNT_SWITCHED_OFF
        _note(unit, by, switched, user)
    return user


def set_password(database: Database, user_id: str, password: str, *, by: User | None = None) -> User:
    """Give a user a new password and end every session they have; ``by`` is None for a command on the machine."""
    password_hash = hash_password(password)
    with database.writing() as unit:
        return put_password(unit, unit.users.locked(user_id), password_hash, by)


def put_password(unit: UnitOfWork, user: User, password_hash: str, by: User | None) -> User:
    """Give a user, who is locked, a new password within a transaction; every session of theirs ends."""
    user = replace(user, password_hash=password_hash)
    unit.users.replace(user)
    unit.users.close_sessions(user.id)
    _note(unit, by, AuditAction.PASSWORD_SET, user)
    return user


def register_candidate(  # noqa: PLR0913 - what a form asks, by keyword
    database: Database,
    clock: Clock,
    by: User,
    *,
    reference: str,
    native: str,
    latin: str,
    printed: str = "",
    email: str | None = None,
    organisation_id: str | None = None,
    language: str | None = None,
) -> Candidate:
    """Register a candidate, of the administrator's own organisation where none is named.

    Raises:
        NotFound: No organisation that ``by`` administers has this id.
        InvalidName, InvalidInput: Saying which field and why.
        Conflict: The reference is taken.
    """
    require(by, UserRole.ADMINISTRATOR)
    candidate = new_candidate(
        clock, by, reference=reference, native=native, latin=latin, printed=printed, email=email
    )
    candidate = replace(
        candidate, organisation_id=organisation_id or by.organisation_id, language=clean_language(language)
    )
    with database.writing() as unit:
        _check_administers(unit, by, candidate.organisation_id)
        unit.candidates.add(candidate)
    return candidate


def new_candidate(
    clock: Clock, by: User, *, reference: str, native: str, latin: str, printed: str, email: str | None
) -> Candidate:
    """Make a candidate from what was typed, checked but not stored."""
    return Candidate(
        id=new_identifier(),
        reference=clean_code(reference, "reference"),
        name=holder_name(native, latin, printed),
        email=clean_email(email) if email and email.strip() else None,
        registered_by=by.id,
        registered_at=clock(),
        organisation_id=by.organisation_id,
    )


def review_admission(
    database: Database,
    clock: Clock,
    by: User,
    candidate_id: str,
    *,
    qualification: str,
    eqf_level: int | None,
    evidence_digest: str | None,
    accepted: bool,
    document_digest: str | None = None,
) -> AdmissionRecord:
    """Record the review of a prior qualification; the latest review counts.

    Args:
        evidence_digest: Of a document that is kept elsewhere, if there is one.
        document_digest: Of the document that was brought here and looked at; the record then names it.

    Raises:
        InvalidInput: A level outside 1-8, an accepted qualification without title or level, or two documents.
        Conflict: The document that was looked at was replaced meanwhile, or taken back.
    """
    if document_digest and evidence_digest:
        raise InvalidInput(
            "A review is of one document.", where="evidence", fix="name the one kept here, or the other"
        )
    record = new_admission(
        clock,
        by,
        candidate_id,
        qualification=qualification,
        eqf_level=eqf_level,
        evidence_digest=document_digest or evidence_digest,
        accepted=accepted,
    )
    with database.writing() as unit:
        if document_digest:
            unit.holders.hold(candidate_id)
            if unit.documents.find(candidate_id, record.evidence_digest or "") is None:
                raise Conflict(
                    "The document was replaced meanwhile, or taken back.", fix="look at what is there now"
                )
        add_admission(unit, by, record)
    return record


def new_admission(
    clock: Clock,
    by: User,
    candidate_id: str,
    *,
    qualification: str,
    eqf_level: int | None,
    evidence_digest: str | None,
    accepted: bool,
) -> AdmissionRecord:
    """Make an admission record from what was typed, checked but not stored."""
    require(by, UserRole.ADMINISTRATOR, UserRole.CERTIFIER)
    if eqf_level is not None and eqf_level not in EQF_LEVELS:
        raise InvalidInput(f"is an EQF level from 1 to 8, not {eqf_level}.", where="EQF level")
    title = clean_title(qualification, "qualification", required=accepted)
    if accepted and eqf_level is None:
        raise InvalidInput("An accepted qualification has an EQF level.", where="EQF level")
    return AdmissionRecord(
        id=new_identifier(),
        candidate_id=candidate_id,
        qualification=title,
        eqf_level=eqf_level,
        evidence_digest=clean_digest(evidence_digest),
        accepted=accepted,
        reviewed_by=by.id,
        reviewed_at=clock(),
    )


def add_admission(unit: UnitOfWork, by: User, record: AdmissionRecord) -> None:
    """Store a review, unless the reviewer reviews themself or somebody who is not before them."""
    candidate = unit.candidates.get(record.candidate_id)
    if not (administers(unit, by, candidate.organisation_id) or certifier_sees(unit, by, candidate)):
        raise NotFound("There is no such candidate.")
    if by.candidate_id == record.candidate_id:
        raise Conflict("Nobody reviews their own qualification.", fix="ask a colleague")
    unit.candidates.add_admission(record)


def open_cohort(
    database: Database,
    by: User,
    *,
    code: str,
    title: str,
    framework_id: str,
    starts_on: date,
    trainer_ids: Iterable[str],
    organisation_id: str | None = None,
) -> Cohort:
    """Form a cohort with its trainers, of the administrator's own organisation where none is named.

    Raises:
        InvalidInput: A trainer's user does not have that role, or is of another organisation.
        NotFound: No organisation that ``by`` administers has this id.
        Conflict: The code is taken.
    """
    require(by, UserRole.ADMINISTRATOR)
    cohort = Cohort(
        id=new_identifier(),
        code=clean_code(code, "cohort code"),
        title=clean_title(title, "cohort title"),
        framework_id=framework_id,
        starts_on=starts_on,
        organisation_id=organisation_id or by.organisation_id,
        trainer_ids=frozenset(trainer_ids),
    )
    with database.writing() as unit:
        _check_administers(unit, by, cohort.organisation_id)
        unit.frameworks.latest(framework_id)
        for trainer_id in sorted(cohort.trainer_ids):
            trainer = user_for(unit, by, trainer_id)
            if UserRole.TRAINER not in trainer.roles:
                raise InvalidInput("One of the trainers does not have that role.", where="trainers")
            if trainer.organisation_id != cohort.organisation_id:
                raise InvalidInput("One of the trainers is of another organisation.", where="trainers")
        unit.cohorts.add(cohort)
        unit.trail.put(by.id, AuditAction.COHORT_FORMED, SubjectKind.COHORT, cohort.id)
    return cohort


def join_cohort(
    database: Database, by: User, cohort_id: str, candidate_id: str, role_id: str
) -> CohortMember:
    """Add a candidate to a cohort for the role they seek; doing it again changes nothing."""
    require(by, UserRole.ADMINISTRATOR)
    with database.writing() as unit:
        _check_administers(unit, by, unit.cohorts.get(cohort_id).organisation_id, "cohort")
        member = add_member(unit, cohort_id, candidate_id, role_id)
        unit.trail.put(by.id, AuditAction.COHORT_JOINED, SubjectKind.COHORT, cohort_id, role_id, candidate_id)
    return member


def add_member(unit: UnitOfWork, cohort_id: str, candidate_id: str, role_id: str) -> CohortMember:
    """Add a member within a transaction, checking that the role exists."""
    cohort = unit.cohorts.get(cohort_id)
    candidate = unit.candidates.get(candidate_id)
    if candidate.organisation_id != cohort.organisation_id:
        raise NotFound("There is no such candidate.")
    framework = unit.frameworks.latest(cohort.framework_id)
    if role_id not in framework.role:
        raise InvalidInput(
            f"{framework.id} has no role {role_id!r}.",
            where="role",
            fix="it has " + ", ".join(framework.role),
        )
    member = CohortMember(cohort_id=cohort.id, candidate_id=candidate.id, role_id=role_id)
    unit.cohorts.add_member(member)
    return member


def _check_administers(unit: UnitOfWork, by: User, organisation_id: str, what: str = "organisation") -> None:
    if not administers(unit, by, organisation_id):
        raise NotFound(f"There is no such {what}.")
