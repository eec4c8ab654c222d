"""
Statements of tables that are built once, and executed with their values alone.

For what runs at each message: to build a statement costs four times what its execution does. Each
is a query with a name, of columns. Those that return entities are built once as well, and executed
by the session itself.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import BindParameter, CursorResult, Executable, bindparam
from sqlalchemy.orm import Session

from shared.database.chunks import chunks
from shared.database.store import Write

Build = Callable[[Write], Executable]
Rows = CursorResult[*tuple[Any, ...]]

_built: dict[tuple[Build, str], Executable] = {}


def list_parameter(name: str) -> BindParameter[Any]:
    """Return a parameter that IN takes: any number of values, none too."""
    return bindparam(name, expanding=True)


def among_parameter() -> BindParameter[Any]:
    """Return the parameter of a statement for the values that `rows_among` is given."""
    return list_parameter("among")


def execute(session: Session, statement: Executable, **values: object) -> Rows:
    """Execute a statement; what the session has not written yet is written first, and is seen."""
    if session.autoflush:
        session.flush()
    given = {name: _as_parameter(value) for name, value in values.items()}
    return session.connection().execute(statement, given)


def rows_among(
    session: Session, statement: Executable, items: Collection[Any], **values: object
) -> Iterator[Any]:
    """Yield the rows of a statement with an `among_parameter`, in batches of these items."""
    for batch in chunks(items):
        yield from execute(session, statement, among=batch, **values).all()


def store_rows(write: Write, build: Build, rows: Any) -> Rows:
    """Execute what `build` makes of this database's INSERT, a row or several; it is built once."""
    key = build, write.get_bind().dialect.name
    if key not in _built:
        _built[key] = build(write)
    write.flush()
    return write.connection().execute(_built[key], rows)


def _as_parameter(value: object) -> object:
    """Return a set or the keys of a mapping as a list, which is what IN takes."""
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return list(value)
    return value
