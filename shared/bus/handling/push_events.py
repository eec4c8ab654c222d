"""Subscriptions of each process that holds pages open to what other processes of it pushed."""

import threading
from collections.abc import Callable, Collection
from typing import Any

from shared.bus.broker.connection import (
    CONNECTION_ERRORS,
    RETRY_SECONDS,
    BrokerConnection,
    Connector,
)
from shared.bus.broker.reply_slots import take_slot
from shared.bus.handling.envelope import Malformed, fingerprint, open_envelope
from shared.contracts import live
from shared.contracts.message import ContractBroken
from shared.runtime.logs import log, log_error
from shared.settings import Settings

Heard = Callable[[Collection[str] | None], None]


class PushSubscriber:
    """
    Consumes this process's push slot; `heard` is called with the audiences of each push.

    It is called with None where something may have been missed: at the start, and after the broker
    was away.
    """

    def __init__(self, settings: Settings, heard: Heard) -> None:
        self._settings = settings
        self._links = Connector(settings.amqp_uri)
        self._heard = heard
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._link: BrokerConnection | None = None

    def start(self) -> None:
        """Listen, in a thread of its own, for as long as the process lives."""
        threading.Thread(target=self._run, name="pushes", daemon=True).start()

    def close(self) -> None:
        """Give the slot back."""
        self._ended.set()
        self._lost.set()
        if self._link is not None:
            self._link.close()

    def _run(self) -> None:
        failures = 0
        while not self._ended.is_set():
            self._lost.clear()
            try:
                self._link = self._links.open(self._lease, lambda _: self._lost.set())
                self._link.start()
            except CONNECTION_ERRORS as error:
                log_error("no_pushes", error)
                self._ended.wait(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
                continue
            failures = 0
            self._heard(None)
            self._lost.wait()

    def _lease(self, connection: Any) -> Any:
        principal = self._settings.principal
        known = self._settings.register.now.principals
        slots = next(row.push_slots for row in known if row.name == principal)
        own = self._links.share(slots)
        channel, _ = take_slot(connection, f"in.{principal}.push", own, self._take)
        return channel

    def _take(self, message: Any) -> None:
        try:
            envelope = open_envelope(message)
            if (envelope.source, envelope.type) != (
                self._settings.principal,
                live.changed.full_name,
            ):
                raise Malformed("type")
            pushed = live.changed.load(envelope.content())
        except (Malformed, ContractBroken):
            log("push_refused", **fingerprint(message))
            return
        self._heard(pushed.audiences)
