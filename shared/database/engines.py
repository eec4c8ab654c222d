"""
Engines of a database: how it is opened, how reads and writes begin on it, and its errors.

On SQLite a write is `BEGIN IMMEDIATE`: a deferred transaction that upgrades its lock loses races
silently (measured: 253 of 327 numbers were duplicates).
"""

import sqlite3
import time
from collections.abc import Sequence
from copy import copy
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.pool import PoolProxiedConnection

from shared.database.tables.french_order import FRENCH, compare_in_french

WRITE_WAIT_SECONDS = 20.0
"""Timeout of a write that waits for another process's write on SQLite."""

TRY_AGAIN_SECONDS = 0.004

PROGRAM_LIMIT = "54"
"""PostgreSQL's class of errors for a statement that exceeds a limit."""

READS_ONLY = "25006"
"""PostgreSQL's code for a write to a server that is not, or not yet, the one that takes writes."""


def is_database_away(error: BaseException) -> bool:
    """
    Return whether the database was unavailable, locked, full, or ended a deadlock.

    The transaction may be retried: its content was not the cause. Nor was it where all connections
    of the pool were in use for too long.
    """
    if isinstance(error, WriteWaitedTooLong | TimeoutError):
        return True
    if isinstance(error, DBAPIError) and getattr(error.orig, "pgcode", None) == READS_ONLY:
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode != sqlite3.SQLITE_ERROR  # such as: no such table
    return not (getattr(error.orig, "pgcode", None) or "").startswith(PROGRAM_LIMIT)


DEADLOCKED = frozenset({"40P01", "40001"})
"""PostgreSQL's codes for the victim of a deadlock, and of a serialisation failure."""


def is_lost_to_another(error: BaseException) -> bool:
    """Return whether a write was the victim of a deadlock or serialisation failure: retry it."""
    return getattr(getattr(error, "orig", None), "pgcode", None) in DEADLOCKED


class WriteWaitedTooLong(Exception):
    """Another process held SQLite's lock for longer than WRITE_WAIT_SECONDS."""


class WroteInRead(Exception):
    """Code wrote where it may only read: its mistake, which no other moment mends."""


class Engines(NamedTuple):
    """The engine of a database, and the two made of it: reads and writes begin otherwise."""

    plain: Engine
    reading: Engine
    writing: Engine

    @staticmethod
    def open_engines(url: str) -> "Engines":
        plain = open_engine(url)
        return Engines(plain, engine_for_reading(plain), engine_for_writing(plain))


def open_engine(url: str) -> Engine:
    """
    Return an engine for SQLite or PostgreSQL (psycopg2); its errors hide their parameters.

    Raises ValueError for another driver: plain postgresql:// means psycopg 3, which freezes
    eventlet.
    """
    if url.startswith("sqlite:"):
        given = make_url(url)
        engine = create_engine(
            given.set(drivername=_DRIVER),
            hide_parameters=True,
            connect_args={"check_same_thread": False, "timeout": 0.0, "isolation_level": None},
        )
        engine.url = given
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    if not url.startswith("postgresql+psycopg2:"):
        raise ValueError("a database is sqlite:// or postgresql+psycopg2://")
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        use_native_hstore=False,  # saves a query per new connection; no column is an hstore
    )
    event.listen(engine, "handle_error", _tell_mistake_from_failover)
    return engine


def _tell_mistake_from_failover(context: ExceptionContext) -> None:
    """Raise WroteInRead where it was we who asked for a transaction that only reads."""
    if getattr(context.original_exception, "pgcode", None) != READS_ONLY:
        return
    connection = context.connection
    if connection is not None and connection.get_execution_options().get(_ONLY_READS):
        raise WroteInRead from context.original_exception


def engine_for_writing(engine: Engine) -> Engine:
    """Return the engine for writes: on SQLite, transactions begin with the write lock."""
    if isinstance(engine.dialect, _SQLite):
        return _engine_with_dialect(engine, engine.dialect.dialect_beginning_by("BEGIN IMMEDIATE"))
    return engine


def engine_for_reading(engine: Engine) -> Engine:
    """Return the engine for reads: each transaction sees one snapshot of the database."""
    if isinstance(engine.dialect, _SQLite):
        return _engine_with_dialect(engine, engine.dialect.dialect_beginning_by(*_SNAPSHOT))
    return engine.execution_options(isolation_level="REPEATABLE READ", **{_ONLY_READS: True})


_ONLY_READS = "postgresql_readonly"


_SNAPSHOT = ("BEGIN", "SELECT 1 FROM sqlite_master LIMIT 1")
"""The first SELECT takes SQLite's snapshot; done at once, so that no later statement is locked."""


def _engine_with_dialect(engine: Engine, dialect: "_SQLite") -> Engine:
    """Return the engine over the same connections, and with the same events, by this dialect."""
    begun = engine.execution_options()
    begun.dialect = dialect
    return begun


class _SQLite(SQLiteDialect_pysqlite):
    """
    SQLite whose transactions begin here, since its driver begins none by itself.

    By a dialect, not by SQLAlchemy's event `begin`: an engine with any event passes its hooks at
    every statement, which costs half as much as a statement that is built once.
    """

    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._begins: Sequence[str] = ("BEGIN",)
        self._others: dict[Sequence[str], _SQLite] = {}

    def dialect_beginning_by(self, *statements: str) -> "_SQLite":
        """Return a dialect whose transactions begin by these statements."""
        if statements not in self._others:
            other = self._others[statements] = copy(self)
            other._begins = statements
        return self._others[statements]

    def initialize(self, connection: Connection) -> None:
        """Note what the first connection says of the database, for the others as well."""
        super().initialize(connection)
        for other in self._others.values():
            other.__dict__ |= {**self.__dict__, "_begins": other._begins}

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin, and wait for its turn."""
        connection: Any = dbapi_connection.driver_connection
        for statement in self._begins:
            _execute_with_retry(connection, statement)


_DRIVER = "sqlite+begun_here"
registry.register("sqlite.begun_here", __name__, _SQLite.__name__)


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=0",
    "recursive_triggers=ON",  # without it, INSERT OR REPLACE deletes behind an append-only guard
)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in _PRAGMAS:
        _execute_with_retry(connection, f"PRAGMA {pragma}")
    connection.create_collation(FRENCH, compare_in_french)


def _execute_with_retry(connection: sqlite3.Connection, statement: str) -> None:
    """
    Execute a statement, retrying while the database is locked, with short sleeps that yield.

    SQLite's own busy handler would block the whole process, heartbeats included. Raises
    WriteWaitedTooLong after WRITE_WAIT_SECONDS.
    """
    give_up = time.monotonic() + WRITE_WAIT_SECONDS
    while True:
        try:
            connection.execute(statement).fetchall()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() > give_up:
                raise WriteWaitedTooLong from None
            time.sleep(TRY_AGAIN_SECONDS)
