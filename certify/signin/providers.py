"""Give an organisation its own identity provider, take it away, and take away who somebody is there.

Whoever runs a provider can be anybody of the organisation, as far as a first factor goes. So its administrators set
it, and show again who they are; that its word for a second factor counts is said only by a command on the
installation's machine, and ends with another issuer: otherwise an administrator could be their own certifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from certify.audit.model import AuditAction, SubjectKind
from certify.errors import InvalidInput, NotFound, ProviderRefused
from certify.organisations.service import administers
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.people.service import user_for
from certify.ports import Database, UnitOfWork
from certify.ports.signin import ProviderWire, Vault
from certify.signin.addresses import check_address, is_local
from certify.signin.model import IdentityProvider
from certify.signin.provider_desk import about, about_secret

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_WORD = re.compile(r"[!-~]{1,200}")
_MOST_DOMAINS = 50
_MOST_CHARACTERS = 1_000


def provider_of(database: Database, by: User | None, organisation_id: str) -> IdentityProvider | None:
    """Return an organisation's provider to who administers it.

    Raises:
        NotFound: None that ``by`` administers has this id.
    """
    with database.reading() as unit:
        _check_administers(unit, by, organisation_id)
        return unit.providers.of_organisation(organisation_id)


def set_provider(  # noqa: PLR0913 - what a provider is, by keyword
    database: Database,
    wire: ProviderWire,
    vault: Vault,
    by: User | None,
    organisation_id: str,
    *,
    issuer: str,
    client_id: str,
    secret: str,
    domains: Iterable[str],
    second_factor: Iterable[str] | None = None,
) -> IdentityProvider:
    """Give an organisation a provider, which is asked whether it is one, in the place of any before.

    Args:
        by: An administrator of it; None for whoever runs commands on the installation's machine.
        secret: Empty keeps the present one, of the same client there; otherwise the client has none (public).
        second_factor: Values of ``amr`` or ``acr``; None keeps the present ones, of the same issuer.

    Raises:
        NotFound: No organisation that ``by`` administers has this id.
        InvalidInput: The issuer is no https address, there is no domain, or a value has another form.
        ProviderRefused, ProviderUnavailable: It does not describe itself as a provider of this name.
    """
    given = _checked(issuer.strip(), client_id.strip(), secret, domains)
    with database.reading() as unit:
        _check_administers(unit, by, organisation_id)
    about(wire, given.issuer)
    with database.writing() as unit:
        _check_administers(unit, by, organisation_id)
        known = unit.providers.of_organisation(organisation_id)
        words = frozenset(second_factor) if second_factor is not None and by is None else None
        if words is None:
            words = known.second_factor if known and known.issuer == given.issuer else frozenset()
        if not all(_WORD.fullmatch(word) for word in words):
            raise InvalidInput("is a value of amr or acr, without spaces.", where="second factor")
        sealed = b""
        if secret:
            name = about_secret(organisation_id, given.issuer, given.client_id)
            sealed = vault.seal(secret.encode(), name)
        elif known and (known.issuer, known.client_id) == (given.issuer, given.client_id):
            sealed = known.sealed_secret
        provider = replace(given, organisation_id=organisation_id, sealed_secret=sealed, second_factor=words)
        unit.providers.put(provider)
        _note(unit, by, AuditAction.PROVIDER_SET, organisation_id)
    return provider


def remove_provider(database: Database, by: User | None, organisation_id: str) -> None:
    """Take an organisation's provider away, and every link to it; sessions go on until they end.

    Raises:
        NotFound: No organisation that ``by`` administers has this id, or it has no provider.
    """
    with database.writing() as unit:
        _check_administers(unit, by, organisation_id)
        if unit.providers.of_organisation(organisation_id) is None:
            raise NotFound("This organisation has no sign-in of its own.")
        unit.providers.remove(organisation_id)
        _note(unit, by, AuditAction.PROVIDER_REMOVED, organisation_id)


def unlink(database: Database, by: User, user_id: str) -> None:
    """Forget who somebody is at their provider: the next time they are known by their e-mail address again.

    Raises:
        NotFound: Nobody of an organisation that ``by`` administers has this id.
    """
    require(by, UserRole.ADMINISTRATOR)
    with database.writing() as unit:
        user = user_for(unit, by, user_id)
        unit.providers.unlink(user.id)
        unit.trail.put(by.id, AuditAction.IDENTITY_UNLINKED, SubjectKind.USER, user.id, "", user.candidate_id)


def _checked(issuer: str, client_id: str, secret: str, domains: Iterable[str]) -> IdentityProvider:
    try:
        check_address(issuer, local=is_local(issuer))
    except ProviderRefused as error:
        raise InvalidInput("is an https address, as the provider names itself.", where="issuer") from error
    if "?" in issuer:
        raise InvalidInput("has no question mark.", where="issuer")
    for where, text in (("client id", client_id), ("secret", secret)):
        if len(text) > _MOST_CHARACTERS or not text.isprintable():
            raise InvalidInput(f"is one line of at most {_MOST_CHARACTERS} characters.", where=where)
    if not client_id:
        raise InvalidInput("is what this installation is called at the provider.", where="client id")
    names = frozenset(name.strip().lower().removeprefix("@") for name in domains if name.strip())
    if not 0 < len(names) <= _MOST_DOMAINS or not all(_DOMAIN.fullmatch(name) for name in names):
        raise InvalidInput(
            f"are 1 to {_MOST_DOMAINS} domains of the organisation's e-mail addresses.",
            where="domains",
            fix="write them as school.example",
        )
    return IdentityProvider(
        organisation_id="", issuer=issuer, client_id=client_id, sealed_secret=b"", domains=names
    )


def _check_administers(unit: UnitOfWork, by: User | None, organisation_id: str) -> None:
    organisation = unit.organisations.get(organisation_id)
    if by is not None and not administers(unit, by, organisation.id):
        raise NotFound("There is no such organisation.")


def _note(unit: UnitOfWork, by: User | None, action: AuditAction, organisation_id: str) -> None:
    unit.trail.put(by.id if by else None, action, SubjectKind.ORGANISATION, organisation_id)
