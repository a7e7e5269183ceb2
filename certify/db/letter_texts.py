"""Letters' words as administrators wrote them, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from certify.db.faults import own_errors
from certify.db.tables import letter_text
from certify.mail.model import LetterKind
from certify.mail.own_text import LetterText


class SqlLetterTexts:
    """Meets the port `LetterTexts`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def add(self, text: LetterText) -> None:
        """See `certify.ports.mail.LetterTexts`."""
        values = {name: getattr(text, name) for name in text.__slots__} | {"kind": text.kind.value}
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(letter_text).values(values))

    def versions(self, kind: LetterKind, language: str) -> Sequence[LetterText]:
        """See `certify.ports.mail.LetterTexts`."""
        table = letter_text.c
        query = select(letter_text).where(table.kind == kind.value, table.language == language)
        return [_text(row) for row in self._sql.execute(query.order_by(table.version))]

    def last(self) -> Sequence[LetterText]:
        """See `certify.ports.mail.LetterTexts`."""
        table = letter_text.c
        newest = select(func.max(table.position)).group_by(table.kind, table.language)
        query = select(letter_text).where(table.position.in_(newest)).order_by(table.position)
        # A kind that this program no longer has is nobody's letter.
        return [_text(row) for row in self._sql.execute(query) if row.kind in set(LetterKind)]

    def before(self, kind: LetterKind, language: str, at: datetime) -> LetterText | None:
        """See `certify.ports.mail.LetterTexts`."""
        table = letter_text.c
        query = select(letter_text).where(
            table.kind == kind.value, table.language == language, table.changed_at < at
        )
        row = self._sql.execute(query.order_by(table.version.desc()).limit(1)).one_or_none()
        return None if row is None else _text(row)


def _text(row: Row[Any]) -> LetterText:
    return LetterText(
        kind=LetterKind(row.kind),
        language=row.language,
        version=row.version,
        subject=row.subject,
        body=row.body,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )
