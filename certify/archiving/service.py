"""Timestamps added behind issued files, and renewed before what proves them ends (PAdES B-T later, B-LTA).

    1 read the file as it is handed out: the issued bytes and earlier updates
    2 gather what a later reader will need to check its signatures so far (B-LTA only)
    3 lay out an update in the one form that the reader lets through, and have its digest stamped
    4 check the finished file with the public verifier's own checks
    5 store the update's bytes; the issued bytes are in another table and are not touched

A crash before 5 leaves nothing but a timestamp that nobody has. Of two who add to one file, the second is
refused by the sequence number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from certify.archiving.model import ArchiveUpdate
from certify.clock import Clock
from certify.pades.read import DocumentTimestamp, find_signature, read_updates
from certify.pades.seal import seal_update, token_contents_length
from certify.pades.update import Evidence, lay_out
from certify.ports import Database, UnitOfWork
from certify.ports.timestamps import EvidenceSource, TimestampAuthority

RENEWAL_DAYS = 180
"""How long before its authority's certificate ends an archive timestamp is renewed, where nothing else is said."""


class Archivist:
    """Adds archive timestamps.

    Args:
        evidence: Gathers what proves a file's signatures; None adds timestamps alone.
        end_of: Returns when the certificate of the authority that stamped ends.
        self_check: Raises SelfCheckFailed for bytes that do not verify.
    """

    def __init__(
        self,
        database: Database,
        authority: TimestampAuthority,
        evidence: EvidenceSource | None,
        end_of: Callable[[DocumentTimestamp], datetime],
        self_check: Callable[[bytes], object],
        clock: Clock,
    ) -> None:
        self._database = database
        self._authority = authority
        self._evidence = evidence
        self._end_of = end_of
        self._self_check = self_check
        self._clock = clock

    def due(self, renewal_days: int = RENEWAL_DAYS) -> Sequence[str]:
        """Return the ids of certificates whose file lacks a timestamp, or has one that must be renewed."""
        before = self._clock() + timedelta(days=renewal_days)
        with self._database.reading() as unit:
            return unit.certificates.to_archive(before, with_evidence=self._evidence is not None)

    def archive(self, certificate_id: str) -> ArchiveUpdate:
        """Add one timestamp to one certificate's file.

        Raises:
            NotFound: Nothing is issued under this id.
            TimestampUnavailable: The authority gives no timestamp, or a revocation list is not to be had.
            FileUnreadable: The file is not laid out as ours are.
            SelfCheckFailed: The finished file does not verify; nothing was stored.
            Conflict: Somebody else added to this file first.
        """
        with self._database.reading() as unit:
            data = rendition(unit, certificate_id)
            sequence = len(unit.certificates.updates(certificate_id)) + 1
        evidence = self._evidence.evidence(data) if self._evidence is not None else Evidence()
        signed_end = find_signature(data).signed_length
        _, layout = read_updates(data, signed_end)
        unsigned, _ = lay_out(layout, evidence, token_contents_length())
        content = seal_update(data, unsigned, self._authority.stamp)
        whole = data + content
        self._self_check(whole)
        stamped = find_signature(whole).updates[-1]
        update = ArchiveUpdate(
            certificate_id=certificate_id,
            sequence=sequence,
            content=content,
            sha256=hashlib.sha256(whole).hexdigest(),
            with_evidence=stamped.has_dss,
            stamped_at=stamped.token.stamped_at,
            renew_before=self._end_of(stamped),
            added_at=self._clock(),
        )
        with self._database.writing() as unit:
            unit.certificates.add_update(update)
        return update


def rendition(unit: UnitOfWork, certificate_id: str) -> bytes:
    """Return the file as it is handed out: the issued bytes, and behind them what was added since.

    Raises:
        NotFound: Nothing is issued under this id.
    """
    updates = unit.certificates.updates(certificate_id)
    return b"".join((unit.certificates.pdf(certificate_id), *(update.content for update in updates)))
