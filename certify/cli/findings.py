"""What ``certify doctor`` finds of keys and of timestamps, and which keys the register asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from certify.bootstrap import Services
from certify.errors import CertifyError, KeysMissing
from certify.keyring.anchors import read_chain
from certify.keyring.credentials import check_credential_key
from certify.keyring.states import AUTHORITY_NEAR
from certify.keyring.store import KeyInfo, current_authority, list_keys, open_authority, open_signer
from certify.pades.algorithms import Use

_ROTATE_BEFORE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        fault: What is wrong with it.
        advice: What to look at, though all works.
    """

    what: str
    fault: str = ""
    advice: str = ""


def design_finding(services: Services) -> Finding:
    """Look whether the designs that were chosen for new certificates can be used."""
    what = "the designs of new certificates"
    try:
        services.chosen_designs  # noqa: B018 - reads them
    except CertifyError as error:
        return Finding(what, str(error))
    return Finding(what)


def key_findings(services: Services) -> Iterator[Finding]:
    """Open every key that signs now, as issuing does, and look when its certificate ends."""
    try:
        active = [key for key in list_keys(services.settings.key_directory) if key.retired_at is None]
    except CertifyError as error:
        yield Finding("the keys", str(error))
        return
    for key in active:
        yield _key(services, key)


def _key(services: Services, key: KeyInfo) -> Finding:
    what, settings = f"the key {key.id}", services.settings
    directory, passphrase_file = settings.key_directory, settings.key_passphrase_file
    try:
        if key.use == Use.CREDENTIAL_SIGNING.value:  # has no certificate that could end
            check_credential_key(directory, passphrase_file, key)
            return Finding(what)
        certificate = read_chain(directory / f"{key.id}.pem")[0]
        if key.use == Use.CERTIFICATE_SIGNING.value:
            open_signer(directory, passphrase_file, key.id)
    except CertifyError as error:
        return Finding(what, str(error))
    left = certificate.not_valid_after_utc - services.clock()
    if key.use != Use.AUTHORITY.value:
        return Finding(what, _ending(services, left) if left < _ROTATE_BEFORE else "")
    if left < AUTHORITY_NEAR:
        told = _ending(services, left)
        return Finding(what, told) if left < _ROTATE_BEFORE else Finding(what, advice=told)
    try:
        open_authority(directory, passphrase_file)
    except CertifyError as error:
        # Some keep it elsewhere: nothing is signed with it until keys are rotated.
        return Finding(what, advice=f"no key can be rotated: {error}")
    return Finding(what)


def _ending(services: Services, left: timedelta) -> str:
    """Return what to say of a certificate that ends: a new signer under an authority near its end would end as soon."""
    authority_left = current_authority(services.settings.key_directory).not_valid_after_utc - services.clock()
    option = " --new-authority" if authority_left < AUTHORITY_NEAR else ""
    when = f"ends in {left.days} days" if left > timedelta(0) else f"has ended {-left.days} days ago"
    return f"its certificate {when}; run: certify keys rotate{option}"


def timestamp_findings(services: Services) -> Iterator[Finding]:
    """Look whether it is told which timestamp authorities to trust; nothing where no timestamps are used."""
    settings = services.settings
    try:
        used = bool(services.timestamp_anchors)
        if settings.pades_level != "B-B":
            used = True
            services.timestamp_authority  # noqa: B018 - opens what stamping needs
    except CertifyError as error:
        yield Finding("the timestamps", str(error))
        return
    if used:
        yield Finding("the timestamps")


def pinned_findings(services: Services) -> Iterator[Finding]:
    """Look whether the key store has every key that a certificate names."""
    lacking = keys_lacking(services)
    yield Finding("the keys of all certificates", told_lacking(lacking) if lacking else "")


def keys_lacking(services: Services) -> list[str]:
    """Return the ids of the keys that the register's certificates name and the key store does not list."""
    with services.database.reading() as unit:
        named = unit.certificates.key_ids()
    try:
        listed = {key.id for key in list_keys(services.settings.key_directory)}
    except KeysMissing:
        listed = set()
    return sorted(named - listed)


def told_lacking(lacking: list[str]) -> str:
    """Return what to say where there are such keys."""
    return f"certificates name keys that are not there: {', '.join(lacking)}; restore the newest backup of the key directory"
