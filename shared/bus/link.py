"""
One AMQP connection and who may use it.

py-amqp takes any acknowledgement on a channel for its own, and a dead peer shows by heartbeats
alone. So a connection here has one purpose (publish, or consume), is drained by one thread of its
own, and is thrown away whole at the first error.
"""

import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from kombu import Connection

from shared.logs import log_error

HEARTBEAT_SECONDS = 10
CONNECT_SECONDS = 2
STUCK_SECONDS = 5
"""A write blocked so long (a broker's alarm), or half a frame: the connection is lost."""

PAUSE_SECONDS = 0.5
"""After a failed connection, how long those who wait for one fail at once instead of trying too."""

RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)

HEARTBEAT_FRAME = 8
READ_BYTES = 16 * 1024

CONNECTION_ERRORS: tuple[type[Exception], ...] = (
    *Connection("amqp://").connection_errors,
    *Connection("amqp://").channel_errors,
    OSError,
    AttributeError,  # py-amqp clears its transport under a thread that still uses it
    ValueError,
)


class StillAway(ConnectionError):
    """The broker could not be reached a moment ago, and was not tried again."""


class Link:
    """
    An open connection with one channel, drained by a thread from `start` until it breaks.

    `prepare(connection)` returns the channel; `lost(link)` is called once, from the draining
    thread. Raises one of CONNECTION_ERRORS where the broker cannot be reached.
    """

    def __init__(
        self, uri: str, prepare: Callable[[Any], Any], lost: Callable[["Link"], None]
    ) -> None:
        self.lock = threading.RLock()
        self.alive = True
        self._drained = False
        self._lost = lost
        self._amqp = _connected(uri)
        self._transport = self._amqp.transport
        try:
            self.channel = prepare(self._amqp)
            self._handle = self._amqp.on_inbound_frame  # as `prepare` may have replaced it
        except BaseException:
            self._collect()
            raise

    def start(self) -> "Link":
        """Begin to drain; the owner must know the link by then, since messages come at once."""
        self._drained = True
        threading.Thread(target=self._drain, name="drain", daemon=True).start()
        return self

    def close(self) -> None:
        """
        Throw the connection away, whatever state it is in.

        The draining thread, where there is one, alone gives its descriptor back: the system hands
        the number to whatever is opened next, and the thread would still be waiting for it.
        """
        self.alive = False
        if self._drained:
            self._hang_up()
        else:
            self._collect()

    def _drain(self) -> None:
        try:
            self._read_while_alive()
        except CONNECTION_ERRORS:
            pass
        except Exception as error:  # a message that the one who takes them could not take
            log_error("link_failed", error)
        finally:
            self.alive = False
            self._collect()
            self._lost(self)

    def _read_while_alive(self) -> None:
        beat = time.monotonic()
        while self.alive:
            if self._something_came():
                self._read()
            if time.monotonic() - beat > HEARTBEAT_SECONDS / 4:
                beat = time.monotonic()
                with self.lock:
                    self._amqp.heartbeat_tick()

    def _something_came(self) -> bool:
        """Wait for something to read; what was read ahead, or is kept by TLS, select cannot see."""
        sock = self._transport.sock
        if self._transport._read_buffer or getattr(sock, "pending", int)():
            return True
        readable, _, _ = select.select([sock], [], [], HEARTBEAT_SECONDS / 4)
        return bool(readable)

    def _read(self) -> None:
        """
        Read one message or one heartbeat.

        py-amqp's own `drain_events` waits on after a heartbeat, sends none meanwhile, and so loses
        an idle connection in half a minute; and it opens a closed connection again.
        """
        frame = self._transport.read_frame()
        while not self._handle(frame) and frame[0] != HEARTBEAT_FRAME:
            frame = self._transport.read_frame()

    def _hang_up(self) -> None:
        """Wake the draining thread: the socket stays open, and has nothing more to read."""
        try:
            self._transport.sock.shutdown(socket.SHUT_RDWR)
        except CONNECTION_ERRORS:  # already hung up, or already collected by the thread
            pass

    def _collect(self) -> None:
        try:
            self._amqp.collect()
        except CONNECTION_ERRORS:
            pass


class Links:
    """Opens links to one broker; while it cannot be reached nobody queues to find that out."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._not_before = 0.0

    def open(self, prepare: Callable[[Any], Any], lost: Callable[[Link], None]) -> Link:
        """Return a new link, not started yet; raises one of CONNECTION_ERRORS."""
        if time.monotonic() < self._not_before:
            raise StillAway
        try:
            return Link(self._uri, prepare, lost)
        except CONNECTION_ERRORS:
            self._not_before = time.monotonic() + PAUSE_SECONDS
            raise


def _connected(uri: str) -> Any:
    """
    Return a connection of py-amqp, which neither retries nor waits without end by itself.

    It is told, after the fact, that it does not know `connection.blocked`: for its sake each
    publication would read from the socket that the draining thread reads, and take half its frames.
    """
    connection = Connection(
        uri,
        heartbeat=HEARTBEAT_SECONDS,
        connect_timeout=CONNECT_SECONDS,
        transport_options={
            "client_properties": {"connection_name": threading.current_thread().name}
        },
    )
    amqp = connection.transport.establish_connection()
    amqp.sock.settimeout(STUCK_SECONDS)
    amqp.client_properties.pop("capabilities", None)
    _read_ahead(amqp.transport)
    return amqp


def _read_ahead(transport: Any) -> None:
    """Take what has come in one call to the system, where py-amqp makes nine for each message."""
    receive = transport._quick_recv
    transport._quick_recv = lambda _wanted: receive(READ_BYTES)
