"""The register as verifiers see it: what was awarded, the file's digest, and what stands."""

from __future__ import annotations

from certify.archiving.service import rendition
from certify.issuing.model import CertificateRow, CertificateState
from certify.ports import Database, UnitOfWork
from certify.status.public import publicly
from certify.status.service import standing
from certify.verification.report import RegisterEntry


class Register:
    """Answers for issued certificates; meets `certify.verification.verifier.Register`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entry(self, certificate_id: str) -> RegisterEntry | None:
        """Return the entry of an issued certificate by its id."""
        with self._database.reading() as unit:
            return _entry(unit, unit.certificates.by_id(certificate_id))

    def entry_by_sha256(self, sha256: str) -> RegisterEntry | None:
        """Return the entry whose file has this SHA-256."""
        with self._database.reading() as unit:
            return _entry(unit, unit.certificates.by_sha256(sha256))

    def by_number(self, number: str) -> RegisterEntry | None:
        """Return the entry with this certificate number."""
        with self._database.reading() as unit:
            return _entry(unit, unit.certificates.by_number(number))

    def pdf(self, certificate_id: str) -> bytes:
        """Return the file as it is handed out (issued bytes and archive timestamps), or raise NotFound."""
        with self._database.reading() as unit:
            return rendition(unit, certificate_id)


def _entry(unit: UnitOfWork, row: CertificateRow | None) -> RegisterEntry | None:
    if row is None or row.state is not CertificateState.ISSUED or row.sha256 is None:
        return None
    renamed = unit.candidates.get(row.candidate_id).name != row.award.holder
    status = publicly(standing(unit, row.id))
    return RegisterEntry(
        award=row.award,
        sha256=row.sha256,
        status=status,
        renamed=renamed,
        credential_sha256=row.credential_sha256 or "",
    )
