"""
Statements of tables, built once: for what runs at each application and each file that arrives.

Building one anew at each call costs several times what the database takes for it. Those that return
entities are built once as well, and executed by the session itself.
"""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import BindParameter, CursorResult, Executable, bindparam
from sqlalchemy.orm import Session

from shared.database.store import Write

Build = Callable[[Write], Executable]
Rows = CursorResult[*tuple[Any, ...]]

_built: dict[tuple[Build, str], Executable] = {}


def several(name: str) -> BindParameter[Any]:
    """Return a parameter that IN takes: any number of values, none too."""
    return bindparam(name, expanding=True)


def execute(session: Session, statement: Executable, **values: object) -> Rows:
    """
    Execute a statement; as with the session's own, what waits to be written is written first.
    """
    if session.autoflush:
        session.flush()
    given = {name: _as_parameter(value) for name, value in values.items()}
    return session.connection().execute(statement, given)


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
