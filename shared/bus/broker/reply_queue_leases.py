"""Slots: queues of a principal, each leased by one process through an exclusive consumer."""

from collections.abc import Callable, Iterable

from amqp import Channel, Connection
from amqp.basic_message import Message
from amqp.exceptions import AccessRefused, ResourceLocked

from shared.bus.broker.malformed_message_channel import tolerant_channel


class NoFreeSlot(OSError):
    """All slots of this kind on this node are taken: more processes run than there are slots."""


def take_slot(
    connection: Connection, queues: str, slots: Iterable[int], callback: Callable[[Message], None]
) -> tuple[Channel, int]:
    """
    Return a channel that consumes the first free `<queues>.<n>`, and its n; raises NoFreeSlot.

    The slot is free again when the connection ends. Quorum queues ignore exclusive consumers, so
    these are classic queues, each on one node. `slots` are those of the connection's own node:
    consuming from a node that has just died takes a minute to fail.
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
    raise NoFreeSlot(f"every one of {queues} is taken")
