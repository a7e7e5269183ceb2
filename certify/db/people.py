"""Repositories of users, candidates and cohorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, true, update

from certify.db import people_lists as lists
from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.inserts import insert_unless_there
from certify.db.sets import among
from certify.errors import NotFound
from certify.organisations.model import Sight
from certify.paging import Asked, Part, folded
from certify.people.model import (
    AdmissionRecord,
    Candidate,
    Cohort,
    CohortMember,
    HolderName,
    Review,
    User,
    UserRole,
)
from certify.signin.model import Method, Pending, SignIn


class SqlUsers:
    """People who can sign in, and their sessions."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, user: User) -> None:
        """See `certify.ports.Users`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.user).values(id=user.id, **_user_values(user)))

    def get(self, user_id: str) -> User:
        """See `certify.ports.Users`."""
        row = self._sql.execute(select(t.user).where(t.user.c.id == user_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such user.")
        return _user(row)

    def locked(self, user_id: str) -> User:
        """See `certify.ports.Users`."""
        # FOR NO KEY UPDATE: rows that refer to the user go on being written.
        query = select(t.user).where(t.user.c.id == user_id).with_for_update(key_share=True)
        row = self._sql.execute(query).one_or_none()
        if row is None:
            raise NotFound("There is no such user.")
        return _user(row)

    def by_email(self, email: str) -> User | None:
        """See `certify.ports.Users`."""
        query = select(t.user).where(t.user.c.email_folded == email.casefold())
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _user(row)

    def all(self) -> Sequence[User]:
        """See `certify.ports.Users`."""
        return [_user(row) for row in self._sql.execute(select(t.user).order_by(t.user.c.email_folded))]

    def part(
        self, organisation_ids: Iterable[str] | None, asked: Asked, role: UserRole | None = None
    ) -> Part[User]:
        """See `certify.ports.Users`."""
        rows, after = lists.users(self._sql, organisation_ids, asked, role)
        return Part([_user(row) for row in rows], after)

    def with_role(self, role: UserRole, organisation_ids: Iterable[str]) -> Sequence[User]:
        """See `certify.ports.Users`."""
        query = (
            select(t.user)
            .where(t.user.c.active, t.user.c.organisation_id.in_(sorted(organisation_ids)))
            .where(lists.has_role(role))
            .order_by(t.user.c.email_folded)
        )
        return [_user(row) for row in self._sql.execute(query)]

    def counts(self) -> Mapping[str, int]:
        """See `certify.ports.Users`."""
        own = t.user.c.organisation_id
        rows = self._sql.execute(select(own, func.count()).group_by(own))
        return {row[0]: row[1] for row in rows}

    def replace(self, user: User) -> None:
        """See `certify.ports.Users`."""
        with own_errors(), self._sql.begin_nested():
            done = self._sql.execute(
                update(t.user).where(t.user.c.id == user.id).values(**_user_values(user))
            )
        if done.rowcount == 0:
            raise NotFound("There is no such user.")

    def open_session(self, session: SignIn) -> None:
        """See `certify.ports.Users`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.session).values({name: getattr(session, name) for name in session.__slots__})
            )

    def sessions(self, user_id: str) -> Sequence[SignIn]:
        """See `certify.ports.Users`."""
        query = (
            select(t.session)
            .where(t.session.c.user_id == user_id)
            .order_by(t.session.c.seen_at.desc(), t.session.c.id)
        )
        return [_session(row) for row in self._sql.execute(query)]

    def see_session(self, session_id: str, at: datetime) -> None:
        """See `certify.ports.Users`."""
        self._sql.execute(update(t.session).where(t.session.c.id == session_id).values(seen_at=at))

    def session(self, token_digest: str) -> SignIn | None:
        """See `certify.ports.Users`."""
        query = select(t.session).where(t.session.c.token_digest == token_digest)
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _session(row)

    def close_session(self, token_digest: str) -> None:
        """See `certify.ports.Users`."""
        self._sql.execute(delete(t.session).where(t.session.c.token_digest == token_digest))

    def close_sessions(self, user_id: str) -> None:
        """See `certify.ports.Users`."""
        self._sql.execute(delete(t.session).where(t.session.c.user_id == user_id))


def _session(row: Row[Any]) -> SignIn:
    values = {name: getattr(row, name) for name in SignIn.__slots__}
    return SignIn(**(values | {"method": Method(row.method), "pending": Pending(row.pending)}))


def _user_values(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "email_folded": user.email.casefold(),
        "display_name": user.display_name,
        "roles": " ".join(sorted(role.value for role in user.roles)),
        "password_hash": user.password_hash,
        "candidate_id": user.candidate_id,
        "active": user.active,
        "language": user.language,
        "organisation_id": user.organisation_id,
        "folded": folded(f"{user.display_name} {user.email}"),
    }


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        email=row.email,
        display_name=row.display_name,
        roles=frozenset(UserRole(name) for name in row.roles.split()),
        password_hash=row.password_hash,
        candidate_id=row.candidate_id,
        active=row.active,
        language=row.language,
        organisation_id=row.organisation_id,
    )


class SqlCandidates:
    """Candidates and their reviewed prior qualifications."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, candidate: Candidate) -> None:
        """See `certify.ports.Candidates`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.candidate).values(id=candidate.id, **_candidate_values(candidate)))

    def get(self, candidate_id: str) -> Candidate:
        """See `certify.ports.Candidates`."""
        row = self._sql.execute(select(t.candidate).where(t.candidate.c.id == candidate_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such candidate.")
        return _candidate(row)

    def locked(self, candidate_id: str) -> Candidate:
        """See `certify.ports.Candidates`."""
        # FOR NO KEY UPDATE: rows that refer to the candidate go on being written.
        query = select(t.candidate).where(t.candidate.c.id == candidate_id).with_for_update(key_share=True)
        row = self._sql.execute(query).one_or_none()
        if row is None:
            raise NotFound("There is no such candidate.")
        return _candidate(row)

    def by_reference(self, reference: str) -> Candidate | None:
        """See `certify.ports.Candidates`."""
        query = select(t.candidate).where(t.candidate.c.reference == reference)
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _candidate(row)

    def all(self) -> Sequence[Candidate]:
        """See `certify.ports.Candidates`."""
        rows = self._sql.execute(select(t.candidate).order_by(t.candidate.c.reference))
        return [_candidate(row) for row in rows]

    def part(
        self, sight: Sight, asked: Asked, review: Review | None = None, reference: str = ""
    ) -> Part[Candidate]:
        """See `certify.ports.Candidates`."""
        rows, after = lists.candidates(self._sql, sight, asked, review, reference)
        return Part([_candidate(row) for row in rows], after)

    def count(self, sight: Sight, words: Sequence[str], review: Review | None, most: int) -> int:
        """See `certify.ports.Candidates`."""
        return lists.count_candidates(self._sql, sight, words, review, most)

    def admissions(self, candidate_ids: Iterable[str]) -> Mapping[str, AdmissionRecord]:
        """See `certify.ports.Candidates`."""
        rows = lists.admissions(self._sql, candidate_ids)
        return {row.candidate_id: _admission(row) for row in rows}

    def replace(self, candidate: Candidate) -> None:
        """See `certify.ports.Candidates`."""
        with own_errors(), self._sql.begin_nested():
            done = self._sql.execute(
                update(t.candidate)
                .where(t.candidate.c.id == candidate.id)
                .values(**_candidate_values(candidate))
            )
        if done.rowcount == 0:
            raise NotFound("There is no such candidate.")

    def add_admission(self, record: AdmissionRecord) -> None:
        """See `certify.ports.Candidates`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.admission).values({name: getattr(record, name) for name in record.__slots__})
            )

    def admission(self, candidate_id: str) -> AdmissionRecord | None:
        """See `certify.ports.Candidates`."""
        query = (
            select(t.admission)
            .where(t.admission.c.candidate_id == candidate_id)
            .order_by(t.admission.c.position.desc())
            .limit(1)
        )
        row = self._sql.execute(query).one_or_none()
        return None if row is None else _admission(row)


def _admission(row: Row[Any]) -> AdmissionRecord:
    return AdmissionRecord(**{name: getattr(row, name) for name in AdmissionRecord.__slots__})


def _candidate_values(candidate: Candidate) -> dict[str, Any]:
    return {
        "reference": candidate.reference,
        "native_name": candidate.name.native,
        "latin_name": candidate.name.latin,
        "printed_name": candidate.name.printed,
        "email": candidate.email,
        "registered_by": candidate.registered_by,
        "registered_at": candidate.registered_at,
        "language": candidate.language,
        "organisation_id": candidate.organisation_id,
        "folded": folded(
            f"{candidate.name.native} {candidate.name.latin} {candidate.name.printed} {candidate.reference}"
        ),
    }


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        id=row.id,
        reference=row.reference,
        name=HolderName(native=row.native_name, latin=row.latin_name, printed=row.printed_name),
        email=row.email,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
        language=row.language,
        organisation_id=row.organisation_id,
    )


class SqlCohorts:
    """Candidates who train together."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, cohort: Cohort) -> None:
        """See `certify.ports.Cohorts`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(t.cohort).values(
                    id=cohort.id,
                    code=cohort.code,
                    title=cohort.title,
                    framework_id=cohort.framework_id,
                    starts_on=cohort.starts_on,
                    organisation_id=cohort.organisation_id,
                    folded=folded(f"{cohort.title} {cohort.code}"),
                )
            )
            for user_id in sorted(cohort.trainer_ids):
                self._sql.execute(insert(t.cohort_trainer).values(cohort_id=cohort.id, user_id=user_id))

    def get(self, cohort_id: str) -> Cohort:
        """See `certify.ports.Cohorts`."""
        found = self._where(t.cohort.c.id == cohort_id)
        if not found:
            raise NotFound("There is no such cohort.")
        return found[0]

    def by_code(self, code: str) -> Cohort | None:
        """See `certify.ports.Cohorts`."""
        return next(iter(self._where(t.cohort.c.code == code)), None)

    def all(self) -> Sequence[Cohort]:
        """See `certify.ports.Cohorts`."""
        return self._where(true())

    def part(
        self, organisation_ids: Iterable[str] | None, asked: Asked, trainer_id: str | None = None
    ) -> Part[Cohort]:
        """See `certify.ports.Cohorts`."""
        rows, after = lists.cohorts(self._sql, organisation_ids, asked, trainer_id)
        ids = [row.id for row in rows]
        found = {cohort.id: cohort for cohort in self._where(t.cohort.c.id.in_(ids))}
        return Part([found[name] for name in ids], after)

    def any_with_trainer(self, framework_id: str) -> bool:
        """See `certify.ports.Cohorts`."""
        query = select(t.cohort_trainer).join(t.cohort).where(t.cohort.c.framework_id == framework_id)
        return self._sql.execute(query.limit(1)).first() is not None

    def sizes(self, cohort_ids: Iterable[str]) -> Mapping[str, int]:
        """See `certify.ports.Cohorts`."""
        own = t.cohort_member.c.cohort_id
        query = select(own, func.count()).where(among(self._sql, own, cohort_ids)).group_by(own)
        return {row[0]: row[1] for row in self._sql.execute(query)}

    def of_trainer(self, user_id: str) -> Sequence[Cohort]:
        """See `certify.ports.Cohorts`."""
        own = select(t.cohort_trainer.c.cohort_id).where(t.cohort_trainer.c.user_id == user_id)
        return self._where(t.cohort.c.id.in_(own))

    def add_member(self, member: CohortMember) -> None:
        """See `certify.ports.Cohorts`; NotFound where the cohort or the candidate does not exist."""
        with own_errors(), self._sql.begin_nested():
            insert_unless_there(
                self._sql, t.cohort_member, **{name: getattr(member, name) for name in member.__slots__}
            )

    def members(self, cohort_id: str) -> Sequence[CohortMember]:
        """See `certify.ports.Cohorts`."""
        query = (
            select(t.cohort_member)
            .join(t.candidate)
            .where(t.cohort_member.c.cohort_id == cohort_id)
            .order_by(t.candidate.c.reference)
        )
        return [CohortMember(**row._mapping) for row in self._sql.execute(query)]  # noqa: SLF001 - public mapping

    def of_candidate(self, candidate_id: str) -> Sequence[CohortMember]:
        """See `certify.ports.Cohorts`."""
        query = (
            select(t.cohort_member)
            .where(t.cohort_member.c.candidate_id == candidate_id)
            .order_by(t.cohort_member.c.cohort_id)
        )
        return [CohortMember(**row._mapping) for row in self._sql.execute(query)]  # noqa: SLF001 - public mapping

    def _where(self, condition: ColumnElement[bool]) -> list[Cohort]:
        """The cohorts that meet ``condition``, by code, by one query for all their trainers too."""
        query = (
            select(t.cohort, t.cohort_trainer.c.user_id)
            .outerjoin(t.cohort_trainer)
            .where(condition)
            .order_by(t.cohort.c.code)
        )
        return [_cohort(list(rows)) for _, rows in groupby(self._sql.execute(query), key=attrgetter("code"))]


def _cohort(rows: Sequence[Row[Any]]) -> Cohort:
    first = rows[0]
    return Cohort(
        id=first.id,
        code=first.code,
        title=first.title,
        framework_id=first.framework_id,
        starts_on=first.starts_on,
        organisation_id=first.organisation_id,
        trainer_ids=frozenset(row.user_id for row in rows if row.user_id is not None),
    )
