"""Secrets that work once and not for long: behind a ceremony with a passkey."""

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


def make_one_time(unit: UnitOfWork, clock: Clock, purpose: Purpose, payload: Mapping[str, Any]) -> str:
    """Keep a payload and return the secret under which it is found, once, within a quarter of an hour."""
    secret, now = secrets.token_urlsafe(32), clock()
    unit.one_time_secrets.put(
        OneTimeSecret(
            secret_digest=token_digest(secret),
            purpose=purpose,
            payload=json.dumps(payload),
            expires_at=now + LIFETIME,
        ),
        now,
    )
    return secret


def spend(database: Database, clock: Clock, purpose: Purpose, secret: str) -> dict[str, Any] | None:
    """Return the payload under a secret, which no longer works then; None where it did not."""
    with database.writing() as unit:
        payload = unit.one_time_secrets.spend(token_digest(secret), purpose, clock())
    return None if payload is None else dict(json.loads(payload))
