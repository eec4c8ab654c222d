"""
Statements that are built once, as constants of their modules, and executed with their values alone.

For what runs at each message: to build a statement costs four times what its execution does. Each
is a query with a name, of columns; what loads or changes entities is left to the session.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import BindParameter, CursorResult, Executable, bindparam
from sqlalchemy.orm import Session

from shared.database.chunks import chunks


def among() -> BindParameter[Any]:
    """Return the parameter for the values that `rows_among` is given: for `column.in_(among())`."""
    return bindparam("among", expanding=True)


def run_built(
    session: Session, statement: Executable, values: Mapping[str, object]
) -> CursorResult[Any]:
    """Execute a statement that is built once, after what the session has still to write."""
    if session.autoflush:
        session.flush()
    return session.connection().execute(statement, values)


def rows_among(
    session: Session, statement: Executable, items: Collection[Any], **values: object
) -> Iterator[Any]:
    """Yield the rows of a statement that is built once on `among()`, for all of these items."""
    for batch in chunks(items):
        yield from run_built(session, statement, {"among": batch, **values})
