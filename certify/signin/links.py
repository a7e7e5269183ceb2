"""Links in letters that open an account: to sign in, for candidates, and to choose a password, for anybody.

Whoever reads somebody's letters can follow them. So a link works once and not for long; it does nothing until its
reader presses a button, as programs that look into letters open what is in them; and it stands in for a password at
most: whoever has a second factor is asked for it all the same. Who has any role but that of candidate signs in by no
link at all.

An address that nobody has is answered as one that somebody has, and as slowly. A link is void as soon as its account is
switched off or closed, or has another address or password.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import Conflict, NotAuthenticated
from certify.mail.model import LetterKind
from certify.mail.service import tell
from certify.people.model import User, UserRole
from certify.people.passwords import hash_password
from certify.people.permits import require
from certify.people.service import put_password, user_for
from certify.ports import Database, UnitOfWork
from certify.signin.model import Purpose
from certify.signin.one_time import look_at, make_one_time, spend_within
from certify.signin.throttle import charge, forgive, letter_gates

LINK_LIFETIME = timedelta(minutes=20)
INVITATION_LIFETIME = timedelta(days=3)
"""An invitation is not waited for, as a link is that its reader just asked for."""

_PATHS = {Purpose.SIGN_IN_LINK: "/sign-in/link/", Purpose.PASSWORD_LINK: "/sign-in/password/"}


def ask_for_link(
    database: Database, clock: Clock, base: str, purpose: Purpose, email: str, *, address: str
) -> None:
    """Write to who has this e-mail address; where nobody may have such a link, nothing comes of it.

    Args:
        base: What the link begins with.
        address: Where the request comes from.

    Raises:
        TooManyTries: Too many letters were asked for, for this address or from there.
    """
    account = email.strip()
    gates = letter_gates(account, address)
    charge(database, clock, gates)
    with database.writing() as unit:
        user = unit.users.by_email(account)
        if user is not None and _entitled(user, purpose) and unit.outbox.is_open:
            kind = LetterKind.SIGN_IN_LINK if purpose is Purpose.SIGN_IN_LINK else LetterKind.PASSWORD_LINK
            _write(unit, clock, base, kind, user, by=None)
        else:
            # Writing the count as it is takes about as long; how long the whole answer takes is the page's to even out.
            unit.tries.put(unit.tries.locked(gates[0].key, clock()))


def send_password_link(database: Database, clock: Clock, base: str, by: User | None, user_id: str) -> User:
    """Write to somebody how they choose a password; the present one goes on working until they do.

    Args:
        by: An administrator of theirs; None for whoever runs commands on the installation's machine.

    Raises:
        NotFound: Nobody of an organisation that ``by`` administers has this id.
        Conflict: No letters are sent from here, or the account is switched off.
    """
    with database.writing() as unit:
        check_sends(unit)
        if by is not None:
            require(by, UserRole.ADMINISTRATOR)
            user = user_for(unit, by, user_id)
        else:
            user = unit.users.get(user_id)
        if not user.active:
            raise Conflict("This account is switched off.", fix="switch it on first")
        _write(unit, clock, base, LetterKind.PASSWORD_LINK, user, by=by)
    return user


def invitation(clock: Clock, base: str, by: User | None) -> Callable[[UnitOfWork, User], None]:
    """Return the welcome of a new account that has no password yet: see `certify.people.service.add_user`."""

    def welcome(unit: UnitOfWork, user: User) -> None:
        check_sends(unit)
        _write(unit, clock, base, LetterKind.INVITATION, user, by=by)

    return welcome


def check_sends(unit: UnitOfWork) -> None:
    """Raise Conflict where no letters are sent from here."""
    if not unit.outbox.is_open:
        raise Conflict("No letters are sent from here.", fix="set a password yourself, or set up mail")


def whose_link(database: Database, clock: Clock, purpose: Purpose, secret: str) -> User | None:
    """Return whose account a link opens; it goes on working. None where it does not work."""
    with database.reading() as unit:
        return _holder(unit, purpose, look_at(unit, clock, purpose, secret))


def follow_link(database: Database, clock: Clock, secret: str, *, address: str) -> User:
    """Return whom a link signs in; it no longer works then.

    Raises:
        NotAuthenticated: It does not work: it is made up, too old, was used, or its account changed.
    """
    with database.writing() as unit:
        user = _spent(unit, clock, Purpose.SIGN_IN_LINK, secret)
    forgive(database, clock, letter_gates(user.email, address))
    return user


def choose_password(database: Database, clock: Clock, secret: str, password: str, *, address: str) -> User:
    """Give a link's owner a new password, which ends every session of theirs and every other link.

    Raises:
        InvalidInput: The password is too short or too long; the link goes on working.
        NotAuthenticated: The link does not work.
    """
    password_hash = hash_password(password)
    with database.writing() as unit:
        user = _spent(unit, clock, Purpose.PASSWORD_LINK, secret)
        user = put_password(unit, user, password_hash, user)
    forgive(database, clock, letter_gates(user.email, address))
    return user


def _entitled(user: User, purpose: Purpose) -> bool:
    return user.active and (purpose is Purpose.PASSWORD_LINK or user.roles == {UserRole.CANDIDATE})


def _write(
    unit: UnitOfWork, clock: Clock, base: str, kind: LetterKind, user: User, *, by: User | None
) -> None:
    purpose = Purpose.SIGN_IN_LINK if kind is LetterKind.SIGN_IN_LINK else Purpose.PASSWORD_LINK
    invited = kind is LetterKind.INVITATION
    lifetime = INVITATION_LIFETIME if invited else LINK_LIFETIME
    payload = {"user_id": user.id, "stamp": _stamp(user)}
    secret = make_one_time(unit, clock, purpose, payload, lifetime)
    values = {"name": user.display_name, "address": f"{base}{_PATHS[purpose]}{secret}"}
    values |= (
        {"email": user.email, "days": str(lifetime.days)}
        if invited
        else {"minutes": str(int(lifetime.total_seconds()) // 60)}
    )
    tell(unit, kind, user.email, clock(), values, user.language, lifetime)
    sent = purpose is Purpose.SIGN_IN_LINK
    action = AuditAction.SIGN_IN_LINK_SENT if sent else AuditAction.PASSWORD_LINK_SENT
    unit.trail.put(by.id if by else None, action, SubjectKind.USER, user.id, "", user.candidate_id)


def _spent(unit: UnitOfWork, clock: Clock, purpose: Purpose, secret: str) -> User:
    user = _holder(unit, purpose, spend_within(unit, clock, purpose, secret), lock=True)
    if user is None:
        raise NotAuthenticated("This link does not work any more.", fix="ask for another one")
    return user


def _holder(
    unit: UnitOfWork, purpose: Purpose, payload: dict[str, Any] | None, *, lock: bool = False
) -> User | None:
    if payload is None:
        return None
    user = (unit.users.locked if lock else unit.users.get)(payload["user_id"])
    return user if payload["stamp"] == _stamp(user) and _entitled(user, purpose) else None


def _stamp(user: User) -> str:
    return hashlib.sha256(f"link {user.email.casefold()}\0{user.password_hash}".encode()).hexdigest()
