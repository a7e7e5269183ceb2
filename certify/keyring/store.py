"""The key store: a directory with encrypted private keys, their public chain, and an index."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from certify.clock import Clock, iso
from certify.errors import CertifyError, Conflict, KeysMissing, KeyStoreLocked
from certify.files import alone
from certify.identifiers import new_identifier
from certify.keyring.anchors import read_chain
from certify.keyring.authority import check_issuer, make_authority, make_revocation_list, make_signer
from certify.pades.algorithms import (
    Algorithm,
    Use,
    algorithm_named,
    algorithm_of,
    new_private_key,
    signing_function,
)
from certify.pades.cms import CmsTemplate, template
from certify.pades.document import UnsignedPdf
from certify.pades.seal import contents_length, seal
from certify.parts import Parted

INDEX = "keys.json"
AUTHORITY = "authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """A key as the index lists it; ``made_at`` and ``retired_at`` are RFC 3339 moments."""

    id: str
    use: str
    algorithm: str
    made_at: str
    retired_at: str | None = None


@dataclass(frozen=True, slots=True)
class PdfSigner:
    """Signs certificates with one key, opened and checked once; meets the port `Signer`."""

    key_id: str
    again: Callable[[bytes], bytes] | None
    _template: CmsTemplate
    _sign: Callable[[bytes], bytes]
    _stamp: Callable[[bytes], bytes] | None = None

    @property
    def contents_length(self) -> int:
        """Room for a signature: the length of the ``/Contents`` string in bytes."""
        return contents_length(self._template, timestamped=self._stamp is not None)

    def timestamped(self, stamp: Callable[[bytes], bytes]) -> PdfSigner:
        """Return a signer that has each signature timestamped (PAdES B-T).

        Args:
            stamp: Returns a token over a SHA-256, or nothing where the file is to go without one.
        """
        return replace(self, _stamp=stamp)

    def seal(self, unsigned: UnsignedPdf, at: datetime) -> Parted:
        """Return the signed file; ``at`` stands in the file already, as ``/M`` (EN 319 142-1, 6.3)."""
        del at
        return seal(unsigned, self._template, self._sign, self._stamp)

    def sign(self, unsigned: UnsignedPdf, at: datetime) -> bytes:
        """Return the bytes of the signed file."""
        return self.seal(unsigned, at).content


def init_keys(
    directory: Path,
    passphrase_file: Path,
    clock: Clock,
    *,
    organisation: str,
    country: str,
    algorithm: str = "p256",
) -> tuple[KeyInfo, ...]:
    """Make a local certification authority and its first signing key; where they exist, only list them.

    Raises:
        InvalidInput: The algorithm is not permitted, or a name cannot stand in an X.509 certificate.
        Conflict: There are private keys without an index; nothing is overwritten.
    """
    chosen = algorithm_named(algorithm, Use.AUTHORITY)
    check_issuer(organisation, country)
    if (directory / INDEX).exists():
        return list_keys(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.chmod(0o700)
        passphrase_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CertifyError(f"cannot be made: {error.strerror}.", where=str(directory)) from error
    with alone(directory):
        if (directory / INDEX).exists():  # another process was first
            return list_keys(directory)
        return _first_keys(directory, passphrase_file, clock(), chosen, organisation, country)


def no_store(directory: Path) -> KeysMissing:
    """Return the error for a directory that is no key store."""
    return KeysMissing(
        "There is no key store.",
        where=str(directory),
        # New keys verify nothing that was issued with others: where there were keys, making new ones is no remedy.
        fix="restore it from its backup; only where nothing was ever issued, make one with: certify keys init",
    )


def has_keys(directory: Path) -> bool:
    """Tell whether there are keys, with or without their index."""
    return (directory / INDEX).exists() or any(directory.glob("*.key"))


def _first_keys(
    directory: Path, passphrase_file: Path, now: datetime, chosen: Algorithm, organisation: str, country: str
) -> tuple[KeyInfo, ...]:
    # The index is written last. Keys without it are a lost index or a broken start: a person must look.
    if any(directory.glob("*.key")):
        raise Conflict(
            "holds private keys but no index keys.json; nothing was overwritten.",
            where=str(directory),
            fix="restore keys.json from a backup, or move the directory away if these keys never signed",
        )
    if not passphrase_file.exists():
        _write(passphrase_file, secrets.token_urlsafe(32).encode())
    passphrase = _passphrase(passphrase_file)
    root_key = new_private_key(chosen)
    root = make_authority(root_key, now, organisation=organisation, country=country)
    _write(directory / f"{AUTHORITY}.key", _encrypt(root_key, passphrase))
    _write(directory / f"{AUTHORITY}.pem", root.public_bytes(Encoding.PEM), mode=0o644)
    info = KeyInfo(id=AUTHORITY, use=Use.AUTHORITY.value, algorithm=chosen.name, made_at=iso(now))
    signer = _new_signer(directory, passphrase, now, chosen, root, root_key)
    _write_index(directory, (info, signer))
    return info, signer


def rotate(directory: Path, passphrase_file: Path, clock: Clock) -> KeyInfo:
    """Make a new signing key and retire the old one and the credential keys, which all stay listed and published.

    New credential keys are made when they are next needed.
    """
    list_keys(directory)
    passphrase = _passphrase(passphrase_file)
    with alone(directory):
        keys = list_keys(directory)
        root_key = _load_key(directory, AUTHORITY, passphrase)
        now = clock()
        algorithm = algorithm_of(root_key.public_key(), Use.AUTHORITY)
        new = _new_signer(directory, passphrase, now, algorithm, anchors(directory)[0], root_key)
        kept = tuple(
            key if key.use == Use.AUTHORITY.value or key.retired_at else replace(key, retired_at=iso(now))
            for key in keys
        )
        _write_index(directory, (*kept, new))
        return new


def list_keys(directory: Path) -> tuple[KeyInfo, ...]:
    """Return every key ever made here, oldest first, without needing the passphrase.

    Raises:
        KeysMissing: There is no key store.
    """
    try:
        text = (directory / INDEX).read_text("utf-8")
    except OSError as error:
        raise no_store(directory) from error
    try:
        return tuple(KeyInfo(**item) for item in json.loads(text)["keys"])
    except (ValueError, TypeError, KeyError) as error:
        raise KeysMissing(
            "The key store's index is damaged.", where=str(directory / INDEX), fix="restore it from a backup"
        ) from error


def anchors(directory: Path) -> list[x509.Certificate]:
    """Return the certification authorities to trust, without needing the passphrase."""
    list_keys(directory)
    return read_chain(directory / f"{AUTHORITY}.pem")


def open_signer(directory: Path, passphrase_file: Path, key_id: str | None = None) -> PdfSigner:
    """Open the active signing key, or the one named (an intent pins its key).

    Raises:
        KeysMissing: There is no such key.
        KeyStoreLocked: The passphrase is missing or wrong.
    """
    for info in reversed(list_keys(directory)):
        if info.use == Use.CERTIFICATE_SIGNING.value and (
            info.id == key_id or (key_id is None and not info.retired_at)
        ):
            break
    else:
        raise KeysMissing("There is no such signing key.", where=str(directory), fix="see: certify keys list")
    key = _load_key(directory, info.id, _passphrase(passphrase_file))
    chain = read_chain(directory / f"{info.id}.pem")
    der = [certificate.public_bytes(Encoding.DER) for certificate in chain]
    algorithm = algorithm_of(chain[0].public_key(), Use.CERTIFICATE_SIGNING)
    if key.public_key() != chain[0].public_key():
        raise _not_its_certificate(directory, info.id)
    sign = signing_function(key)
    again = sign if algorithm.signs_faster else None
    return PdfSigner(info.id, again, template(der[0], der[1:], algorithm), sign)


def open_authority(directory: Path, passphrase_file: Path) -> tuple[x509.Certificate, PrivateKeyTypes]:
    """Open the certification authority: its certificate, and the private key that certifies signers.

    Raises:
        KeysMissing: The private key or the certificate is missing, or they are not of each other.
        KeyStoreLocked: The passphrase is missing or wrong.
    """
    certificate = current_authority(directory)
    key = _load_key(directory, AUTHORITY, _passphrase(passphrase_file))
    if key.public_key() != certificate.public_key():
        raise _not_its_certificate(directory, AUTHORITY)
    return certificate, key


def current_authority(directory: Path) -> x509.Certificate:
    """Return the certificate of the authority that certifies signers now, without needing the passphrase.

    Raises:
        KeysMissing: There is no key store, or the certificate is missing.
    """
    return anchors(directory)[0]


def _not_its_certificate(directory: Path, key_id: str) -> KeysMissing:
    return KeysMissing(
        "The certificate is not this key's.",
        where=str(directory / f"{key_id}.pem"),
        fix="restore it from a backup",
    )


def revocation_list(directory: Path, passphrase_file: Path, clock: Clock) -> bytes:
    """Return the authority's revocation list of this moment, DER; signing it needs the passphrase."""
    root_key = _load_key(directory, AUTHORITY, _passphrase(passphrase_file))
    return make_revocation_list(root_key, clock(), anchors(directory)[0])


def _new_signer(
    directory: Path,
    passphrase: bytes,
    now: datetime,
    algorithm: Algorithm,
    root: x509.Certificate,
    root_key: PrivateKeyTypes,
) -> KeyInfo:
    key_id = "sign-" + new_identifier()[:8].lower()
    key = new_private_key(algorithm)
    signer = make_signer(key, now, root, root_key)
    chain = signer.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    _write(directory / f"{key_id}.key", _encrypt(key, passphrase))
    _write(directory / f"{key_id}.pem", chain, mode=0o644)
    return KeyInfo(id=key_id, use=Use.CERTIFICATE_SIGNING.value, algorithm=algorithm.name, made_at=iso(now))


def _encrypt(key: PrivateKeyTypes, passphrase: bytes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def _load_key(directory: Path, key_id: str, passphrase: bytes) -> PrivateKeyTypes:
    path = directory / f"{key_id}.key"
    try:
        if path.stat().st_mode & 0o077:
            raise KeyStoreLocked("Others may read the private key.", where=str(path), fix=f"chmod 600 {path}")
        return load_pem_private_key(path.read_bytes(), passphrase)
    except OSError as error:
        raise KeysMissing(
            "The private key is missing.", where=str(path), fix="restore it from a backup"
        ) from error
    except (ValueError, TypeError) as error:  # TypeError: the key was never encrypted
        raise KeyStoreLocked(
            "The passphrase does not open this key.", where=str(path), fix="check CERTIFY_KEY_PASSPHRASE_FILE"
        ) from error


def _passphrase(path: Path) -> bytes:
    try:
        passphrase = path.read_bytes().strip()
        shared = path.stat().st_mode & 0o077
    except OSError as error:
        raise KeyStoreLocked(
            "The passphrase file cannot be read.",
            where=str(path),
            fix="put it back, or set CERTIFY_KEY_PASSPHRASE_FILE to where it is",
        ) from error
    if shared:
        raise KeyStoreLocked("Others may read the passphrase file.", where=str(path), fix=f"chmod 600 {path}")
    if not passphrase:
        raise KeyStoreLocked("The passphrase file is empty.", where=str(path), fix="restore it from a backup")
    return passphrase


def _write_index(directory: Path, keys: tuple[KeyInfo, ...]) -> None:
    items = [asdict(key) for key in keys]
    _write(directory / INDEX, json.dumps({"keys": items}, indent=2).encode() + b"\n", mode=0o644)


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file whole or not at all, even when the power fails."""
    temporary = path.with_name(path.name + ".new")
    try:
        # A leftover may have another mode, or be a link to elsewhere: never write through it.
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
    except OSError as error:
        raise CertifyError(f"cannot be written: {error.strerror}.", where=str(path)) from error
