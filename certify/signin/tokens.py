"""Tokens for programs: made by their owner, shown once, kept as a hash, bound to scopes and to a last day."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import Conflict, InvalidInput, NotFound
from certify.identifiers import new_identifier
from certify.people.model import User
from certify.people.typed import clean_title
from certify.ports import Database, UnitOfWork
from certify.signin.model import ApiToken, Scope
from certify.signin.service import SEEN_EVERY, token_digest

PREFIX = "certify_"
"""So that whoever finds one, and programs that look for leaked ones, know what it is."""

MOST_DAYS = 366
MOST_TOKENS = 50
_HINT_CHARACTERS = len(PREFIX) + 4


def make_token(
    database: Database,
    clock: Clock,
    owner: User,
    *,
    name: str,
    scopes: Iterable[Scope],
    days: int,
    by: User | None = None,
) -> tuple[str, ApiToken]:
    """Make a token and return its secret, which nobody can show again.

    Args:
        by: Who does it; None for whoever runs commands on the installation's machine.

    Raises:
        InvalidInput: No name, no scope, or more than 366 days.
        Conflict: Its owner has fifty that work.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"is 1 to {MOST_DAYS} days.", where="days")
    now = clock()
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_identifier(),
        token_digest=token_digest(secret),
        user_id=owner.id,
        name=clean_title(name, "name"),
        hint=secret[:_HINT_CHARACTERS],
        scopes=frozenset(scopes),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    if not token.scopes:
        raise InvalidInput("A token is for something.", where="scopes", fix="choose what it may do")
    with database.writing() as unit:
        if sum(known.works(now) for known in unit.tokens.of_user(owner.id)) >= MOST_TOKENS:
            raise Conflict("You have very many tokens.", fix="revoke those that are not needed")
        unit.tokens.add(token)
        _note(unit, by, AuditAction.TOKEN_MADE, owner.id, " ".join(sorted(token.scopes)))
    return secret, token


def tokens_of(database: Database, user_id: str) -> Sequence[ApiToken]:
    """Return all of a user's tokens, the newest first."""
    with database.reading() as unit:
        return unit.tokens.of_user(user_id)


def revoke_token(
    database: Database, clock: Clock, owner: User, token_id: str, *, by: User | None = None
) -> ApiToken:
    """End one of an owner's tokens; ending it again changes nothing.

    Args:
        by: Who does it; None for whoever runs commands on the installation's machine.

    Raises:
        NotFound: There is no such token of theirs.
    """
    with database.writing() as unit:
        for token in unit.tokens.of_user(owner.id):
            if token.id == token_id:
                if token.revoked_at is None:
                    unit.tokens.revoke(token.id, clock())
                    _note(unit, by, AuditAction.TOKEN_REVOKED, owner.id)
                return token
    raise NotFound("No such token of yours.", where="token")


def revoke_all(database: Database, clock: Clock, user_id: str) -> int:
    """End every token of a user that works, as a command on the installation's machine; return how many."""
    now = clock()
    with database.writing() as unit:
        working = [token for token in unit.tokens.of_user(user_id) if token.works(now)]
        for token in working:
            unit.tokens.revoke(token.id, now)
            _note(unit, None, AuditAction.TOKEN_REVOKED, user_id)
    return len(working)


def bearer_of(database: Database, clock: Clock, secret: str) -> tuple[ApiToken, User] | None:
    """Return a token that works with its active owner, or None; notes now and then that it was used."""
    if not secret.startswith(PREFIX):
        return None
    now = clock()
    with database.reading() as unit:
        token = unit.tokens.by_digest(token_digest(secret))
        if token is None or not token.works(now):
            return None
        owner = unit.users.get(token.user_id)
    if not owner.active:
        return None
    if token.used_at is None or token.used_at + SEEN_EVERY <= now:
        with database.writing() as unit:
            unit.tokens.use(token.id, now)
    return token, owner


def _note(unit: UnitOfWork, by: User | None, action: AuditAction, owner_id: str, detail: str = "") -> None:
    unit.trail.put(by.id if by else None, action, SubjectKind.USER, owner_id, detail)
