"""Passkeys (WebAuthn, level 2): the device signs a challenge of ours, for our address alone, after its user unlocked it.

The library checks the signature, the challenge and the device's flags. The origin is compared whole here, not by
its domain, and a signature counter that does not rise is refused: the passkey was copied (WebAuthn, 7.2, 21).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from certify.identifiers import new_identifier
from certify.people.model import User
from certify.people.typed import clean_title
from certify.ports import Database
from certify.signin.model import Method, Passkey, Purpose, SignIn
from certify.signin.one_time import make_one_time, spend
from certify.signin.second_factor import check_removable, take_in
from certify.signin.service import note_failure

MOST_PASSKEYS = 20
RUBBISH = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    struct.error,
)
"""What the library stumbles with over a stranger's CBOR and JSON; whichever it is, the answer is no."""

_REFUSED = "This passkey does not open an account here."


class PasskeyDesk:
    """Registers passkeys and lets people in by them, for one public address."""

    def __init__(self, database: Database, clock: Clock, public_base: str) -> None:
        parts = urlsplit(public_base)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._database = database
        self._clock = clock
        self._server = Fido2Server(
            PublicKeyCredentialRpEntity(id=parts.hostname or "", name="certify"),
            verify_origin=lambda origin: origin == self._origin,
        )

    def begin_registration(self, user: User) -> tuple[dict[str, Any], str]:
        """Return the options for the browser, and the secret under which the ceremony goes on."""
        with self._database.reading() as unit:
            known = [AttestedCredentialData(passkey.credential) for passkey in unit.passkeys.of_user(user.id)]
        options, state = self._server.register_begin(
            PublicKeyCredentialUserEntity(
                id=user.id.encode(), name=user.email, display_name=user.display_name
            ),
            credentials=known,
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return self._begun(dict(options), state, user.id)

    def finish_registration(
        self,
        user: User,
        secret: str,
        response: Mapping[str, Any],
        name: str,
        session: SignIn | None = None,
    ) -> Passkey:
        """Keep the passkey that the browser made.

        Args:
            session: Where it is done; every other session of theirs ends.

        Raises:
            NotAuthenticated, NotPermitted: See `certify.signin.second_factor.take_in`.
            InvalidInput: The answer is not one to our challenge, or from another address.
            Conflict: The passkey is known, or there are very many.
        """
        state = spend(self._database, self._clock, Purpose.PASSKEY, secret)
        if state is None or state["user_id"] != user.id:
            raise InvalidInput("This took too long, or was done before.", where="passkey", fix="begin again")
        try:
            made = self._server.register_complete(state, response)
        except RUBBISH as error:
            raise InvalidInput(
                "This passkey cannot be registered.", where="passkey", fix="begin again"
            ) from error
        data = made.credential_data
        assert data is not None
        passkey = Passkey(
            id=new_identifier(),
            user_id=user.id,
            credential_id=bytes(data.credential_id),
            credential=bytes(data),
            sign_count=made.counter,
            name=clean_title(name, "name", required=False) or "–",  # noqa: RUF001 - a dash for no name
            made_at=self._clock(),
        )
        with self._database.writing() as unit:
            take_in(unit, user, session)
            if len(unit.passkeys.of_user(user.id)) >= MOST_PASSKEYS:
                raise Conflict("You have very many passkeys.", fix="remove those that are not needed")
            unit.passkeys.add(passkey)
            unit.trail.put(
                user.id, AuditAction.PASSKEY_MADE, SubjectKind.USER, user.id, "", user.candidate_id
            )
        return passkey

    def begin_sign_in(self, user: User | None = None) -> tuple[dict[str, Any], str]:
        """Return the options for the browser, for anybody's passkey or one person's, and the secret."""
        known: Sequence[AttestedCredentialData] | None = None
        if user is not None:
            with self._database.reading() as unit:
                known = [AttestedCredentialData(item.credential) for item in unit.passkeys.of_user(user.id)]
        options, state = self._server.authenticate_begin(
            known, user_verification=UserVerificationRequirement.REQUIRED
        )
        return self._begun(dict(options), state, user.id if user else "")

    def finish_sign_in(self, secret: str, response: Mapping[str, Any]) -> User:
        """Return the active user whose passkey answered.

        Raises:
            NotAuthenticated: One answer for every way in which it can fail.
        """
        state = spend(self._database, self._clock, Purpose.PASSKEY, secret)
        user = self._answered(state, response) if state is not None else None
        if user is None:
            self._note_failure(response)
            raise NotAuthenticated(_REFUSED, fix="sign in another way, then add it under your account")
        return user

    def _answered(self, state: Mapping[str, Any], response: Mapping[str, Any]) -> User | None:
        with self._database.writing() as unit:
            try:
                answer = AuthenticationResponse.from_dict(response)
                passkey = unit.passkeys.by_credential_id(bytes(answer.raw_id))
                credentials = [AttestedCredentialData(passkey.credential)] if passkey else []
                self._server.authenticate_complete(state, credentials, answer)
                counter = answer.response.authenticator_data.counter
            except RUBBISH:
                return None
            if passkey is None or (state["user_id"] and state["user_id"] != passkey.user_id):
                return None
            if (counter or passkey.sign_count) and counter <= passkey.sign_count:
                return None
            user = unit.users.get(passkey.user_id)
            if not user.active:
                return None
            unit.passkeys.use(passkey.id, counter, self._clock())
        return user

    def _note_failure(self, response: Mapping[str, Any]) -> None:
        """Keep in the trail whose passkey was shown in vain; what names none of ours is nobody's."""
        try:
            shown = bytes(AuthenticationResponse.from_dict(response).raw_id)
        except RUBBISH:
            return
        with self._database.writing() as unit:
            passkey = unit.passkeys.by_credential_id(shown)
            if passkey is not None:
                note_failure(unit, unit.users.get(passkey.user_id), Method.PASSKEY.value)

    def _begun(
        self, options: dict[str, Any], state: Mapping[str, Any], user_id: str
    ) -> tuple[dict[str, Any], str]:
        with self._database.writing() as unit:
            payload = {
                "challenge": state["challenge"],
                "user_verification": UserVerificationRequirement.REQUIRED.value,
                "user_id": user_id,
            }
            return options, make_one_time(unit, self._clock, Purpose.PASSKEY, payload)


def remove_passkey(database: Database, by: User, passkey_id: str, *, required: bool) -> None:
    """Forget one of one's own passkeys.

    Raises:
        NotFound: There is no such passkey of theirs.
        NotPermitted: It is their last factor, and their role needs one here.
    """
    with database.writing() as unit:
        owner = unit.users.locked(by.id)
        if passkey_id not in {passkey.id for passkey in unit.passkeys.of_user(by.id)}:
            raise NotFound("No such passkey of yours.", where="passkey")
        check_removable(unit, owner, required=required)
        unit.passkeys.remove(passkey_id)
        unit.trail.put(by.id, AuditAction.PASSKEY_ENDED, SubjectKind.USER, by.id, "", by.candidate_id)
