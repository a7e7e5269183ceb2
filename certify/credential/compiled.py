"""The credentials of one kind of award, compiled: their JSON and the hash of what they state, but for what varies.

`press` makes credentials with it and `recognise` knows them again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from certify.award.fixed import FIXED, CompiledOnce, OncePerAward
from certify.award.record import AwardRecord
from certify.credential.dataintegrity import proof_options
from certify.credential.openbadge import contexts, document, issuer_of
from certify.credential.rdf import canonical, compact, escaped
from certify.credential.template import (
    SlottedHash,
    SlottedText,
    check_unmarked,
    mark,
    number_mark,
    slotted,
    slotted_hash,
)
from certify.credential.values import Varying, check_fixed, varying
from certify.errors import LintFailed
from certify.parts import Head, Parted

_NAMES = tuple(item.name for item in fields(Varying))
_NUMBERS = frozenset({"workload_minutes", "status_list", "status_index"})
# The slots in which any character may stand, so that JSON and N-Quads each escape it.
_FREE = tuple(_NAMES.index(name) for name in ("number", "printed", "native", "latin"))


class Stated(NamedTuple):
    """What one credential states.

    Attributes:
        head: Its JSON as far as all of its kind have it.
        tail: The rest of its JSON, without a proof.
        digest: SHA-256 of its canonical N-Quads.
    """

    head: Head
    tail: bytes
    digest: bytes

    @property
    def json(self) -> str:
        """The whole JSON, without a proof."""
        return (self.head.content + self.tail).decode("utf-8")


class CompiledCredentials:
    """Compiled credentials of one installation; threads may share them.

    Args:
        public_base: The installation's; awards of another are refused.
    """

    def __init__(self, public_base: str) -> None:
        self._base = public_base
        self._first = CompiledOnce(_compile)
        self._correction = CompiledOnce(_compile)

    def of(self, award: AwardRecord) -> Stated:
        """Return what the award's credential states.

        Raises:
            LintFailed: A mandatory element is empty, a text cannot stand in a credential, or the
                award's verification address is another installation's.
        """
        if award.verification_url != f"{self._base}/v/{award.certificate_id}":
            raise LintFailed(
                "The verification address is not this installation's.",
                where="verification_url",
                fix=f"it is {self._base}/v/ and the certificate's id",
            )
        # Compiling refuses texts that cannot stand in a credential, nor in the digest that `varying` takes.
        kind = (self._first if award.supersedes is None else self._correction).of(award)
        in_json, in_lines = _SPELLED.of(award)
        return Stated(kind.head, kind.tail.fill(in_json), kind.digest.fill(in_lines))


@dataclass(frozen=True, slots=True)
class CompiledProof:
    """The embedded proofs of one key."""

    _options: SlottedHash
    _written: SlottedText

    def hash_data(self, stated: Stated, created: str) -> bytes:
        """Return the 64 bytes that are signed (`dataintegrity.hash_data`)."""
        return _hashed(self._options, created) + stated.digest

    def secured(self, stated: Stated, created: str, value: str) -> Parted:
        """Return the whole credential with its proof."""
        proof = self._written.fill((created.encode("ascii"), value.encode("ascii")))
        return Parted(stated.head, b"".join((stated.tail[:-1], b',"proof":[', proof, b"]}")))


@lru_cache(256)
def _hashed(options: SlottedHash, created: str) -> bytes:
    return options.fill((created.encode("ascii"),))


@lru_cache(maxsize=64)
def compiled_proof(public_base: str, method: str) -> CompiledProof:
    """Compile the proofs of the key of this full name."""
    created, value = mark(0), mark(1)
    options = proof_options(method, created)
    lines = canonical({"@context": contexts(public_base), **options})
    written = compact({**options, "proofValue": value})
    return CompiledProof(slotted_hash(lines, {created: 0}), slotted(written, {created: 0, value: 1}))


@dataclass(frozen=True, slots=True)
class _Kind:
    head: Head
    tail: SlottedText
    digest: SlottedHash


def _spelled(award: AwardRecord) -> tuple[list[bytes], list[bytes]]:
    """Return the values of all slots as JSON and as N-Quads have them."""
    texts = _texts(varying(award))
    in_json, in_lines = texts, texts.copy()
    for place in _FREE:
        in_lines[place] = escaped(texts[place])
        in_json[place] = encode_basestring(texts[place])[1:-1]
    return [text.encode("utf-8") for text in in_json], [text.encode("utf-8") for text in in_lines]


_SPELLED = OncePerAward(_spelled)


def _texts(values: Varying) -> list[str]:
    return [
        values.certificate_id,
        values.number,
        values.printed,
        values.native,
        values.latin,
        str(values.workload_minutes),
        values.decided_on,
        values.issued_at,
        values.valid_from,
        values.valid_until,
        str(values.status_list),
        str(values.status_index),
        values.award_digest,
        values.supersedes or "",
    ]


def _compile(award: AwardRecord) -> _Kind:
    """Compile from a credential in which marks stand for all that varies."""
    check_fixed(award)
    check_unmarked([str(getattr(award, name)) for name in FIXED])
    marks: dict[str, Any] = {
        name: number_mark(place) if name in _NUMBERS else mark(place) for place, name in enumerate(_NAMES)
    }
    if award.supersedes is None:
        marks["supersedes"] = None
    places = {str(found): _NAMES.index(name) for name, found in marks.items() if found is not None}
    marked = document(award, Varying(**marks), issuer_of(award))
    written = compact(marked)
    constant = min(written.index(found) for found in places)
    return _Kind(
        Head(written[:constant].encode()),
        slotted(written[constant:], places),
        slotted_hash(canonical(marked), places),
    )
