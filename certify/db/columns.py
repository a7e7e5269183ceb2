"""What the tables are made of: their names for constraints, times in UTC, and the usual columns."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept and returned in UTC; a naive one is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime; SQLite keeps no zone, so everything is UTC there."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise TypeError("times are aware")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def folded_type() -> Text:
    """A text to search and sort by (`certify.paging.folded`), compared by code points in both databases."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def id_type() -> String:
    """An identifier (`certify.identifiers`)."""
    return String(26)


def digest_type() -> String:
    """A SHA-256 in hexadecimal digits."""
    return String(64)


def key(name: str = "id") -> Column[str]:
    """Return the table's own key."""
    return Column(name, id_type(), primary_key=True)


def to(name: str, target: str, *, null: bool = False) -> Column[str]:
    """Return a key to another table."""
    return Column(name, id_type(), ForeignKey(target), nullable=null)


def position() -> Column[int]:
    """Number the rows in the order in which they were added, which a clock in whole seconds cannot tell."""
    return Column("position", Integer, primary_key=True, autoincrement=True)


def one_of(name: str, words: type[StrEnum]) -> CheckConstraint:
    """Return a check that a column holds one of an enumeration's words."""
    return CheckConstraint(f"{name} IN ({', '.join(repr(word.value) for word in words)})", name=name)
