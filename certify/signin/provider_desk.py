"""Sign in by an organisation's own provider (OpenID Connect Core 1.0, authorization code flow; RFC 9700).

    1 the browser is sent to the provider with a state, a nonce and the hash of a verifier (PKCE), all of one attempt
    2 it comes back, the same browser with the same state, to the address that is this organisation's alone
    3 the code and the verifier are exchanged for an ID token, whose signature and claims are checked (`id_token`)
    4 the person is who was linked to this subject before; the first time, who has here, in this organisation, the e-mail
      address that the provider says it has verified, of a domain of the organisation's

Nobody gets an account by it, and no role: the provider says who somebody is, and this installation what they may do.
Keys are fetched for every sign-in and kept nowhere: one that was rotated is known at once, and one withdrawn is gone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import NoAccountHere, NotFound, ProviderRefused
from certify.people.model import User
from certify.ports import Database, UnitOfWork
from certify.ports.signin import ProviderWire, Vault
from certify.signin.addresses import check_address, is_local
from certify.signin.id_token import claims_of, refused
from certify.signin.model import IdentityProvider, LinkedIdentity, Method, Purpose
from certify.signin.one_time import make_one_time, spend
from certify.signin.service import note_failure

_SCOPE = "openid email"
_ISS_ANNOUNCED = "authorization_response_iss_parameter_supported"
_MOST_CODE_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back from a provider.

    Attributes:
        then: Where they wanted to go.
        both_factors: Whether the provider saw a second factor, and its word for that counts.
    """

    user: User
    then: str
    both_factors: bool


def redirect_address(public_base: str, organisation_id: str) -> str:
    """Return where a provider sends the browser back to; one for each organisation (RFC 9700, 4.4)."""
    return f"{public_base}/sign-in/with/{organisation_id}/back"


def about(wire: ProviderWire, issuer: str) -> dict[str, Any]:
    """Return how a provider describes itself (OpenID Connect Discovery 1.0, 4.3).

    Raises:
        ProviderRefused: It names another issuer, or an address that is not https.
        ProviderUnavailable: It does not answer.
    """
    local = is_local(issuer)
    found = wire.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", local=local)
    if found.get("issuer") != issuer:
        raise ProviderRefused(
            "The provider names itself otherwise than the issuer that is set here.",
            fix="set the issuer exactly as its description says, slashes included",
        )
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        check_address(found.get(name), local=local)
    return found


def about_secret(organisation_id: str, issuer: str, client_id: str) -> str:
    """Return what a client's secret is sealed for: it opens for no other provider."""
    return f"client secret of {organisation_id} as {client_id} at {issuer}"


class ProviderDesk:
    """Lets people in by their organisations' providers."""

    def __init__(
        self, database: Database, clock: Clock, wire: ProviderWire, vault: Vault, public_base: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._wire = wire
        self._vault = vault
        self._base = public_base

    def begin(self, organisation_id: str, then: str) -> tuple[str, str]:
        """Return where to send the browser, and the state that must come back in this browser.

        Raises:
            NotFound: The organisation has no provider.
            ProviderRefused, ProviderUnavailable: It does not describe itself as it should.
        """
        provider = self._provider(organisation_id)
        found = about(self._wire, provider.issuer)
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        attempt = {
            "organisation_id": organisation_id,
            "issuer": provider.issuer,
            "nonce": nonce,
            "verifier": verifier,
            "then": then,
            "token_endpoint": found["token_endpoint"],
            "jwks_uri": found["jwks_uri"],
            "userinfo_endpoint": found.get("userinfo_endpoint") or "",
            "names_itself": found.get(_ISS_ANNOUNCED) is True,
            "posts_secret": _posts_secret(found),
        }
        with self._database.writing() as unit:
            state = make_one_time(unit, self._clock, Purpose.PROVIDER, attempt)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_address(self._base, organisation_id),
            "scope": _SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        door = str(found["authorization_endpoint"])
        return f"{door}{'&' if '?' in door else '?'}{urlencode(query)}", state

    def finish(self, organisation_id: str, expected_state: str, query: Mapping[str, str]) -> Arrival:
        """Return who came back.

        Args:
            expected_state: What `begin` returned, as this browser kept it.
            query: What came back with the browser.

        Raises:
            ProviderRefused: A check failed.
            NoAccountHere: Nobody here is who came back.
            ProviderUnavailable: The provider does not answer.
            NotFound: The organisation has no provider.
        """
        provider = self._provider(organisation_id)
        state = query.get("state", "").encode("utf-8", "surrogatepass")
        if not expected_state or not hmac.compare_digest(
            state, expected_state.encode("utf-8", "surrogatepass")
        ):
            raise refused("this answer is not to a question of this browser")
        attempt = spend(self._database, self._clock, Purpose.PROVIDER, expected_state)
        if attempt is None or attempt["organisation_id"] != organisation_id:
            raise refused("this took too long, was done before, or began elsewhere")
        if provider.issuer != attempt["issuer"]:
            raise refused("the provider was changed meanwhile")
        # RFC 9207, 2.4: who answers says so, and is who was asked.
        if query.get("iss", provider.issuer if not attempt["names_itself"] else "") != provider.issuer:
            raise refused("the answer is another provider's")
        code = query.get("code", "")
        if "error" in query or not 0 < len(code) <= _MOST_CODE_CHARACTERS:
            raise refused("the provider gave no code")
        claims, access_token = self._exchanged(provider, attempt, code)
        user = self._person(provider, claims, attempt, access_token)
        return Arrival(user, str(attempt["then"]), _both_factors(provider, claims))

    def _provider(self, organisation_id: str) -> IdentityProvider:
        with self._database.reading() as unit:
            provider = unit.providers.of_organisation(organisation_id)
        if provider is None:
            raise NotFound("This organisation has no sign-in of its own.", fix="sign in another way")
        return provider

    def _exchanged(
        self, provider: IdentityProvider, attempt: Mapping[str, Any], code: str
    ) -> tuple[dict[str, Any], str]:
        local = is_local(provider.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_address(self._base, provider.organisation_id),
            "code_verifier": attempt["verifier"],
        }
        basic = None
        secret = self._secret(provider)
        if secret and not attempt["posts_secret"]:
            basic = (provider.client_id, secret)
        else:
            form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
        tokens = self._wire.post(attempt["token_endpoint"], form, local=local, basic=basic)
        keys = self._wire.get(attempt["jwks_uri"], local=local)
        claims = claims_of(tokens.get("id_token"), keys, provider, attempt["nonce"], self._clock())
        access_token = tokens.get("access_token")
        return claims, access_token if isinstance(access_token, str) else ""

    def _secret(self, provider: IdentityProvider) -> str:
        if not provider.sealed_secret:
            return ""
        sealed_for = about_secret(provider.organisation_id, provider.issuer, provider.client_id)
        return self._vault.open(provider.sealed_secret, sealed_for).decode()

    def _person(
        self,
        provider: IdentityProvider,
        claims: dict[str, Any],
        attempt: Mapping[str, Any],
        access_token: str,
    ) -> User:
        where = (provider.organisation_id, provider.issuer, claims["sub"])
        with self._database.reading() as unit:
            known = unit.providers.linked(*where)
        email = "" if known else self._verified_address(provider, claims, attempt, access_token)
        with self._database.writing() as unit:
            known = unit.providers.linked(*where)
            found = unit.users.get(known.user_id) if known else unit.users.by_email(email) if email else None
            user = unit.users.locked(found.id) if found else None
            ours = user is not None and user.active and user.organisation_id == provider.organisation_id
            if user is not None and ours and not known:
                self._link(
                    unit,
                    LinkedIdentity(
                        organisation_id=provider.organisation_id,
                        issuer=provider.issuer,
                        subject=claims["sub"],
                        user_id=user.id,
                        linked_at=self._clock(),
                    ),
                    user,
                )
            elif user is not None and not ours:
                note_failure(unit, user, Method.PROVIDER.value)
        if user is None or not ours:
            raise NoAccountHere(
                "No account of this organisation, switched on, has an address that the provider vouches for.",
                fix="ask for an account, or sign in another way",
            )
        return user

    def _link(self, unit: UnitOfWork, identity: LinkedIdentity, user: User) -> None:
        if unit.providers.of_user(user.id) is not None:
            raise refused(
                "this account is linked to somebody else at the provider; an administrator takes that away"
            )
        unit.providers.link(identity)
        unit.trail.put(user.id, AuditAction.IDENTITY_LINKED, SubjectKind.USER, user.id, "", user.candidate_id)

    def _verified_address(
        self,
        provider: IdentityProvider,
        claims: dict[str, Any],
        attempt: Mapping[str, Any],
        access_token: str,
    ) -> str:
        """Return the e-mail address that the provider says is the person's, of a domain that is the organisation's."""
        if "email" not in claims and attempt["userinfo_endpoint"] and access_token:
            url, local = attempt["userinfo_endpoint"], is_local(provider.issuer)
            more = self._wire.get(url, local=local, bearer=access_token)
            if more.get("sub") != claims["sub"]:
                raise refused("the provider speaks of two people")  # OpenID Connect Core, 5.3.2
            claims = {**more, **claims}
        email = claims.get("email")
        # Only ASCII: a letter that folds into another must not make one mailbox of two.
        if claims.get("email_verified") is not True or not isinstance(email, str) or not email.isascii():
            return ""
        name, at, domain = email.rpartition("@")
        return email if name and at and "@" not in name and domain.lower() in provider.domains else ""


def _posts_secret(found: Mapping[str, Any]) -> bool:
    """Tell whether the secret goes into the form: only where the provider takes it no other way (RFC 8414, 2)."""
    methods = found.get("token_endpoint_auth_methods_supported")
    takes = methods if isinstance(methods, list) else []
    return "client_secret_post" in takes and "client_secret_basic" not in takes


def _both_factors(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    methods, level = claims.get("amr"), claims.get("acr")
    said = {item for item in methods if isinstance(item, str)} if isinstance(methods, list) else set()
    if isinstance(level, str):
        said.add(level)
    return bool(said & provider.second_factor)
