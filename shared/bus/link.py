"""
One AMQP connection and who may use it.

py-amqp takes any acknowledgement on a channel for its own, and a dead peer shows by heartbeats alone.
So a connection here has one purpose (publish, or consume), is drained by one thread of its own, and is
thrown away whole at the first error.
"""

import select
import threading
import time
from collections.abc import Callable
from typing import Any

from kombu import Connection

HEARTBEAT_SECONDS = 10
WRITE_TIMEOUT_SECONDS = 5
"""During a broker alarm writes block; after this long the connection counts as lost."""

RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)

CONNECTION_ERRORS: tuple[type[Exception], ...] = (
    *Connection("amqp://").connection_errors,
    *Connection("amqp://").channel_errors,
    OSError,
    AttributeError,  # py-amqp clears its transport under a thread that still uses it
    ValueError,
)


class Link:
    """
    An open connection with one channel, drained by a thread until it breaks.

    `prepare(connection)` returns the channel, before draining starts; `lost(link)` is called once, from
    the draining thread.
    """

    def __init__(
        self, uri: str, prepare: Callable[[Any], Any], lost: Callable[["Link"], None]
    ) -> None:
        self.lock = threading.RLock()
        self.alive = True
        self._lost = lost
        self._connection = Connection(
            uri,
            heartbeat=HEARTBEAT_SECONDS,
            connect_timeout=3,
            transport_options={
                "write_timeout": WRITE_TIMEOUT_SECONDS,
                "client_properties": {"connection_name": threading.current_thread().name},
            },
        )
        try:
            self._connection.connect()
            self._amqp = self._connection.connection
            self.channel = prepare(self._amqp)
        except CONNECTION_ERRORS:
            self._collect()
            raise
        threading.Thread(target=self._drain, name="drain", daemon=True).start()

    def close(self) -> None:
        """Throw the connection away, whatever state it is in."""
        self.alive = False
        self._collect()

    def _drain(self) -> None:
        sock = self._amqp.sock
        beat = time.monotonic()
        try:
            while self.alive:
                readable, _, _ = select.select([sock], [], [], HEARTBEAT_SECONDS / 4)
                if readable:
                    self._amqp.drain_events()
                    while getattr(sock, "pending", int)():  # TLS keeps bytes that select cannot see
                        self._amqp.drain_events()
                if time.monotonic() - beat > HEARTBEAT_SECONDS / 4:
                    beat = time.monotonic()
                    with self.lock:
                        self._amqp.heartbeat_tick()
        except CONNECTION_ERRORS:
            pass
        finally:
            self.alive = False
            self._collect()
            self._lost(self)

    def _collect(self) -> None:
        try:
            self._connection.collect(socket_timeout=1)
        except CONNECTION_ERRORS:
            pass
