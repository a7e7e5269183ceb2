"""The second factor: codes of an authenticator app (RFC 6238), and codes on paper for when it is lost.

A code works once: the step of time that it is for is spent with it, so that who reads it over a shoulder, or
relays it within its half minute, comes too late.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import InvalidInput, NotAuthenticated, NotPermitted
from certify.people.model import User, UserRole
from certify.ports import Database, UnitOfWork
from certify.ports.signin import Vault
from certify.signin.model import Method, Pending, SecondFactor, SignIn
from certify.signin.service import note_failure, token_digest
from certify.signin.throttle import charge, code_gates, forgive

ROLES = frozenset({UserRole.CERTIFIER, UserRole.ADMINISTRATOR})
"""Who must have one, where the installation requires it."""

RECOVERY_CODES = 8
_SECRET_BYTES = 20
_DIGITS = 6
_STEP_SECONDS = 30
_LATE_STEPS = (0, -1, 1)
"""A clock may be half a minute off, and so may a person's typing (RFC 6238, 5.2)."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECOVERY_SYMBOLS = 16


def pending_after(unit: UnitOfWork, user: User, method: Method, *, required: bool) -> Pending:
    """Return what a session still needs after a first factor.

    A passkey is both at once: the device, and the finger, face or number that unlocked it (WebAuthn's user
    verification).
    """
    if method is Method.PASSKEY:
        return Pending.NOTHING
    must = required and bool(user.roles & ROLES)
    if unit.factors.of_user(user.id) is not None or (must and unit.passkeys.of_user(user.id)):
        return Pending.SECOND_FACTOR
    return Pending.ENROLMENT if must else Pending.NOTHING


def new_secret() -> bytes:
    """Return a secret for an authenticator app."""
    return secrets.token_bytes(_SECRET_BYTES)


def spelled(secret: bytes) -> str:
    """Return a secret as authenticator apps take it when typed."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def provisioning_address(secret: bytes, email: str, issuer: str) -> str:
    """Return what the QR code for authenticator apps says."""
    return _totp(secret).get_provisioning_uri(email, issuer)


def code_at(secret: bytes, at: datetime) -> str:
    """Return the code that an authenticator app shows at a moment."""
    return _totp(secret).generate(int(at.timestamp())).decode("ascii")


def take_in(unit: UnitOfWork, user: User, session: SignIn | None) -> None:
    """Lock a person in the transaction that gives them a factor, and end their other sessions with it.

    A session opened by the password alone, to set up the first factor, is worth nothing once there is one:
    otherwise whoever had only the password could wait for its owner to set one up, and add their own.

    Raises:
        NotAuthenticated: The session was ended meanwhile.
        NotPermitted: It was to set up the first factor, and there is one now.
    """
    unit.users.locked(user.id)
    if session and unit.users.session(session.token_digest) is None:
        raise NotAuthenticated("This session has ended.", fix="sign in")
    if session and session.pending is Pending.ENROLMENT and _count(unit, user):
        raise NotPermitted("A second factor was set up since this session began.", fix="sign in with it")
    for other in unit.users.sessions(user.id):
        if session is None or other.id != session.id:
            unit.users.close_session(other.token_digest)


def may_remove(unit: UnitOfWork, user: User, *, required: bool) -> bool:
    """Tell whether somebody may give up one of their factors, be it the app or a passkey."""
    return not (required and user.roles & ROLES and _count(unit, user) <= 1)


def check_removable(unit: UnitOfWork, user: User, *, required: bool) -> None:
    """Raise NotPermitted where a factor is the last one of somebody whose role needs one."""
    if not may_remove(unit, user, required=required):
        raise NotPermitted("Your role needs a second factor.", fix="set up another one first")


def enrol(
    database: Database,
    clock: Clock,
    vault: Vault,
    user: User,
    secret: bytes,
    code: str,
    session: SignIn | None = None,
) -> Sequence[str]:
    """Keep a secret whose code shows that the app has it, in the place of any before; return recovery codes.

    Args:
        session: Where it is done; every other session of theirs ends.

    Raises:
        InvalidInput: The code is not the app's.
        NotAuthenticated, NotPermitted: See `take_in`.
        TooManyTries: Too many codes were wrong.
    """
    gates = code_gates(user.id)
    charge(database, clock, gates)
    step = _step_of(secret, code, clock(), after=-1)
    if step is None:
        raise InvalidInput(
            "This is not the code that the app shows now.", where="code", fix="check the clock of your device"
        )
    forgive(database, clock, gates)
    with database.writing() as unit:
        take_in(unit, user, session)
        unit.factors.put(
            SecondFactor(
                user_id=user.id,
                sealed_secret=vault.seal(secret, f"second factor of {user.id}"),
                last_step=step,
                made_at=clock(),
            )
        )
        unit.trail.put(
            user.id, AuditAction.SECOND_FACTOR_SET, SubjectKind.USER, user.id, "", user.candidate_id
        )
        return _new_recovery_codes(unit, user)


def check_code(
    database: Database, clock: Clock, vault: Vault, user: User, code: str, *, recovery: bool = True
) -> None:
    """Spend a code of the app, or one of the recovery codes where they are taken.

    Raises:
        InvalidInput: It is neither, or was used before.
        TooManyTries: Too many codes were wrong.
    """
    gates = code_gates(user.id)
    charge(database, clock, gates)
    with database.writing() as unit:
        right = _spend(unit, clock(), vault, user, code, recovery=recovery)
        if not right:
            note_failure(unit, user, "second-factor")
    if not right:
        raise InvalidInput(
            "This is not the code that the app shows now, or it was used before.",
            where="code",
            fix="wait for the next one",
        )
    forgive(database, clock, gates)


def renew_recovery_codes(
    database: Database, clock: Clock, vault: Vault, user: User, code: str
) -> Sequence[str]:
    """Make new recovery codes, after which the old ones are void; needs a code of the app."""
    check_code(database, clock, vault, user, code, recovery=False)
    with database.writing() as unit:
        unit.trail.put(
            user.id, AuditAction.RECOVERY_CODES_MADE, SubjectKind.USER, user.id, "", user.candidate_id
        )
        return _new_recovery_codes(unit, user)


def remove(database: Database, clock: Clock, vault: Vault, user: User, code: str, *, required: bool) -> None:
    """Stop asking for codes; needs one.

    Raises:
        NotPermitted: Their role needs a second factor here.
    """
    with database.reading() as unit:
        check_removable(unit, user, required=required)  # before a code is spent
    check_code(database, clock, vault, user, code)
    with database.writing() as unit:
        check_removable(unit, unit.users.locked(user.id), required=required)
        _forget(unit, user, by=user)


def reset(database: Database, user: User) -> None:
    """Forget a person's second factor, recovery codes and passkeys, as a command on the installation's machine."""
    with database.writing() as unit:
        unit.users.locked(user.id)
        _forget(unit, user)
        for passkey in unit.passkeys.of_user(user.id):
            unit.passkeys.remove(passkey.id)


def _count(unit: UnitOfWork, user: User) -> int:
    app = unit.factors.of_user(user.id) is not None
    return app + len(unit.passkeys.of_user(user.id))


def _forget(unit: UnitOfWork, user: User, *, by: User | None = None) -> None:
    actor = by.id if by else None
    unit.trail.put(actor, AuditAction.SECOND_FACTOR_ENDED, SubjectKind.USER, user.id, "", user.candidate_id)
    unit.factors.remove(user.id)
    unit.factors.put_recovery_codes(user.id, ())


def _spend(unit: UnitOfWork, at: datetime, vault: Vault, user: User, code: str, *, recovery: bool) -> bool:
    factor = unit.factors.of_user(user.id)
    typed = "".join(code.split()).upper()
    if factor is None:
        return False
    if len(typed) != _DIGITS:
        spent = recovery and unit.factors.spend_recovery_code(user.id, _recovery_digest(typed))
        if spent:
            unit.trail.put(
                user.id, AuditAction.RECOVERY_CODE_USED, SubjectKind.USER, user.id, "", user.candidate_id
            )
        return spent
    secret = vault.open(factor.sealed_secret, f"second factor of {user.id}")
    step = _step_of(secret, typed, at, after=factor.last_step)
    return step is not None and unit.factors.spend_step(user.id, step)


def _step_of(secret: bytes, code: str, at: datetime, *, after: int) -> int | None:
    typed = "".join(code.split()).encode("utf-8", "surrogatepass")
    now = int(at.timestamp()) // _STEP_SECONDS
    found = None
    for late in _LATE_STEPS:
        step = now + late
        shown = _totp(secret).generate(step * _STEP_SECONDS)
        if hmac.compare_digest(shown, typed) and step > after:
            found = step
    return found


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _STEP_SECONDS)  # noqa: S303 - what authenticator apps know (RFC 6238, 1.2)


def _new_recovery_codes(unit: UnitOfWork, user: User) -> Sequence[str]:
    codes = [
        "".join(secrets.choice(_CROCKFORD) for _ in range(_RECOVERY_SYMBOLS)) for _ in range(RECOVERY_CODES)
    ]
    unit.factors.put_recovery_codes(user.id, [_recovery_digest(code) for code in codes])
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


def _recovery_digest(typed: str) -> str:
    # 80 random bits: nobody finds one by trying all, so a hash without salt is enough.
    bare = typed.replace("-", "").translate(str.maketrans("ILO", "110"))
    return hashlib.sha256(f"recovery code {token_digest(bare)}".encode()).hexdigest()
