"""
Consumer of the queues of a principal's events, each by one process at a time.

Where there are several, the broker gives each of them to the process that asks for it with the
highest priority, once the former one has nothing of it in hand (single active consumer): the order
of a queue survives. Processes rank the queues each in another order, by the number of their copy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amqp import Channel, Connection, spec
from amqp.basic_message import Message

from shared.bus.broker.connection import CONNECTION_ERRORS, BrokerConnection
from shared.bus.broker.consumer import Consumer
from shared.bus.broker.tolerant_channel import tolerant_channel
from shared.runtime.ids import new_id

PRIORITY, STEADY = "x-priority", ".steady"


@dataclass(frozen=True)
class Copy:
    """Which of the copies of its service a process is, from 1."""

    number: int = 1
    of: int = 1

    def rank(self, place: int) -> int:
        """Return how near this copy is to a queue, by its place among them: 0, and then less."""
        return -((place - (self.number - 1)) % self.of)


@dataclass
class _Reading:
    """
    How one queue is read: on probation, until the first message that is no redelivery.

    `former` is the tag of the consumer on probation, until it is cancelled.
    """

    queue: str
    tag: str
    priority: int | None
    on_probation: bool = True
    fresh: bool = False
    former: str = ""
    replaced: bool = False

    @property
    def arguments(self) -> dict[str, int]:
        return {} if self.priority is None else {PRIORITY: self.priority}

    def note_arrival(self, tag: str, *, redelivered: bool) -> None:
        """Note what a message says by its arrival: one is new, or the next consumer is active."""
        self.fresh |= self.on_probation and not redelivered
        self.replaced |= bool(self.former) and tag == self.tag


class EventConsumer(Consumer):
    """
    Consumes the queues that the register names, which are looked up at each connection.

    A new connection has a prefetch of 1 for each queue until a message arrives there that is no
    redelivery: a message that killed the last consumer is redelivered first, and must not count a
    delivery of the rest of the batch each time.
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
        self._readings: list[_Reading] = []

    def stop(self) -> None:
        """
        Take no part in any further connection; `close` gives back what is in hand.

        Nothing is cancelled: another process would be given later events beside those in hand here.
        """
        super().stop()

    def _open_channel(self, connection: Connection) -> Channel:
        self._hand = new_id()
        queues = self._queues()
        self._readings = [
            _Reading(queue, f"{queue}{self._suffix}", self._priority(place, len(queues)))
            for place, queue in enumerate(queues)
        ]
        channel = tolerant_channel(connection)
        channel.basic_qos(0, 1, False)
        for reading in self._readings:
            channel.basic_consume(
                reading.queue,
                consumer_tag=reading.tag,
                callback=self._callback(reading, reading.tag),
                arguments=reading.arguments,
            )
        return channel

    def _priority(self, place: int, count: int) -> int | None:
        """Return the priority for a queue while on probation: none where it is the only one."""
        return self._copy.rank(place) * 2 if count > 1 else None

    def _attend(self, connection: BrokerConnection) -> None:
        for reading in self._readings:
            if reading.fresh:
                self._end_probation(connection, reading)
            if reading.replaced:
                self._cancel_former(connection, reading)

    def _callback(self, reading: _Reading, tag: str) -> Callable[[Message], None]:
        def on_message(message: Message) -> None:
            reading.note_arrival(tag, redelivered=message.delivery_info["redelivered"])
            self._take(message)

        return on_message

    def _end_probation(self, connection: BrokerConnection, reading: _Reading) -> None:
        """
        Consume anew with the full prefetch, without waiting for the broker's answer.

        Under another tag and, of several queues, above the former one: the broker lets it in once
        the former has nothing in hand. Only then is that one cancelled, for what is on its way to
        a cancelled consumer goes back, and others overtake it.
        """
        reading.on_probation = reading.fresh = False
        reading.former, reading.tag = reading.tag, f"{reading.tag}{STEADY}"
        if reading.priority is None:
            self._cancel_former(connection, reading)
        else:
            reading.priority += 1
        try:
            with connection.lock:
                connection.channel.send_method(spec.Basic.Qos, "lBb", (0, self._prefetch, False))
                connection.channel.basic_consume(
                    reading.queue,
                    consumer_tag=reading.tag,
                    callback=self._callback(reading, reading.tag),
                    arguments=reading.arguments,
                    nowait=True,
                )
        except CONNECTION_ERRORS:
            connection.close()

    def _cancel_former(self, connection: BrokerConnection, reading: _Reading) -> None:
        former, reading.former, reading.replaced = reading.former, "", False
        try:
            with connection.lock:
                connection.channel.basic_cancel(former, nowait=True)
        except CONNECTION_ERRORS:
            connection.close()
