"""A queue of one process alone: the first free one of several, leased by exclusive consume."""

from collections.abc import Callable, Iterable
from typing import Any

from amqp.exceptions import AccessRefused, ResourceLocked

from shared.bus.broker.tolerant_channel import tolerant_channel


class NoFreeSlot(OSError):
    """More processes of this principal run than it has slots of this kind, on this node."""


def take_slot(
    connection: Any, queues: str, slots: Iterable[int], callback: Callable[[Any], None]
) -> tuple[Any, int]:
    """
    Return a channel that consumes the first free `<queues>.<n>`, and its n; raises NoFreeSlot.

    Dying gives it up. Quorum queues ignore exclusivity: these are classic, and each lies on one
    node of a broker of several. Only those of the connection's own node are for it: they go when
    the connection goes, and to ask for one of a node that has just died takes a minute.
    """
    for slot in slots:
        channel = tolerant_channel(connection)
        try:
            channel.basic_consume(
                f"{queues}.{slot}", exclusive=True, no_ack=True, callback=callback
            )
        except (AccessRefused, ResourceLocked):
            continue
        return channel, slot
    raise NoFreeSlot(queues)
