"""Where the audit trail is kept, and how it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from certify.audit.model import AuditAction, AuditEntry, AuditFilter, AuditPlace, SubjectKind


class Trail(Protocol):
    """Append-only; an event is committed with the deed that it tells of, or not at all."""

    def put(
        self,
        actor_id: str | None,
        action: AuditAction,
        subject_kind: SubjectKind,
        subject_id: str,
        detail: str = "",
        candidate_id: str | None = None,
    ) -> None:
        """Append an event of this moment."""

    def search(self, asked: AuditFilter, most: int, after: AuditPlace | None = None) -> Sequence[AuditEntry]:
        """Return entries, the newest first, own events and the register's history together.

        Args:
            after: Place of the last entry of the page before.
        """
