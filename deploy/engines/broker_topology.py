"""
Topology of the broker, computed from the register alone.

Every exchange to which anybody may write is direct, and no binding has a wildcard: the bindings are
the rights matrix. Each principal writes to its own two exchanges and reads its own queues, one for
each who may ask it anything: a flood of one caller fills its own queue and nobody else's. Nobody
may create anything. A principal with several queues of events has an exchange before them, which
shares them out by their lanes, and to which nobody may write (decision 0117).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.contracts import event_lanes
from shared.contracts.every_service import live_pushes, operations
from shared.register import Principal, Snapshot
from shared.register.declarations import OPS
from shared.register.queues import events_queues, is_events_queue, requests_queue

DEAD_DAYS = 14
DELIVERY_LIMIT = 5
LAST_LIMIT = 50
"""
The most deliveries of an event where queues are several: each counts one for all that are in hand,
and the service itself parks the deadly ones.
"""
WAITING_SECONDS = 60
"""Longer than any deadline: what nobody took by then is waited for by nobody."""

PUSH_SECONDS = 5
"""A push that no process took is worth nothing: it only says that there is something to read."""

MOST_WAITING = 20_000
"""Most messages in a queue whose senders are not made to wait: no flood fills the disk."""

SHORT_LIVED = {"x-message-ttl": WAITING_SECONDS * 1000, "x-max-length": MOST_WAITING}

REASONS_TO_KEEP = ("rejected", "delivery_limit")
"""Why an event is kept for its owner."""

QUORUM, CLASSIC = "quorum", "classic"
DEAD = "dead."
SHARED_OUT = "x-consistent-hash"
"""The kind of exchange that sends a lane to always the same queue."""
SHARING = "lanes."
_LED_TO = re.compile(
    rf"in\.(?P<reader>[^.]+)\.events(\.[0-9]+_of_(?P<of_queues>[0-9]+))?"
    rf"|{re.escape(SHARING)}(?P<shared>[^.]+)\.of_(?P<of_exchange>[0-9]+)"
)
WEIGHT = "1"
"""The key by which a queue is bound to it: its share, the same for each."""


@dataclass(frozen=True)
class Exchange:
    """An exchange, durable; `arguments` are sorted pairs (an alternate exchange would be one)."""

    name: str
    type: str
    arguments: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Queue:
    """A queue, durable; `arguments` are sorted pairs."""

    name: str
    arguments: tuple[tuple[str, object], ...]

    @property
    def number_of_slot(self) -> int | None:
        """Return which one of a principal's like queues this is, leased by one process."""
        last = self.name.rpartition(".")[2]
        return int(last) if last.isdecimal() else None


@dataclass(frozen=True, order=True)
class Binding:
    """
    A binding of a queue to an exchange; one row of the rights matrix.

    Where it is `to` another exchange ("e"), `queue` names that one: wanted only of the exchange
    that shares out one principal's events, whose bindings all lead to that principal.
    """

    exchange: str
    queue: str
    key: str
    arguments: tuple[tuple[str, object], ...] = ()
    to: str = "q"


@dataclass(frozen=True)
class Permission:
    """Permissions of one user to configure, write and read, as anchored patterns."""

    user: str
    configure: str
    write: str
    read: str


@dataclass(frozen=True)
class Foreign:
    """Something that no register asks for: a policy, a topic permission, a user's tags."""

    kind: str
    name: str


@dataclass
class Topology:
    """The objects of one virtual host."""

    exchanges: set[Exchange] = field(default_factory=set)
    queues: set[Queue] = field(default_factory=set)
    bindings: set[Binding] = field(default_factory=set)
    permissions: set[Permission] = field(default_factory=set)
    foreign: set[Foreign] = field(default_factory=set)

    def items_not_in(self, other: "Topology") -> set[object]:
        """Return what is of this and not of another, foreign things left aside."""
        return {
            *(self.exchanges - other.exchanges),
            *(self.queues - other.queues),
            *(self.bindings - other.bindings),
            *(self.permissions - other.permissions),
        }


def topology_of_register(register: Snapshot, *, clustered: bool = False) -> Topology:
    """
    Return what the broker must hold for this register.

    Events are always on quorum queues, whose delivery limit ends a loop that kills its consumer. In
    a cluster so is all that must outlive a node. Nothing dead-letters a request: it may hold a
    password, and nobody waits for it any more.
    """
    wanted = Topology()
    for principal in register.principals:
        _add_principal(wanted, principal)
    wanted.queues |= {
        _queue_of_kind(requests_queue(callee, caller), CLASSIC, **SHORT_LIVED)
        for callee, caller in {(call.callee, call.caller) for call in register.calls}
    }
    if clustered:
        wanted.queues = {_as_clustered(queue) for queue in wanted.queues}
    wanted.bindings |= (
        set(_bindings_of_calls(register))
        | set(_bindings_of_events(register))
        | set(_bindings_of_replies(register))
    )
    wanted.bindings |= set(_bindings_of_pushes(register)) | set(_bindings_of_marks(register))
    return wanted


def _add_principal(wanted: Topology, principal: Principal) -> None:
    name = principal.name
    wanted.exchanges |= {
        Exchange(f"out.{name}", "direct"),
        Exchange(f"ans.{name}", "direct"),
        Exchange(f"dlx.{name}", "headers"),
    }
    _add_events(wanted, principal)
    wanted.queues |= {
        _queue_of_kind(
            f"{DEAD}{name}",
            CLASSIC,
            **{"x-message-ttl": DEAD_DAYS * 86_400_000, "x-max-length": MOST_WAITING},
        ),
    }
    wanted.queues |= {
        _queue_of_kind(f"in.{name}.replies.{slot}", CLASSIC, **SHORT_LIVED)
        for slot in range(principal.reply_slots)
    }
    wanted.queues |= {
        _queue_of_kind(
            _push_queue(name, slot),
            CLASSIC,
            **{"x-message-ttl": PUSH_SECONDS * 1000, "x-max-length": MOST_WAITING},
        )
        for slot in range(principal.push_slots)
    }
    wanted.bindings |= {
        Binding(
            f"dlx.{name}",
            f"dead.{name}",
            reason,
            (("x-last-death-reason", reason), ("x-match", "all-with-x")),
        )
        for reason in REASONS_TO_KEEP
    }
    own = re.escape(name)
    wanted.permissions.add(
        Permission(
            name,
            "^$",
            rf"^(out|ans)\.{own}\z",
            rf"^(in\.{own}\.(rpc\.[^.]+|events(\.[0-9]+_of_[0-9]+)?|(replies|push)\.[0-9]+)"
            rf"|dead\.{own})\z",
        )
    )


def _add_events(wanted: Topology, principal: Principal) -> None:
    """Add the queues of events: several have an exchange before them, and one reader each."""
    name, several = principal.name, principal.event_queues > 1
    arguments = _arguments_of_events_queue(name)
    if several:
        arguments |= {"x-single-active-consumer": True, "x-delivery-limit": LAST_LIMIT}
        shares_out = (("hash-header", event_lanes.HEADER),)
        exchange = _sharing_exchange(name, principal.event_queues)
        wanted.exchanges.add(Exchange(exchange, SHARED_OUT, shares_out))
    for queue in events_queues(name, principal.event_queues):
        wanted.queues.add(_queue_of_kind(queue, QUORUM, **arguments))
        if several:
            wanted.bindings.add(Binding(exchange, queue, WEIGHT))


def _sharing_exchange(name: str, count: int) -> str:
    """
    Return the exchange of a principal's events; by its name it is bound before `out.…`.

    It is another one for another number of queues: while these change, both get every event.
    """
    return f"{SHARING}{name}.of_{count}"


def bindings_to_event_queues(bindings: Iterable[Binding]) -> dict[tuple[str, int], set[Binding]]:
    """
    Return the bindings by which events come to a principal's queues, by it and their number.

    Of several queues, those to the exchange before them: without its own, it would send a lane to
    another queue.
    """
    ways: dict[tuple[str, int], set[Binding]] = {}
    for binding in bindings:
        led = _LED_TO.fullmatch(binding.queue)
        if led and not binding.exchange.startswith(SHARING):
            of = led["of_queues"] or led["of_exchange"] or 1
            ways.setdefault((led["reader"] or led["shared"], int(of)), set()).add(binding)
    return ways


def _arguments_of_events_queue(name: str) -> dict[str, object]:
    return {
        "x-dead-letter-exchange": f"dlx.{name}",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _queue_of_kind(name: str, kind: str, **arguments: object) -> Queue:
    return Queue(name, tuple(sorted({**arguments, "x-queue-type": kind}.items())))


def _as_clustered(queue: Queue) -> Queue:
    """
    Return the queue as several nodes hold it: on all of them, but for the slots (decision 0029).

    One instance of a service at a time receives its events, the other at once if that one dies. To
    look at a dead letter counts as a delivery: there is no limit to those.
    """
    if queue.number_of_slot is not None:
        return queue
    more: dict[str, object] = {"x-queue-type": QUORUM, "x-queue-leader-locator": "balanced"}
    if is_events_queue(queue.name):
        more["x-single-active-consumer"] = True
    if queue.name.startswith(DEAD):
        more["x-delivery-limit"] = -1
    return Queue(queue.name, tuple(sorted({**dict(queue.arguments), **more}.items())))


def _bindings_of_calls(register: Snapshot) -> Iterator[Binding]:
    for call in register.calls:
        queue = requests_queue(call.callee, call.caller)
        yield Binding(f"out.{call.caller}", queue, f"rpc.{call.callee}.{call.method}")


def _bindings_of_events(register: Snapshot) -> Iterator[Binding]:
    counts = {each.name: each.event_queues for each in register.principals}
    for row in register.deliveries:
        if (count := counts.get(row.consumer, 1)) > 1:
            exchange = _sharing_exchange(row.consumer, count)
            yield Binding(f"out.{row.source}", exchange, row.key, to="e")
        else:
            [queue] = events_queues(row.consumer, 1)
            yield Binding(f"out.{row.source}", queue, row.key)


def _bindings_of_replies(register: Snapshot) -> Iterator[Binding]:
    slots = {principal.name: principal.reply_slots for principal in register.principals}
    for caller, callee in {(call.caller, call.callee) for call in register.calls}:
        for slot in range(slots[caller]):
            yield Binding(f"ans.{callee}", f"in.{caller}.replies.{slot}", f"reply.{caller}.{slot}")


def _bindings_of_pushes(register: Snapshot) -> Iterator[Binding]:
    """A push goes to every slot of its publisher: each of its processes receives it alone."""
    for principal in register.principals:
        for slot in range(principal.push_slots):
            yield Binding(
                f"out.{principal.name}",
                _push_queue(principal.name, slot),
                f"event.{live_pushes.changed.name}",
            )


def _bindings_of_marks(register: Snapshot) -> Iterator[Binding]:
    """
    A mark of operations' goes through each queue in which events lie, and is answered to them.

    Straight to it, by a key of its own: no lane leads to a certain queue. Whatever becomes of a
    provider: a suspended one still receives, and a copy of the town has to know.
    """
    slots = {each.name: each.reply_slots for each in register.principals}
    for each in register.principals if OPS in slots else ():
        if each.name == OPS:
            continue
        for queue in events_queues(each.name, each.event_queues):
            yield Binding(f"out.{OPS}", queue, operations.drain_mark_key(queue))
        for slot in range(slots[OPS]):
            yield Binding(f"ans.{each.name}", f"in.{OPS}.replies.{slot}", f"reply.{OPS}.{slot}")


def _push_queue(principal: str, slot: int) -> str:
    return f"in.{principal}.push.{slot}"


def items_to_make_and_remove(
    wanted: Iterable[object], found: Iterable[object]
) -> tuple[list[Any], list[Any]]:
    """Return (to make, to remove), each in a stable order."""
    wanted, found = set(wanted), set(found)
    return sorted(wanted - found, key=repr), sorted(found - wanted, key=repr)
