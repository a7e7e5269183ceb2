"""The register of certificates: the intent, the bytes, and the status events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    not_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from certify.archiving.model import ArchiveUpdate
from certify.certification.model import DecisionOutcome
from certify.db import awards, files
from certify.db import certificate_lists as lists
from certify.db import tables as t
from certify.db.faults import own_errors
from certify.db.intents import add_intents
from certify.db.sets import among, among_given, texts
from certify.errors import Conflict, NotEligible, NotFound, StatusTransition
from certify.issuing.model import CertificateRow, CertificateState, FinishedCertificate, TokenSignatures
from certify.paging import Asked, Part
from certify.status.model import ListedStatus, StatusAction, StatusEvent, StatusReason


class SqlCertificates:
    """The register of certificates."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def prepare(self, rows: Sequence[CertificateRow]) -> Sequence[CertificateRow]:
        """See `certify.ports.Certificates`.

        Raises:
            NotFound: There is no such decision on this candidate.
            NotEligible: A decision refused the certification.
        """
        # The decisions' rows are the queue in which PostgreSQL's issuers of one decision stand; in one order,
        # so that two of them never wait for each other.
        ids = [row.decision_id for row in rows]
        decided = self._sql.execute(_decided(self._sql.dialect.name), {"ids": texts(ids)})
        found = {row.id: (row.candidate_id, row.outcome) for row in decided}
        for row in rows:
            candidate_id, outcome = found.get(row.decision_id, ("", ""))
            if candidate_id != row.candidate_id:
                raise NotFound("There is no such decision on this candidate.")
            if outcome != DecisionOutcome.GRANTED.value:
                raise NotEligible("The decision refused this certification; there is nothing to issue.")
        # Of many, one that is there already refuses them all; then each is asked for by itself.
        there = {row.decision_id: row for row in self.by_decisions(ids)} if len(rows) == 1 else {}
        new = [row for row in rows if row.decision_id not in there]
        if new:
            with own_errors():
                add_intents(self._sql, new)
        return [there.get(row.decision_id, row) for row in rows]

    def store(self, finished: Sequence[FinishedCertificate], at: datetime) -> frozenset[str]:
        """See `certify.ports.Certificates`."""
        ids = texts([item.certificate_id for item in finished])
        waiting = self._sql.execute(_waiting(self._sql.dialect.name), {"ids": ids})
        turned = frozenset(waiting.scalars())
        mine = [item for item in finished if item.certificate_id in turned]
        if mine:
            with own_errors():
                self._sql.execute(_TURN, [_turn_values(item, at) for item in mine])
                files.add_files(self._sql, mine)
        return turned

    def get(self, certificate_id: str) -> CertificateRow:
        """See `certify.ports.Certificates`."""
        found = self.by_id(certificate_id)
        if found is None:
            raise NotFound("There is no such certificate.")
        return found

    def locked(self, certificate_id: str) -> CertificateRow:
        """See `certify.ports.Certificates`."""
        query = select(t.certificate.c.id).where(t.certificate.c.id == certificate_id).with_for_update()
        self._sql.execute(query)
        return self.get(certificate_id)

    def by_id(self, certificate_id: str) -> CertificateRow | None:
        """See `certify.ports.Certificates`."""
        return self._one(t.certificate.c.id == certificate_id)

    def by_decisions(self, decision_ids: Sequence[str]) -> Sequence[CertificateRow]:
        """See `certify.ports.Certificates`."""
        query = select(t.certificate).where(among(self._sql, t.certificate.c.decision_id, decision_ids))
        return [self._certificate(row) for row in self._sql.execute(query)]

    def by_decision(self, decision_id: str) -> CertificateRow | None:
        """See `certify.ports.Certificates`."""
        return self._one(t.certificate.c.decision_id == decision_id)

    def by_number(self, number: str) -> CertificateRow | None:
        """See `certify.ports.Certificates`."""
        return self._one(t.certificate.c.number == number)

    def by_sha256(self, sha256: str) -> CertificateRow | None:
        """See `certify.ports.Certificates`."""
        return self._one(t.certificate.c.sha256 == sha256)

    def of_candidate(self, candidate_id: str) -> Sequence[CertificateRow]:
        """See `certify.ports.Certificates`."""
        query = (
            select(t.certificate)
            .where(t.certificate.c.candidate_id == candidate_id)
            .order_by(t.certificate.c.position)
        )
        return [self._certificate(row) for row in self._sql.execute(query)]

    def all(self) -> Sequence[CertificateRow]:
        """See `certify.ports.Certificates`."""
        rows = self._sql.execute(select(t.certificate).order_by(t.certificate.c.position))
        return [self._certificate(row) for row in rows]

    def part(
        self, framework_ids: Iterable[str], asked: Asked, status: ListedStatus | None = None
    ) -> Part[CertificateRow]:
        """See `certify.ports.Certificates`."""
        rows, after = lists.certificates(self._sql, framework_ids, asked, status)
        return Part([self._certificate(row) for row in rows], after)

    def count(
        self, framework_ids: Iterable[str], words: Sequence[str], status: ListedStatus | None, most: int
    ) -> int:
        """See `certify.ports.Certificates`."""
        return lists.count_certificates(self._sql, framework_ids, words, status, most)

    def ending(self, first: date, last: date) -> Sequence[CertificateRow]:
        """See `certify.ports.Certificates`."""
        valid_until = self._award_text("valid_until")
        query = (
            select(t.certificate)
            .where(
                t.certificate.c.state == CertificateState.ISSUED.value,
                valid_until.between(first.isoformat(), last.isoformat()),
            )
            .order_by(t.certificate.c.position)
        )
        return [self._certificate(row) for row in self._sql.execute(query)]

    def addresses(self) -> Sequence[str]:
        """See `certify.ports.Certificates`."""
        table, address = t.certificate.c, self._award_text("verification_url")
        query = select(address).where(table.state == CertificateState.ISSUED.value).order_by(table.position)
        return list(self._sql.execute(query).scalars())

    def key_ids(self) -> frozenset[str]:
        """See `certify.ports.Certificates`."""
        table = t.certificate.c
        query = select(table.key_id, table.eddsa_key_id, table.es256_key_id).distinct()
        return frozenset(key_id for row in self._sql.execute(query) for key_id in row if key_id)

    def pdf(self, certificate_id: str) -> bytes:
        """See `certify.ports.Certificates`."""
        content = files.file_of(self._sql, certificate_id)
        if content is None:
            raise NotFound("This certificate has not been issued.")
        return content

    def updates(self, certificate_id: str) -> Sequence[ArchiveUpdate]:
        """See `certify.ports.Certificates`."""
        table = t.certificate_update
        query = select(table).where(table.c.certificate_id == certificate_id).order_by(table.c.sequence)
        return [ArchiveUpdate(**row) for row in self._sql.execute(query).mappings()]

    def add_update(self, update: ArchiveUpdate) -> None:
        """See `certify.ports.Certificates`."""
        table = t.certificate_update
        last = select(func.coalesce(func.max(table.c.sequence), 0)).where(
            table.c.certificate_id == update.certificate_id
        )
        if update.sequence != self._sql.execute(last).scalar_one() + 1:
            raise Conflict("Somebody else added to this file first.", fix="look at what is due again")
        values = {name: getattr(update, name) for name in update.__slots__}
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(table).values(values))

    def to_archive(self, renew_before: datetime, *, with_evidence: bool) -> Sequence[str]:
        """See `certify.ports.Certificates`."""
        file, added = t.certificate_file.c, t.certificate_update
        of_this = added.c.certificate_id == file.certificate_id
        if with_evidence:
            good = exists().where(of_this, added.c.with_evidence, added.c.renew_before >= renew_before)
            needed = not_(good)
        else:
            needed = and_(file.proven_at.is_(None), not_(exists().where(of_this)))
        table = t.certificate.c
        query = (
            select(table.id)
            .join(t.certificate_file, file.certificate_id == table.id)
            .where(needed)
            .order_by(table.position)
        )
        return self._sql.execute(query).scalars().all()

    def tokens(self, certificate_id: str) -> TokenSignatures | None:
        """See `certify.ports.Certificates`."""
        return files.tokens_of(self._sql, certificate_id)

    def keep_tokens(self, certificate_id: str, signatures: TokenSignatures) -> None:
        """See `certify.ports.Certificates`."""
        with own_errors(), self._sql.begin_nested():
            files.keep_tokens(self._sql, certificate_id, signatures)

    def without_tokens(self) -> Sequence[str]:
        """See `certify.ports.Certificates`."""
        return files.without_tokens(self._sql)

    def events(self, certificate_id: str) -> Sequence[StatusEvent]:
        """See `certify.ports.Certificates`."""
        query = (
            select(t.status_event)
            .where(t.status_event.c.certificate_id == certificate_id)
            .order_by(t.status_event.c.sequence)
        )
        return [_event(row) for row in self._sql.execute(query)]

    def add_event(self, event: StatusEvent) -> None:
        """See `certify.ports.Certificates`."""
        # The certificate's row is the queue in which PostgreSQL's writers of its events stand.
        table, told = t.certificate.c, t.status_event.c
        query = select(table.state).where(table.id == event.certificate_id).with_for_update()
        if self._sql.execute(query).scalar_one_or_none() != CertificateState.ISSUED.value:
            raise NotFound("This certificate has not been issued.")
        last = select(func.coalesce(func.max(told.sequence), 0)).where(
            told.certificate_id == event.certificate_id
        )
        if event.sequence != self._sql.execute(last).scalar_one() + 1:
            raise StatusTransition(
                "Somebody changed this certificate's status first.", fix="look at its status"
            )
        values = {name: getattr(event, name) for name in event.__slots__}
        values["action"], values["reason"] = event.action.value, event.reason.value
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(t.status_event).values(values))

    def events_of(self, certificate_ids: Iterable[str]) -> Mapping[str, Sequence[StatusEvent]]:
        """See `certify.ports.Certificates`."""
        found: dict[str, list[StatusEvent]] = {}
        for row in lists.events_of(self._sql, certificate_ids):
            found.setdefault(row.certificate_id, []).append(_event(row))
        return found

    def _award_text(self, name: str) -> ColumnElement[str]:
        """A text of the award, read by the database."""
        text: ColumnElement[str] = func.json_extract(t.certificate.c.award, f"$.{name}")
        if self._sql.dialect.name == "postgresql":
            text = cast(t.certificate.c.award, JSONB)[name].astext
        return text

    def _one(self, condition: Any) -> CertificateRow | None:  # noqa: ANN401 - an SQL expression
        row = self._sql.execute(select(t.certificate).where(condition)).one_or_none()
        return None if row is None else self._certificate(row)

    def _certificate(self, row: Row[Any]) -> CertificateRow:
        return CertificateRow(
            id=row.id,
            decision_id=row.decision_id,
            candidate_id=row.candidate_id,
            award=awards.award_of(self._sql, row),
            key_id=row.key_id,
            credential_key_ids=(row.eddsa_key_id, row.es256_key_id) if row.eddsa_key_id else None,
            state=CertificateState(row.state),
            prepared_at=row.prepared_at,
            sha256=row.sha256,
            stored_at=row.stored_at,
            credential_sha256=row.credential_sha256,
        )


_TURN = (
    update(t.certificate)
    .where(t.certificate.c.id == bindparam("certificate_id"))
    .values(
        state=CertificateState.ISSUED.value,
        sha256=bindparam("digest"),
        stored_at=bindparam("at"),
        eddsa_key_id=bindparam("eddsa"),
        es256_key_id=bindparam("es256"),
        credential_sha256=bindparam("credential"),
    )
)


@cache
def _decided(dialect: str) -> Select[Any]:
    """The decisions ``ids``, locked in one order."""
    table = t.decision.c
    return (
        select(table.id, table.candidate_id, table.outcome)
        .where(among_given(dialect, table.id, bindparam("ids", type_=Text)))
        .order_by(table.id)
        .with_for_update()
    )


@cache
def _waiting(dialect: str) -> Select[Any]:
    """Which of the certificates ``ids`` are intents still, locked in one order."""
    table = t.certificate.c
    return (
        select(table.id)
        .where(
            among_given(dialect, table.id, bindparam("ids", type_=Text)),
            table.state == CertificateState.PREPARED.value,
        )
        .order_by(table.id)
        .with_for_update()
    )


def _turn_values(item: FinishedCertificate, at: datetime) -> dict[str, Any]:
    eddsa_key_id, es256_key_id = item.credential_key_ids
    return {
        "certificate_id": item.certificate_id,
        "digest": item.sha256,
        "at": at,
        "eddsa": eddsa_key_id,
        "es256": es256_key_id,
        "credential": item.credential_sha256,
    }


def _event(row: Row[Any]) -> StatusEvent:
    values = {name: getattr(row, name) for name in StatusEvent.__slots__}
    values["action"], values["reason"] = StatusAction(row.action), StatusReason(row.reason)
    return StatusEvent(**values)
