"""
Ask: a request to another principal, with a deadline, and answers taken from whom was asked alone.

One client serves one process, its threads and its greenlets. It publishes on one connection and takes
answers on another, from a reply slot that it leased by exclusive consume after the fork.
"""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from amqp.exceptions import AccessRefused, ResourceLocked

from shared.bus.link import CONNECTION_ERRORS, Link
from shared.bus.publisher import Publisher
from shared.contracts.errors import BadRequest, Failed, NoAnswer, NotAllowed, Refusal, Unavailable
from shared.contracts.message import ContractBroken, Method
from shared.database import assert_not_writing
from shared.ids import new_id
from shared.settings import Settings

DEADLINE_SECONDS = 3.0
"""How long a caller waits unless it says otherwise; goal A7 allows five."""

FAIL_FAST_AFTER, FAIL_FAST_SECONDS = 2, 10.0
"""A callee that timed out so often in a row is not asked again for so long."""


class NoFreeSlot(OSError):
    """More processes of this principal run than it has reply slots."""


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent alone or in a parallel round."""

    method: Method
    to: str
    payload: dict[str, Any]
    token: str | None
    request_id: str


class Pending:
    """A request on its way."""

    def __init__(self, call: Call, until: float) -> None:
        self.call = call
        self.until = until
        self._done = threading.Event()
        self._outcome: SimpleNamespace | Refusal | None = None

    def settle(self, outcome: SimpleNamespace | Refusal) -> None:
        """Note the outcome; the first one stands."""
        if not self._done.is_set():
            self._outcome = outcome
            self._done.set()

    def outcome(self) -> SimpleNamespace | Refusal:
        """Wait until the deadline and return the answer or a refusal."""
        self._done.wait(max(0.0, self.until - time.time()))
        return self._outcome if self._outcome is not None else NoAnswer(callee=self.call.to)


class Client:
    """Asks other principals in the name of this process's principal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._principal = settings.principal
        self._lock = threading.RLock()
        self._pending: dict[str, Pending] = {}
        self._replies: Link | None = None
        self._slot = 0
        self._silent: dict[str, tuple[int, float]] = {}
        self._publisher = Publisher(
            settings.amqp_uri, self._principal, returned=self._on_return, lost=self._on_lost
        )

    def call(
        self,
        method: Method,
        *,
        to: str | None = None,
        token: str | None = None,
        request_id: str | None = None,
        **payload: Any,
    ) -> Call:
        """Prepare a request; `to` is needed where several principals answer the method."""
        return Call(method, to or method.owner, payload, token, request_id or new_id())

    def ask(
        self,
        method: Method,
        *,
        to: str | None = None,
        token: str | None = None,
        deadline: float = DEADLINE_SECONDS,
        request_id: str | None = None,
        **payload: Any,
    ) -> SimpleNamespace:
        """
        Ask and return the answer, one attribute per field; raises a Refusal.

        `deadline` is in seconds. A request that writes may be repeated with the same `request_id`.
        """
        call = self.call(method, to=to, token=token, request_id=request_id, **payload)
        outcome = self.send(call, deadline).outcome()
        self._forget(call)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def ask_all(
        self, calls: Sequence[Call], deadline: float = DEADLINE_SECONDS
    ) -> list[SimpleNamespace | Refusal]:
        """Ask in one parallel round; a refusal stands in its place in the list."""
        pending = [self.send(call, deadline) for call in calls]
        outcomes = [each.outcome() for each in pending]
        for call in calls:
            self._forget(call)
        return outcomes

    def send(self, call: Call, deadline: float = DEADLINE_SECONDS) -> Pending:
        """Send a request and return it on its way, settled already where it could not leave."""
        assert_not_writing()
        pending = Pending(call, time.time() + deadline)
        if self._fails_fast(call.to):
            pending.settle(Unavailable(callee=call.to))
            return pending
        try:
            self._publish(call, pending)
        except ContractBroken as broken:
            pending.settle(BadRequest(errors=broken.errors))
        except CONNECTION_ERRORS:
            pending.settle(Unavailable(callee=call.to))
        return pending

    def close(self) -> None:
        """Give up both connections and the reply slot."""
        with self._lock:
            link, self._replies = self._replies, None
        if link is not None:
            link.close()
        self._publisher.close()

    def _publish(self, call: Call, pending: Pending) -> None:
        body = json.dumps(call.method.dump_request(call.payload), ensure_ascii=False).encode()
        slot = self._ready_slot()
        self._pending[call.request_id] = pending
        headers: dict[str, Any] = {
            "slot": slot,
            "deadline": repr(pending.until),
            "version": call.method.version,
        }
        if call.token:
            headers["token"] = call.token
        self._publisher.publish(
            f"out.{self._principal}",
            f"rpc.{call.to}.{call.method.name}",
            body,
            message_id=call.request_id,
            type=call.method.full_name,
            headers=headers,
            expires_ms=max(1, int((pending.until - time.time()) * 1000)),
        )

    def _forget(self, call: Call) -> None:
        pending = self._pending.pop(call.request_id, None)
        if pending is None:
            return
        outcome = pending.outcome()
        if not isinstance(outcome, NoAnswer):
            self._silent.pop(call.to, None)
            return
        times, _ = self._silent.get(call.to, (0, 0.0))
        self._silent[call.to] = (times + 1, time.monotonic() + FAIL_FAST_SECONDS)

    def _fails_fast(self, callee: str) -> bool:
        times, until = self._silent.get(callee, (0, 0.0))
        if times < FAIL_FAST_AFTER:
            return False
        if time.monotonic() < until:
            return True
        # One more try is let through; if it fails too, the callee is silent for another while.
        self._silent[callee] = (FAIL_FAST_AFTER - 1, 0.0)
        return False

    def _ready_slot(self) -> int:
        with self._lock:
            if self._replies is None or not self._replies.alive:
                self._replies = Link(self._settings.amqp_uri, self._lease_slot, self._on_link_lost)
            return self._slot

    def _lease_slot(self, connection: Any) -> Any:
        """Take the first reply queue that nobody consumes; dying gives it up."""
        for slot in range(self._slots()):
            channel = connection.channel()
            queue = f"in.{self._principal}.replies.{slot}"
            try:
                channel.basic_consume(queue, exclusive=True, no_ack=True, callback=self._on_answer)
            except (AccessRefused, ResourceLocked):
                continue
            self._slot = slot
            return channel
        raise NoFreeSlot(self._principal)

    def _slots(self) -> int:
        principals = self._settings.register.now.principals
        return next(row.reply_slots for row in principals if row.name == self._principal)

    def _on_answer(self, message: Any) -> None:
        properties, delivery = message.properties, message.delivery_info
        pending = self._pending.get(properties.get("correlation_id", ""))
        if pending is None:
            return
        callee = pending.call.to
        if delivery["exchange"] != f"ans.{callee}" or properties.get("user_id") != callee:
            return
        pending.settle(_read_answer(pending.call, message.body))

    def _on_return(self, request_id: str) -> None:
        pending = self._pending.get(request_id)
        if pending is not None:
            pending.settle(NotAllowed(callee=pending.call.to, method=pending.call.method.name))

    def _on_link_lost(self, link: Link) -> None:
        with self._lock:
            if self._replies is not link:
                return
            self._replies = None
        self._on_lost()

    def _on_lost(self) -> None:
        for pending in list(self._pending.values()):
            pending.settle(Unavailable(callee=pending.call.to))


def _read_answer(call: Call, body: bytes | str) -> SimpleNamespace | Refusal:
    try:
        answer = json.loads(body)
        if "refusal" in answer:
            return Refusal.of(answer["refusal"], answer["detail"])
        return call.method.load_answer(answer["answer"])
    except (ContractBroken, ValueError, LookupError, TypeError, RecursionError):
        return Failed(callee=call.to, method=call.method.name)
