"""All that the page behind a certificate's code needs, in one statement on a connection that is held."""

from __future__ import annotations

from sqlalchemy import Engine

from certify.award.canonical import whole_text
from certify.db.held import HeldConnection
from certify.ports.stored import StoredCertificate

_QUESTION = """
SELECT c.award, c.award_kind_sha256, c.sha256, h.content, f.content, c.credential_sha256, p.native_name, p.latin_name, p.printed_name,
    EXISTS (SELECT 1 FROM status_event e WHERE e.certificate_id = c.id),
    EXISTS (SELECT 1 FROM certificate_update u WHERE u.certificate_id = c.id)
FROM certificate c
JOIN certificate_file f ON f.certificate_id = c.id
LEFT JOIN file_head h ON h.sha256 = f.head_sha256
JOIN candidate p ON p.id = c.candidate_id
WHERE c.id = {} AND c.state = 'issued'
"""
_KIND = "SELECT content FROM award_kind WHERE sha256 = {}"
_MOST_KINDS = 256
_PLACES = {"sqlite": "?", "postgresql": "%s"}


class AtOnce:
    """Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._held = HeldConnection(engine)
        self._question, self._kind = (
            text.format(_PLACES[engine.dialect.name]) for text in (_QUESTION, _KIND)
        )
        self._kinds: dict[str, str] = {}

    def __call__(self, certificate_id: str) -> StoredCertificate | None:
        """Return an issued certificate; None where there is none, or the database does not answer."""
        try:
            row = self._held.ask(self._question, (certificate_id,))
            if row is None:
                return None
            award = self._award(*row[:2])
        except ConnectionError:
            return None
        sha256, head, tail, credential, native, latin, printed, has_events, has_updates = row[2:]
        return StoredCertificate(
            award=award,
            sha256=sha256,
            head=head or b"",
            tail=tail,
            credential_sha256=credential or "",
            holder_now=(native, latin, printed),
            plain=not (has_events or has_updates),
        )

    def _award(self, award: str, kind: str | None) -> str:
        """Return an award's canonical JSON; what its kind has in common is asked for once."""
        if kind is None:
            return award
        if kind not in self._kinds:
            row = self._held.ask(self._kind, (kind,))
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds.clear()
            self._kinds[kind] = row[0] if row else ""
        return whole_text(self._kinds[kind], award)

    def close(self) -> None:
        """Close the connection; asking again opens another."""
        self._held.close()
