"""
Database of one service: read sessions, and short write transactions that contain the outbox.

On SQLite writes of a process take turns behind one semaphore. Nothing in a write may yield: under
eventlet, one yield of 20 ms froze a process for 45 s.
"""

import random
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Executable,
    MetaData,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter
from sqlalchemy.event import listens_for
from sqlalchemy.orm import ORMExecuteState, Session

from shared.contracts.message import MOST_BYTES, ContractBroken, Event
from shared.database.engines import Engines
from shared.database.keys.sealing import SealedColumn, Sealer
from shared.database.tables.kit_tables import TAKING_IN, kit_table
from shared.dates.clock import now
from shared.json_values import as_json
from shared.runtime.ids import new_id
from shared.runtime.no_waiting_in_writes import assert_not_writing, writing
from shared.runtime.trace import current_trace

if TYPE_CHECKING:
    from shared.register.compiled.register_file import Register

SENT_KEPT = timedelta(days=2)
"""Time for which ids of sent events are kept: what was on its way at a copy was sent lately."""

GATHERED_FOR = timedelta(seconds=0.5)
"""Longest time for which an event that is gathered waits for others of its kind."""
_GATHERED_FROM = datetime.fromtimestamp(random.random(), UTC)
"""Start of the gathering, drawn by each process: those of a town do not send at the same moment."""

E = TypeVar("E")

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


_ADVISORY_LOCKS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(n, 0)) FROM unnest(:names) AS n"
)


class Read(Session):
    """A read session: one snapshot, no write lock, no flush."""


class Write(Session):
    """One short write transaction; the events it publishes are sent only if it commits."""

    _begun: Connection | None = None

    def begin_at_once(self) -> None:
        """Begin, and wait for its turn; all statements outside a savepoint go one way then."""
        self._begun = super().connection()

    def connection(
        self,
        bind_arguments: Any = None,
        execution_options: CoreExecuteOptionsParameter | None = None,
    ) -> Connection:
        """Return the connection of this transaction, which is looked for once, as it is one."""
        if (
            self._begun is None
            or bind_arguments
            or execution_options
            or self.in_nested_transaction()
        ):
            return super().connection(bind_arguments, execution_options)
        return self._begun

    def publish(
        self, event: Event[E], content: E, *, to: str | None = None, topic: str | None = None
    ) -> str:
        """
        Put an event into the outbox in this transaction; return its message id.

        An addressed event needs `to`, a principal; a `topic` replaces the event's name in its
        routing key. Raises ContractBroken if the content violates the contract or is too large.
        """
        parts = ["event", to, topic or event.name] if event.addressed else ["event", event.name]
        key = ".".join(map(str, parts))
        return self._put_in_outbox(
            event, key, _checked_event_body(event, content), event.lane(content)
        )

    def publish_to_each(
        self, event: Event[E], content: E, principals: Iterable[str], *, topic: str
    ) -> None:
        """Put an addressed event into the outbox for each of these principals, checked once."""
        body, lane = _checked_event_body(event, content), event.lane(content)
        for principal in principals:
            self._put_in_outbox(event, f"event.{principal}.{topic}", body, lane)

    def _put_in_outbox(self, event: Event[Any], key: str, body: bytes, lane: int) -> str:
        message_id = new_id()
        moment = now()
        row = {
            "id": message_id,
            "key": key,
            "type": event.full_name,
            "version": event.version,
            "body": body,
            "published_at": moment,
            "attempts": 0,
            "next_at": _end_of_gathering(moment) if event.waits else moment,
            "trace": current_trace(),
            "lane": lane,
        }
        self.info["outbox"].append(row)
        return message_id

    def note_for_completion(self, kind: str, ids: Iterable[str], at: datetime) -> None:
        """Register ids for the completion of this `kind`, called once before the commit."""
        touched, _ = self.info["touched"].get(kind, (set(), at))
        self.info["touched"][kind] = (touched | set(ids), at)

    def claim_message(self, message_id: str) -> bool:
        """Insert a message id into the inbox; return False if it was handled before."""
        return bool(self.claim_messages({message_id: current_trace()}))

    def claim_messages(self, traces: Mapping[str, str | None]) -> set[str]:
        """Insert message ids into the inbox, each with its trace; return those that are new."""
        if self.is_only_writer and not self.info["taking_in"]:
            self._execute(_make_insert_of_taking_in, {"events": 1})
            self.info["taking_in"] = self.info["took_in"] = True
        moment = now()
        rows = [{"id": id_, "received_at": moment, "trace": traces[id_]} for id_ in traces]
        return {row.id for row in self._execute(_make_insert_of_message_claim, rows)}

    def was_claimed(self, message_id: str) -> bool:
        """Return whether a message id is in the inbox: its message was handled."""
        inbox = kit_table(self.info["metadata"], "inbox")
        return self.scalar(select(inbox.c.id).where(inbox.c.id == message_id)) is not None

    def end_event_handling(self) -> None:
        """Let rows count as changed behind the events' back again (comparison/sums.py)."""
        if self.info["took_in"]:
            self.flush()
            self._execute(_make_delete_of_taking_in, {})

    def upsert_into(self, table: Any) -> Any:
        """Return the dialect's INSERT with ON CONFLICT."""
        return _INSERTS[self.get_bind().dialect.name](table)

    @property
    def is_only_writer(self) -> bool:
        """Say whether no other write goes on: SQLite has one writer, and needs no lock."""
        return self.get_bind().dialect.name == "sqlite"

    @property
    def locked_names(self) -> set[str]:
        """Names, and ids of rows, that this transaction holds until its commit, noted by locks."""
        found: set[str] = self.info["locked"]
        return found

    def lock_names(self, *names: str) -> None:
        """
        Lock names until the commit (advisory locks); other writes of a name wait for it.

        For entities that have no row yet to lock. Those that it locked before are locked.
        """
        new = () if self.is_only_writer else set(names) - self.locked_names
        if new:
            self.execute(_ADVISORY_LOCKS, {"names": sorted(new)})  # sorted, to avoid deadlocks
            self.locked_names.update(new)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Open a savepoint: if it fails, its rows and its published events are rolled back."""
        published = len(self.info["outbox"])
        try:
            with self.begin_nested():
                yield
        except BaseException:
            del self.info["outbox"][published:]
            self.info["taking_in"] = False  # its row may be gone with the savepoint
            self.locked_names.clear()  # and so may locks
            raise

    def claim_request(self, caller: str, request_id: str, method: str) -> bool:
        """
        Claim a request that writes; return False if it was handled before.

        The row is unique: a repetition that arrives meanwhile waits here until the first one ends.
        """
        row: dict[str, Any] = {"caller": caller, "request_id": request_id, "method": method}
        row |= {"answer": "", "answered_at": now(), "trace": current_trace()}
        return bool(self._execute(_make_insert_of_request_claim, row).first())

    def earlier_answer(self, caller: str, request_id: str, method: str) -> str | None:
        """Return the stored answer (JSON) of a request; None if its id is of another method."""
        answered = kit_table(self.info["metadata"], "answered")
        return self.scalar(
            select(answered.c.answer).where(
                answered.c.caller == caller,
                answered.c.request_id == request_id,
                answered.c.method == method,
            )
        )

    def keep_answer(self, caller: str, request_id: str, answer: str) -> None:
        """Store the answer (JSON) of a claimed request, in the transaction of its effect."""
        key = {"of_caller": caller, "of_request": request_id}
        self._execute(_make_update_of_kept_answer, {**key, "answer": answer})

    def _execute(self, statement: "KitStatement", rows: Any) -> CursorResult[Any]:
        """Execute a statement of the kit, which is built once for each service and database."""
        metadata, dialect = self.info["metadata"], self.get_bind().dialect.name
        return self.connection().execute(statement(metadata, dialect), rows)


@listens_for(Write, "do_orm_execute")
def _read_what_is_locked(execution: ORMExecuteState) -> None:
    """
    Have each statement that locks rows read them anew.

    SQLAlchemy locks a row that this transaction read before and leaves it as it was then: what
    another wrote until the lock was had would be overwritten.
    """
    if getattr(execution.statement, "_for_update_arg", None) is not None:
        execution.update_execution_options(populate_existing=True)


def _checked_event_body(event: Event[E], content: E) -> bytes:
    """Return the body of an event; raises ContractBroken, also where it is too large."""
    body = as_json(event.dump(content)).encode()
    if len(body) > MOST_BYTES:
        raise ContractBroken(event.full_name, {"size": [f"more than {MOST_BYTES} bytes"]})
    return body


def _end_of_gathering(moment: datetime) -> datetime:
    """Return when what is published at this moment is due, with all of the same half second."""
    return moment + GATHERED_FOR - (moment - _GATHERED_FROM) % GATHERED_FOR


KitStatement = Callable[[MetaData, str], Executable]


@cache
def _make_insert_of_message_claim(metadata: MetaData, dialect: str) -> Executable:
    inbox = kit_table(metadata, "inbox")
    taking_in = [] if dialect == "sqlite" else [func.set_config(TAKING_IN, "1", True)]
    return _INSERTS[dialect](inbox).on_conflict_do_nothing().returning(inbox.c.id, *taking_in)


@cache
def _make_insert_of_taking_in(metadata: MetaData, dialect: str) -> Executable:
    return _INSERTS[dialect](kit_table(metadata, "taking_in")).on_conflict_do_nothing()


@cache
def _make_delete_of_taking_in(metadata: MetaData, _dialect: str) -> Executable:
    return delete(kit_table(metadata, "taking_in"))


@cache
def _make_insert_of_request_claim(metadata: MetaData, dialect: str) -> Executable:
    answered = kit_table(metadata, "answered")
    return _INSERTS[dialect](answered).on_conflict_do_nothing().returning(answered.c.request_id)


@cache
def _make_update_of_kept_answer(metadata: MetaData, _dialect: str) -> Executable:
    answered = kit_table(metadata, "answered")
    return (
        update(answered)
        .where(
            answered.c.caller == bindparam("of_caller"),
            answered.c.request_id == bindparam("of_request"),
        )
        .values(answer=bindparam("answer"))
    )


@cache
def _make_insert_into_outbox(metadata: MetaData) -> Executable:
    return insert(kit_table(metadata, "outbox"))


Completion = Callable[[Write, Collection[str], datetime], None]


class Store:
    """
    The database of one service; declared at import, connected once at start.

    `sealed` are the columns that the service seals with its own key, for key rotation.
    """

    def __init__(
        self, service: str, metadata: MetaData, sealed: Iterable[SealedColumn] = ()
    ) -> None:
        self.service = service
        self.metadata = metadata
        self._columns = tuple(sealed)
        self._register: Register | None = None
        self._engines: Engines | None = None
        self._sealer: Sealer | None = None
        self._turn = threading.BoundedSemaphore()
        self._listeners: list[Callable[[], None]] = []
        self._completions: dict[str, Completion] = {}

    def connect(self, url: str, register: "Register | None" = None, *, key: bytes = b"") -> None:
        """
        Open the database at `url`; `register` is available to the rules of this service.

        With a `key`, bodies in the outbox are sealed, because deleted rows stay on the disk.
        """
        self.close()
        self._engines = Engines.open_engines(url)
        self._sealer = Sealer(key) if key else None
        self._turn = threading.BoundedSemaphore()
        self._register = register

    @property
    def register(self) -> "Register":
        """The register that it was connected with; of a type, so that its callers are checked."""
        if self._register is None:
            raise RuntimeError(f"the store of {self.service} was connected without a register")
        return self._register

    def close(self) -> None:
        """Close all connections."""
        if self._engines is not None:
            self._engines.plain.dispose()
            self._engines = None

    @property
    def engine(self) -> Engine:
        """Return the connected engine."""
        return self._connected_engines.plain

    @property
    def _connected_engines(self) -> Engines:
        if self._engines is None:
            raise RuntimeError(f"the {self.service} store is not connected")
        return self._engines

    def notify_when_published(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit that published events which are due at once."""
        self._listeners.append(listener)

    def complete_before_commit(self, kind: str, completion: Completion) -> None:
        """
        Call `completion` before the commit of each write that touched ids of this `kind`.

        Its arguments are the transaction, the touched ids, and the time of the last
        `note_for_completion`.
        """
        self._completions[kind] = completion

    @contextmanager
    def read(self) -> Iterator[Read]:
        """
        Open a read session on one snapshot of the database; it is rolled back at the end.

        Inside `sharing_one_read` it is the one that the first of them opened.
        """
        shared = _shared_read.get()
        if shared is not None and shared.store is self:
            yield shared.open_session_once()
        else:
            with self._open_read() as session:
                yield session

    def sharing_one_read(self) -> "_SharedRead":
        """Let what reads inside share one session: checks that follow each other at once."""
        return _SharedRead(self)

    def _open_read(self) -> Read:
        return Read(self._connected_engines.reading, autoflush=False, expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Write]:
        """
        Open one short write transaction, committed at the end, rolled back on an error.

        Raises YieldsInWrite if code inside waits, WriteWaitedTooLong after WRITE_WAIT_SECONDS.
        """
        assert_not_writing()
        if self.engine.dialect.name == "sqlite":
            with self._turn:
                yield from self._write_in_turn()
        else:
            yield from self._write_in_turn()

    def _write_in_turn(self) -> Iterator[Write]:
        with Write(self._connected_engines.writing, expire_on_commit=False) as session:
            session.info.update(outbox=[], touched={}, metadata=self.metadata)
            session.info.update(taking_in=False, took_in=False, locked=set())
            session.begin_at_once()
            mark = writing.set(True)
            try:
                yield session
                self._complete_touched(session)
                session.end_event_handling()
                published = [self._seal_body(row) for row in session.info["outbox"]]
                if published:
                    session.flush()
                    session.connection().execute(_make_insert_into_outbox(self.metadata), published)
                _commit_or_invalidate(session)
            finally:
                writing.reset(mark)
        if any(row["next_at"] <= row["published_at"] for row in published):
            for listener in self._listeners:
                listener()

    def _complete_touched(self, session: Write) -> None:
        """
        Call what completes this write, in the order of `complete_before_commit`: all lock so.

        What one touches is completed by those after it.
        """
        touched = session.info["touched"]
        for kind, completion in self._completions.items():
            if kind in touched:
                completion(session, *touched[kind])
        if unknown := touched.keys() - self._completions.keys():
            raise KeyError(*unknown)

    @property
    def sealed_columns(self) -> tuple[SealedColumn, ...]:
        """Return all columns sealed with this service's own key, the outbox's body included."""
        outbox = kit_table(self.metadata, "outbox")
        return (SealedColumn(outbox.c.body, sealed_place_of_outbox_row), *self._columns)

    def seal(self, place: str, value: object) -> bytes:
        """Return a JSON value sealed with the service's own key; for data of no single subject."""
        return self._require_sealer().seal(place, value)

    def unseal(self, place: str, sealed: bytes) -> Any:
        """Return a value that `seal` sealed for this place; raises Unreadable."""
        return self._require_sealer().open(place, sealed)

    def _require_sealer(self) -> Sealer:
        if self._sealer is None:
            raise RuntimeError(f"the {self.service} store was connected without a key")
        return self._sealer

    def unsealed_body(self, row: Any) -> bytes:
        """Return the unsealed body of an outbox row; raises Unreadable."""
        place = sealed_place_of_outbox_row(row.id)
        return self._sealer.open_bytes(place, row.body) if self._sealer else row.body

    def _seal_body(self, row: dict[str, Any]) -> dict[str, Any]:
        if self._sealer is None:
            return row
        return {
            **row,
            "body": self._sealer.seal_bytes(sealed_place_of_outbox_row(row["id"]), row["body"]),
        }


class _SharedRead:
    """The session that reads of one store share, opened by the first of them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._session: Read | None = None

    def __enter__(self) -> None:
        self._mark = _shared_read.set(self)

    def __exit__(self, *_error: object) -> None:
        _shared_read.reset(self._mark)
        if self._session is not None:
            self._session.close()

    def open_session_once(self) -> Read:
        if self._session is None:
            self._session = self.store._open_read()
        return self._session


_shared_read: ContextVar[_SharedRead | None] = ContextVar("shared_read", default=None)


def sealed_place_of_outbox_row(message_id: str) -> str:
    """Return the place to which the body of an outbox row is bound."""
    return f"outbox|{message_id}"


def _commit_or_invalidate(session: Session) -> None:
    """
    Commit; if a deferred constraint refuses it, invalidate the connection.

    SQLite then leaves its transaction open, while SQLAlchemy believes that it has ended.
    """
    try:
        session.commit()
    except Exception:
        session.invalidate()
        raise


def purge_kit_tables(write: Write, *, inbox_days: int = 30, answer_hours: int = 24) -> None:
    """Delete old rows of sent, inbox, answered; services that count money keep more (goal A5)."""
    metadata = write.info["metadata"]
    inbox, answered = kit_table(metadata, "inbox"), kit_table(metadata, "answered")
    sent = kit_table(metadata, "sent")
    moment = now()
    write.execute(sent.delete().where(sent.c.sent_at < moment - SENT_KEPT))
    write.execute(inbox.delete().where(inbox.c.received_at < moment - timedelta(days=inbox_days)))
    write.execute(
        answered.delete().where(answered.c.answered_at < moment - timedelta(hours=answer_hours))
    )
