"""The award's canonical JSON (RFC 8785): what the register stores, lints bind to, and digests are taken of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from json.encoder import encode_basestring as quoted  # escapes as RFC 8785, 3.2.2.2 asks

import rfc8785

from certify.award.fixed import VARYING, CompiledOnce, OncePerAward
from certify.award.record import AwardRecord, to_json
from certify.clock import iso

_MARK = "\x01{}\x01"  # in no award's text: names and frameworks refuse control characters

_SLOTS: dict[str, Callable[[AwardRecord], str]] = {
    "certificate_id": lambda award: quoted(award.certificate_id),
    "decided_on": lambda award: quoted(award.decided_on.isoformat()),
    "holder": lambda award: (
        f'{{"latin":{quoted(award.holder.latin)},"native":{quoted(award.holder.native)},'
        f'"printed":{quoted(award.holder.printed)}}}'
    ),
    "issued_at": lambda award: quoted(iso(award.issued_at)),
    "number": lambda award: quoted(award.number),
    "status_index": lambda award: str(award.status_index),
    "status_list": lambda award: str(award.status_list),
    "supersedes": lambda award: "null" if award.supersedes is None else quoted(award.supersedes),
    "valid_from": lambda award: quoted(award.valid_from.isoformat()),
    "valid_until": lambda award: quoted(award.valid_until.isoformat()),
    "verification_url": lambda award: quoted(award.verification_url),
    "workload_minutes": lambda award: str(award.workload_minutes),
}
"""How each varying field is written, in the canonical order of the keys."""


def canonical_bytes(award: AwardRecord) -> bytes:
    """Return the award's canonical JSON in UTF-8; its constant parts are serialised once for each kind."""
    return _WRITTEN.of(award)


def digest(award: AwardRecord) -> str:
    """Return the SHA-256 of the canonical bytes, 64 lower-case hex digits."""
    return _DIGESTS.of(award)


def _write(award: AwardRecord) -> bytes:
    first, *rest = _PARTS.of(award)
    pieces = [first]
    for write, part in zip(_SLOTS.values(), rest, strict=True):
        pieces += write(award).encode("utf-8"), part
    return b"".join(pieces)


_WRITTEN = OncePerAward(_write)
_DIGESTS = OncePerAward(lambda award: hashlib.sha256(canonical_bytes(award)).hexdigest())


def _parts(award: AwardRecord) -> tuple[bytes, ...]:
    """The constant texts before, between and behind the slots."""
    document = to_json(award) | {name: _MARK.format(name) for name in VARYING}
    rest = rfc8785.dumps(document).decode("utf-8")
    parts: list[str] = []
    for name in _SLOTS:
        part, rest = rest.split(rfc8785.dumps(_MARK.format(name)).decode("utf-8"))
        parts.append(part)
    return tuple(part.encode("utf-8") for part in (*parts, rest))


_PARTS = CompiledOnce(_parts)
