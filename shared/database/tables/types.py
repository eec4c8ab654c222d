"""Column types and naming conventions that are the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    String,
    Table,
    Text,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import JSON, Boolean, LargeBinary, TypeDecorator, TypeEngine

Id = String(36)
"""A UUID as text."""

Day = Date
"""A calendar day."""


LONGEST_WORD = 100
Word = String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql")
"""A word of an index (shared/database/words): in the order of its letters, everywhere."""

Ordered = Text().with_variant(Text(collation="C"), "postgresql")
"""Folded text by which rows are ordered: by its letters alone, on both databases."""


_MOMENT_LENGTH = 26
"""Characters of an instant on SQLite, without its offset."""


class Moment(TypeDecorator[datetime]):
    """
    An instant: takes aware datetimes and returns them in UTC, on SQLite too.

    Raises ValueError for a naive datetime before it is stored.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Any) -> Any:
        """Return what makes SQLite's text, of which a row has several, without two more calls."""
        return text_of_moment if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Any, coltype: object) -> Any:
        """Return what reads SQLite's text in the same way."""
        if dialect.name == "sqlite":
            return _moment_of_text
        return super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_of_moment(value: datetime | None) -> str | None:
    """Return an instant as SQLAlchemy writes datetimes on SQLite: UTC, to the microsecond."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:_MOMENT_LENGTH]


def _moment_of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _compile_to_strict_types(*kinds: type[TypeEngine[Any]], name: str) -> None:
    """Compile types to one of the five of SQLite's STRICT tables."""
    for kind in kinds:
        compiles(kind, "sqlite")(lambda *_args, **_options: name)


_compile_to_strict_types(String, Text, DateTime, Date, JSON, name="TEXT")
_compile_to_strict_types(Boolean, BigInteger, name="INTEGER")
_compile_to_strict_types(LargeBinary, name="BLOB")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


_PREPARERS = [kind.dialect().identifier_preparer for kind in (sqlite, postgresql)]


@event.listens_for(Table, "after_parent_attach")
def _check_lengths(table: Table, _parent: object) -> None:
    """Enforce types (STRICT) and text lengths (CHECK) on SQLite, which ignores both otherwise."""
    table.kwargs["sqlite_strict"] = True
    for column in table.columns:
        length = getattr(column.type, "length", None)
        if isinstance(column.type, String) and length:
            rule = f"length({_quoted_name(column.name)}) <= {length}"
            table.append_constraint(CheckConstraint(rule, name=f"{column.name}_length"))


def _quoted_name(name: str) -> str:
    """Return a name as it stands in SQL, in quotes where one of the databases reserves it."""
    return next((said for each in _PREPARERS if (said := each.quote(name)) != name), name)


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """Return the CHECK constraint that a column holds one of these codes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
