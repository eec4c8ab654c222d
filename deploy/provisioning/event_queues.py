"""
Queues of events change their number: drained under the former number before any is read under the
new one, so that no event overtakes another of its child.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from deploy.engines.broker import Broker
from deploy.engines.engines import EnginesRefused
from deploy.engines.topology import Topology
from deploy.instance.errors import UserError
from deploy.services import SPECS
from shared.register.queues import is_events_queue, reader_of

DRAIN_SECONDS = 60.0
LAST_SECONDS = 600.0
AGAIN_SECONDS = 0.5
UNREAD_SECONDS = 15.0
"""Until a queue counts as read by nobody: the broker lists a new reader some seconds late."""
LATE_SECONDS = 6.0
"""The broker counts what lies on several nodes up to five seconds late."""


class NotDrained(UserError):
    """Events wait in a queue that is to go; the message says which, and what to do."""


def require_shared_out(register: Mapping[str, Any], event_queues: Mapping[str, int]) -> None:
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
    try:
        _wait_until_empty(broker, former, DRAIN_SECONDS)
    except NotDrained:
        undo()
        raise
    for queue in former:
        broker.unbind_queue(queue)
    time.sleep(LATE_SECONDS)
    _wait_until_empty(broker, former, LAST_SECONDS)
    for queue in former:
        broker.drop_queue(queue)


def former_queues(before: Topology, after: Topology) -> list[str]:
    """Return the queues of events that go though their principal stays."""
    wanted = {queue.name for queue in after.queues if is_events_queue(queue.name)}
    staying = {reader_of(name) for name in wanted}
    found = {queue.name for queue in before.queues if is_events_queue(queue.name)}
    return sorted(name for name in found - wanted if reader_of(name) in staying)


def _wait_until_empty(broker: Broker, queues: Collection[str], seconds: float) -> None:
    begun = time.monotonic()
    while waiting := {name: count for name in queues if (count := broker.depths().get(name, 0))}:
        unread = waiting.keys() - broker.consumers().keys()
        waited = time.monotonic() - begun
        if waited > (UNREAD_SECONDS if unread else seconds):
            name, count = sorted(waiting.items())[0]
            why = f"and {reader_of(name)} does not run" if unread else "and more arrive"
            raise NotDrained(
                f"{name} holds {count} events {why}: they are heard before its queues change their"
                " number. See that it runs, then `preau apply` again."
            )
        time.sleep(AGAIN_SECONDS)
