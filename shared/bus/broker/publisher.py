"""
Publisher: the only user of its connection.

Confirms are matched by delivery tag, returns by message id. After a timeout or an error the channel
is closed, because a late acknowledgement would be taken for that of a later message.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from amqp import Channel, Connection, spec
from amqp.basic_message import Message

from shared.bus.broker.connection import BrokerConnection, Connector
from shared.runtime.no_waiting_in_writes import assert_not_writing

TRANSIENT, PERSISTENT = 1, 2
CONFIRMED, RETURNED, REFUSED, LOST = "confirmed", "returned", "refused", "lost"


class Receipt:
    """Outcome of one publication with confirms: confirmed, returned, refused or lost."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        self.outcome: str | None = None
        self._known = threading.Event()

    def set_outcome(self, outcome: str) -> None:
        """Set the outcome; a return precedes its acknowledgement and is kept."""
        self.outcome = self.outcome or outcome
        if outcome != RETURNED:
            self._known.set()

    def wait(self, seconds: float) -> str:
        """Return the outcome; `lost` after `seconds` (the message may still arrive)."""
        self._known.wait(seconds)
        return (self.outcome if self._known.is_set() else None) or LOST


class Receipts:
    """
    Receipts of one connection, by delivery tag and by message id.

    Each connection has its own, so that frames still read from a closed one resolve no receipt of
    the next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tag = 0
        self._waiting: dict[int, Receipt] = {}
        self._by_id: dict[str, Receipt] = {}

    def expect_receipt(self, receipt: Receipt) -> None:
        """Register the next publication of this connection."""
        with self._lock:
            self._tag += 1
            self._waiting[self._tag] = receipt
            self._by_id[receipt.message_id] = receipt

    def resolve_delivery_tags(self, tag: int, many: bool, outcome: str) -> None:
        """Resolve one delivery tag or, with `many`, all up to it."""
        with self._lock:
            tags = [waiting for waiting in self._waiting if waiting <= tag] if many else [tag]
            resolved = [self._waiting.pop(known) for known in tags if known in self._waiting]
            for receipt in resolved:
                self._by_id.pop(receipt.message_id, None)
        for receipt in resolved:
            receipt.set_outcome(outcome)

    def mark_returned(self, message_id: str) -> None:
        """Mark a message as returned; its acknowledgement follows."""
        receipt = self._by_id.get(message_id)
        if receipt is not None:
            receipt.set_outcome(RETURNED)

    def resolve_all_as_lost(self) -> None:
        """Resolve all open receipts as lost: the messages may have arrived or may still arrive."""
        self.resolve_delivery_tags(self._tag, True, LOST)


class Publisher:
    """
    Publishes to one principal's exchanges over one connection, opened at the first use.

    With `confirms`, the Receipt of every publication is resolved.
    `note_returned_message(message_id)` is called for a mandatory message without a matching
    binding, `lost()` when the connection breaks. Safe for threads and greenlets; create it after
    the fork.
    """

    def __init__(
        self,
        uri: str,
        principal: str,
        *,
        confirms: bool = False,
        returned: Callable[[str], None] | None = None,
        lost: Callable[[], None] | None = None,
        connect_seconds: float | None = None,
    ) -> None:
        self._connector = Connector(uri, connect_seconds)
        self._principal = principal
        self._confirms = confirms
        self._returned = returned
        self._when_lost = lost
        self._lock = threading.RLock()
        self._connection: BrokerConnection | None = None
        self._together: BrokerConnection | None = None
        """The connection by which all that is published now has to leave."""
        self._receipts = Receipts()

    def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        *,
        message_id: str,
        type: str,
        headers: dict[str, Any],
        mandatory: bool = True,
        expires_ms: int | None = None,
        correlation_id: str | None = None,
        persistent: bool = False,
    ) -> Receipt:
        """
        Publish one message; raises one of CONNECTION_ERRORS, and reconnects at the next call.

        Raises YieldsInWrite inside a write transaction: events go through the outbox.
        """
        assert_not_writing()
        properties: dict[str, Any] = {
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "user_id": self._principal,
            "message_id": message_id,
            "type": type,
            "delivery_mode": PERSISTENT if persistent else TRANSIENT,
            "application_headers": headers,
        }
        if expires_ms is not None:
            properties["expiration"] = str(expires_ms)
        if correlation_id is not None:
            properties["correlation_id"] = correlation_id
        message = Message(body, **properties)
        receipt = Receipt(message_id)
        with self._lock:
            connection = self._open_connection()
            if self._confirms:
                self._receipts.expect_receipt(receipt)
            try:
                with connection.lock:
                    connection.channel.send_method(
                        spec.Basic.Publish, "Bssbb", (0, exchange, key, mandatory, False), message
                    )
            except BaseException:  # delivery tags can no longer be matched
                self._lose_connection()
                raise
        return receipt

    def connect(self) -> None:
        """Open the connection before its first use; raises one of CONNECTION_ERRORS."""
        with self._lock:
            self._open_connection()

    @contextmanager
    def publishing_together(self) -> Iterator[None]:
        """
        Let what this thread publishes inside leave at once; raises one of CONNECTION_ERRORS.

        A message is lost with those beside it where the connection breaks meanwhile: by another
        connection, those after it would arrive before it.
        """
        with self._lock:
            self._together = connection = self._open_connection()
        try:
            with connection.writing_together():
                yield
        except BaseException:
            self.drop_connection()
            raise
        finally:
            self._together = None

    def drop_connection(self) -> None:
        """Close the connection; unconfirmed messages count as lost."""
        with self._lock:
            connection, self._connection = self._connection, None
            receipts, self._receipts = self._receipts, Receipts()
        if connection is not None:
            connection.close()
        receipts.resolve_all_as_lost()

    close = drop_connection

    def _open_connection(self) -> BrokerConnection:
        if self._connection is None or not self._connection.alive:
            if self._together is not None:
                raise ConnectionError("lost with what was published before")
            if self._connection is not None:  # whoever reads it will find the next one here
                self._lose_connection()
            self._connection = self._connector.open_connection(
                self._open_channel, self._on_connection_lost
            )
            self._connection.start()
        return self._connection

    def _open_channel(self, connection: Connection) -> Channel:
        channel = connection.channel()
        receipts = self._receipts

        def note_returned_message(
            _error: object, _exchange: str, _key: str, message: Message
        ) -> None:
            message_id = message.properties.get("message_id", "")
            receipts.mark_returned(message_id)
            if self._returned is not None:
                self._returned(message_id)

        channel.events["basic_return"].add(note_returned_message)
        if self._confirms:
            channel.events["basic_ack"].add(
                lambda tag, many: receipts.resolve_delivery_tags(tag, many, CONFIRMED)
            )
            channel.events["basic_nack"].add(
                lambda tag, many: receipts.resolve_delivery_tags(tag, many, REFUSED)
            )
            channel.confirm_select()
        return channel

    def _on_connection_lost(self, connection: BrokerConnection) -> None:
        with self._lock:
            if self._connection is connection:  # else another one is in its place by now
                self._lose_connection()

    def _lose_connection(self) -> None:
        """Drop the connection, and say so to who waits for what left by it."""
        self.drop_connection()
        if self._when_lost:
            self._when_lost()
