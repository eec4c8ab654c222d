"""
Queues of events change their number: drained under the former number before any is read under the
new one, so that no event overtakes another of its child.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from deploy.engines.broker_reconciliation import Broker
from deploy.engines.broker_topology import Binding, Topology, bindings_to_event_queues
from deploy.engines.town_engines import EnginesRefused
from deploy.instance.user_error import UserError
from deploy.services import SPECS
from shared.json_values import JsonMapping
from shared.register.queues import is_events_queue, reader_of_queue

DRAIN_SECONDS = 60.0
LAST_SECONDS = 600.0
AGAIN_SECONDS = 0.5
UNREAD_SECONDS = 15.0
"""Seconds until a queue counts as unread: the broker lists a new reader some seconds late."""
LATE_SECONDS = 6.0
"""The broker counts what lies on several nodes up to five seconds late."""


class NotDrained(UserError):
    """Events wait in a queue that is to go; the message says which, and what to do."""


def require_shareable_queues(register: JsonMapping, event_queues: Mapping[str, int]) -> None:
    """
    Raise EnginesRefused where a principal is to have several queues and cannot.

    A provider that is revoked may still be named: nothing keeps it from being taken off the broker.
    """
    services = {row["name"]: row["service"] for row in register["principals"]}
    former = {row["principal"] for row in register["former"]}
    for name, count in event_queues.items():
        if name in former:
            continue
        if name not in services:
            raise EnginesRefused(f"event_queues: {name} is no principal of this town.")
        spec = SPECS.get(services[name])
        if count > 1 and not (spec and spec.shares_events):
            raise EnginesRefused(f"event_queues: {name} hears its events in one process alone.")


def topology_without_cut_bindings(
    broker: Broker, both: Topology, before: Topology, after: Topology
) -> Topology:
    """
    Return what is to be on the broker while queues change their number: `both`, as a rule.

    Where an `apply` was ended that had cut the former ones off, they stay so: what came since lies
    in the new ones alone, and later events would overtake it. Raises NotDrained where these are
    wanted no more.
    """
    begun = _principals_with_begun_change(broker, before, after)
    wanted = bindings_to_event_queues(after.bindings)
    for name, count in sorted(begun.items()):
        if (name, count) not in wanted:
            raise NotDrained(
                f"Events of {name} wait in {count} queues since an `apply` was ended meanwhile. In"
                f" engines.yaml, let event_queues say {count} of it, `preau apply`, and only then"
                " another number."
            )
    ways = bindings_to_event_queues(before.bindings)
    cut = {way for key, some in ways.items() if key[0] in begun for way in some}
    return replace(both, bindings=both.bindings - cut)


def drain_former_queues(
    broker: Broker, before: Topology, after: Topology, *, undo: Callable[[], object]
) -> None:
    """
    Have the events handled that lie in queues whose principal gets others, and delete these.

    The broker holds both kinds by now, and each event goes to both: who reads the new ones finds
    those that were handled already in its inbox. Raises NotDrained; after `undo`, while nothing is
    in the new queues alone.
    """
    former = former_queues(before, after)
    if not former:
        return
    if not _principals_with_begun_change(broker, before, after):
        try:
            _wait_until_empty(broker, former, DRAIN_SECONDS)
        except NotDrained:
            undo()
            raise
    cut_off_queues(broker, former)
    time.sleep(LATE_SECONDS)
    _wait_until_empty(broker, former, LAST_SECONDS)
    for queue in former:
        broker.drop_queue(queue)


def cut_off_queues(broker: Broker, former: Collection[str]) -> None:
    """
    Let no further event come to these queues, which hold what they have.

    Of several that share their lanes, the exchange before them is cut off, and no queue by itself:
    the next events of its children would go to its neighbour, and overtake those that lie in it.
    """
    ways = bindings_to_event_queues(broker.current_topology().bindings)
    of_queues = bindings_to_event_queues(Binding("", queue, "") for queue in former)
    for key in sorted(ways.keys() & of_queues.keys()):
        for way in sorted(ways[key], key=repr):
            broker.unbind(way)


def _principals_with_begun_change(
    broker: Broker, before: Topology, after: Topology
) -> dict[str, int]:
    """
    Return the principals whose events come to new queues alone, or to the former not all any more.

    Each with the number of the new ones.
    """
    staying = {name for name, _ in bindings_to_event_queues(after.bindings)}
    found = bindings_to_event_queues(broker.current_topology().bindings)
    begun: dict[str, int] = {}
    for (name, count), ways in bindings_to_event_queues(before.bindings).items():
        others = [number for whose, number in found if whose == name and number != count]
        if name in staying and others and not ways <= found.get((name, count), set()):
            begun[name] = max(others)
    return begun


def former_queues(before: Topology, after: Topology) -> list[str]:
    """Return the queues of events that go though their principal stays."""
    wanted = {queue.name for queue in after.queues if is_events_queue(queue.name)}
    staying = {reader_of_queue(name) for name in wanted}
    found = {queue.name for queue in before.queues if is_events_queue(queue.name)}
    return sorted(name for name in found - wanted if reader_of_queue(name) in staying)


def _wait_until_empty(broker: Broker, queues: Collection[str], seconds: float) -> None:
    begun = time.monotonic()
    while waiting := {
        name: count for name in queues if (count := broker.count_messages_by_queue().get(name, 0))
    }:
        unread = waiting.keys() - broker.count_consumers_by_queue().keys()
        waited = time.monotonic() - begun
        if waited > (UNREAD_SECONDS if unread else seconds):
            name, count = sorted(waiting.items())[0]
            why = f"and {reader_of_queue(name)} does not run" if unread else "and more arrive"
            raise NotDrained(
                f"{name} holds {count} events {why}: they are heard before its queues change their"
                " number. See that it runs, then `preau apply` again."
            )
        time.sleep(AGAIN_SECONDS)
