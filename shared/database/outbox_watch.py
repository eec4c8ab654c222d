"""
Cheap poll of the outbox: one statement says whether a row is due.

The relay polls ten times a second. Opening a session each time would cost a quarter of a
millisecond, in every process of a town.
"""

from typing import Any

from shared.database.store import Store
from shared.dates.clock import now

_DUE = {
    "sqlite": "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_at <= ?)",
    "postgresql": "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_at <= %s)",
}


class OutboxWatch:
    """
    Polls on a connection of its own; for one thread or greenlet.

    Of PostgreSQL's NOTIFY nothing is heard here: it would serialise the commits of writers.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Any = None

    def may_be_due(self) -> bool:
        """Return whether to read the outbox; True after an error, so that the read reports it."""
        try:
            return self._is_any_due()
        except Exception:
            self.close()
            return True

    def close(self) -> None:
        """Close the connection; it is reopened when needed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _is_any_due(self) -> bool:
        dialect = self._store.engine.dialect.name
        moment: Any = now()
        if dialect == "sqlite":  # as `types.Moment` stores it
            moment = f"{moment:%Y-%m-%d %H:%M:%S.%f}"
        cursor = self._open_connection().cursor()
        try:
            cursor.execute(_DUE[dialect], (moment,))
            return bool(cursor.fetchone()[0])
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
