"""
AMQP connections, each with one purpose (publish or consume) and one draining thread.

py-amqp cannot say whose acknowledgement arrives on a channel, and only heartbeats reveal a dead
peer. A connection is therefore never shared, and closed as a whole at the first error.

A broker of several nodes has several addresses, joined by semicolons; a connection uses any one.
"""

import random
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import amqp
from kombu import Connection

from shared.runtime.logs import log_error

HEARTBEAT_SECONDS = 10
CONNECT_SECONDS = 2
STUCK_SECONDS = 5
"""Socket timeout: a write blocked by a broker's alarm, or half a frame, loses the connection."""

PAUSE_SECONDS = 0.5
"""After a failed connection, further attempts fail at once for this long."""

RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)

HEARTBEAT_FRAME = 8
READ_BYTES = 16 * 1024
WRITTEN_BYTES = 64 * 1024
"""Bytes that are held back at most, of what is written together."""

CONNECTION_ERRORS: tuple[type[Exception], ...] = (
    *Connection("amqp://").connection_errors,
    *Connection("amqp://").channel_errors,
    OSError,
    AttributeError,  # py-amqp clears its transport under a thread that still uses it
    ValueError,
)


class StillAway(ConnectionError):
    """The broker could not be reached a moment ago; no new attempt was made."""


class BrokerConnection:
    """
    An open connection with one channel, read by a thread from `start` until it breaks.

    `prepare(amqp_connection)` returns the channel. `lost(connection)` is called once, from that
    thread. The constructor raises one of CONNECTION_ERRORS if the broker cannot be reached.
    """

    def __init__(
        self,
        uri: str,
        prepare: Callable[[amqp.Connection], amqp.Channel],
        lost: Callable[["BrokerConnection"], None],
        connect_seconds: float | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.alive = True
        self._drained = False
        self._lost = lost
        self._amqp = _open_connection(uri, connect_seconds or CONNECT_SECONDS)
        self._transport = self._amqp.transport
        self._writes = _Writes(self._transport)
        try:
            self.channel = prepare(self._amqp)
            self._handle = self._amqp.on_inbound_frame  # as `prepare` may have replaced it
        except BaseException:
            self._close_socket()
            raise

    def start(self) -> "BrokerConnection":
        """Start reading; the owner must have stored the connection, since messages come at once."""
        self._drained = True
        threading.Thread(target=self._drain_until_lost, name="drain", daemon=True).start()
        return self

    def close(self) -> None:
        """
        Close the connection, whatever its state.

        If there is a draining thread, only it closes the socket: otherwise the system could give
        the descriptor's number to another file while the thread still waits on it.
        """
        self.alive = False
        if self._drained:
            self._shut_socket_down()
        else:
            self._close_socket()

    @contextmanager
    def writing_together(self) -> Iterator[None]:
        """
        Hold back what is written inside, and write it at once; for one thread of its owner's.

        After an error in it nothing is written: the owner closes the connection.
        """
        self._writes.held = True
        try:
            yield
            with self.lock:  # of both, or a heartbeat between them would wait for the next time
                self._writes.held = False
                self._writes.flush()
        finally:
            self._writes.held = False

    def _drain_until_lost(self) -> None:
        try:
            self._read_while_alive()
        except CONNECTION_ERRORS:
            pass
        except Exception as error:  # raised by the handler of a message
            log_error("connection_failed", error)
        finally:
            self.alive = False
            self._close_socket()
            self._lost(self)

    def _read_while_alive(self) -> None:
        beat = time.monotonic()
        while self.alive:
            if self._is_readable():
                self._read_message()
            if time.monotonic() - beat > HEARTBEAT_SECONDS / 4:
                beat = time.monotonic()
                with self.lock:
                    self._amqp.heartbeat_tick()

    def _is_readable(self) -> bool:
        """Wait for data; `select` does not see what was read ahead or is buffered by TLS."""
        sock = self._transport.sock
        if self._transport._read_buffer or getattr(sock, "pending", int)():
            return True
        readable, _, _ = select.select([sock], [], [], HEARTBEAT_SECONDS / 4)
        return bool(readable)

    def _read_message(self) -> None:
        """
        Read one message or one heartbeat.

        py-amqp's own `drain_events` goes on waiting after a heartbeat without sending one, and so
        loses an idle connection in half a minute; it also reopens a closed connection.
        """
        frame = self._transport.read_frame()
        while not self._handle(frame) and frame[0] != HEARTBEAT_FRAME:
            frame = self._transport.read_frame()

    def _shut_socket_down(self) -> None:
        """Wake the draining thread by shutting the socket down, without closing it."""
        try:
            self._transport.sock.shutdown(socket.SHUT_RDWR)
        except CONNECTION_ERRORS:  # already shut down, or already collected by the thread
            pass

    def _close_socket(self) -> None:
        try:
            self._amqp.collect()
        except CONNECTION_ERRORS:
            pass


class _Writes:
    """
    The writes of a py-amqp transport, which makes a system call for each message.

    While they are `held` they are gathered. An error of the socket is then that of a later write.
    """

    def __init__(self, transport: Any) -> None:
        self.held = False
        self._write = transport._write
        self._waiting = bytearray()
        transport._write = self._write_or_hold

    def flush(self) -> None:
        """Write what was held back."""
        waiting, self._waiting = self._waiting, bytearray()
        if waiting:
            self._write(waiting)

    def _write_or_hold(self, content: Any) -> None:
        if not self.held:
            self._write(content)
            return
        self._waiting += content  # a copy: py-amqp packs its next frame into the same buffer
        if len(self._waiting) > WRITTEN_BYTES:
            self.flush()


class Connector:
    """
    Opens connections to one broker; after a failure, attempts fail at once for PAUSE_SECONDS.

    Each has CONNECT_SECONDS, as a page can wait no longer, or the seconds given. It stays with the
    node that last answered. The first node is chosen at random, so that the
    processes of a town spread over the nodes.
    """

    def __init__(self, uris: str, connect_seconds: float | None = None) -> None:
        self._nodes = _split_uris(uris)
        self._connect_seconds = connect_seconds
        self._at = random.randrange(len(self._nodes))
        self._not_before = 0.0

    def queue_numbers_on_this_node(self, count: int) -> range:
        """Return the numbers, out of `count`, of the queues that lie on the current node."""
        return range(self._at, count, len(self._nodes))

    def open_connection(
        self,
        prepare: Callable[[amqp.Connection], amqp.Channel],
        lost: Callable[[BrokerConnection], None],
    ) -> BrokerConnection:
        """Return a new connection, not started yet; raises one of CONNECTION_ERRORS."""
        if time.monotonic() < self._not_before:
            raise StillAway
        for others in reversed(range(len(self._nodes))):
            try:
                return BrokerConnection(self._nodes[self._at], prepare, lost, self._connect_seconds)
            except CONNECTION_ERRORS:
                self._at = (self._at + 1) % len(self._nodes)
                if not others:
                    self._not_before = time.monotonic() + PAUSE_SECONDS
                    raise
        raise AssertionError("a broker has at least one address")


@contextmanager
def brief_connection(uris: str, seconds: float) -> Iterator[amqp.Connection]:
    """
    Yield a py-amqp connection to the first node that answers, and close it afterwards.

    It has no heartbeat, and the caller drains it. Raises one of CONNECTION_ERRORS.
    """
    nodes = _split_uris(uris)
    for uri in nodes:
        connection = _unopened_connection(uri, connect_timeout=seconds)
        try:
            connection.connect()
        except CONNECTION_ERRORS:
            if uri == nodes[-1]:
                raise
            continue
        with connection:
            yield connection.connection
        return


def _split_uris(uris: str) -> list[str]:
    return uris.split(";")


def _unopened_connection(uri: str, **options: object) -> Connection:
    """
    Return a kombu connection, not opened.

    With amqps://, certificate and host name are verified against the authority in `?cafile=`, else
    against those that the system trusts.
    """
    parts = urlsplit(uri)
    if parts.scheme == "amqps":
        context = {"check_hostname": True, "cafile": parse_qs(parts.query).get("cafile", [None])[0]}
        options["ssl"] = {"server_hostname": parts.hostname, "context": context}
    return Connection(uri.partition("?")[0], **options)


def _open_connection(uri: str, connect_seconds: float) -> amqp.Connection:
    """
    Return an open py-amqp connection that neither retries nor waits without a timeout.

    The capability `connection.blocked` is removed after the handshake: with it, each publication
    would read from the socket that the draining thread reads, and take half of its frames.
    """
    connection = _unopened_connection(
        uri,
        heartbeat=HEARTBEAT_SECONDS,
        connect_timeout=connect_seconds,
        transport_options={
            "client_properties": {"connection_name": threading.current_thread().name}
        },
    )
    amqp = connection.transport.establish_connection()
    amqp.sock.settimeout(STUCK_SECONDS)
    amqp.client_properties.pop("capabilities", None)
    # No TLS shutdown on close: it would wait for the peer's answer.
    amqp.transport._shutdown_transport = lambda: None
    _read_ahead(amqp.transport)
    return amqp


def _read_ahead(transport: Any) -> None:
    """Read all available bytes in one system call; py-amqp makes nine for each message."""
    receive = transport._quick_recv
    transport._quick_recv = lambda _wanted: receive(READ_BYTES)
