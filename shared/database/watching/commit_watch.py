"""
Cheap polls of a database: one statement says whether there may be anything to read.

Opening a session each time would cost a quarter of a millisecond, in every process of a town.
"""

from typing import Any

from shared.database.store import Store

_COMMITTED = {
    "sqlite": "PRAGMA data_version",
    "postgresql": "SELECT pg_current_snapshot()::text",
}
"""
A value that is another one once another connection has committed.

PostgreSQL's is that of the whole server, with all that is under way: it changes more often.
"""


class Watch:
    """Polls on a connection of its own; for one thread or greenlet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Any = None

    def close(self) -> None:
        """Close the connection; it is reopened when needed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def _dialect(self) -> str:
        return self._store.engine.dialect.name

    def _first_value(self, statement: str, *values: Any) -> Any:
        cursor = self._open_connection().cursor()
        try:
            cursor.execute(statement, values)
            return cursor.fetchone()[0]
        finally:
            cursor.close()

    def _open_connection(self) -> Any:
        if self._connection is None:
            pooled = self._store.engine.raw_connection()
            pooled.detach()  # keeps the pool free for sessions
            self._connection = pooled.dbapi_connection
            if self._dialect != "sqlite":
                self._connection.autocommit = True
        return self._connection


class CommitWatch(Watch):
    """Tells whether anything was committed since it was asked last."""

    _seen: Any = None

    def may_have_changed(self) -> bool:
        """Return whether to read the database; True at first, and after an error."""
        try:
            seen = self._first_value(_COMMITTED[self._dialect])
        except Exception:
            self.close()
            seen = None
        changed = seen is None or seen != self._seen
        self._seen = seen
        return changed
