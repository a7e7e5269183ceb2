"""The key store: a directory with encrypted private keys, their public chain, and an index."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from certify.clock import Clock, iso
from certify.errors import CertifyError, Conflict, KeysMissing
from certify.files import alone
from certify.identifiers import new_identifier
from certify.keyring.anchors import read_chain
from certify.keyring.authority import (
    check_issuer,
    issuer_named,
    make_authority,
    make_revocation_list,
    make_signer,
)
from certify.keyring.sealed import encrypt, load_key, read_passphrase, write_file
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
        write_file(passphrase_file, secrets.token_urlsafe(32).encode())
    passphrase = read_passphrase(passphrase_file)
    info, root, root_key = _new_authority(
        directory, AUTHORITY, passphrase, now, chosen, organisation, country
    )
    signer = _new_signer(directory, passphrase, now, chosen, root, root_key)
    _write_index(directory, (info, signer))
    return info, signer


def rotate(directory: Path, passphrase_file: Path, clock: Clock, *, new_authority: bool = False) -> KeyInfo:
    """Make a new signing key and retire the old one and the credential keys, which all stay listed and published.

    New credential keys are made when they are next needed.

    Args:
        new_authority: Make a new certification authority, too, of the same name and algorithm. The old one signs no
            more and stays an anchor: ``authority.pem`` holds both. Its private key is not needed.

    Raises:
        KeysMissing: There is no key store, or the authority's key is missing and no new one is asked for.
        KeyStoreLocked: The passphrase is missing or wrong.
        Conflict: The authority has ended; only a new one can certify a key.
    """
    list_keys(directory)
    passphrase = read_passphrase(passphrase_file)
    with alone(directory):
        keys = list_keys(directory)
        now = clock()
        present = current_authority(directory)
        algorithm = algorithm_of(present.public_key(), Use.AUTHORITY)
        made: tuple[KeyInfo, ...] = ()
        if new_authority:
            key_id = f"{AUTHORITY}-{new_identifier()[:8].lower()}"
            info, root, root_key = _new_authority(
                directory, key_id, passphrase, now, algorithm, *issuer_named(present)
            )
            made = (info,)
            # Trusted before it signs: the index, written last, is what makes it the present one.
            trusted = (*anchors(directory), root)
            bundle = b"".join(item.public_bytes(Encoding.PEM) for item in trusted)
            write_file(directory / f"{AUTHORITY}.pem", bundle, mode=0o644)
        else:
            root, root_key = open_authority(directory, passphrase_file)
        new = _new_signer(directory, passphrase, now, algorithm, root, root_key)
        kept = tuple(
            key
            if key.retired_at or (key.use == Use.AUTHORITY.value and not new_authority)
            else replace(key, retired_at=iso(now))
            for key in keys
        )
        _write_index(directory, (*kept, *made, new))
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
    """Return the certification authorities to trust, the first one first, without needing the passphrase.

    Raises:
        KeysMissing: There is no key store, or no certificate in it.
    """
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
    key = load_key(directory, info.id, read_passphrase(passphrase_file))
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
    info, certificate = _authority(directory)
    return certificate, _authority_key(directory, passphrase_file, info, certificate)


def current_authority(directory: Path) -> x509.Certificate:
    """Return the certificate of the authority that certifies signers now, without needing the passphrase.

    Raises:
        KeysMissing: There is no key store, or the certificate is missing.
    """
    return _authority(directory)[1]


def _authority(
    directory: Path, certificate: x509.Certificate | None = None
) -> tuple[KeyInfo, x509.Certificate]:
    """Return the present authority, or the one with this certificate, with its certificate."""
    for info in list_keys(directory):
        if info.use != Use.AUTHORITY.value or (certificate is None and info.retired_at):
            continue
        # The first one's file holds those that came after it, too.
        own = read_chain(directory / f"{info.id}.pem")[0]
        if certificate in (None, own):
            return info, own
    raise KeysMissing(
        "There is no such authority.", where=str(directory), fix="restore the directory from its backup"
    )


def _authority_key(
    directory: Path, passphrase_file: Path, info: KeyInfo, certificate: x509.Certificate
) -> PrivateKeyTypes:
    key = load_key(directory, info.id, read_passphrase(passphrase_file))
    if key.public_key() != certificate.public_key():
        raise _not_its_certificate(directory, info.id)
    return key


def _not_its_certificate(directory: Path, key_id: str) -> KeysMissing:
    return KeysMissing(
        "The certificate is not this key's.",
        where=str(directory / f"{key_id}.pem"),
        fix="restore it from a backup",
    )


def revocation_list(
    directory: Path, passphrase_file: Path, clock: Clock, authority: x509.Certificate | None = None
) -> bytes:
    """Return an authority's revocation list of this moment, DER; signing it needs the passphrase.

    Args:
        authority: One that this store has or had; the present one where not given.

    Raises:
        KeysMissing: There is no such authority, or its private key is missing.
        KeyStoreLocked: The passphrase is missing or wrong.
    """
    info, certificate = _authority(directory, authority)
    return make_revocation_list(
        _authority_key(directory, passphrase_file, info, certificate), clock(), certificate
    )


def _new_authority(
    directory: Path,
    key_id: str,
    passphrase: bytes,
    now: datetime,
    algorithm: Algorithm,
    organisation: str,
    country: str,
) -> tuple[KeyInfo, x509.Certificate, PrivateKeyTypes]:
    key = new_private_key(algorithm)
    certificate = make_authority(key, now, organisation=organisation, country=country)
    write_file(directory / f"{key_id}.key", encrypt(key, passphrase))
    write_file(directory / f"{key_id}.pem", certificate.public_bytes(Encoding.PEM), mode=0o644)
    info = KeyInfo(id=key_id, use=Use.AUTHORITY.value, algorithm=algorithm.name, made_at=iso(now))
    return info, certificate, key


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
    write_file(directory / f"{key_id}.key", encrypt(key, passphrase))
    write_file(directory / f"{key_id}.pem", chain, mode=0o644)
    return KeyInfo(id=key_id, use=Use.CERTIFICATE_SIGNING.value, algorithm=algorithm.name, made_at=iso(now))


def _write_index(directory: Path, keys: tuple[KeyInfo, ...]) -> None:
    items = [asdict(key) for key in keys]
    write_file(directory / INDEX, json.dumps({"keys": items}, indent=2).encode() + b"\n", mode=0o644)
