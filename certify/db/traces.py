"""Erases what texts of others tell of a person who leaves: what was refused, tried, answered, kept or not delivered.

Texts that colleagues wrote of what the body did (reasons, notes) are not among them, see docs/adr (closing an account).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection, and_, delete, or_, select, update

from certify.db import tables as t
from certify.db.keyed_request_table import keyed_request
from certify.db.training import SqlUploads
from certify.evidence.model import EvidenceKind, clean_file_name
from certify.privacy.model import ERASED

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Traces:
    """What a person is known by.

    Attributes:
        ids: Their random identifiers.
        texts: Reference and addresses: found as they are, in any case.
        names: Each is found where all its words are, in any order.
    """

    ids: Collection[str]
    texts: Collection[str]
    names: Collection[str]

    def in_text(self, text: str) -> bool:
        """Tell whether a text names the person."""
        folded = _folded(text)
        words = set(_WORD.findall(folded))
        return any(_stands_in(_folded(item), folded) for item in (*self.ids, *self.texts) if item) or any(
            named and named <= words for named in (set(_WORD.findall(_folded(name))) for name in self.names)
        )


def erase_traces(sql: Connection, candidate_id: str, traces: Traces) -> None:
    """Empty the texts that name a person, and forget the answers that were kept about them."""
    _erase_entries(sql, candidate_id, traces)
    _erase_uploads(sql, candidate_id, traces)
    _erase_evidence_names(sql, candidate_id, traces)
    _erase_answers(sql, traces)
    _erase_letters(sql, traces)


def _erase_entries(sql: Connection, candidate_id: str, traces: Traces) -> None:
    line, batch = t.batch_line, t.batch
    theirs = or_(line.c.candidate_id.is_(None), line.c.candidate_id == candidate_id)
    for row in sql.execute(
        select(line.c.batch_id, line.c.position, line.c.told, line.c.reason).where(theirs)
    ):
        for column in (line.c.told, line.c.reason):
            if traces.in_text(getattr(row, column.name)):
                which = and_(line.c.batch_id == row.batch_id, line.c.position == row.position)
                sql.execute(
                    update(line).where(which).values({column: "" if column is line.c.told else ERASED})
                )
    sql.execute(update(line).where(line.c.candidate_id == candidate_id).values(told=""))
    for named in sql.execute(select(batch.c.id, batch.c.title)):
        if traces.in_text(named.title):
            sql.execute(update(batch).where(batch.c.id == named.id).values(title=ERASED))


def _erase_uploads(sql: Connection, candidate_id: str, traces: Traces) -> None:
    uploads = SqlUploads(sql)
    for upload_id in sql.execute(select(t.upload.c.id)).scalars().all():
        upload = uploads.find(upload_id)
        if upload is None:
            continue
        trial = tuple(
            replace(
                line,
                told="" if line.candidate_id == candidate_id or traces.in_text(line.told) else line.told,
                reason=ERASED if traces.in_text(line.reason) else line.reason,
            )
            for line in upload.trial or ()
        )
        erased = replace(
            upload,
            file_name=ERASED if traces.in_text(upload.file_name) else upload.file_name,
            trial=None if upload.trial is None else trial,
        )
        if erased != upload:
            uploads.keep(erased)


def _erase_evidence_names(sql: Connection, candidate_id: str, traces: Traces) -> None:
    digests: set[str] = set()
    for table in (t.completion, t.admission, t.correction):
        column = table.c.evidence_digest
        query = select(column).where(table.c.candidate_id == candidate_id, column.is_not(None))
        digests |= set(sql.execute(query).scalars())
    file = t.evidence_file
    for row in sql.execute(select(file)):
        if row.digest in digests or traces.in_text(row.name):
            which = and_(file.c.digest == row.digest, file.c.added_by == row.added_by)
            name = clean_file_name("", EvidenceKind(row.media_type))
            sql.execute(update(file).where(which).values(name=name))


def _erase_answers(sql: Connection, traces: Traces) -> None:
    # The row stays: it says that the deed is done, so that sending it again does not do it twice.
    asked = keyed_request.c
    query = select(asked.caller_id, asked.key, asked.body).where(asked.body.is_not(None))
    for row in sql.execute(query):
        if traces.in_text(_said(bytes(row.body))):
            which = and_(asked.caller_id == row.caller_id, asked.key == row.key)
            sql.execute(update(keyed_request).where(which).values(status=None, content_type=None, body=None))


def _erase_letters(sql: Connection, traces: Traces) -> None:
    for row in sql.execute(select(t.letter.c.id, t.letter.c.content).where(t.letter.c.content != "{}")):
        if traces.in_text(_said(row.content.encode())):
            sql.execute(delete(t.letter).where(t.letter.c.id == row.id))


def _said(data: bytes) -> str:
    """Return what JSON or a text says, without the escapes of letters beyond ASCII."""
    text = data.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _stands_in(wanted: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None
