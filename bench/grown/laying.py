"""Rows of a grown town, written in bulk."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import LargeBinary, Table, insert

from shared.database import Write
from shared.database.bulk_rows import insert_rows
from shared.database.chunks import chunks

AT_ONCE = 5_000
"""Rows of one statement, so that few of them are in memory twice."""

Rows = Sequence[dict[str, Any]]
"""Rows of one table, all of the same columns."""


def lay(write: Write, *kinds: tuple[Any, Rows]) -> None:
    """Insert rows of these tables, with the defaults of their models."""
    for model, rows in kinds:
        for some in chunks(rows, AT_ONCE):
            _insert(write, model.__table__, some)


def _insert(write: Write, table: Table, rows: Rows) -> None:
    """Insert in half the time that a list of dicts takes, where that can be done."""
    defaults = {
        column.name: column.default
        for column in table.columns
        if column.default is not None and column.name not in rows[0]
    }
    is_copied = not write.is_only_writer and any(
        isinstance(column.type, LargeBinary) for column in table.columns
    )
    if is_copied or not all(each.is_scalar for each in defaults.values()):
        write.execute(insert(table), rows)
        return
    same = {name: each.arg for name, each in defaults.items()}
    columns = (*rows[0], *same)
    insert_rows(write, table, columns, [tuple((row | same).values()) for row in rows])
