"""Consumers of this principal's queues; they declare nothing on the broker."""

import time
from collections.abc import Callable, Collection, Sequence

from amqp import Channel, Connection
from amqp.basic_message import Message
from amqp.exceptions import NotFound

from shared.bus.broker.connection import (
    CONNECT_SECONDS,
    CONNECTION_ERRORS,
    RETRY_SECONDS,
    BrokerConnection,
    Connector,
    brief_connection,
)
from shared.bus.broker.malformed_message_channel import tolerant_channel
from shared.register.queues import requests_queue
from shared.runtime.ids import new_id
from shared.runtime.logs import log_error

PROBE_SECONDS = 0.5
"""Between two looks for a queue that the register names and the broker does not have."""


class Consumer:
    """
    Consumes queues, passing each raw message to `take(message)`; reconnects after an error.

    What arrives while a connection begins is passed on once it can be answered on it. Acknowledging
    a message of a connection since lost does nothing: the broker redelivers it. Which queues, and
    how, is the business of those derived from it.
    """

    def __init__(self, uri: str, name: str, prefetch: int, take: Callable[[Message], None]) -> None:
        self._connector = Connector(uri)
        self._name = name
        self._prefetch = prefetch
        self._take = take
        self._hand = ""
        self._early: list[Message] = []
        self._connection: BrokerConnection | None = None
        self._running = True

    def run(self) -> None:
        """Consume until `stop`; run it in a managed thread of the container."""
        tries = 0
        while self._running:
            try:
                if self._connection is None or not self._connection.alive:
                    self._early.clear()
                    self._connection = self._connector.open_connection(
                        self._open_channel, lambda _connection: None
                    )
                    while self._early:
                        self._take(self._early.pop(0))
                    self._connection.start()
                    tries = 0
            except CONNECTION_ERRORS as error:
                log_error("queue_unreachable", error, queue=self._name)
                time.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
                continue
            self._do_what_is_due(self._connection)
            time.sleep(0.1)

    def stop(self) -> None:
        """Consume no further."""
        self._running = False

    def close(self) -> None:
        """Close the connection; unacknowledged messages go back to the queue."""
        self._running = False
        if self._connection is not None:
            self._connection.close()

    def acknowledge(self, message: Message) -> None:
        """Acknowledge a message whose effect is committed, or a request that is over."""
        self._respond_to_delivery(message, lambda channel, tag: channel.basic_ack(tag))

    def acknowledge_all(self, messages: Sequence[Message]) -> None:
        """
        Acknowledge messages, and all that came before the last of them by its connection, at once.

        Only where none of those still waits for its own answer.
        """
        self._respond_to_delivery(
            messages[-1], lambda channel, tag: channel.basic_ack(tag, multiple=True)
        )

    def reject(self, message: Message) -> None:
        """Reject an event into the dead-letter queue."""
        self._respond_to_delivery(
            message, lambda channel, tag: channel.basic_reject(tag, requeue=False)
        )

    def requeue(self, message: Message) -> None:
        """Put a message back for redelivery, which counts towards the queue's delivery limit."""
        self._respond_to_delivery(
            message, lambda channel, tag: channel.basic_reject(tag, requeue=True)
        )

    def connection_id_of(self, message: Message) -> str | None:
        """
        Return the id of the connection that delivered a message, None if that one is lost.

        The broker redelivers the messages of a lost connection to another consumer.
        """
        connection = self._connection
        if connection is None or not connection.alive:
            return None
        return self._hand if message.channel is connection.channel else None

    def is_of_lost_connection(self, message: Message) -> bool:
        """Return whether a message's connection is lost: the broker redelivers it by another."""
        return self.connection_id_of(message) is None

    def _receive(self, message: Message) -> None:
        """
        Pass a message on, or keep it until the connection that begins can be answered on.

        An event rejected before would stay in hand, and be acknowledged with those after it.
        """
        connection = self._connection
        if connection is None or message.channel is not connection.channel:
            self._early.append(message)
        else:
            self._take(message)

    def _do_what_is_due(self, connection: BrokerConnection) -> None:
        """Do what is due on an open connection; called several times a second."""
        raise NotImplementedError

    def _open_channel(self, connection: Connection) -> Channel:
        """Begin to consume on a new connection, which gets an id of its own as hand."""
        raise NotImplementedError

    def _respond_to_delivery(
        self, message: Message, respond: Callable[[Channel, int], None]
    ) -> None:
        connection = self._connection
        if connection is None or self.connection_id_of(message) is None:
            return
        try:
            with connection.lock:
                respond(connection.channel, message.delivery_tag)
        except CONNECTION_ERRORS:
            connection.close()


class RequestConsumer(Consumer):
    """
    Consumes a queue of requests for each of `callers`, who come and go with the register.

    The prefetch counts for each queue: requests of one caller, however many, are taken in turns
    with those of the others. A queue that the broker does not have, because `apply` has yet to make
    it or has deleted it first, is looked for on a connection of its own: consuming it would close
    the one that serves all callers.
    """

    def __init__(
        self,
        uri: str,
        principal: str,
        callers: Callable[[], Collection[str]],
        prefetch: int,
        take: Callable[[Message], None],
    ) -> None:
        super().__init__(uri, f"in.{principal}.rpc", prefetch, take)
        self._uri, self._principal, self._callers = uri, principal, callers
        self._consumed: set[str] = set()
        self._next_probe = 0.0

    def stop(self) -> None:
        """Cancel the consumers; requests already delivered can still be answered."""
        super().stop()
        if self._connection is not None and self._connection.alive:
            try:
                with self._connection.lock:
                    for queue in self._consumed:
                        self._connection.channel.basic_cancel(queue, nowait=True)
            except CONNECTION_ERRORS:
                pass

    def _wanted_queues(self) -> set[str]:
        return {requests_queue(self._principal, caller) for caller in self._callers()}

    def _open_channel(self, connection: Connection) -> Channel:
        self._hand, self._consumed = new_id(), set()
        existing = _existing_queues(connection, self._wanted_queues())
        channel = tolerant_channel(connection)
        channel.basic_qos(0, self._prefetch, False)
        for queue in sorted(existing):
            self._consume(channel, queue, nowait=False)
        return channel

    def _do_what_is_due(self, connection: BrokerConnection) -> None:
        """Follow the register, without waiting for the broker's answer to what is consumed."""
        wanted = self._wanted_queues()
        if wanted == self._consumed:
            return
        try:
            arrived = self._queues_at_broker(wanted - self._consumed)
            with connection.lock:
                for gone in self._consumed - wanted:
                    self._consumed.discard(gone)
                    connection.channel.basic_cancel(gone, nowait=True)
                for queue in sorted(arrived):
                    self._consume(connection.channel, queue, nowait=True)
        except CONNECTION_ERRORS:
            connection.close()

    def _queues_at_broker(self, queues: set[str]) -> set[str]:
        """Return which of these queues the broker has now."""
        if not queues or time.monotonic() < self._next_probe:
            return set()
        self._next_probe = time.monotonic() + PROBE_SECONDS
        with brief_connection(self._uri, CONNECT_SECONDS) as connection:
            return _existing_queues(connection, queues)

    def _consume(self, channel: Channel, queue: str, *, nowait: bool) -> None:
        self._consumed.add(queue)  # before: the broker may cancel it at once
        channel.basic_consume(
            queue,
            consumer_tag=queue,
            callback=self._receive,
            on_cancel=self._consumed.discard,  # without it, py-amqp gives the connection up
            nowait=nowait,
        )


def _existing_queues(connection: Connection, queues: Collection[str]) -> set[str]:
    """Return which of these queues exist, asked on channels of their own."""
    existing = set[str]()
    channel = connection.channel()
    for queue in queues:
        try:
            channel.queue_declare(queue, passive=True)
            existing.add(queue)
        except NotFound:  # which closes its channel
            channel = connection.channel()
    channel.close()
    return existing
