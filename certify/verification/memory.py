"""What was found of bytes before need not be found again: what checks 1 to 8 and 10 say depends on bytes alone.

Only passes are remembered, under the SHA-256 of the very bytes they were found of, which is taken anew each time; so a
file that changed, wherever it lies, is checked from the beginning. What depends on the register, the day or the
certificate's standing (checks 9, 11 and 12) is never remembered. Time can only turn "signed in the future" into a
pass, so a pass stays one.

Who keeps it must keep it so that nobody else can write in it (`certify.checked`), and must forget it when the
authorities, the issuer's keys or the checks themselves change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from certify.award.canonical import digest_of_halves
from certify.award.record import AwardRecord
from certify.credential.model import PublishedKey
from certify.credential.recognise import KnownIssuer
from certify.verification.checks import PASSED, check
from certify.verification.report import Check, Level, SignatureFacts, Signer


class Store(Protocol):
    """Keeps small things for a while."""

    def recall(self, *keys: str) -> tuple[str | None, ...]:
        """Return what was remembered under each key, if it still is."""

    def remember(self, key: str, value: str) -> None:
        """Remember it, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFound:
    """What the bytes of a file say, where checks 1 to 7 all passed.

    Attributes:
        revision_sha256: Of the signed revision.
        credential_sha256: Of the credential in it.
        texts: What is said of each check that passed, in their order.
    """

    revision_sha256: str
    credential_sha256: str
    facts: SignatureFacts
    texts: tuple[tuple[str, str], ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, as they were."""
        return tuple(check(name, PASSED, reason=text) for name, text in self.texts)


class Memory:
    """Remembers what was found; threads may share it if they may share the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recall(self, sha256: str, credential_sha256: str, award_digest: str) -> FileFound | None:
        """Return what was found of a file, if the credential in it was found to be this award's own.

        Args:
            sha256: Of the file.
            credential_sha256: Of the credential that should be in it.
            award_digest: Of the award that it should be of (`certify.award.canonical.halves_digest`).
        """
        file, match = self._store.recall(f"file {sha256}", f"match {credential_sha256} {award_digest}")
        if file is None or match is None:
            return None
        found = _found(file)
        return found if found.credential_sha256 == credential_sha256 else None

    def remember_file(self, sha256: str, found: FileFound) -> None:
        """Remember what was found of a file."""
        self._store.remember(f"file {sha256}", _written(found))

    def remember_match(self, credential_sha256: str, award: AwardRecord) -> None:
        """Remember that a credential is this award's own."""
        self._store.remember(f"match {credential_sha256} {digest_of_halves(award)}", "")


class RememberingIssuer(KnownIssuer):
    """An issuer whose credentials, once known again, are remembered.

    Args:
        memory: Where.
    """

    def __init__(self, public_base: str, keys: Callable[[], Sequence[PublishedKey]], memory: Memory) -> None:
        super().__init__(public_base, keys)
        self._memory = memory

    def check(self, data: bytes, award: AwardRecord) -> PublishedKey:
        """See `KnownIssuer.check`."""
        key = super().check(data, award)
        self._memory.remember_match(hashlib.sha256(data).hexdigest(), award)
        return key


class Trusted:
    """Tells all that the findings of a file depend on besides its bytes and the checks' code.

    Args:
        authorities: First those of certificates, so many as ``own``, then those of timestamps.
        keys: Tells every key that the issuer ever published; the same value until it changes.
    """

    def __init__(
        self,
        public_base: str,
        authorities: Sequence[x509.Certificate],
        own: int,
        keys: Callable[[], Sequence[PublishedKey]],
    ) -> None:
        self._fixed = (public_base, own, [item.fingerprint(SHA256()) for item in authorities])
        self._keys = keys
        self._told: tuple[Sequence[PublishedKey] | None, bytes] = (None, b"")

    def __call__(self) -> bytes:
        """Return a text that is another one after every change."""
        keys, told = self._keys(), self._told
        if told[0] is not keys:
            told = self._told = keys, repr((self._fixed, keys)).encode()
        return told[1]


def _written(found: FileFound) -> str:
    """Write what was found: first what is each file's own, then what many files share."""
    facts = found.facts
    signer = facts.signer
    shared = json.dumps(
        {
            "claimed_at": facts.claimed_at.isoformat(),
            "proven_at": facts.proven_at and facts.proven_at.isoformat(),
            "level": facts.level.value,
            "signer": signer and [signer.name, signer.authority, signer.key, signer.certificate_sha256],
            "texts": found.texts,
        },
        separators=(",", ":"),
    )
    return f"{found.revision_sha256} {found.credential_sha256} {shared}"


def _found(written: str) -> FileFound:
    revision, credential, shared = written.split(" ", 2)
    facts, texts = _shared(shared)
    return FileFound(revision_sha256=revision, credential_sha256=credential, facts=facts, texts=texts)


@lru_cache(512)
def _shared(written: str) -> tuple[SignatureFacts, tuple[tuple[str, str], ...]]:
    """Read what files share that were signed with one key in one second, as those of a batch are."""
    told = json.loads(written)
    signer = told["signer"]
    facts = SignatureFacts(
        intact=True,
        valid=True,
        trusted=True,
        level=Level(told["level"]),
        claimed_at=datetime.fromisoformat(told["claimed_at"]),
        proven_at=datetime.fromisoformat(told["proven_at"]) if told["proven_at"] else None,
        signer=Signer(name=signer[0], authority=signer[1], key=signer[2], certificate_sha256=signer[3])
        if signer
        else None,
    )
    return facts, tuple((name, text) for name, text in told["texts"])
