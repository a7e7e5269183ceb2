"""What an open session alone does not open: whoever adds or removes what opens the account shows again who they are.

A browser left open, or a stolen cookie, must not become a way in that stays when the session has ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from certify.clock import Clock
from certify.people.model import User
from certify.ports import Database, UnitOfWork
from certify.ports.signin import Vault
from certify.signin.model import Pending, Proof, SignIn
from certify.signin.second_factor import check_code
from certify.signin.service import check_own_password

RECENT = timedelta(minutes=5)
"""So long after signing in, whoever has no app is not asked for the password again."""


def proof_needed(unit: UnitOfWork, user: User, session: SignIn, at: datetime) -> Proof:
    """Return what is asked before a passkey, an app or a token is added, or a passkey removed."""
    if session.pending is Pending.ENROLMENT:
        # It is a quarter of an hour old at most, and sets up the first factor or none (`take_in`).
        return Proof.NOTHING
    if unit.factors.of_user(user.id) is not None:
        return Proof.CODE
    return Proof.NOTHING if at < session.signed_in_at + RECENT else Proof.PASSWORD


def prove(database: Database, clock: Clock, vault: Vault, user: User, session: SignIn, shown: str) -> None:
    """Check what was shown: a code of the app or a recovery code, otherwise the password where it is needed.

    Raises:
        InvalidInput: It is another one.
        TooManyTries: Too many were wrong.
    """
    with database.reading() as unit:
        needed = proof_needed(unit, user, session, clock())
    if needed is Proof.CODE:
        check_code(database, clock, vault, user, shown)
    elif needed is Proof.PASSWORD:
        check_own_password(database, clock, user, shown)
