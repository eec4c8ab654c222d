"""
Copies every row of a service's tables into a database of another kind, and compares the two.

Values travel as Python has them, JSON as the text that was stored: `{"a":1}` stays as it was
spelled, and a JSON null stays apart from no value at all.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    insert,
    select,
    text,
    type_coerce,
)

from shared.database.comparison.sums import tables_in_copying_order

AT_ONCE = 500
"""Rows in one statement, and in memory."""

_SIZE = 2**256


@dataclass(frozen=True)
class Contents:
    """Number of a table's rows, and a digest of them in whatever order they come."""

    rows: int
    digest: str


def copy_rows(source: Connection, target: Connection, metadata: MetaData) -> int:
    """
    Copy all rows of tables that are empty in the target; return how many there were.

    No table is numbered by its database: there is no sequence that would have to go on.
    """
    copied = 0
    for table in tables_in_copying_order(metadata):
        statement = insert(table).values(
            {column.name: _bind_as_text(column) for column in table.columns if _is_json(column)}
        )
        for rows in _read_in_batches(source, table):
            target.execute(statement, [dict(row._mapping) for row in rows])
            copied += len(rows)
    return copied


def contents_of_tables(connection: Connection, metadata: MetaData) -> dict[str, Contents]:
    """Return what each table holds, by its name."""
    return {
        table.name: _contents_of_table(connection, table)
        for table in tables_in_copying_order(metadata)
    }


def _contents_of_table(connection: Connection, table: Table) -> Contents:
    count, total = 0, 0
    for rows in _read_in_batches(connection, table):
        for row in rows:
            spelled = "|".join(_spell_value(value) for value in row)
            total += int.from_bytes(hashlib.sha256(spelled.encode()).digest())
        count += len(rows)
    return Contents(count, f"{total % _SIZE:064x}")


def _read_in_batches(connection: Connection, table: Table) -> Iterator[list[Row[object]]]:
    streamed = connection.execution_options(yield_per=AT_ONCE)
    for rows in streamed.execute(_select_all_rows(table, connection.dialect.name)).partitions():
        yield list(rows)


def _select_all_rows(table: Table, dialect: str) -> Select[object]:
    on_files = dialect == "sqlite"
    as_text = type_coerce if on_files else cast
    rows = select(
        *(
            as_text(column, Text).label(column.name) if _is_json(column) else column
            for column in table.columns
        )
    )
    return rows.order_by(text("rowid")) if on_files else rows  # what a row names comes before it


def _bind_as_text(column: Column[Any]) -> object:
    return cast(bindparam(column.name, type_=Text), column.type)


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _spell_value(value: object) -> str:
    """Return a value as it is spelled alike, whichever database it was read from."""
    match value:
        case bytes() | memoryview():
            return f"b{bytes(value).hex()}"
        case datetime() | date():
            return value.isoformat()
        case bool() | int() | None:
            return str(value)
        case _:
            return repr(str(value))
