"""Reads one queue of this principal for as long as its container lives, and declares nothing."""

import time
from collections.abc import Callable
from typing import Any

from shared.bus.link import CONNECTION_ERRORS, RETRY_SECONDS, Link
from shared.logs import log_error


class Consumer:
    """
    Consumes `queue`, handing each raw message to `take(message)`; reconnects by itself.

    Settling a message that came over a connection since lost does nothing: the broker sends it again.
    """

    def __init__(self, uri: str, queue: str, prefetch: int, take: Callable[[Any], None]) -> None:
        self._uri = uri
        self._queue = queue
        self._prefetch = prefetch
        self._take = take
        self._link: Link | None = None
        self._running = True

    def run(self) -> None:
        """Consume until `stop`; to be spawned in a thread that the container manages."""
        tries = 0
        while self._running:
            try:
                if self._link is None or not self._link.alive:
                    self._link = Link(self._uri, self._prepare, lambda _link: None)
                    tries = 0
            except CONNECTION_ERRORS as error:
                log_error("queue_unreachable", error, queue=self._queue)
                time.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
                continue
            time.sleep(0.1)

    def stop(self) -> None:
        """Take no more messages; those in hand may still be settled."""
        self._running = False
        if self._link is not None and self._link.alive:
            try:
                with self._link.lock:
                    self._link.channel.basic_cancel(self._queue, nowait=True)
            except CONNECTION_ERRORS:
                pass

    def close(self) -> None:
        """Give up the connection: what was not settled goes back to the queue."""
        self._running = False
        if self._link is not None:
            self._link.close()

    def accept(self, message: Any) -> None:
        """Acknowledge: the effect is committed."""
        self._settle(message, lambda channel, tag: channel.basic_ack(tag))

    def refuse(self, message: Any) -> None:
        """Park in the dead queue, for good."""
        self._settle(message, lambda channel, tag: channel.basic_reject(tag, requeue=False))

    def again(self, message: Any) -> None:
        """Give back for another delivery, which counts towards the queue's delivery limit."""
        self._settle(message, lambda channel, tag: channel.basic_reject(tag, requeue=True))

    def _settle(self, message: Any, settle: Callable[[Any, int], None]) -> None:
        link = self._link
        if link is None or not link.alive or message.channel is not link.channel:
            return
        try:
            with link.lock:
                settle(link.channel, message.delivery_tag)
        except CONNECTION_ERRORS:
            link.close()

    def _prepare(self, connection: Any) -> Any:
        channel = connection.channel()
        channel.basic_qos(0, self._prefetch, False)
        channel.basic_consume(self._queue, consumer_tag=self._queue, callback=self._take)
        return channel
