"""Secrets that work once and not for long: behind a ceremony with a passkey, and in links of letters."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from certify.clock import Clock
from certify.ports import Database, UnitOfWork
from certify.signin.model import OneTimeSecret, Purpose
from certify.signin.service import token_digest

LIFETIME = timedelta(minutes=15)


def make_one_time(
    unit: UnitOfWork,
    clock: Clock,
    purpose: Purpose,
    payload: Mapping[str, Any],
    lifetime: timedelta = LIFETIME,
) -> str:
    """Keep a payload and return the secret under which it is found, once, within its lifetime: 256 random bits."""
    secret, now = secrets.token_urlsafe(32), clock()
    unit.one_time_secrets.put(
        OneTimeSecret(
            secret_digest=token_digest(secret),
            purpose=purpose,
            payload=json.dumps(payload),
            expires_at=now + lifetime,
        ),
        now,
    )
    return secret


def spend(database: Database, clock: Clock, purpose: Purpose, secret: str) -> dict[str, Any] | None:
    """Return the payload under a secret, which no longer works then; None where it did not."""
    with database.writing() as unit:
        return spend_within(unit, clock, purpose, secret)


def spend_within(unit: UnitOfWork, clock: Clock, purpose: Purpose, secret: str) -> dict[str, Any] | None:
    """Do as `spend` in a transaction that may yet fail: then the secret goes on working."""
    payload = unit.one_time_secrets.spend(token_digest(secret), purpose, clock())
    return None if payload is None else dict(json.loads(payload))


def look_at(unit: UnitOfWork, clock: Clock, purpose: Purpose, secret: str) -> dict[str, Any] | None:
    """Return the payload under a secret, which goes on working."""
    payload = unit.one_time_secrets.find(token_digest(secret), purpose, clock())
    return None if payload is None else dict(json.loads(payload))
