"""The tables of letters: the queue, and who wants no more letters of a kind."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from certify.db.columns import UtcDateTime, id_type, metadata, one_of, position
from certify.mail.model import LetterState

letter = Table(
    "letter",
    metadata,
    position(),
    Column("id", id_type(), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("to_address", Text, nullable=False),
    Column("language", Text),
    # Forgotten once the letter is settled: what it said is its reader's, and some of it is secret.
    Column("content", Text, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("not_after", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease", id_type()),
    Column("leased_until", UtcDateTime),
    Column("error", Text, nullable=False),
    Column("settled_at", UtcDateTime),
    one_of("state", LetterState),
    CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_at"),
    CheckConstraint("state IN ('waiting', 'given-up') OR content = '{}'", name="content"),
    CheckConstraint("attempts >= 0", name="attempts"),
    Index(None, "state", "due_at"),
)
letter_stop = Table(
    "letter_stop",
    metadata,
    Column("email_folded", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("stopped_at", UtcDateTime, nullable=False),
)
