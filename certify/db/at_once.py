"""All that the page behind a certificate's code needs, in one statement on a connection that is held."""

from __future__ import annotations

from sqlalchemy import Engine

from certify.db.held import HeldConnection
from certify.ports.stored import StoredCertificate

_QUESTION = """
SELECT c.award, c.sha256, h.content, f.content, c.credential_sha256, p.native_name, p.latin_name, p.printed_name,
    EXISTS (SELECT 1 FROM status_event e WHERE e.certificate_id = c.id),
    EXISTS (SELECT 1 FROM certificate_update u WHERE u.certificate_id = c.id)
FROM certificate c
JOIN certificate_file f ON f.certificate_id = c.id
LEFT JOIN file_head h ON h.sha256 = f.head_sha256
JOIN candidate p ON p.id = c.candidate_id
WHERE c.id = {} AND c.state = 'issued'
"""
_PLACES = {"sqlite": "?", "postgresql": "%s"}


class AtOnce:
    """Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._held = HeldConnection(engine)
        self._question = _QUESTION.format(_PLACES[engine.dialect.name])

    def __call__(self, certificate_id: str) -> StoredCertificate | None:
        """Return an issued certificate; None where there is none, or the database does not answer."""
        try:
            row = self._held.ask(self._question, (certificate_id,))
        except ConnectionError:
            return None
        if row is None:
            return None
        award, sha256, head, tail, credential, native, latin, printed, has_events, has_updates = row
        return StoredCertificate(
            award=award,
            sha256=sha256,
            head=head or b"",
            tail=tail,
            credential_sha256=credential or "",
            holder_now=(native, latin, printed),
            plain=not (has_events or has_updates),
        )

    def close(self) -> None:
        """Close the connection; asking again opens another."""
        self._held.close()
