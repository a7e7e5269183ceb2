"""The keys that sign credentials and status lists: one of each kind, made when they are first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from certify.clock import Clock, iso
from certify.credential.ed25519 import signing_function
from certify.credential.model import KeyKind, PublishedKey
from certify.errors import KeysMissing
from certify.files import alone
from certify.identifiers import new_identifier
from certify.keyring.sealed import encrypt, load_key, read_passphrase, write_file
from certify.keyring.store import (
    INDEX,
    KeyInfo,
    _write_index,
    list_keys,
    no_store,
)
from certify.pades.algorithms import Use

_PREFIX = "credential-"
_COORDINATE_BYTES = 32
_ECDSA = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


@dataclass(frozen=True, slots=True)
class CredentialKeys:
    """One key of each kind, opened; meets `certify.credential.model.CredentialSigner`."""

    eddsa_key_id: str
    es256_key_id: str
    usable_from: datetime
    _ed25519: Callable[[bytes], bytes] = field(repr=False)
    _p256: ec.EllipticCurvePrivateKey

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of both."""
        return self.eddsa_key_id, self.es256_key_id

    def sign_eddsa(self, message: bytes) -> bytes:
        """Return the 64 bytes of an Ed25519 signature (RFC 8032)."""
        return self._ed25519(message)

    def sign_es256(self, message: bytes) -> bytes:
        """Return the 64 bytes r and s of an ECDSA signature with SHA-256, the same every time (RFC 6979)."""
        der = self._p256.sign(message, _ECDSA)
        r, s = decode_dss_signature(der)
        return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)


def open_credential_keys(
    directory: Path, passphrase_file: Path, clock: Clock, key_ids: tuple[str, str] | None = None
) -> CredentialKeys:
    """Open the active key of each kind, making those that are not there yet; or the two named (an intent pins its own).

    Args:
        key_ids: Ids of the Ed25519 and the P-256 key.

    Raises:
        KeysMissing: There is no key store, or no such key.
        KeyStoreLocked: The passphrase is missing or wrong.
    """
    passphrase = read_passphrase(passphrase_file)
    if key_ids is not None:
        return _opened(directory, passphrase, _named(directory, key_ids))
    active = _active(directory)
    if len(active) < len(KeyKind):
        with alone(directory):
            for kind in KeyKind:
                if kind not in _active(directory):
                    _make(directory, passphrase, kind, clock())
        active = _active(directory)
    return _opened(directory, passphrase, active)


def check_credential_key(directory: Path, passphrase_file: Path, info: KeyInfo) -> None:
    """Open one credential key, as signing does.

    Raises:
        KeysMissing: The private or the public key is missing, or they are not of each other.
        KeyStoreLocked: The passphrase is missing or wrong.
    """
    _own_key(directory, read_passphrase(passphrase_file), info)


def _own_key(directory: Path, passphrase: bytes, info: KeyInfo) -> PrivateKeyTypes:
    key = load_key(directory, info.id, passphrase)
    if key.public_key() != _public_key(directory, info):
        raise KeysMissing(
            "The public key is not this key's.",
            where=str(directory / f"{info.id}.pem"),
            fix="restore it from a backup",
        )
    return key


def _opened(directory: Path, passphrase: bytes, chosen: dict[KeyKind, KeyInfo]) -> CredentialKeys:
    opened = {kind: _own_key(directory, passphrase, info) for kind, info in chosen.items()}
    eddsa, es256 = opened[KeyKind.ED25519], opened[KeyKind.P256]
    if not (isinstance(eddsa, ed25519.Ed25519PrivateKey) and isinstance(es256, ec.EllipticCurvePrivateKey)):
        raise KeysMissing("A key is not of its kind.", where=str(directory), fix="restore it from a backup")
    return CredentialKeys(
        eddsa_key_id=chosen[KeyKind.ED25519].id,
        es256_key_id=chosen[KeyKind.P256].id,
        usable_from=max(_moment(info.made_at) for info in chosen.values()),
        _ed25519=signing_function(eddsa.private_bytes_raw()),
        _p256=es256,
    )


def published_keys(directory: Path) -> tuple[PublishedKey, ...]:
    """Return every credential key ever made here, oldest first, without needing the passphrase.

    Raises:
        KeysMissing: There is no key store, or a public key is missing or damaged.
    """
    return tuple(
        PublishedKey(
            id=info.id,
            kind=KeyKind(info.algorithm),
            public=_public(directory, info),
            made_at=_moment(info.made_at),
            retired_at=_moment(info.retired_at) if info.retired_at else None,
        )
        for info in list_keys(directory)
        if info.use == Use.CREDENTIAL_SIGNING.value
    )


@lru_cache(maxsize=8)
def _index_of(directory: Path) -> Path:
    return directory / INDEX


def edition_of(directory: Path) -> tuple[int, int]:
    """Return what is another after every change of the store's index; costs no reading of it.

    Raises:
        KeysMissing: There is no key store.
    """
    try:
        found = _index_of(directory).stat()
    except OSError as error:
        raise no_store(directory) from error
    return found.st_ino, found.st_mtime_ns


def _named(directory: Path, key_ids: tuple[str, str]) -> dict[KeyKind, KeyInfo]:
    found = {
        KeyKind(info.algorithm): info
        for info in list_keys(directory)
        if info.use == Use.CREDENTIAL_SIGNING.value and info.id in key_ids
    }
    if tuple(found[kind].id if kind in found else "" for kind in (KeyKind.ED25519, KeyKind.P256)) != key_ids:
        raise KeysMissing(
            "There is no such credential key.", where=str(directory), fix="see: certify keys list"
        )
    return found


def _active(directory: Path) -> dict[KeyKind, KeyInfo]:
    return {
        KeyKind(info.algorithm): info
        for info in list_keys(directory)
        if info.use == Use.CREDENTIAL_SIGNING.value and not info.retired_at
    }


def _make(directory: Path, passphrase: bytes, kind: KeyKind, now: datetime) -> None:
    key_id = _PREFIX + new_identifier()[:8].lower()
    key = (
        ed25519.Ed25519PrivateKey.generate()
        if kind is KeyKind.ED25519
        else ec.generate_private_key(ec.SECP256R1())
    )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_file(directory / f"{key_id}.key", encrypt(key, passphrase))
    write_file(directory / f"{key_id}.pem", public, mode=0o644)
    info = KeyInfo(id=key_id, use=Use.CREDENTIAL_SIGNING.value, algorithm=kind.value, made_at=iso(now))
    _write_index(directory, (*list_keys(directory), info))


def _public(directory: Path, info: KeyInfo) -> bytes:
    key = _public_key(directory, info)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _public_key(directory: Path, info: KeyInfo) -> PublicKeyTypes:
    path = directory / f"{info.id}.pem"
    try:
        return load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeysMissing(
            "The public key is missing or damaged.", where=str(path), fix="restore it from a backup"
        ) from error


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
