"""
One AMQP connection and who may use it.

py-amqp takes any acknowledgement on a channel for its own, and a dead peer shows by heartbeats
alone. So a connection here has one purpose (publish, or consume), is drained by one thread of its
own, and is thrown away whole at the first error.

A broker of several nodes has several addresses, joined by semicolons; any of them will do.
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

from kombu import Connection

from shared.runtime.logs import log_error

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


class BrokerConnection:
    """
    An open connection with one channel, drained by a thread from `start` until it breaks.

    `prepare(connection)` returns the channel; `lost(link)` is called once, from the draining
    thread. Raises one of CONNECTION_ERRORS where the broker cannot be reached.
    """

    def __init__(
        self, uri: str, prepare: Callable[[Any], Any], lost: Callable[["BrokerConnection"], None]
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

    def start(self) -> "BrokerConnection":
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


class Connector:
    """
    Opens links to one broker; while it cannot be reached nobody queues to find that out.

    It stays with the node that last answered. Which one it begins with is left to chance, so that
    not all processes of a town lean on the same.
    """

    def __init__(self, uris: str) -> None:
        self._nodes = _nodes_of(uris)
        self._at = random.randrange(len(self._nodes))
        self._not_before = 0.0

    def share(self, count: int) -> range:
        """Return which of so many numbered queues lie on the node that is being opened."""
        return range(self._at, count, len(self._nodes))

    def open(
        self, prepare: Callable[[Any], Any], lost: Callable[[BrokerConnection], None]
    ) -> BrokerConnection:
        """Return a new link, not started yet; raises one of CONNECTION_ERRORS."""
        if time.monotonic() < self._not_before:
            raise StillAway
        for others in reversed(range(len(self._nodes))):
            try:
                return BrokerConnection(self._nodes[self._at], prepare, lost)
            except CONNECTION_ERRORS:
                self._at = (self._at + 1) % len(self._nodes)
                if not others:
                    self._not_before = time.monotonic() + PAUSE_SECONDS
                    raise
        raise AssertionError("a broker has at least one address")


@contextmanager
def brief_connection(uris: str, seconds: float) -> Iterator[Any]:
    """
    Give a connection of py-amqp for one errand, closed after it, to the first node that answers.

    It has no heartbeat and is drained by its user. Raises one of CONNECTION_ERRORS.
    """
    nodes = _nodes_of(uris)
    for uri in nodes:
        connection = _addressed(uri, connect_timeout=seconds)
        try:
            connection.connect()
        except CONNECTION_ERRORS:
            if uri == nodes[-1]:
                raise
            continue
        with connection:
            yield connection.connection
        return


def _nodes_of(uris: str) -> list[str]:
    return uris.split(";")


def _addressed(uri: str, **options: Any) -> Connection:
    """
    Return a connection of kombu, not opened.

    amqps:// is verified, name included, against the authority that `?cafile=` names, else against
    those that the system trusts.
    """
    parts = urlsplit(uri)
    if parts.scheme == "amqps":
        context = {"check_hostname": True, "cafile": parse_qs(parts.query).get("cafile", [None])[0]}
        options["ssl"] = {"server_hostname": parts.hostname, "context": context}
    return Connection(uri.partition("?")[0], **options)


def _connected(uri: str) -> Any:
    """
    Return a connection of py-amqp, which neither retries nor waits without end by itself.

    It is told, after the fact, that it does not know `connection.blocked`: for its sake each
    publication would read from the socket that the draining thread reads, and take half its frames.
    """
    connection = _addressed(
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
    # Thrown away, it takes no leave of the other end: over TLS it would wait for an answer.
    amqp.transport._shutdown_transport = lambda: None
    _read_ahead(amqp.transport)
    return amqp


def _read_ahead(transport: Any) -> None:
    """Take what has come in one call to the system, where py-amqp makes nine for each message."""
    receive = transport._quick_recv
    transport._quick_recv = lambda _wanted: receive(READ_BYTES)
