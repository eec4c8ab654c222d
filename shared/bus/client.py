"""
RPC client: sends requests to other principals and waits for their answers, with a deadline.

One client serves a process with all its threads and greenlets; create it after the fork. It
publishes on one connection and consumes answers on another, from a reply queue that is leased by an
exclusive consumer. An answer counts only if the principal that was asked published it.

A request whose connection broke is sent again within its deadline: broken connections are found by
using them, and a person would read that a service is away which answers. A request that reads
changes nothing, and one that writes is done once by its id. One of a method that is to be asked
`once` is neither: a code that a person typed may be used up by then, and whoever asked begins anew.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Generic, TypeVar

from amqp import Channel, Connection
from amqp.basic_message import Message

from shared.bus.broker.connection import CONNECTION_ERRORS, BrokerConnection, Connector, StillAway
from shared.bus.broker.publisher import Publisher
from shared.bus.broker.reply_queue_leases import take_slot
from shared.contracts.errors import (
    BadRequest,
    Failed,
    NoAnswer,
    NotAllowed,
    Refusal,
    TooLarge,
    Unavailable,
)
from shared.contracts.message import MOST_BYTES, ContractBroken, Method
from shared.json_values import as_json
from shared.runtime.ids import new_id
from shared.runtime.logs import log, log_error
from shared.runtime.metrics import asked, too_large
from shared.runtime.no_waiting_in_writes import assert_not_writing
from shared.runtime.trace import HEADER, current_trace
from shared.settings import Settings

DEADLINE_SECONDS = 3.0
"""Default deadline of a request; goal A7 allows five."""

MOST_SENDS = 3
"""A request may be lost with one connection, and sent again be lost with the other one."""

FAIL_FAST_AFTER, FAIL_FAST_SECONDS = 2, 10.0
"""
Circuit breaker: after this many timeouts in a row, requests to a callee fail for this long.

Requests that wait for the same silence count once: of a round that a pause of the callee's outlasts
the next one would fail, though the callee answers again.
"""


Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True)
class Call(Generic[A]):
    """One prepared request, to be sent alone or in a parallel round."""

    method: Method[Any, A]
    to: str
    request: Any
    token: str | None
    request_id: str
    key: str = ""
    """Routing key instead of the method's own; a message sent by it does not expire."""


@dataclass(frozen=True)
class _Silence:
    """Timeouts of a callee in a row: when the last was noticed, and until when requests fail."""

    times: int = 0
    noticed_at: float = 0.0
    until: float = 0.0


class Pending(Generic[A]):
    """
    A request, sent so many times, whose answer has not arrived yet.

    It `was_lost` where the connection broke by which it left or its answer was to come.
    """

    def __init__(self, call: Call[A], deadline: float, sends: int = 1) -> None:
        self.call = call
        self.sends = sends
        self.was_lost = False
        self.replies: BrokerConnection | None = None
        """The connection by which its answer comes, once that is known."""
        self.until = time.time() + deadline
        self.sent_at = time.monotonic()  # independent of changes to the clock
        self._deadline = self.sent_at + deadline
        self._done = threading.Event()
        self._outcome: A | Refusal | None = None

    def set_outcome(self, outcome: A | Refusal) -> None:
        """Set the outcome; later calls have no effect."""
        if not self._done.is_set():
            self._outcome = outcome
            self._done.set()

    @property
    def may_be_sent_again(self) -> bool:
        """Say whether its connection broke in time; one with a key waits in its queue."""
        if not self.was_lost or self.call.key or self.call.method.once:
            return False
        return self.sends < MOST_SENDS and self.seconds_left > 0

    @property
    def seconds_left(self) -> float:
        """Return the time until the deadline."""
        return max(0.0, self._deadline - time.monotonic())

    def set_lost(self) -> None:
        """Set the outcome of a request whose connection broke."""
        if not self._done.is_set():
            self.was_lost = True
            self.set_outcome(Unavailable(callee=self.call.to))

    def wait_for_outcome(self) -> A | Refusal:
        """Wait until the deadline; return the answer or a refusal (NoAnswer after a timeout)."""
        self._done.wait(self.seconds_left)
        return self._outcome if self._outcome is not None else NoAnswer(callee=self.call.to)


class Client:
    """
    Sends requests as this process's principal.

    `connect_seconds` and the usual `deadline` are for who may wait for longer than a page.
    """

    def __init__(
        self,
        settings: Settings,
        connect_seconds: float | None = None,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._deadline = deadline
        self._settings = settings
        self._principal = settings.principal
        self._lock = threading.Lock()  # guards _pending and _unavailable; never held while waiting
        self._pending: dict[str, list[Pending[Any]]] = {}
        self._unavailable: dict[str, _Silence] = {}
        self._connector = Connector(settings.amqp_uri, connect_seconds)
        self._connecting = threading.RLock()
        self._replies: BrokerConnection | None = None
        self.slot = 0
        self._publisher = Publisher(
            settings.amqp_uri,
            self._principal,
            returned=self._on_message_returned,
            lost=self._on_publisher_lost,
            connect_seconds=connect_seconds,
        )

    def connect(self) -> None:
        """
        Open both connections before the first request, whose deadline is then its callee's alone.

        Raises one of CONNECTION_ERRORS.
        """
        self._open_replies()
        self._publisher.connect()

    def prepare_call(
        self,
        method: Method[Q, A],
        request: Q,
        *,
        to: str | None = None,
        token: str | None = None,
        request_id: str | None = None,
    ) -> Call[A]:
        """Prepare a request; `to` is needed if several principals answer the method."""
        return Call(method, to or method.owner, request, token, request_id or new_id())

    def ask(
        self,
        method: Method[Q, A],
        request: Q,
        *,
        to: str | None = None,
        token: str | None = None,
        deadline: float | None = None,
        request_id: str | None = None,
    ) -> A:
        """
        Send a request and return its answer; raises a Refusal.

        `deadline` is in seconds, this client's usual one if None. A request that writes is
        idempotent: it may be repeated with the same `request_id`. Raises YieldsInWrite inside a
        write transaction.
        """
        call = self.prepare_call(method, request, to=to, token=token, request_id=request_id)
        [outcome] = self.ask_all([call], deadline)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def ask_all(self, calls: Sequence[Call[A]], deadline: float | None = None) -> list[A | Refusal]:
        """Send requests in parallel; return answers and refusals in the order of `calls`."""
        return [*self.ask_with_limit_under_way(calls, len(calls), deadline)]

    def ask_with_limit_under_way(
        self, calls: Iterable[Call[A]], ahead: int, deadline: float | None = None
    ) -> Iterator[A | Refusal]:
        """
        Yield answers and refusals in the order of `calls`, of which so many are under way.

        While one answer is used, the next ones are prepared by who was asked.
        """
        coming = iter(calls)
        waiting = deque(self.send(call, deadline) for call in islice(coming, ahead))
        try:
            while waiting:
                outcome = self._wait_for_outcome(waiting[0])
                if waiting[0].may_be_sent_again:
                    waiting = deque(map(self._send_again_if_lost, waiting))
                    continue
                pending = waiting.popleft()
                code = outcome.code if isinstance(outcome, Refusal) else "done"
                asked.labels(self._principal, pending.call.to, code).inc()
                waiting.extend(self.send(call, deadline) for call in islice(coming, 1))
                yield outcome
        finally:
            for pending in waiting:
                self._forget_pending(pending)

    def send(self, call: Call[A], deadline: float | None = None) -> Pending[A]:
        """Send a request and return it pending, or already resolved if it could not be sent."""
        return self._send_pending(Pending(call, deadline or self._deadline))

    def _send_pending(self, pending: Pending[A]) -> Pending[A]:
        assert_not_writing()
        call = pending.call
        try:
            body = _encode_request(call)
        except ContractBroken as broken:
            pending.set_outcome(BadRequest(errors=broken.errors))
            return pending
        if len(body) > MOST_BYTES:  # the callee would drop it without an answer
            pending.set_outcome(self._refuse_too_large(call, len(body)))
            return pending
        if self._fails_fast(call.to):
            pending.set_outcome(Unavailable(callee=call.to))
            return pending
        try:
            self._publish(pending, body)
        except CONNECTION_ERRORS as error:
            if isinstance(error, StillAway):
                pending.set_outcome(Unavailable(callee=call.to))
            else:
                log_error("request_not_sent", error, callee=call.to)
                pending.set_lost()
        return pending

    def close(self) -> None:
        """Give up both connections and the reply slot."""
        with self._connecting:
            connection, self._replies = self._replies, None
        if connection is not None:
            connection.close()
        self._publisher.close()

    def _refuse_too_large(self, call: Call[Any], size: int) -> TooLarge:
        too_large.labels(self._principal, call.method.name, "request").inc()
        log("request_too_large", callee=call.to, method=call.method.name, bytes=size)
        return TooLarge(what="request", bytes=size)

    def _publish(self, pending: Pending[Any], body: bytes) -> None:
        call = pending.call
        with self._lock:
            self._pending.setdefault(call.request_id, []).append(pending)
        headers: dict[str, Any] = {
            "slot": self._ready_slot_for(pending),
            "deadline": repr(pending.until),
            "version": call.method.version,
        }
        if trace := current_trace():
            headers[HEADER] = trace
        if call.token:
            headers["token"] = call.token
        self._publisher.publish(
            f"out.{self._principal}",
            call.key or f"rpc.{call.to}.{call.method.name}",
            body,
            message_id=call.request_id,
            type=call.method.full_name,
            headers=headers,
            expires_ms=None if call.key else max(1, int((pending.until - time.time()) * 1000)),
        )

    def _send_again_if_lost(self, pending: Pending[A]) -> Pending[A]:
        """Return a request as it is, or sent once more where its connection broke in time."""
        if not pending.may_be_sent_again:
            return pending
        self._forget_pending(pending)
        again = Pending(pending.call, pending.seconds_left, pending.sends + 1)
        return self._send_pending(again)

    def _wait_for_outcome(self, pending: Pending[A]) -> A | Refusal:
        """Wait for a request, record whether its callee timed out, and forget the request."""
        outcome = pending.wait_for_outcome()
        if self._forget_pending(pending):
            with self._lock:
                self._record_timeout(pending, isinstance(outcome, NoAnswer))
        return outcome

    def _forget_pending(self, pending: Pending[Any]) -> bool:
        """Wait for this request no more; return False if it was never sent."""
        with self._lock:
            waiting = self._pending.get(pending.call.request_id, [])
            if pending not in waiting:
                return False
            waiting.remove(pending)
            if not waiting:
                del self._pending[pending.call.request_id]
            return True

    def _record_timeout(self, pending: Pending[Any], timed_out: bool) -> None:
        callee, moment = pending.call.to, time.monotonic()
        if not timed_out:
            self._unavailable.pop(callee, None)
            return
        known = self._unavailable.get(callee, _Silence())
        if pending.sent_at >= known.noticed_at:
            until = moment + FAIL_FAST_SECONDS
            self._unavailable[callee] = _Silence(known.times + 1, moment, until)

    def _fails_fast(self, callee: str) -> bool:
        with self._lock:
            known = self._unavailable.get(callee, _Silence())
            if known.times < FAIL_FAST_AFTER:
                return False
            if time.monotonic() < known.until:
                return True
            # One request is let through; the others fail until it is answered.
            until = time.monotonic() + FAIL_FAST_SECONDS
            self._unavailable[callee] = replace(known, until=until)
            return False

    def _ready_slot_for(self, pending: Pending[Any]) -> int:
        """Return the slot to which its answer comes, by a connection opened where there is none."""
        with self._connecting:
            pending.replies = self._open_replies()  # before that one can be said to be lost
            return self.slot

    def _open_replies(self) -> BrokerConnection:
        with self._connecting:
            if self._replies is None or not self._replies.alive:
                self._replies = self._connector.open_connection(
                    self._lease_slot, self._on_connection_lost
                )
                self._replies.start()
            return self._replies

    def _lease_slot(self, connection: Connection) -> Channel:
        """Lease the first free reply queue; the broker releases it when the connection ends."""
        slots = self._connector.queue_numbers_on_this_node(self._count_reply_slots())
        channel, self.slot = take_slot(
            connection, f"in.{self._principal}.replies", slots, self._on_answer
        )
        return channel

    def _count_reply_slots(self) -> int:
        principals = self._settings.register.now.principals
        return next(row.reply_slots for row in principals if row.name == self._principal)

    def _on_answer(self, message: Message) -> None:
        properties, delivery = message.properties, message.delivery_info
        for pending in self._pending_of(properties.get("correlation_id", "")):
            callee = pending.call.to
            if delivery["exchange"] == f"ans.{callee}" and properties.get("user_id") == callee:
                pending.set_outcome(_read_answer(pending.call, message.body))

    def _on_message_returned(self, request_id: str) -> None:
        for pending in self._pending_of(request_id):
            pending.set_outcome(NotAllowed(callee=pending.call.to, method=pending.call.method.name))

    def _pending_of(self, request_id: str) -> list[Pending[Any]]:
        """Return the pending requests of this id: several, if one was repeated meanwhile."""
        with self._lock:
            return list(self._pending.get(request_id, ()))

    def _on_connection_lost(self, connection: BrokerConnection) -> None:
        with self._connecting:
            if self._replies is connection:
                self._replies = None
        for pending in self._all_pending():
            if pending.replies is connection:  # others have their slot by the next one already
                pending.set_lost()

    def _on_publisher_lost(self) -> None:
        for pending in self._all_pending():
            pending.set_lost()

    def _all_pending(self) -> list[Pending[Any]]:
        with self._lock:
            return [pending for waiting in self._pending.values() for pending in waiting]


def _encode_request(call: Call[Any]) -> bytes:
    """Return the request as JSON; raises ContractBroken."""
    try:
        payload = call.method.dump_request(call.request)
        return as_json(payload).encode()
    except (TypeError, ValueError, AttributeError):  # marshmallow's dump checks nothing
        raise ContractBroken(call.method.full_name, {"request": ["wrong type"]}) from None


def _read_answer(call: Call[A], body: bytes | str) -> A | Refusal:
    try:
        answer = json.loads(body)
        if "refusal" in answer:
            return Refusal.from_code(answer["refusal"], answer["detail"])
        return call.method.load_answer(answer["answer"])
    except (ContractBroken, ValueError, LookupError, TypeError, RecursionError):
        return Failed(callee=call.to, method=call.method.name)
