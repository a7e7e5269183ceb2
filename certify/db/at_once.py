"""All that the page behind a certificate's code needs, in one statement on a connection that is held.

What many certificates share, the head of their files and the fixed half of their awards, is read once for each version of the
data: as long as nobody commits anything, it is what it was.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Engine

from certify.db.held import HeldConnection
from certify.parts import NO_HEAD, Head
from certify.ports.stored import StoredCertificate

_QUESTION = """
SELECT c.award, c.award_kind_sha256, c.sha256, f.head_sha256, f.content, c.credential_sha256,
    p.native_name, p.latin_name, p.printed_name,
    EXISTS (SELECT 1 FROM status_event e WHERE e.certificate_id = c.id),
    EXISTS (SELECT 1 FROM certificate_update u WHERE u.certificate_id = c.id)
FROM certificate c
JOIN certificate_file f ON f.certificate_id = c.id
JOIN candidate p ON p.id = c.candidate_id
WHERE c.id = {} AND c.state = 'issued'
"""
_KIND = "SELECT content FROM award_kind WHERE sha256 = {}"
_HEAD = "SELECT content FROM file_head WHERE sha256 = {}"
_PLACES = {"sqlite": "?", "postgresql": "%s"}
_MOST_SHARED = 256


class _Shared:
    """What many certificates share, as it was read at one version of the data; None was never read."""

    def __init__(self, version: object | None) -> None:
        self.version = version
        self.heads: dict[str | None, Head] = {None: NO_HEAD}
        self.kinds: dict[str | None, str] = {None: ""}


class AtOnce:
    """Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._held = HeldConnection(engine)
        self._question, self._kind_question, self._head_question = (
            text.format(_PLACES[engine.dialect.name]) for text in (_QUESTION, _KIND, _HEAD)
        )
        self._shared = _Shared(None)

    def __call__(self, certificate_id: str, version: object | None = None) -> StoredCertificate | None:
        """Return an issued certificate; None where there is none, or the database does not answer.

        Args:
            version: What `certify.db.version` said just before: what is shared and was read at this version is not read again.
        """
        shared = self._shared
        if version is None or shared.version != version or len(shared.heads) > _MOST_SHARED:
            shared = self._shared = _Shared(version)
        try:
            row = self._held.ask(self._question, (certificate_id,))
            return None if row is None else self._stored(shared, row)
        except ConnectionError:
            return None

    def _stored(self, shared: _Shared, row: tuple[Any, ...]) -> StoredCertificate:
        award, kind, sha256, head, tail, credential_sha256, native, latin, printed, *has = row
        if kind not in shared.kinds:
            shared.kinds[kind] = self._kind_in_store(kind)
        if head not in shared.heads:
            found = self._held.ask(self._head_question, (head,))
            shared.heads[head] = Head(found[0]) if found else NO_HEAD
        return StoredCertificate(
            award=award,
            award_kind=shared.kinds[kind],
            sha256=sha256,
            head=shared.heads[head],
            tail=tail,
            credential_sha256=credential_sha256 or "",
            holder_now=(native, latin, printed),
            plain=not any(has),
        )

    def _kind_in_store(self, kind: str | None) -> str:
        """Return the SHA-256 of what the store has under this one, which is the same where nobody changed it."""
        row = self._held.ask(self._kind_question, (kind,))
        return hashlib.sha256(row[0].encode()).hexdigest() if row else ""

    def close(self) -> None:
        """Close the connection; asking again opens another."""
        self._held.close()
