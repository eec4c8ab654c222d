"""
Bulk inserts and upserts: executemany on SQLite, COPY on PostgreSQL.

A service on eventlet waits for PostgreSQL through psycopg2's wait callback, with which psycopg2
refuses to COPY: there, rows are inserted in statements of some hundreds.

For tables written by the thousand rows: a list of dicts through SQLAlchemy takes twice as long.
"""

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

from psycopg2.extensions import get_wait_callback
from psycopg2.extras import execute_values
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Row = Sequence[Any]
Change = Callable[[Any], Any]

_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_NULL = r"\N"
AT_ONCE = 500
"""Rows of one statement where PostgreSQL cannot COPY."""


def insert_rows(
    session: Session,
    table: object,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    encoded: Collection[str] = (),
) -> None:
    """
    Insert rows, each with a value for each of `columns`; constraints and guards apply.

    Defaults of the model are not applied, and the session is not flushed. Columns in `encoded` hold
    JSON text already. Raises what an INSERT raises, without the values.
    """
    if not rows:
        return
    connection, target = session.connection(), _table_of(table)
    changes = [
        None if column in encoded else _converter_of(connection, target, column)
        for column in columns
    ]
    ready = _convert_rows(changes, rows)
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {target.name} ({names}) VALUES ({places})", ready)
    elif get_wait_callback() is None:
        _copy_from_text(connection, f"COPY {target.name} ({names}) FROM STDIN", ready)
    else:
        _insert_in_pages(connection, f"INSERT INTO {target.name} ({names}) VALUES %s", ready)


def upsert_rows(
    session: Session,
    table: object,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    key: Sequence[str],
    change: Sequence[str] = (),
) -> None:
    """
    Insert rows; on a conflict of `key`, update the columns `change`, or do nothing without any.

    Otherwise as `insert_rows`.
    """
    if not rows:
        return
    connection, target = session.connection(), _table_of(table)
    ready = _convert_rows([_converter_of(connection, target, column) for column in columns], rows)
    into = f"INSERT INTO {target.name} ({', '.join(columns)}) VALUES"
    sets = ", ".join(f"{column} = excluded.{column}" for column in change)
    then = f"ON CONFLICT ({', '.join(key)}) DO " + (f"UPDATE SET {sets}" if sets else "NOTHING")
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"{into} ({places}) {then}", ready)
    else:
        _insert_in_pages(connection, f"{into} %s {then}", ready)


def _table_of(table: Any) -> Table:
    resolved: Table = getattr(table, "__table__", table)
    return resolved


def _convert_rows(changes: Sequence[Change | None], rows: Sequence[Row]) -> list[Row]:
    """Return the rows with bound values, converted by column, since few types need a conversion."""
    if not any(changes):
        return list(map(tuple, rows))
    columns = zip(changes, zip(*rows, strict=True), strict=True)
    changed = (map(change, values) if change else values for change, values in columns)
    return list(zip(*changed, strict=True))


def _converter_of(connection: Connection, table: Table, name: str) -> Change | None:
    dialect = connection.dialect
    change: Any = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    if change is None or not table.c[name].nullable:
        return change
    return lambda value: None if value is None else change(value)


def _insert_in_pages(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    with _open_driver_cursor(connection, statement) as cursor:
        execute_values(cursor, statement, rows, page_size=AT_ONCE)


def _copy_from_text(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    columns = [_column_as_text(values) for values in zip(*rows, strict=True)]
    lines = "\n".join(map("\t".join, zip(*columns, strict=False)))
    with _open_driver_cursor(connection, statement) as cursor:
        cursor.copy_expert(statement, io.StringIO(f"{lines}\n"))


def _column_as_text(values: Sequence[Any]) -> Iterable[str]:
    """Return a column's values in COPY's text format, escaped only if one needs it."""
    missing = values.count(None)
    if missing == len(values):
        return repeat(_NULL)
    if missing == 0:
        if values[0].__class__ is not str:
            return map(str, values)
        joined = "\n".join(values)
        if joined.count("\n") < len(values) and not any(special in joined for special in "\\\t\r"):
            return values
    return [_value_as_text(value) for value in values]


def _value_as_text(value: object) -> str:
    if value is None:
        return _NULL
    return value.translate(_ESCAPED) if value.__class__ is str else str(value)


@contextmanager
def _open_driver_cursor(connection: Connection, statement: str) -> Iterator[Any]:
    """Yield the driver's cursor; its errors are raised as SQLAlchemy's, without values."""
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor:
            yield cursor
    except errors as error:
        raise DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from None
