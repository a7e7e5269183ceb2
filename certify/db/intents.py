"""Committed intents, as the rows of the certificates that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Text, bindparam, insert, literal, select

from certify.award.canonical import fixed_half, varying_text
from certify.certification.model import DecisionOutcome
from certify.db import awards
from certify.db import tables as t
from certify.db.sets import Cell, given_rows, rows_text
from certify.issuing.model import CertificateRow, CertificateState

_OWN = (
    "id",
    "decision_id",
    "candidate_id",
    "number",
    "status_list",
    "status_index",
    "award",
    "award_kind_sha256",
    "supersedes",
)
_SHARED = ("key_id", "eddsa_key_id", "es256_key_id", "prepared_at")


def add_intents(connection: Connection, rows: Sequence[CertificateRow]) -> None:
    """Add intents, and their kinds where they are new."""
    awards.add_kinds(connection, {fixed_half(row.award) for row in rows})
    addition = _addition(connection.dialect.name)
    for shared, part in _by_what_they_share(rows).items():
        own = rows_text([_own_values(row) for row in part])
        connection.execute(addition, {**dict(zip(_SHARED, shared, strict=True)), "own": own})


@cache
def _addition(dialect: str) -> Insert:
    """Return one statement that adds all rows: ``own`` is what each has of its own, the others are `_SHARED`.

    Before a statement that fires triggers changes a page, SQLite copies it, to undo the statement by itself; a
    statement for each row made it copy a page of every index for each row, which took as long as all the rest.
    """
    table = t.certificate.c
    own = given_rows(
        dialect, "intent", [(name, table[name].type) for name in _OWN], bindparam("own", type_=Text)
    )
    same = {
        **{name: bindparam(name, type_=table[name].type) for name in _SHARED},
        "decision_outcome": literal(DecisionOutcome.GRANTED.value),
        "state": literal(CertificateState.PREPARED.value),
    }
    return insert(t.certificate).from_select([*_OWN, *same], select(*own.c, *same.values()))


def _by_what_they_share(rows: Sequence[CertificateRow]) -> Mapping[tuple[Any, ...], Sequence[CertificateRow]]:
    """Return the rows by their values of `_SHARED`, which are the same in all of a batch."""
    found: dict[tuple[Any, ...], list[CertificateRow]] = {}
    for row in rows:
        eddsa_key_id, es256_key_id = row.credential_key_ids or (None, None)
        found.setdefault((row.key_id, eddsa_key_id, es256_key_id, row.prepared_at), []).append(row)
    return found


def _own_values(row: CertificateRow) -> Sequence[Cell]:
    """Return a row's values of `_OWN`."""
    award = row.award
    kind = fixed_half(award).sha256
    return (
        *(row.id, row.decision_id, row.candidate_id, award.number, award.status_list, award.status_index),
        *(varying_text(award), kind, award.supersedes),
    )
