"""
One service's database: plain reads, and short write transactions with the outbox inside.

On SQLite a write is `BEGIN IMMEDIATE` behind one semaphore per process: a deferred transaction that
upgrades loses races silently (253 duplicate numbers in 327 were measured). Nothing inside a write may
yield: under eventlet one 20 ms yield inside a write transaction froze a process for 45 s.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.clock import now
from shared.contracts.message import Event
from shared.database.kit_tables import kit_table
from shared.ids import new_id

WRITE_WAIT_SECONDS = 20.0
"""How long a write waits for another process's write on SQLite before it gives up."""

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class YieldsInWrite(AssertionError):
    """Something inside a write transaction sleeps, asks or publishes."""


class WriteWaitedTooLong(Exception):
    """Another process held SQLite's write lock for longer than WRITE_WAIT_SECONDS."""


def assert_not_writing() -> None:
    """Raise YieldsInWrite inside a write transaction; every kit call that waits begins with this."""
    if _writing.get():
        raise YieldsInWrite


class Read(Session):
    """A session that takes no write lock and flushes nothing."""


class Write(Session):
    """One short write transaction: what it decides to tell leaves only if it commits."""

    def tell(
        self, fact: Event, *, to: str | None = None, topic: str | None = None, **payload: Any
    ) -> str:
        """
        Put an event into the outbox of this transaction and return its message id.

        An addressed event needs `to`, a principal, and may narrow its key by a `topic`. Raises
        ContractBroken where the payload does not fit.
        """
        parts = ["event", to, topic or fact.name] if fact.addressed else ["event", fact.name]
        message_id = new_id()
        moment = now()
        row = {
            "id": message_id,
            "key": ".".join(str(part) for part in parts),
            "type": fact.full_name,
            "version": fact.version,
            "body": json.dumps(fact.dump(payload), ensure_ascii=False).encode(),
            "told_at": moment,
            "attempts": 0,
            "next_at": moment,
        }
        self.info["outbox"].append(row)
        return message_id

    def first_time(self, message_id: str) -> bool:
        """Note a message as handled; False where it was before. The unique row decides."""
        inbox = kit_table(self.info["metadata"], "inbox")
        row = self.upsert(inbox).values(id=message_id, received_at=now()).on_conflict_do_nothing()
        return bool(self.execute(row.returning(inbox.c.id)).first())

    def upsert(self, table: Any) -> Any:
        """Return an INSERT that knows ON CONFLICT, for this database's dialect."""
        return _INSERTS[self.get_bind().dialect.name](table)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Let one part of the transaction fail alone: its rows and what it told are undone."""
        told = len(self.info["outbox"])
        try:
            with self.begin_nested():
                yield
        except BaseException:
            del self.info["outbox"][told:]
            raise

    def earlier_answer(self, caller: str, request_id: str) -> str | None:
        """Return the stored answer (JSON) to a request that was handled before, else None."""
        table = kit_table(self.info["metadata"], "answered")
        return self.scalar(
            select(table.c.answer).where(table.c.caller == caller, table.c.request_id == request_id)
        )

    def keep_answer(self, caller: str, request_id: str, method: str, answer: str) -> None:
        """Store the answer to a request that writes, in the transaction of its effect."""
        row = {
            "caller": caller,
            "request_id": request_id,
            "method": method,
            "answer": answer,
            "answered_at": now(),
        }
        self.execute(insert(kit_table(self.info["metadata"], "answered")), [row])


class Store:
    """The database of one service; declared at import, connected once at start."""

    def __init__(self, service: str, metadata: MetaData) -> None:
        self.service = service
        self.metadata = metadata
        self.register: Any = None
        self._engine: Engine | None = None
        self._turn = threading.BoundedSemaphore()
        self._listeners: list[Callable[[], None]] = []

    def connect(self, url: str, register: Any = None) -> None:
        """Open the database at `url`; `register` is what the rules of this service may consult."""
        self.close()
        self._engine = open_engine(url)
        self._turn = threading.BoundedSemaphore()
        self.register = register

    def close(self) -> None:
        """Give back every connection."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @property
    def engine(self) -> Engine:
        """Return the connected engine."""
        if self._engine is None:
            raise RuntimeError(f"the {self.service} store is not connected")
        return self._engine

    def when_told(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit that put something into the outbox."""
        self._listeners.append(listener)

    @contextmanager
    def read(self) -> Iterator[Read]:
        """Open a consistent view; nothing done in it is kept."""
        with Read(self.engine, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Write]:
        """
        Open one short write transaction, committed at the end, rolled back on an error.

        Raises YieldsInWrite where something inside waits, WriteWaitedTooLong on a busy SQLite.
        """
        assert_not_writing()
        if self.engine.dialect.name == "sqlite":
            with self._turn:
                yield from self._write()
        else:
            yield from self._write()

    def _write(self) -> Iterator[Write]:
        with Write(self.engine, expire_on_commit=False) as session:
            session.info.update(outbox=[], metadata=self.metadata)
            _begin(session)
            mark = _writing.set(True)
            try:
                yield session
                told = session.info["outbox"]
                if told:
                    session.execute(insert(kit_table(self.metadata, "outbox")), told)
                session.commit()
            finally:
                _writing.reset(mark)
        if told:
            for listener in self._listeners:
                listener()


def open_engine(url: str) -> Engine:
    """Return an engine with the settings that both databases need; errors hide their parameters."""
    if url.startswith("sqlite:"):
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args={"check_same_thread": False, "timeout": 0.0, "isolation_level": None},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_on_sqlite(connection: Any) -> None:
    wanted = connection.get_execution_options().get("preau_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {wanted}")


def _begin(session: Write) -> None:
    """
    Take the write lock, waiting by short sleeps that yield.

    SQLite's own busy handler would block the whole process, heartbeats included.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.connection()
        return
    give_up = time.monotonic() + WRITE_WAIT_SECONDS
    while True:
        try:
            session.connection(execution_options={"preau_begin": "IMMEDIATE"})
            return
        except OperationalError as error:
            session.rollback()
            if "locked" not in str(error.orig):
                raise
            if time.monotonic() > give_up:
                raise WriteWaitedTooLong from None
            time.sleep(0.004)


def purge_kit_tables(write: Write, *, inbox_days: int = 30, answer_hours: int = 24) -> None:
    """Forget what was handled long ago; money's consumers pass more days (goal A5)."""
    metadata = write.info["metadata"]
    inbox, answered = kit_table(metadata, "inbox"), kit_table(metadata, "answered")
    moment = now()
    write.execute(inbox.delete().where(inbox.c.received_at < moment - timedelta(days=inbox_days)))
    write.execute(
        answered.delete().where(answered.c.answered_at < moment - timedelta(hours=answer_hours))
    )
