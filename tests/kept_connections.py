"""
Connections to PostgreSQL that pass from one test to the next, as its databases do.

Who connects anew waits for a slow hash, and is served by a process which has yet to read the
catalog and to compile the triggers of each table: more work than what most tests ask for.
"""

import os
from collections import defaultdict
from contextlib import suppress
from typing import Any

import psycopg2
import psycopg2.extensions
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

MOST = 3
"""Connections of a user to a database that are kept: few tests have more at once."""


class KeptConnections:
    """The connections to one database that nobody has at the moment, by user."""

    def __init__(self) -> None:
        self._free: dict[str, list[_Kept]] = defaultdict(list)

    def give(self, parameters: dict[str, Any]) -> "_Kept":
        """Return one that was put back, or a new one."""
        free = self._free[parameters["user"]]
        with suppress(IndexError):  # another thread may take the last one
            while not (connection := free.pop()).still_works():
                pass
            return connection
        made: _Kept = psycopg2.connect(**parameters, connection_factory=_Kept)
        made.home = free
        return made

    def processes(self) -> list[int]:
        """Return the server's processes that wait for who comes next."""
        return [each.info.backend_pid for free in self._free.values() for each in free]

    def leave_to_parent(self) -> None:
        """Have none in a forked process: the server would hear two of them on one line."""
        for free in self._free.values():
            free.clear()

    def end(self) -> None:
        """Close them all."""
        for free in self._free.values():
            while free:
                free.pop().end()


class _Kept(psycopg2.extensions.connection):
    """A connection that goes back, as a new one, where it would be closed."""

    home: "list[_Kept]"

    def close(self) -> None:
        """Put it back, or close it where there are enough or it works no more."""
        if self.closed:
            return
        with suppress(psycopg2.Error):
            if len(self.home) < MOST:
                self.reset()
                self.home.append(self)
                return
        self.end()

    @property
    def closed(self) -> int:
        """Say whether it is closed to who had it: what is put back is nobody's."""
        return super().closed or int(self in self.home)

    def cursor(self, *arguments: Any, **named: Any) -> Any:
        """Give a cursor to who has the connection."""
        if self.closed:
            raise psycopg2.InterfaceError("connection already closed")
        return super().cursor(*arguments, **named)

    def end(self) -> None:
        super().close()

    def still_works(self) -> bool:
        """Say whether the server has not gone meanwhile."""
        with suppress(psycopg2.Error), self, self.cursor() as cursor:
            cursor.execute("SELECT 1")
            return True
        self.end()
        return False


_by_database: dict[str, KeptConnections] = {}


def kept_for(database: str) -> KeptConnections:
    """Keep the connections to a database from now on."""
    return _by_database.setdefault(database, KeptConnections())


def _leave_all_to_parent() -> None:
    for kept in _by_database.values():
        kept.leave_to_parent()


os.register_at_fork(after_in_child=_leave_all_to_parent)


_connect_anew = PGDialect_psycopg2.connect


def _connect(
    dialect: PGDialect_psycopg2, *arguments: Any, **parameters: Any
) -> psycopg2.extensions.connection:
    """Connect an engine, to a database whose connections are kept by one of these."""
    kept = _by_database.get(parameters.get("dbname", ""))
    return kept.give(parameters) if kept else _connect_anew(dialect, *arguments, **parameters)


PGDialect_psycopg2.connect = _connect  # type: ignore[method-assign]
