"""
One service's database: plain reads, and short write transactions with the outbox inside.

On SQLite a write is `BEGIN IMMEDIATE` behind one semaphore per process: a deferred transaction that
upgrades loses races silently (253 duplicate numbers in 327 were measured). Nothing inside a write
may yield: under eventlet one 20 ms yield inside a write transaction froze a process for 45 s.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Engine, MetaData, create_engine, event, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from shared.contracts.message import MOST_BYTES, ContractBroken, Event
from shared.database.kit_tables import kit_table
from shared.database.sealing import SealedColumn, Sealer
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.runtime.trace import current_trace
from shared.runtime.write_guard import assert_not_writing, writing

WRITE_WAIT_SECONDS = 20.0
"""How long a write waits for another process's write on SQLite before it gives up."""

TRY_AGAIN_SECONDS = 0.004

PROGRAM_LIMIT = "54"
"""PostgreSQL's class of errors for a statement that is too big."""

_IMMEDIATE = ("BEGIN IMMEDIATE",)
_SNAPSHOT = ("BEGIN", "SELECT 1 FROM sqlite_master LIMIT 1")
"""The first SELECT takes SQLite's snapshot: done at once, so that nothing later can meet a lock."""

E = TypeVar("E")

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def is_away(error: BaseException) -> bool:
    """
    Return whether an error is the database's own: away, locked, full, or ending a deadlock.

    What was to be done may be tried again; it is not what was wrong.
    """
    if isinstance(error, WriteWaitedTooLong):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode != sqlite3.SQLITE_ERROR  # such as: no such table
    return not (getattr(error.orig, "pgcode", None) or "").startswith(PROGRAM_LIMIT)


DEADLOCKED = frozenset({"40P01", "40001"})
"""PostgreSQL's codes for the victim of a deadlock, and of a serialisation failure."""


def lost_to_another(error: BaseException) -> bool:
    """Return whether the database ended a write for another's sake: done again, it can succeed."""
    return getattr(getattr(error, "orig", None), "pgcode", None) in DEADLOCKED


class WriteWaitedTooLong(Exception):
    """Another process held SQLite's lock for longer than WRITE_WAIT_SECONDS."""


_HELD = text("SELECT pg_advisory_xact_lock(hashtextextended(n, 0)) FROM unnest(:names) AS n")


class Read(Session):
    """A session that takes no write lock and flushes nothing."""


class Write(Session):
    """One short write transaction: what it publishes leaves only if it commits."""

    def publish(
        self, event: Event[E], content: E, *, to: str | None = None, topic: str | None = None
    ) -> str:
        """
        Put an event into the outbox of this transaction and return its message id.

        An addressed event needs `to`, a principal, and may narrow its key by a `topic`. Raises
        ContractBroken where the content does not fit.
        """
        parts = ["event", to, topic or event.name] if event.addressed else ["event", event.name]
        body = json.dumps(event.dump(content), ensure_ascii=False).encode()
        if len(body) > MOST_BYTES:
            raise ContractBroken(event.full_name, {"size": [f"more than {MOST_BYTES} bytes"]})
        message_id = new_id()
        moment = now()
        row = {
            "id": message_id,
            "key": ".".join(str(part) for part in parts),
            "type": event.full_name,
            "version": event.version,
            "body": body,
            "published_at": moment,
            "attempts": 0,
            "next_at": moment,
            "trace": current_trace(),
        }
        self.info["outbox"].append(row)
        return message_id

    def touch(self, kind: str, ids: Iterable[str], at: datetime) -> None:
        """Note what is completed once, before the commit, by who `Store.completes` this kind."""
        touched, _ = self.info["touched"].get(kind, (set(), at))
        self.info["touched"][kind] = (touched | set(ids), at)

    def first_time(self, message_id: str) -> bool:
        """Note a message as handled; False where it was before. The unique row decides."""
        inbox = kit_table(self.info["metadata"], "inbox")
        row = {"id": message_id, "received_at": now(), "trace": current_trace()}
        noted = self.upsert(inbox).values(**row).on_conflict_do_nothing()
        return bool(self.execute(noted.returning(inbox.c.id)).first())

    def upsert(self, table: Any) -> Any:
        """Return an INSERT that knows ON CONFLICT, for this database's dialect."""
        return _INSERTS[self.get_bind().dialect.name](table)

    def alone(self, *names: str) -> None:
        """
        Hold names until the commit: who wants one meanwhile waits, and then sees what was written.

        For what has no row yet that could be locked. On SQLite a write is alone anyhow.
        """
        if names and self.get_bind().dialect.name == "postgresql":
            self.execute(_HELD, {"names": sorted(names)})  # in one order, or two could block

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

    def first_request(self, caller: str, request_id: str, method: str) -> bool:
        """
        Claim a request that writes; False where it was handled before.

        The unique row decides: a repetition that comes meanwhile waits here for the first to end.
        """
        answered = kit_table(self.info["metadata"], "answered")
        row: dict[str, Any] = {"caller": caller, "request_id": request_id, "method": method}
        row |= {"answer": "", "answered_at": now(), "trace": current_trace()}
        claim = self.upsert(answered).values(**row).on_conflict_do_nothing()
        return bool(self.execute(claim.returning(answered.c.request_id)).first())

    def earlier_answer(self, caller: str, request_id: str, method: str) -> str | None:
        """Return the stored answer (JSON) of a claimed request; None for another method's."""
        answered = kit_table(self.info["metadata"], "answered")
        return self.scalar(
            select(answered.c.answer).where(
                answered.c.caller == caller,
                answered.c.request_id == request_id,
                answered.c.method == method,
            )
        )

    def keep_answer(self, caller: str, request_id: str, answer: str) -> None:
        """Store the answer to a claimed request, in the transaction of its effect."""
        answered = kit_table(self.info["metadata"], "answered")
        self.execute(
            update(answered)
            .where(answered.c.caller == caller, answered.c.request_id == request_id)
            .values(answer=answer)
        )


Completion = Callable[[Write, Collection[str], datetime], None]


class Store:
    """The database of one service; declared at import, connected once at start."""

    def __init__(
        self, service: str, metadata: MetaData, sealed: Iterable[SealedColumn] = ()
    ) -> None:
        self.service = service
        self.metadata = metadata
        self._columns = tuple(sealed)
        self.register: Any = None
        self._engine: Engine | None = None
        self._sealer: Sealer | None = None
        self._turn = threading.BoundedSemaphore()
        self._listeners: list[Callable[[], None]] = []
        self._completions: dict[str, Completion] = {}

    def connect(self, url: str, register: Any = None, *, key: bytes = b"") -> None:
        """
        Open the database at `url`; `register` is what the rules of this service may consult.

        With a `key` what waits in the outbox is sealed: the pages of a deleted row stay on the
        disk.
        """
        self.close()
        self._engine = open_engine(url)
        self._sealer = Sealer(key) if key else None
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

    def when_published(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit that put something into the outbox."""
        self._listeners.append(listener)

    def completes(self, kind: str, completion: Completion) -> None:
        """
        Call `completion` before each commit of a write that touched something of this `kind`.

        It is given the transaction, the ids that were touched, and the time of the last touch.
        """
        self._completions[kind] = completion

    @contextmanager
    def read(self) -> Iterator[Read]:
        """Open a view of one state of the database; nothing done in it is kept."""
        with Read(for_reading(self.engine), autoflush=False, expire_on_commit=False) as session:
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
        with Write(for_writing(self.engine), expire_on_commit=False) as session:
            session.info.update(outbox=[], touched={}, metadata=self.metadata)
            session.connection()  # begins, and waits for its turn
            mark = writing.set(True)
            try:
                yield session
                for kind, (ids, at) in session.info["touched"].items():
                    self._completions[kind](session, ids, at)
                told = [self._sealed(row) for row in session.info["outbox"]]
                if told:
                    session.execute(insert(kit_table(self.metadata, "outbox")), told)
                _commit(session)
            finally:
                writing.reset(mark)
        if told:
            for listener in self._listeners:
                listener()

    @property
    def sealed(self) -> tuple[SealedColumn, ...]:
        """Return all that is sealed with this service's own key: what waits to leave, and more."""
        outbox = kit_table(self.metadata, "outbox")
        return (SealedColumn(outbox.c.body, place_in_outbox), *self._columns)

    def seal(self, place: str, value: Any) -> bytes:
        """Return a JSON value sealed with this service's own key, for a column of no subject's."""
        return self._key().seal(place, value)

    def opened(self, place: str, sealed: bytes) -> Any:
        """Return what `seal` sealed for this place; raises Unreadable."""
        return self._key().open(place, sealed)

    def _key(self) -> Sealer:
        if self._sealer is None:
            raise RuntimeError(f"the {self.service} store was connected without a key")
        return self._sealer

    def outgoing_body(self, row: Any) -> bytes:
        """Return the body of an outbox row as it leaves; raises Unreadable."""
        place = place_in_outbox(row.id)
        return self._sealer.open_bytes(place, row.body) if self._sealer else row.body

    def _sealed(self, row: dict[str, Any]) -> dict[str, Any]:
        if self._sealer is None:
            return row
        return {**row, "body": self._sealer.seal_bytes(place_in_outbox(row["id"]), row["body"])}


def place_in_outbox(message_id: str) -> str:
    """Return where a body that waits belongs."""
    return f"outbox|{message_id}"


def _commit(session: Session) -> None:
    """
    Commit; where a deferred constraint refuses it, give the connection up.

    SQLite leaves its transaction open then, and SQLAlchemy takes it for ended.
    """
    try:
        session.commit()
    except Exception:
        session.invalidate()
        raise


def open_engine(url: str) -> Engine:
    """
    Return an engine with the settings that both databases need; errors hide their parameters.

    Raises ValueError for another driver: plain postgresql:// means psycopg 3, which freezes
    eventlet.
    """
    if url.startswith("sqlite:"):
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args={"check_same_thread": False, "timeout": 0.0, "isolation_level": None},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    if not url.startswith("postgresql+psycopg2:"):
        raise ValueError("a database is sqlite:// or postgresql+psycopg2://")
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        use_native_hstore=False,  # or each new connection asks once more, for a type of no column
    )


def for_writing(engine: Engine) -> Engine:
    """Return the engine as a write uses it: on SQLite a transaction begins with the write lock."""
    return engine.execution_options(preau_begin=_IMMEDIATE)


def for_reading(engine: Engine) -> Engine:
    """Return the engine as a read uses it: each transaction shows one state of the database."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(preau_begin=_SNAPSHOT)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=0",
    "recursive_triggers=ON",  # without it, INSERT OR REPLACE deletes behind an append-only guard
)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in _PRAGMAS:
        _patiently(connection, f"PRAGMA {pragma}")


def _begin_on_sqlite(connection: Any) -> None:
    for statement in connection.get_execution_options().get("preau_begin", ("BEGIN",)):
        _patiently(connection.connection.driver_connection, statement)


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """
    Execute a statement, waiting for another process's lock by short sleeps that yield.

    SQLite's own busy handler would block the whole process, heartbeats included.
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


def purge_kit_tables(write: Write, *, inbox_days: int = 30, answer_hours: int = 24) -> None:
    """Forget what was handled long ago; money's consumers pass more days (goal A5)."""
    metadata = write.info["metadata"]
    inbox, answered = kit_table(metadata, "inbox"), kit_table(metadata, "answered")
    moment = now()
    write.execute(inbox.delete().where(inbox.c.received_at < moment - timedelta(days=inbox_days)))
    write.execute(
        answered.delete().where(answered.c.answered_at < moment - timedelta(hours=answer_hours))
    )
