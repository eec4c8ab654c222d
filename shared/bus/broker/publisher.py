"""
The one owner of a publishing connection.

Confirms are matched by delivery tag and returns by message id; after a time-out or an error the
channel is thrown away, because a late acknowledgement would be taken for the next message's.
"""

import threading
from collections.abc import Callable
from typing import Any

from amqp import spec
from amqp.basic_message import Message

from shared.bus.broker.connection import BrokerConnection, Connector
from shared.runtime.write_guard import assert_not_writing

TRANSIENT, PERSISTENT = 1, 2
CONFIRMED, RETURNED, REFUSED, LOST = "confirmed", "returned", "refused", "lost"


class Receipt:
    """What became of one confirmed publication: confirmed, returned, refused or lost."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        self.fate: str | None = None
        self._known = threading.Event()

    def settle(self, fate: str) -> None:
        """Note the fate; a return comes before its acknowledgement and stands."""
        self.fate = self.fate or fate
        if fate != RETURNED:
            self._known.set()

    def wait(self, seconds: float) -> str:
        """Return the fate; `lost` where none came in time (the message may still arrive)."""
        self._known.wait(seconds)
        return (self.fate if self._known.is_set() else None) or LOST


class Ledger:
    """
    The receipts of one connection, by delivery tag and by message id.

    Each connection has its own: what is still read from one thrown away settles nothing of the
    next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tag = 0
        self._waiting: dict[int, Receipt] = {}
        self._by_id: dict[str, Receipt] = {}

    def expect(self, receipt: Receipt) -> None:
        """Note the next publication of this connection."""
        with self._lock:
            self._tag += 1
            self._waiting[self._tag] = receipt
            self._by_id[receipt.message_id] = receipt

    def settle(self, tag: int, many: bool, fate: str) -> None:
        """Settle one delivery tag, or all up to it."""
        with self._lock:
            tags = [each for each in self._waiting if each <= tag] if many else [tag]
            settled = [self._waiting.pop(each) for each in tags if each in self._waiting]
            for receipt in settled:
                self._by_id.pop(receipt.message_id, None)
        for receipt in settled:
            receipt.settle(fate)

    def give_back(self, message_id: str) -> None:
        """Note a return; its acknowledgement follows."""
        receipt = self._by_id.get(message_id)
        if receipt is not None:
            receipt.settle(RETURNED)

    def lose(self) -> None:
        """Settle whatever still waits: it may have arrived, and may still arrive."""
        self.settle(self._tag, True, LOST)


class Publisher:
    """
    Publishes to one principal's exchanges over one connection, made at the first use.

    With `confirms` every publication gives a Receipt. `returned(message_id)` is called for a
    mandatory message that no binding took. Safe for threads and for greenlets; make it after the
    fork.
    """

    def __init__(
        self,
        uri: str,
        principal: str,
        *,
        confirms: bool = False,
        returned: Callable[[str], None] | None = None,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self._links = Connector(uri)
        self._principal = principal
        self._confirms = confirms
        self._returned = returned
        self._when_lost = lost
        self._lock = threading.RLock()
        self._link: BrokerConnection | None = None
        self._ledger = Ledger()

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
        """Publish one message; raises one of CONNECTION_ERRORS, after which the channel is new."""
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
            link = self._connected()
            if self._confirms:
                self._ledger.expect(receipt)
            try:
                with link.lock:
                    link.channel.send_method(
                        spec.Basic.Publish, "Bssbb", (0, exchange, key, mandatory, False), message
                    )
            except BaseException:  # whatever it was, delivery tags are no longer sure
                self.throw_away()
                raise
        return receipt

    def throw_away(self) -> None:
        """Close the channel and its connection: what was not confirmed counts as lost."""
        with self._lock:
            link, self._link = self._link, None
            ledger, self._ledger = self._ledger, Ledger()
        if link is not None:
            link.close()
        ledger.lose()

    close = throw_away

    def _connected(self) -> BrokerConnection:
        if self._link is None or not self._link.alive:
            self.throw_away()
            self._link = self._links.open(self._prepare, self._on_lost)
            self._link.start()
        return self._link

    def _prepare(self, connection: Any) -> Any:
        channel = connection.channel()
        ledger = self._ledger

        def returned(_error: Any, _exchange: str, _key: str, message: Message) -> None:
            message_id = message.properties.get("message_id", "")
            ledger.give_back(message_id)
            if self._returned is not None:
                self._returned(message_id)

        channel.events["basic_return"].add(returned)
        if self._confirms:
            channel.events["basic_ack"].add(lambda tag, many: ledger.settle(tag, many, CONFIRMED))
            channel.events["basic_nack"].add(lambda tag, many: ledger.settle(tag, many, REFUSED))
            channel.confirm_select()
        return channel

    def _on_lost(self, link: BrokerConnection) -> None:
        with self._lock:
            if self._link is not link:
                return
        self.throw_away()
        if self._when_lost:
            self._when_lost()
