"""
Cheap poll of the outbox: one statement tells whether another process may have published.

The relay polls ten times a second. Opening a session each time would cost a quarter of a
millisecond, in every process of a town.
"""

from typing import Any

from shared.database.store import Store

_DUE = "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_at <= now())"


class OutboxWatch:
    """
    Polls on a connection of its own; for one thread or greenlet.

    On SQLite, `PRAGMA data_version` counts the commits of other connections without reading a
    table. On PostgreSQL it queries for a due row: NOTIFY would serialise the commits of writers.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Any = None
        self._seen: int | None = None

    def may_be_due(self) -> bool:
        """Return whether to read the outbox; True after an error, so that the read reports it."""
        try:
            if self._store.engine.dialect.name != "sqlite":
                return bool(self._query_value(_DUE))
            seen, self._seen = self._seen, self._query_value("PRAGMA data_version")
            return seen != self._seen
        except Exception:
            self.close()
            return True

    def close(self) -> None:
        """Close the connection; it is reopened when needed."""
        connection, self._connection, self._seen = self._connection, None, None
        if connection is not None:
            connection.close()

    def _query_value(self, statement: str) -> Any:
        cursor = self._open_connection().cursor()
        try:
            cursor.execute(statement)
            return cursor.fetchone()[0]
        finally:
            cursor.close()

    def _open_connection(self) -> Any:
        if self._connection is None:
            pooled = self._store.engine.raw_connection()
            pooled.detach()  # keeps the pool free for sessions
            self._connection = pooled.dbapi_connection
            if self._store.engine.dialect.name != "sqlite":
                self._connection.autocommit = True
        return self._connection
