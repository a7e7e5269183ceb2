"""What a verifier keeps to check codes without a network: the issuer's keys, and what each scope code means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from certify.clock import iso
from certify.credential.didweb import jwk
from certify.credential.model import PublishedKey
from certify.errors import Conflict
from certify.framework.model import Framework, Texts
from certify.statement.cose import kid_of
from certify.statement.payload import scope_code

STALE_AFTER_DAYS = 30
"""A list older than this may miss a key that was withdrawn, so the page warns."""

_PUBLIC_MEMBERS = ("kty", "crv", "x", "y")


def key_list(
    public_base: str, keys: Sequence[PublishedKey], frameworks: Sequence[Framework], on: date
) -> dict[str, Any]:
    """Return the list, as JSON values: keys as JWK (RFC 7517), texts in every language of their framework.

    Versions of a framework share most of their texts, so each stands once and is named by its place. A scope
    code that two roles share (one chance in four thousand million for each two) is left out, so that no page
    shows the wrong role; it then says that it cannot name it.

    Args:
        public_base: The installation's.
        keys: Every key that ever signed.
        frameworks: Every published version.
        on: Today; the list is dated to the beginning of that day, so that it changes once a day at most.

    Raises:
        Conflict: Two keys have one short name: neither could be told from the other.
    """
    listed = [_key(public_base, key) for key in keys]
    if len({key["kid"] for key in listed}) != len(listed):
        raise Conflict("Two published keys have the same short name (kid).", where="key list")
    texts = _Texts()
    scopes = [scope for place, item in enumerate(frameworks) for scope in _scopes(item, place, texts)]
    times = Counter(code for code, _ in scopes)
    return {
        "at": f"{on.isoformat()}T00:00:00Z",
        "stale_after_days": STALE_AFTER_DAYS,
        "keys": listed,
        "frameworks": [
            {
                "title": texts.place(item.title),
                "version": item.version,
                "body": texts.place(item.scheme.awarding_body.name),
                "language": item.languages[0],
            }
            for item in frameworks
        ],
        "scopes": {code: facts for code, facts in scopes if times[code] == 1},
        "texts": texts.all,
    }


class _Texts:
    """Texts in several languages, each once."""

    def __init__(self) -> None:
        self.all: list[dict[str, str]] = []
        self._places: dict[tuple[tuple[str, str], ...], int] = {}

    def place(self, text: Texts) -> int:
        key = tuple(sorted(text.items()))
        if key not in self._places:
            self._places[key] = len(self.all)
            self.all.append(dict(key))
        return self._places[key]


def _key(public_base: str, key: PublishedKey) -> dict[str, Any]:
    members = jwk(public_base, key)
    return {
        "kid": kid_of(key).hex(),
        **{name: members[name] for name in _PUBLIC_MEMBERS if name in members},
        "made_at": iso(key.made_at),
        "retired_at": iso(key.retired_at) if key.retired_at else None,
    }


def _scopes(framework: Framework, place: int, texts: _Texts) -> Iterable[tuple[str, list[int]]]:
    """Each code with the places of title and framework, and the lowest and the highest EQF level."""
    for item in framework.certifiable.values():
        levels = [required.level for required in item.requires]
        code = scope_code(framework.digest, item.kind, item.id).hex()
        yield code, [texts.place(item.title), place, min(levels), max(levels)]
