"""
Consumer of the queues of a principal's events: of one queue, or of several that share them out.

Of several, the broker gives each to the process that asks for it with the highest priority, once
the former one has nothing of it in hand (single active consumer): the order of a queue survives.
Processes rank the queues each in another order, by the number of their copy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amqp import Channel, Connection, spec
from amqp.basic_message import Message

from shared.bus.broker.connection import CONNECTION_ERRORS, BrokerConnection
from shared.bus.broker.consumer import Consumer
from shared.bus.broker.malformed_message_channel import tolerant_channel
from shared.runtime.ids import new_id

PRIORITY = "x-priority"


@dataclass(frozen=True)
class Copy:
    """Number of a process among the copies of its service, from 1."""

    number: int = 1
    of: int = 1

    def rank_for_queue(self, place: int) -> int:
        """Return how near this copy is to a queue, by its place among them: 0, and then less."""
        return -((place - (self.number - 1)) % self.of)


class EventConsumer(Consumer):
    """
    Consumes the queues that the register names, which are looked up at each connection.

    Of a single queue, a new connection has a prefetch of 1 until a message arrives that is no
    redelivery: a message that killed the last consumer is redelivered first, and must not count a
    delivery of the rest of the batch each time. Of several, all that was in hand comes again at
    once, since the broker would put what is given back a second time behind the rest; the service
    itself then finds out which one is deadly.
    """

    def __init__(
        self,
        uri: str,
        queues: Callable[[], Sequence[str]],
        prefetch: int,
        take: Callable[[Message], None],
        *,
        suffix: str,
        copy: Copy,
    ) -> None:
        super().__init__(uri, "events", prefetch, take)
        self._queues = queues
        self._suffix = suffix
        self._copy = copy
        self._alone = ""
        self._fresh = False

    def stop(self) -> None:
        """
        Take no part in any further connection; `close` gives back what is in hand.

        Nothing is cancelled: another process would be given later events beside those in hand here.
        """
        super().stop()

    def _open_channel(self, connection: Connection) -> Channel:
        self._hand, self._fresh = new_id(), False
        queues = self._queues()
        self._alone = queues[0] if len(queues) == 1 else ""
        channel = tolerant_channel(connection)
        channel.basic_qos(0, 1 if self._alone else self._prefetch, False)
        if self._alone:
            on_probation = self._take_message_on_probation
            channel.basic_consume(
                self._alone, self._consumer_tag_of(self._alone), callback=on_probation
            )
            return channel
        for place, queue in enumerate(queues):
            near = {PRIORITY: self._copy.rank_for_queue(place)}
            channel.basic_consume(
                queue, self._consumer_tag_of(queue), callback=self._receive, arguments=near
            )
        return channel

    def _consumer_tag_of(self, queue: str) -> str:
        return f"{queue}{self._suffix}"

    def _do_what_is_due(self, connection: BrokerConnection) -> None:
        if self._fresh:
            self._end_probation(connection)

    def _take_message_on_probation(self, message: Message) -> None:
        self._fresh |= not message.delivery_info["redelivered"]
        self._receive(message)

    def _end_probation(self, connection: BrokerConnection) -> None:
        """
        Consume the queue anew with the full prefetch, without waiting for the broker's answer.

        Under another tag: with a single active consumer, this one now waits for its turn, and the
        broker must not take it for the consumer whose first event is unacknowledged.
        """
        self._fresh = False
        tag = self._consumer_tag_of(self._alone)
        try:
            with connection.lock:
                connection.channel.basic_cancel(tag, nowait=True)
                connection.channel.send_method(spec.Basic.Qos, "lBb", (0, self._prefetch, False))
                connection.channel.basic_consume(
                    self._alone, f"{tag}.steady", callback=self._receive, nowait=True
                )
        except CONNECTION_ERRORS:
            connection.close()
