"""
Sums of a table's rows by bucket, moved along by triggers as rows change (SQLite and PostgreSQL).

Declared by `keep_sums_of`, which returns the table of sums. Triggers and not the code that writes:
a row that is lost, altered or added behind its back changes the sums as well. On SQLite a bucket is
one row. On PostgreSQL each change is a row of its own, as two writers would otherwise wait for each
other, or die of it; `merge_sum_rows_of_buckets` adds them up from time to time.

Where a table stores what events said, its content and the rows made from it count too: `touched`
counts the changes that no event made. The triggers are in sum_triggers.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Index,
    MetaData,
    String,
    Table,
    cast,
    func,
    select,
    text,
)
from sqlalchemy.orm import Session

from shared.contracts.every_service.bucket_sums import BUCKET_LENGTH, BUCKET_START, SIZE, Sum
from shared.database.tables.kit_tables import IS_DERIVED

_SUMMED = "preau_summed"

FOLDED_FROM = 2_000
"""Rows beyond one for each bucket, from which `merge_sum_rows_of_buckets` adds them up."""


@dataclass(frozen=True)
class Declared:
    """Sums of one table: by which columns, of which subject, at which version."""

    of: str
    sums: Table
    by: tuple[str, ...]
    subject: str
    version: str
    month: str
    content: tuple[tuple[str, str], ...]
    beside: tuple[tuple[str, str], ...]

    @property
    def summed_columns(self) -> tuple[str, ...]:
        """Return the columns on which a row's number or its place depends."""
        months = (self.month,) if self.month else ()
        return (*self.by, self.subject, self.version, *months)

    @property
    def counts_touched(self) -> bool:
        """Say whether changes are counted that no event made."""
        return bool(self.content or self.beside)


def keep_sums_of(
    of: Any,
    *,
    by: tuple[str, ...] = (),
    subject: str,
    version: str,
    month: str = "",
    content: tuple[str, ...] = (),
    beside: Mapping[Any, str] | None = None,
    name: str = "",
    index: bool = True,
) -> Table:
    """
    Let the database keep sums of this table's rows, for each value of `by` and each bucket.

    A `month` is mixed with the version where it belongs to the key. `content` and the tables
    `beside`, with their columns of the subject, are what events said: a change of them that no
    event made is counted as `touched`. Rows at version 0 were never published, and do not count.
    With `index` the rows of a bucket are found, by the first of `by`.
    """
    table = _table_of_model(of)
    name = name or f"{table.name}_sum"
    touched = Column("touched", BigInteger, nullable=False, comment="changes that no event made")
    sums = Table(
        name,
        table.metadata,
        *(Column(each, table.c[each].type, nullable=False) for each in by),
        Column("bucket", String(BUCKET_LENGTH), nullable=False, comment="end of the subject's id"),
        Column("entries", BigInteger, nullable=False),
        Column("total", BigInteger, nullable=False, comment="sum of the rows' numbers"),
        *([touched] if content or beside else []),
        Index(f"ix_{name}", *by, "bucket"),
        info={IS_DERIVED: True},
    )
    if index:
        first = [table.c[each] for each in by[:1]]
        key = table.c[subject]
        Index(f"ix_{name.removesuffix('_sum')}_bucket", *first, bucket_column(key), key)
    others = tuple((_table_of_model(each).name, key) for each, key in (beside or {}).items())
    compared = tuple(_comparable_column(table.c[each]) for each in content)
    declared = Declared(table.name, sums, by, subject, version, month, compared, others)
    table.info.setdefault(_SUMMED, []).append(declared)
    return sums


def _table_of_model(of: Any) -> Table:
    """Return a table, or that of the class that maps it."""
    table: Table = getattr(of, "__table__", of)
    return table


def _comparable_column(column: Column[Any]) -> tuple[str, str]:
    """Return a column and what is compared of it: JSON has no equality on PostgreSQL."""
    written = "CAST({}." + column.name + " AS TEXT)"
    return column.name, written if isinstance(column.type, JSON) else "{}." + column.name


def bucket_column(subject: ColumnElement[str]) -> ColumnElement[str]:
    """Return the bucket of a row in SQL, as the index of its table has it."""
    return func.substr(subject, text(str(BUCKET_START)), text(str(BUCKET_LENGTH)))


def entry_column(
    subject: ColumnElement[str], kind: ColumnElement[str], version: ColumnElement[int]
) -> ColumnElement[str]:
    """Return the line of a row as two databases compare it (inventory_comparison.py)."""
    return kind + " " + subject + " " + cast(version, String)


def read_sums(
    session: Session, sums: Table, kind: str | None, *where: ColumnElement[bool]
) -> list[Sum]:
    """Return the sums of these rows by `kind`, one of the columns or none, and bucket."""
    kinds = [] if kind is None else [sums.c[kind]]
    rows = session.execute(
        select(*kinds, sums.c.bucket, func.sum(sums.c.entries), func.sum(sums.c.total))
        .where(*where)
        .group_by(*kinds, sums.c.bucket)
    )
    return [
        Sum(found[0] if found else "", bucket, int(entries), int(total) % SIZE)
        for *found, bucket, entries, total in rows
    ]


def read_changes_without_event(
    session: Session, sums: Table, *where: ColumnElement[bool]
) -> Mapping[str, int]:
    """Return by bucket how many changes no event made, where there were any."""
    touched = func.sum(sums.c.touched)
    rows = session.execute(
        select(sums.c.bucket, touched).where(*where).group_by(sums.c.bucket).having(touched != 0)
    )
    return {bucket: int(count) for bucket, count in rows}


def merge_sum_rows_of_buckets(session: Session, sums: Table) -> None:
    """Make one row of each bucket again, where there are many more; SQLite has no others."""
    if session.get_bind().dialect.name == "sqlite":
        return
    names = [column.name for column in sums.columns]
    counted = [name for name in names if name in ("entries", "total", "touched")]
    keys = ", ".join(names[: -len(counted)])
    added = ["sum(entries)", f"mod(sum(total), {SIZE})", "sum(touched)"][: len(counted)]
    empty = " AND ".join(f"sum({name}) = 0" for name in counted if name != "total")
    buckets = f"SELECT count(DISTINCT ({keys})) FROM {sums.name}"
    beyond = text(f"SELECT count(*) - ({buckets}) FROM {sums.name}")
    if (session.scalar(beyond) or 0) < FOLDED_FROM:
        return
    session.execute(
        text(
            f"WITH gone AS (DELETE FROM {sums.name} RETURNING *) INSERT INTO {sums.name}"
            f" ({keys}, {', '.join(counted)})"
            f" SELECT {keys}, {', '.join(added)} FROM gone"
            f" GROUP BY {keys} HAVING NOT ({empty})"
        )
    )


def merge_sum_rows_of_all_tables(session: Session, metadata: MetaData) -> None:
    """Fold the sums of all tables of a service, each where it has grown."""
    for _, declared in declared_sums(metadata):
        merge_sum_rows_of_buckets(session, declared.sums)


def declared_sums(metadata: MetaData) -> list[tuple[Table, Declared]]:
    """Return the sums of all tables of a service."""
    return [
        (table, declared)
        for table in list(metadata.tables.values())
        for declared in table.info.get(_SUMMED, ())
    ]


def tables_in_copying_order(metadata: MetaData) -> list[Table]:
    """Return the tables whose rows are written by services, in an order that keeps foreign keys."""
    return [table for table in metadata.sorted_tables if not table.info.get(IS_DERIVED)]
