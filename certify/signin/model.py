"""Sessions, tokens and counts of tries, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """How somebody showed who they are."""

    PASSWORD = "password"  # noqa: S105 - a way to sign in, no password
    PASSKEY = "passkey"
    LINK = "link"
    PROVIDER = "provider"


class Pending(StrEnum):
    """What a session still needs before it opens anything; a session that needs nothing is a whole one."""

    NOTHING = ""
    SECOND_FACTOR = "second-factor"
    ENROLMENT = "enrolment"


class Proof(StrEnum):
    """What somebody signed in still has to show before they change what opens their account."""

    NOTHING = ""
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A session on the server; the browser holds the secret token, the database only its SHA-256.

    Attributes:
        id: Names the session where it is listed and ended; it opens nothing.
        device: What the browser said it is, shortened, for its owner to know it again.
        seen_at: When it was last used, to about five minutes.
    """

    id: str
    token_digest: str
    user_id: str
    method: Method
    device: str
    signed_in_at: datetime
    seen_at: datetime
    expires_at: datetime
    pending: Pending = Pending.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """An authenticator app that knows a secret.

    Attributes:
        sealed_secret: The secret, sealed by the installation (`certify.ports.signin.Vault`).
        last_step: The step of time whose code was used last; codes of steps up to it are void.
    """

    user_id: str
    sealed_secret: bytes
    last_step: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A key in a device of its owner's (WebAuthn).

    Attributes:
        credential_id: How the device finds it.
        credential: What the device made public of it: attested credential data, with the public key.
        sign_count: How often it signed, as far as the device counts.
    """

    id: str
    user_id: str
    credential_id: bytes
    credential: bytes
    sign_count: int
    name: str
    made_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """An organisation's own OpenID Connect provider.

    Attributes:
        issuer: Its address, exactly as it names itself.
        client_id: What this installation is called there.
        sealed_secret: The secret that goes with it, sealed by the installation; empty for a public client.
        domains: Of the organisation's e-mail addresses, in lower case: an address of another is not believed.
        second_factor: Values of ``amr`` or ``acr`` by which its word for a second factor counts here; none for never.
    """

    organisation_id: str
    issuer: str
    client_id: str
    sealed_secret: bytes
    domains: frozenset[str]
    second_factor: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedIdentity:
    """Who somebody is at their organisation's provider."""

    organisation_id: str
    issuer: str
    subject: str
    user_id: str
    linked_at: datetime


class Purpose(StrEnum):
    """What a secret that works once is for; it works for nothing else."""

    PASSKEY = "passkey"
    PROVIDER = "provider"
    SIGN_IN_LINK = "sign-in-link"
    PASSWORD_LINK = "password-link"  # noqa: S105 - what a secret is for, no password


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeSecret:
    """A secret that works once; the database holds its SHA-256, and what is found under it."""

    secret_digest: str
    purpose: Purpose
    payload: str
    expires_at: datetime


class Scope(StrEnum):
    """What a token may be used for; its owner's roles bound it besides."""

    READ = "read"
    RECORD = "record"
    CERTIFY = "certify"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A key for a program that works in its owner's name; the database holds only its SHA-256.

    Attributes:
        name: What its owner calls it.
        hint: How it begins, for its owner to know it again.
        used_at: When it was last used, to about five minutes; None while it never was.
        revoked_at: When its owner ended it; None while it was not.
    """

    id: str
    token_digest: str
    user_id: str
    name: str
    hint: str
    scopes: frozenset[Scope]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def works(self, at: datetime) -> bool:
        """Tell whether it opens anything at this moment."""
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Tries that failed, counted under one key.

    Attributes:
        key: SHA-256 of what is counted, so that the table holds no address.
        open_at: The next try counts from then on.
    """

    key: str
    failures: int
    last_at: datetime
    open_at: datetime
