"""The award's canonical JSON (RFC 8785): what lints bind to and digests are taken of.

The register keeps it in two halves: what awards of its kind have in common, once, and what varies.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring as quoted  # escapes as RFC 8785, 3.2.2.2 asks
from typing import Any

import rfc8785

from certify.award.fixed import VARYING, CompiledOnce, OncePerAward
from certify.award.record import AwardRecord, to_json, values_from_json
from certify.clock import iso
from certify.errors import InvalidInput

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


def varying_text(award: AwardRecord) -> str:
    """Return the canonical JSON of what varies from award to award (`certify.award.fixed.VARYING`)."""
    return (_VARYING_FORM.encode("ascii") % _VALUES.of(award)).decode("utf-8")


def fixed_half(award: AwardRecord) -> FixedHalf:
    """Return what all awards of its kind say."""
    return _FIXED_HALVES.of(award)


def halves_digest(fixed_sha256: str, varying: str) -> str:
    """Return what names an award by its halves: the digest of what is fixed, and that of what varies."""
    return f"{fixed_sha256} {hashlib.sha256(varying.encode()).hexdigest()}"


def digest_of_halves(award: AwardRecord) -> str:
    """Return `halves_digest` of an award; no two awards have the same."""
    return halves_digest(fixed_half(award).sha256, varying_text(award))


def whole_text(fixed: str, varying: str) -> str:
    """Return the canonical JSON of the award that has these two halves; they must be as this system wrote them."""
    found = _VARYING_TEXT.fullmatch(varying)
    if found is None:
        raise InvalidInput("is not what varies in an award.", where="award")
    return _form_of(fixed) % found.groups()


def from_halves(fixed: str, varying: str) -> AwardRecord:
    """Rebuild an award from its halves; what is fixed is read once, so that awards of a kind share it."""
    return AwardRecord(**_fixed_values(fixed), **values_from_json(json.loads(varying)))


@dataclass(frozen=True, slots=True)
class FixedHalf:
    """What all awards of a kind say.

    Attributes:
        text: In canonical JSON.
        sha256: Of the text, 64 hex digits.
        form: The whole award's text, with ``%s`` for each value that varies.
    """

    text: str
    sha256: str
    form: bytes


_VARYING_FORM = f"{{{','.join(f'{quoted(name)}:%s' for name in _SLOTS)}}}"
# No value holds a quote that is not escaped, so a name in quotes stands only where it is one.
_VARYING_TEXT = re.compile(re.escape(_VARYING_FORM).replace("%s", "(.+?)"), re.DOTALL)


def _half(award: AwardRecord) -> FixedHalf:
    fixed = {name: value for name, value in to_json(award).items() if name not in VARYING}
    text = rfc8785.dumps(fixed)
    return FixedHalf(text.decode("utf-8"), hashlib.sha256(text).hexdigest(), _form(fixed).encode("utf-8"))


def _form(fixed: Mapping[str, Any]) -> str:
    marks = {name: _MARK.format(name) for name in VARYING}
    text = rfc8785.dumps({**fixed, **marks}).decode("utf-8").replace("%", "%%")
    for mark in marks.values():
        text = text.replace(rfc8785.dumps(mark).decode("utf-8"), "%s")
    return text


@lru_cache(maxsize=64)
def _form_of(fixed: str) -> str:
    return _form(json.loads(fixed))


@lru_cache(maxsize=64)
def _fixed_values(fixed: str) -> Mapping[str, Any]:
    return values_from_json(json.loads(fixed))


_FIXED_HALVES = CompiledOnce(_half)
_VALUES = OncePerAward(lambda award: tuple([write(award).encode("utf-8") for write in _SLOTS.values()]))
_WRITTEN = OncePerAward(lambda award: _FIXED_HALVES.of(award).form % _VALUES.of(award))
_DIGESTS = OncePerAward(lambda award: hashlib.sha256(canonical_bytes(award)).hexdigest())
