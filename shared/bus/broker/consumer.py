"""Reads one queue of this principal for as long as its container lives, and declares nothing."""

import time
from collections.abc import Callable
from typing import Any

from amqp import spec

from shared.bus.broker.connection import (
    CONNECTION_ERRORS,
    RETRY_SECONDS,
    BrokerConnection,
    Connector,
)
from shared.bus.broker.tolerant_channel import tolerant_channel
from shared.runtime.ids import new_id
from shared.runtime.logs import log_error


class Consumer:
    """
    Consumes `queue`, handing each raw message to `take(message)`; reconnects by itself.

    Settling a message that came over a connection since lost does nothing: the broker sends it
    again. With `probation` a new connection takes one message at a time until one comes for the
    first time: what killed the last consumer comes again first, and must not take fifty innocents
    along each time.
    """

    def __init__(
        self,
        uri: str,
        queue: str,
        prefetch: int,
        take: Callable[[Any], None],
        *,
        probation: bool = False,
        tag: str = "",
    ) -> None:
        self._links = Connector(uri)
        self._queue = queue
        self._prefetch = prefetch
        self._take = take
        self._probation = probation
        self._on_probation = self._fresh = False
        self._first_tag = self._tag = tag or queue
        self._hand = ""
        self._link: BrokerConnection | None = None
        self._running = True

    def run(self) -> None:
        """Consume until `stop`; to be spawned in a thread that the container manages."""
        tries = 0
        while self._running:
            try:
                if self._link is None or not self._link.alive:
                    self._link = self._links.open(self._prepare, lambda _link: None)
                    self._link.start()
                    tries = 0
            except CONNECTION_ERRORS as error:
                log_error("queue_unreachable", error, queue=self._queue)
                time.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
                continue
            if self._fresh:
                self._end_probation(self._link)
            time.sleep(0.1)

    def stop(self) -> None:
        """Take no more messages; those in hand may still be settled."""
        self._running = False
        if self._link is not None and self._link.alive:
            try:
                with self._link.lock:
                    self._link.channel.basic_cancel(self._tag, nowait=True)
            except CONNECTION_ERRORS:
                pass

    def close(self) -> None:
        """Give up the connection: what was not settled goes back to the queue."""
        self._running = False
        if self._link is not None:
            self._link.close()

    def accept(self, message: Any) -> None:
        """Acknowledge: the effect is committed, or a request is over; nothing is kept of it."""
        self._settle(message, lambda channel, tag: channel.basic_ack(tag))

    def refuse(self, message: Any) -> None:
        """Park an event in the dead queue, for good."""
        self._settle(message, lambda channel, tag: channel.basic_reject(tag, requeue=False))

    def again(self, message: Any) -> None:
        """Give back for another delivery, which counts towards the queue's delivery limit."""
        self._settle(message, lambda channel, tag: channel.basic_reject(tag, requeue=True))

    def hand(self, message: Any) -> str | None:
        """
        Return the id of the connection over which a message came, None where that one is lost.

        The broker takes a lost one's messages back, and gives them to another.
        """
        link = self._link
        here = link is not None and link.alive and message.channel is link.channel
        return self._hand if here else None

    def _settle(self, message: Any, settle: Callable[[Any, int], None]) -> None:
        link = self._link
        if link is None or self.hand(message) is None:
            return
        try:
            with link.lock:
                settle(link.channel, message.delivery_tag)
        except CONNECTION_ERRORS:
            link.close()

    def _prepare(self, connection: Any) -> Any:
        channel = tolerant_channel(connection)
        self._on_probation, self._fresh = self._probation, False
        channel.basic_qos(0, 1 if self._on_probation else self._prefetch, False)
        self._tag, self._hand = self._first_tag, new_id()
        channel.basic_consume(self._queue, consumer_tag=self._tag, callback=self._arrived)
        return channel

    def _arrived(self, message: Any) -> None:
        if self._on_probation and not message.delivery_info["redelivered"]:
            self._fresh = True
        self._take(message)

    def _end_probation(self, link: BrokerConnection) -> None:
        """
        Consume anew with the full prefetch; nothing here waits for the broker's answer.

        Under another tag: where one instance hears at a time, this one now waits for its turn, and
        the broker must not take it for the one that has still to settle its first event.
        """
        self._on_probation = self._fresh = False
        try:
            with link.lock:
                link.channel.basic_cancel(self._tag, nowait=True)
                self._tag = f"{self._first_tag}.steady"
                link.channel.send_method(spec.Basic.Qos, "lBb", (0, self._prefetch, False))
                link.channel.basic_consume(
                    self._queue, consumer_tag=self._tag, callback=self._arrived, nowait=True
                )
        except CONNECTION_ERRORS:
            link.close()
