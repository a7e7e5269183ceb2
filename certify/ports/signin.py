"""What signing in needs of the database, as protocols; `certify.ports` has the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from certify.signin.model import (
    ApiToken,
    IdentityProvider,
    LinkedIdentity,
    OneTimeSecret,
    Passkey,
    SecondFactor,
    Tries,
)


class Tokens(Protocol):
    """Tokens of programs."""

    def add(self, token: ApiToken) -> None:
        """Store a new one."""

    def by_digest(self, token_digest: str) -> ApiToken | None:
        """Return the token with this digest, whether it works or not."""

    def of_user(self, user_id: str) -> Sequence[ApiToken]:
        """Return a user's tokens, the newest first."""

    def use(self, token_id: str, at: datetime) -> None:
        """Note that it was used."""

    def revoke(self, token_id: str, at: datetime) -> None:
        """Note that it was ended."""


class AllTries(Protocol):
    """Counts of tries that failed."""

    def locked(self, key: str, at: datetime) -> Tries:
        """Return a count that no other transaction changes until this one ends; a fresh one where there is none."""

    def put(self, tries: Tries) -> None:
        """Store a count that `locked` returned, changed."""

    def sweep(self, before: datetime) -> None:
        """Forget some counts whose last try was before."""


class Factors(Protocol):
    """Second factors and recovery codes, one set for each user."""

    def put(self, factor: SecondFactor) -> None:
        """Store a user's second factor in the place of any before."""

    def of_user(self, user_id: str) -> SecondFactor | None:
        """Return a user's second factor."""

    def spend_step(self, user_id: str, step: int) -> bool:
        """Note that the code of a step was used; False where it, or a later one, was used before."""

    def remove(self, user_id: str) -> None:
        """Forget a user's second factor."""

    def put_recovery_codes(self, user_id: str, digests: Iterable[str]) -> None:
        """Store a user's recovery codes in the place of any before."""

    def spend_recovery_code(self, user_id: str, digest: str) -> bool:
        """Forget a recovery code; False where there is none such."""

    def recovery_codes_left(self, user_id: str) -> int:
        """Return how many there are."""


class Passkeys(Protocol):
    """Passkeys of users."""

    def add(self, passkey: Passkey) -> None:
        """Store a new one; Conflict where it is known."""

    def of_user(self, user_id: str) -> Sequence[Passkey]:
        """Return a user's passkeys, the oldest first."""

    def by_credential_id(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey that a device names so; no other transaction uses it until this one ends."""

    def use(self, passkey_id: str, sign_count: int, at: datetime) -> None:
        """Note that it was used."""

    def remove(self, passkey_id: str) -> None:
        """Forget it."""


class OneTimeSecrets(Protocol):
    """Secrets that work once."""

    def put(self, secret: OneTimeSecret, now: datetime) -> None:
        """Store a new one, and forget some that no longer work."""

    def find(self, digest: str, purpose: str, now: datetime) -> str | None:
        """Return the payload of one that works, which goes on working."""

    def spend(self, digest: str, purpose: str, now: datetime) -> str | None:
        """Return the payload of one that works, and forget it; of two at once one gets it."""


class Providers(Protocol):
    """Organisations' identity providers, and who is whom there."""

    def put(self, provider: IdentityProvider) -> None:
        """Store an organisation's provider in the place of any before; links to another issuer are forgotten."""

    def remove(self, organisation_id: str) -> None:
        """Forget an organisation's provider and every link to it."""

    def of_organisation(self, organisation_id: str) -> IdentityProvider | None:
        """Return an organisation's provider."""

    def organisations(self) -> Sequence[str]:
        """Return the ids of the organisations that have one."""

    def linked(self, organisation_id: str, issuer: str, subject: str) -> LinkedIdentity | None:
        """Return who is this subject there."""

    def of_user(self, user_id: str) -> LinkedIdentity | None:
        """Return who a user is there."""

    def link(self, identity: LinkedIdentity) -> None:
        """Note who is whom; Conflict where either is somebody else already."""

    def unlink(self, user_id: str) -> None:
        """Forget who a user is there."""


class ProviderWire(Protocol):
    """Asks identity providers. An address that is neither https nor, where ``local``, of this machine is not asked."""

    def get(self, url: str, *, local: bool, bearer: str = "") -> dict[str, Any]:
        """Return a JSON object.

        Raises:
            ProviderUnavailable: There is no answer in time.
            ProviderRefused: The answer is a refusal, or no JSON object.
        """

    def post(
        self, url: str, form: Mapping[str, str], *, local: bool, basic: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        """Send a form, with a name and a password where given (RFC 6749, 2.3.1); otherwise as `get`."""


class Vault(Protocol):
    """Seals small secrets, so that a copy of the database alone opens nothing."""

    def seal(self, plain: bytes, about: str) -> bytes:
        """Return a secret sealed; ``about`` says what it is for and must be given again to open it.

        Raises:
            KeyStoreLocked: The installation's secret cannot be read.
        """

    def open(self, sealed: bytes, about: str) -> bytes:
        """Return what was sealed.

        Raises:
            KeyStoreLocked: It was sealed by another installation, about something else, or was changed.
        """
