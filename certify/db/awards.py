"""Awards as rows: what a kind has in common is kept once, what varies in each certificate's row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from certify.award.canonical import FixedHalf, from_halves
from certify.award.record import AwardRecord, from_json
from certify.db.award_tables import award_kind
from certify.db.inserts import insert_unless_there

_MOST_KEPT = 256
_kept: dict[str, str] = {}
"""Texts of kinds by their digest; no text has another's."""


def add_kinds(connection: Connection, kinds: Iterable[FixedHalf]) -> None:
    """Store the kinds that are not there yet."""
    texts = {kind.sha256: kind.text for kind in kinds}
    known = award_kind.c.sha256
    there = set(connection.execute(select(known).where(known.in_(list(texts)))).scalars())
    for sha256, text in texts.items():
        if sha256 not in there:
            insert_unless_there(connection, award_kind, sha256=sha256, content=text)


def award_of(connection: Connection, row: Row[Any]) -> AwardRecord:
    """Return the award in a certificate's row."""
    kind: str | None = row.award_kind_sha256
    if kind is None:  # prepared before revision 0022, and whole
        return from_json(json.loads(row.award))
    if kind not in _kept:
        query = select(award_kind.c.content).where(award_kind.c.sha256 == kind)
        text = connection.execute(query).scalar_one()
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[kind] = text
    return from_halves(_kept[kind], row.award)
