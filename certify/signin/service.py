"""Sign in with a password, and end sessions: one's own, all others, or somebody's."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import InvalidInput, NotAuthenticated, NotFound
from certify.identifiers import new_identifier
from certify.people.model import User
from certify.people.passwords import matches, waste_a_match
from certify.ports import Database, UnitOfWork
from certify.signin.model import Method, Pending, SignIn
from certify.signin.throttle import charge, forgive, own_password_gates, password_gates

SEEN_EVERY = timedelta(minutes=5)
SECOND_STEP_WITHIN = timedelta(minutes=15)
_MOST_DEVICE_CHARACTERS = 120


def check_password(
    database: Database, clock: Clock, email: str, password: str, *, address: str = "", device: str = ""
) -> User:
    """Return the user whose address and password these are.

    Args:
        address: Where the request comes from.
        device: Names a browser that signed in to this account before; empty otherwise.

    Raises:
        TooManyTries: Too many failed before.
        NotAuthenticated: One answer for an unknown address, a wrong password and a user switched off.
    """
    gates = password_gates(email, address, device)
    charge(database, clock, gates)
    with database.reading() as unit:
        user = unit.users.by_email(email.strip())
    if user is None or not user.active:
        waste_a_match(password)
    elif matches(user.password_hash, password):
        forgive(database, clock, gates)
        return user
    with database.writing() as unit:
        if user is not None:
            note_failure(unit, user)
        else:
            # Addresses that nobody has are not kept: they are often somebody's, mistyped. Writing the count as it
            # is takes as long as the entry, so that an unknown address answers no sooner than a known one.
            unit.tries.put(unit.tries.locked(gates[0].key, clock()))
    raise NotAuthenticated("E-mail address or password is wrong.", fix="try again, or ask an administrator")


def check_own_password(database: Database, clock: Clock, user: User, password: str) -> None:
    """Check the present password of somebody who is signed in.

    Raises:
        InvalidInput: It is another one.
        TooManyTries: Too many were wrong.
    """
    gates = own_password_gates(user.id)
    charge(database, clock, gates)
    if not matches(user.password_hash, password):
        with database.writing() as unit:
            note_failure(unit, user, "present password")
        raise InvalidInput(
            "The present password is wrong.", where="password", fix="try again, or sign in anew"
        )
    forgive(database, clock, gates)


def note_failure(unit: UnitOfWork, user: User, detail: str = "") -> None:
    """Keep in the trail that somebody, who is not known to be this user, could not show to be."""
    unit.trail.put(None, AuditAction.SIGN_IN_FAILED, SubjectKind.USER, user.id, detail, user.candidate_id)


def open_session(
    unit: UnitOfWork,
    clock: Clock,
    user: User,
    method: Method,
    hours: int,
    device: str = "",
    pending: Pending = Pending.NOTHING,
) -> str:
    """Open a session of ``hours`` and return its secret token; one that waits for a second step has a quarter."""
    token = secrets.token_urlsafe(32)
    now = clock()
    unit.users.open_session(
        SignIn(
            id=new_identifier(),
            token_digest=token_digest(token),
            user_id=user.id,
            method=method,
            device=_shortened(device),
            signed_in_at=now,
            seen_at=now,
            expires_at=now + (SECOND_STEP_WITHIN if pending else timedelta(hours=hours)),
            pending=pending,
        )
    )
    if not pending:
        unit.trail.put(
            user.id, AuditAction.SIGNED_IN, SubjectKind.USER, user.id, method.value, user.candidate_id
        )
    return token


def sign_in(database: Database, clock: Clock, email: str, password: str, hours: int) -> tuple[str, User]:
    """Open a session by a password and return its secret token with the user; see `check_password`."""
    user = check_password(database, clock, email, password)
    with database.writing() as unit:
        return open_session(unit, clock, user, Method.PASSWORD, hours), user


def token_digest(token: str) -> str:
    """Return what the database keeps of a secret token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def session_of_token(database: Database, clock: Clock, token: str) -> tuple[SignIn, User] | None:
    """Return an unexpired session with its active user, or None; notes now and then that it was used."""
    now = clock()
    with database.reading() as unit:
        session = unit.users.session(token_digest(token))
        if session is None or session.expires_at <= now:
            return None
        user = unit.users.get(session.user_id)
    if not user.active:
        return None
    if session.seen_at + SEEN_EVERY <= now:
        with database.writing() as unit:
            unit.users.see_session(session.id, now)
        session = replace(session, seen_at=now)
    return session, user


def user_of_token(database: Database, clock: Clock, token: str) -> User | None:
    """Return the active user of an unexpired session that needs nothing more, or None."""
    found = session_of_token(database, clock, token)
    return found[1] if found and not found[0].pending else None


def sign_out(database: Database, token: str) -> None:
    """End a session."""
    with database.writing() as unit:
        unit.users.close_session(token_digest(token))


def sessions_of(database: Database, user_id: str, at: datetime) -> Sequence[SignIn]:
    """Return a user's sessions that have not ended, the one used last first."""
    with database.reading() as unit:
        return [session for session in unit.users.sessions(user_id) if session.expires_at > at]


def end_session(database: Database, by: User, session_id: str) -> None:
    """End one of one's own sessions.

    Raises:
        NotFound: There is no such session of theirs.
    """
    with database.writing() as unit:
        own = {session.id: session for session in unit.users.sessions(by.id)}
        if session_id not in own:
            raise NotFound("No such session of yours.", where="session")
        unit.users.close_session(own[session_id].token_digest)


def end_other_sessions(database: Database, user_id: str, kept_digest: str = "") -> int:
    """End every session of a user but the one with this token digest; return how many."""
    with database.writing() as unit:
        others = [session for session in unit.users.sessions(user_id) if session.token_digest != kept_digest]
        for session in others:
            unit.users.close_session(session.token_digest)
    return len(others)


def _shortened(device: str) -> str:
    return "".join(character for character in device if character.isprintable())[:_MOST_DEVICE_CHARACTERS]
