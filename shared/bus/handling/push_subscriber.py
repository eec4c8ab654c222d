"""Subscriptions of each process that holds pages open to what other processes of it pushed."""

import threading
from collections.abc import Callable, Collection

from amqp import Channel, Connection
from amqp.basic_message import Message

from shared.bus.broker.connection import (
    CONNECTION_ERRORS,
    RETRY_SECONDS,
    BrokerConnection,
    Connector,
)
from shared.bus.broker.reply_queue_leases import take_slot
from shared.bus.handling.envelope import Malformed, loggable_event, open_envelope
from shared.contracts.every_service import live_pushes
from shared.contracts.message import ContractBroken
from shared.runtime.logs import log, log_error
from shared.settings import Settings

OnPush = Callable[[Collection[str] | None], None]


class PushSubscriber:
    """
    Consumes this process's push slot and calls `on_push` with the audiences of each event.

    `on_push(None)` means that events may have been missed: at the start, and after a reconnect.
    """

    def __init__(self, settings: Settings, on_push: OnPush) -> None:
        self._settings = settings
        self._connector = Connector(settings.amqp_uri)
        self._on_push = on_push
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._connection: BrokerConnection | None = None

    def start(self) -> None:
        """Start consuming in a daemon thread."""
        threading.Thread(target=self._consume_until_closed, name="pushes", daemon=True).start()

    def close(self) -> None:
        """Stop consuming and release the slot."""
        self._ended.set()
        self._lost.set()
        if self._connection is not None:
            self._connection.close()

    def _consume_until_closed(self) -> None:
        failures = 0
        while not self._ended.is_set():
            self._lost.clear()
            try:
                self._connection = self._connector.open_connection(
                    self._lease_slot, lambda _: self._lost.set()
                )
                self._connection.start()
            except CONNECTION_ERRORS as error:
                log_error("no_pushes", error)
                self._ended.wait(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
                continue
            failures = 0
            self._on_push(None)
            self._lost.wait()

    def _lease_slot(self, connection: Connection) -> Channel:
        principal = self._settings.principal
        known = self._settings.register.now.principals
        slots = next(row.push_slots for row in known if row.name == principal)
        own = self._connector.queue_numbers_on_this_node(slots)
        channel, _ = take_slot(connection, f"in.{principal}.push", own, self._take_push)
        return channel

    def _take_push(self, message: Message) -> None:
        try:
            envelope = open_envelope(message)
            if (envelope.source, envelope.type) != (
                self._settings.principal,
                live_pushes.changed.full_name,
            ):
                raise Malformed("type")
            event = live_pushes.changed.load(envelope.content())
        except (Malformed, ContractBroken):
            log("push_refused", **loggable_event(message))
            return
        self._on_push(event.audiences)
