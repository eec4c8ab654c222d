"""
Subscriptions of one service: each event is checked, then handled once, however often it comes.

Events that arrive together have one transaction. A handler that takes many at once
(`subscribes_together`) is given those that follow each other; any other is called for each.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from shared.bus.handling.envelope import Envelope, Malformed
from shared.bus.service_declarations import Service, Subscription, declarations_by_method
from shared.contracts.message import Delivery
from shared.database import Write
from shared.database.engines import is_database_away
from shared.runtime.ids import moment_of_id, new_id
from shared.runtime.logs import log, log_error
from shared.runtime.metrics import published_to_handled_seconds
from shared.runtime.trace import trace_in, traced

TRIES = 4
"""Maximum number of times for which an event of one of several queues is handled again."""

Errors = dict[int, BaseException]


@dataclass(frozen=True)
class Received:
    """A parsed and authorized event; `trace` is its sender's, or a new one."""

    subscription: Subscription
    content: Any
    handler: Callable[..., object]
    source: str
    message_id: str
    trace: str


class Subscriptions:
    """Dispatches events to the handlers of one service; also used to replay dead letters."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._subscriptions = {
            (declaration.contract.full_name, declaration.contract.version): (
                declaration,
                getattr(service, name),
            )
            for name, declaration in declarations_by_method(type(service)).items()
            if isinstance(declaration, Subscription)
        }

    def handle(self, envelopes: Sequence[Envelope | Malformed]) -> Errors:
        """
        Handle events in one transaction; return the errors by position: they affect no other.

        Where one of several fails, all are handled again, each in a savepoint. Idempotent: the
        unique row of the inbox is written in the transaction of the effect, so that a second
        delivery has none.
        """
        errors: Errors = {}
        received: dict[int, Received] = {}
        for index, envelope in enumerate(envelopes):
            try:
                received[index] = self._authorize_event(envelope)
            except Exception as error:
                error.__traceback__ = error.__context__ = None  # they hold the body, and this frame
                errors[index] = error
        if received:
            errors |= self._handle_received(received)
        for index, event in received.items():
            if index not in errors:
                self._log_handled(event)
        return errors

    def _handle_received(self, received: Mapping[int, Received]) -> Errors:
        try:
            with self._service.store.write() as write:
                for run in _events_handled_together(received.values()):
                    _handle_new_ones_together(write, run)
        except Exception as error:
            if is_database_away(error):  # or the victim of a deadlock: none of them is the cause
                raise
            if len(received) > 1:
                log_error("events_failed", error, count=len(received))
                return self._handle_each_in_savepoint(received)
            [(index, event)] = received.items()
            _log_failed(event, error)
            return {index: error}
        return {}

    def _handle_each_in_savepoint(self, received: Mapping[int, Received]) -> Errors:
        """Handle events in one transaction, each in a savepoint; return the errors by position."""
        errors: Errors = {}
        with self._service.store.write() as write:
            for index, event in received.items():
                try:
                    with write.savepoint():
                        _handle_new_ones_together(write, [event])
                except Exception as error:
                    if is_database_away(error):
                        raise
                    _log_failed(event, error)
                    errors[index] = error
        return errors

    def count_try_and_may_try_again(self, envelope: Envelope) -> bool:
        """
        Return whether a redelivered event may be handled, and store that it was tried.

        TRIES times: the row outlives the process that this attempt may kill. What was handled, and
        only its acknowledgement lost, kills none.
        """
        sent = f"{envelope.source}|{envelope.message_id}"
        digest = hashlib.sha256(sent.encode()).hexdigest()
        with self._service.store.write() as write:
            if write.was_claimed(_id_in_inbox(envelope)):
                return True
            return any(write.claim_message(f"again{n}:{digest}") for n in range(TRIES))

    def _authorize_event(self, envelope: Envelope | Malformed) -> Received:
        if isinstance(envelope, Malformed):
            raise envelope
        known = self._subscriptions.get((envelope.type, envelope.version))
        if known is None:
            raise Malformed("type")
        subscription, handler = known
        contract = subscription.contract
        settings = self._service.settings
        deliveries = settings.register.consumers(envelope.source, contract.name)
        if not any(
            row.consumer == settings.principal and row.key == envelope.key for row in deliveries
        ):
            raise Malformed("entitlement")
        message_id = _id_in_inbox(envelope)
        content = contract.load(envelope.content())
        trace = trace_in(envelope.trace) or new_id()
        return Received(subscription, content, handler, envelope.source, message_id, trace)

    def _log_handled(self, event: Received) -> None:
        """Log and count a committed event; inside its transaction, logging could block."""
        with traced(event.trace):
            name = event.subscription.contract.full_name
            log("event_handled", type=name, message_id=event.message_id)
        published_at = moment_of_id(event.message_id.rpartition(":")[2])
        if published_at is not None:
            principal = self._service.settings.principal
            published_to_handled_seconds.labels(principal).observe(
                max(0.0, time.time() - published_at)
            )


def _id_in_inbox(envelope: Envelope) -> str:
    return f"{envelope.source}:{envelope.message_id}"


def _events_handled_together(events: Iterable[Received]) -> Iterator[Sequence[Received]]:
    """Yield, in order, events that are handled together, and each of the others alone."""
    for subscription, run in groupby(events, lambda event: event.subscription):
        if subscription.together:
            yield list(run)
        else:
            yield from ([event] for event in run)


def _handle_new_ones_together(write: Write, run: Sequence[Received]) -> None:
    """Handle those of these events that were not handled before, under the trace of the first."""
    by_id = {event.message_id: event for event in run}
    new = write.claim_messages({event.message_id: event.trace for event in run})
    events = [event for message_id, event in by_id.items() if message_id in new]
    if not events:
        return
    first = events[0]
    with traced(first.trace):
        deliveries = [Delivery(event.source, event.message_id, event.trace) for event in events]
        if first.subscription.together:
            first.handler(write, [event.content for event in events], deliveries)
        else:
            first.handler(write, first.content, deliveries[0])


def _log_failed(event: Received, error: BaseException) -> None:
    with traced(event.trace):
        log_error("event_failed", error, message_id=event.message_id)
