"""
Whether the outbox may hold something new, for the price of one statement.

Who waits for what other processes tell would otherwise open a session ten times a second, for
nothing: a quarter of a millisecond each time, in every process of a town.
"""

from typing import Any

from shared.database.store import Store

_DUE = "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_at <= now())"


class OutboxWatch:
    """
    A connection of its own; for one thread or greenlet.

    SQLite counts the commits of others (`PRAGMA data_version`) without reading a table. PostgreSQL
    is asked for a row that is due: its NOTIFY would make writers queue up at their commits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Any = None
        self._seen: int | None = None

    def may_be_due(self) -> bool:
        """Return whether to look; after an error too, so that who looks meets it."""
        try:
            if self._store.engine.dialect.name != "sqlite":
                return bool(self._value(_DUE))
            seen, self._seen = self._seen, self._value("PRAGMA data_version")
            return seen != self._seen
        except Exception:
            self.close()
            return True

    def close(self) -> None:
        """Give the connection up; it is opened again when needed."""
        connection, self._connection, self._seen = self._connection, None, None
        if connection is not None:
            connection.close()

    def _value(self, statement: str) -> Any:
        cursor = self._opened().cursor()
        try:
            cursor.execute(statement)
            return cursor.fetchone()[0]
        finally:
            cursor.close()

    def _opened(self) -> Any:
        if self._connection is None:
            pooled = self._store.engine.raw_connection()
            pooled.detach()  # the pool's are for who works
            self._connection = pooled.dbapi_connection
            if self._store.engine.dialect.name != "sqlite":
                self._connection.autocommit = True
        return self._connection
