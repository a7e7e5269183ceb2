"""What a verifier keeps to check codes without a network: the issuer's keys, and what each scope code means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from certify.clock import iso
from certify.credential.didweb import jwk
from certify.credential.model import PublishedKey
from certify.errors import Conflict
from certify.framework.model import Framework
from certify.statement.cose import kid_of
from certify.statement.payload import scope_code

STALE_AFTER_DAYS = 30
"""A list older than this may miss a key that was withdrawn, so the page warns."""

_PUBLIC_MEMBERS = ("kty", "crv", "x", "y")


def key_list(
    public_base: str, keys: Sequence[PublishedKey], frameworks: Iterable[Framework], at: datetime
) -> dict[str, Any]:
    """Return the list, as JSON values: keys as JWK (RFC 7517), texts in every language of their framework.

    A scope code that two roles share (one chance in four thousand million for each two) is left out, so
    that no page shows the wrong role; it then says that it cannot name it.

    Raises:
        Conflict: Two keys have one short name: neither could be told from the other.
    """
    listed = [_key(public_base, key) for key in keys]
    if len({key["kid"] for key in listed}) != len(listed):
        raise Conflict("Two published keys have the same short name (kid).", where="key list")
    scopes = [scope for framework in frameworks for scope in _scopes(framework)]
    times = Counter(code for code, _ in scopes)
    return {
        "at": iso(at),
        "stale_after_days": STALE_AFTER_DAYS,
        "keys": listed,
        "scopes": {code: facts for code, facts in scopes if times[code] == 1},
    }


def _key(public_base: str, key: PublishedKey) -> dict[str, Any]:
    members = jwk(public_base, key)
    return {
        "kid": kid_of(key).hex(),
        **{name: members[name] for name in _PUBLIC_MEMBERS if name in members},
        "made_at": iso(key.made_at),
        "retired_at": iso(key.retired_at) if key.retired_at else None,
    }


def _scopes(framework: Framework) -> Iterable[tuple[str, dict[str, Any]]]:
    shared = {
        "language": framework.languages[0],
        "scheme": dict(framework.title),
        "version": framework.version,
        "body": dict(framework.scheme.awarding_body.name),
    }
    for item in framework.certifiable.values():
        levels = sorted({required.level for required in item.requires})
        facts = {"title": dict(item.title), "levels": [levels[0], levels[-1]], **shared}
        yield scope_code(framework.digest, item.kind, item.id).hex(), facts
