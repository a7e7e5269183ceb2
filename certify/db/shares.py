"""Shares, which are deleted when they are withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from certify.db.faults import own_errors
from certify.db.holder_tables import share, share_certificate
from certify.sharing.model import NameForm, Share, SharedFact


class SqlShares:
    """Meets the port `Shares`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, made: Share) -> None:
        """See `certify.ports.holders.Shares`."""
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(
                insert(share).values(
                    id=made.id,
                    candidate_id=made.candidate_id,
                    name_form=made.name_form.value,
                    facts=" ".join(sorted(made.facts)),
                    made_at=made.made_at,
                    expires_at=made.expires_at,
                )
            )
            self._sql.execute(
                insert(share_certificate),
                [
                    {
                        "share_id": made.id,
                        "sequence": sequence,
                        "candidate_id": made.candidate_id,
                        "certificate_id": certificate_id,
                    }
                    for sequence, certificate_id in enumerate(made.certificate_ids, 1)
                ],
            )

    def get(self, share_id: str) -> Share | None:
        """See `certify.ports.holders.Shares`."""
        return next(iter(self._where(share.c.id == share_id)), None)

    def of_candidate(self, candidate_id: str) -> Sequence[Share]:
        """See `certify.ports.holders.Shares`."""
        return self._where(share.c.candidate_id == candidate_id)

    def remove(self, share_id: str) -> None:
        """See `certify.ports.holders.Shares`."""
        self._sql.execute(delete(share).where(share.c.id == share_id))

    def _where(self, condition: ColumnElement[bool]) -> list[Share]:
        query = select(share).where(condition).order_by(share.c.made_at.desc(), share.c.id)
        return [self._share(row) for row in self._sql.execute(query).all()]

    def _share(self, row: Any) -> Share:  # noqa: ANN401 - a row
        item = share_certificate.c
        query = select(item.certificate_id).where(item.share_id == row.id).order_by(item.sequence)
        return Share(
            id=row.id,
            candidate_id=row.candidate_id,
            name_form=NameForm(row.name_form),
            facts=frozenset(SharedFact(name) for name in row.facts.split()),
            certificate_ids=tuple(self._sql.execute(query).scalars()),
            made_at=row.made_at,
            expires_at=row.expires_at,
        )
