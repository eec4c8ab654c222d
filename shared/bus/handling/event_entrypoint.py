"""
Entrypoint for events: handles those that have arrived in one transaction (subscriptions.py).

An event is acknowledged after its effect is committed. If its handler fails, it is requeued after a
delay, until the queue's delivery limit sends it to the dead-letter queue; a malformed event goes
there at once. nameko's own handlers acknowledge failed events and log the bodies of malformed ones.
"""

import queue
import time
from collections.abc import Mapping, Sequence

from amqp.basic_message import Message
from nameko.extensions import Entrypoint

from shared.bus.broker.event_consumer import Copy, EventConsumer
from shared.bus.handling.drain_marks import MARKED, MarkAnswers, own_events_queues
from shared.bus.handling.envelope import Envelope, Malformed, loggable_event, open_envelope
from shared.bus.handling.subscriptions import Subscriptions
from shared.contracts.every_service import operations
from shared.contracts.message import ContractBroken
from shared.database.engines import is_database_away
from shared.runtime.logs import log, log_error
from shared.runtime.metrics import events

BATCH = 50
"""Maximum number of events in one transaction, and the prefetch."""

BATCH_ON_SQLITE = 10
"""A write on SQLite blocks its process: requests wait for the end of a batch."""

PREFETCH_ON_SQLITE = 3 * BATCH_ON_SQLITE
"""The next batches arrive during one; of great messages, more would only take memory."""

REST_SECONDS = 0.05
"""Delay after a batch that left nothing: of a burst, the next one takes what came meanwhile."""

RETRY_SECONDS = 0.5
"""Delay before a failed event is requeued."""

BACK_SECONDS = 1.0
"""Time for which it counts as failing after that: the broker does not confirm a requeue."""

DATABASE_RETRY_SECONDS = 1.0
"""Retry delay while the database is unavailable: events are kept, and no delivery is counted."""


def seconds_of_rest(count: int, most: int, *, has_more: bool, came_again: bool) -> float:
    """
    Return how long to wait for what comes next: a batch of several costs little more than one.

    Not at all where more is there, nor after a redelivery, with which the next one may have waited.
    Nor after a full batch of `most`: of one queue no more are sent before those are acknowledged.
    """
    return 0.0 if has_more or came_again or count == most else REST_SECONDS


class Events(Entrypoint):
    """Consumes the events of one service, and handles those that have arrived as one batch."""

    def setup(self) -> None:
        service = self.container.service_cls
        settings = service.settings
        self._arrived: queue.Queue[Message] = queue.Queue()
        self._subscriptions = Subscriptions(service())
        self._settings = settings
        self._principal = settings.principal
        self._running = True
        self._next: Message | None = None
        self._marks = MarkAnswers(settings)
        self._failing = self._given_back = 0
        on_sqlite = settings.database_url.startswith("sqlite:")
        self._most = BATCH_ON_SQLITE if on_sqlite else BATCH
        prefetch = PREFETCH_ON_SQLITE if on_sqlite else BATCH
        self._consumer = EventConsumer(
            settings.amqp_uri,
            lambda: own_events_queues(settings),
            prefetch,
            self._arrived.put,
            suffix=MARKED,
            copy=Copy(settings.copy, settings.copies),
        )

    def start(self) -> None:
        self.container.spawn_managed_thread(self._consumer.run, "events")
        self.container.spawn_managed_thread(self._handle_batches, "event batches")

    def stop(self) -> None:
        self._consumer.stop()
        self._running = False
        self._consumer.close()
        self._marks.close()

    def _handle_batches(self) -> None:
        while self._running:
            time.sleep(self._handle_next_batch())  # requests have their turn meanwhile

    def _handle_next_batch(self) -> float:
        """Handle what has arrived; return how long to rest, in which the batch is not held."""
        messages = self._next_batch()
        if not messages:
            return 0.0
        self._handle_batch(messages)
        return self._rest_after_batch(messages)

    def _rest_after_batch(self, messages: Sequence[Message]) -> float:
        more = self._next is not None or not self._arrived.empty()
        again = messages[-1].delivery_info["redelivered"]
        return seconds_of_rest(len(messages), self._most, has_more=more, came_again=again)

    def _next_batch(self) -> list[Message]:
        """Return what has arrived; of several queues, what comes again is a batch of its own."""
        messages: list[Message] = []
        try:
            messages.append(self._next or self._arrived.get(timeout=0.5))
            self._next = None
            while len(messages) < self._most and not self._is_redelivered(messages[-1]):
                self._next = self._arrived.get_nowait()
                if self._is_redelivered(self._next):
                    break
                messages.append(self._next)
                self._next = None
        except queue.Empty:
            pass
        return messages

    def _is_redelivered(self, message: Message) -> bool:
        """
        Return whether a message of one of several queues comes again: it may have killed a process.

        Of a single queue, the broker finds out by its delivery limit.
        """
        if not message.delivery_info["redelivered"]:
            return False
        return len(own_events_queues(self._settings)) > 1

    def _handle_batch(self, messages: Sequence[Message]) -> None:
        """
        Handle what is still in hand; what a lost connection had brought comes again by another.

        Left here it would count as tried once for each connection that was lost meanwhile.
        """
        lost = self._consumer.is_of_lost_connection
        held = [message for message in messages if not lost(message)]
        opened = [(message, self._open_envelope(message)) for message in held]
        received = [pair for pair in opened if not self._marks.is_mark(pair[1])]
        if received:
            again = len(received) == 1 and self._is_redelivered(received[0][0])
            handle = self._handle_redelivered_event if again else self._handle_events
            failed = handle([envelope for _, envelope in received])
            messages = [message for message, _ in received]
            self._acknowledge_batch(messages, failed, beside_mark=len(received) < len(opened))
        for message, envelope in opened:
            if isinstance(envelope, Envelope) and self._marks.is_mark(envelope):
                self._answer_mark(message, envelope)

    def _answer_mark(self, message: Message, mark: Envelope) -> None:
        """Answer a mark: all events before it are acknowledged, apart from those counted here."""
        if (hand := self._consumer.connection_id_of(message)) is not None:
            answer = operations.AcknowledgedAnswer(hand, self._given_back, self._failing)
            self._marks.answer(mark, answer)
        self._consumer.acknowledge(message)

    def _handle_events(self, envelopes: Sequence[Envelope | Malformed]) -> dict[int, BaseException]:
        """Handle events, together where that can be; return the errors by position."""
        try:
            return self._subscriptions.handle(envelopes)
        except Exception as error:  # of the commit: the whole batch was rolled back
            log_error("events_not_committed", error, count=len(envelopes))
            return self._handle_one_by_one(envelopes)

    def _handle_redelivered_event(
        self, envelopes: Sequence[Envelope | Malformed]
    ) -> dict[int, BaseException]:
        """Handle one event that comes again, unless processes have died or failed over it."""
        [envelope] = envelopes
        if isinstance(envelope, Envelope) and not self._may_try_again(envelope):
            return {0: Malformed("deadly")}
        return self._handle_one_by_one(envelopes)

    def _may_try_again(self, envelope: Envelope) -> bool:
        while True:
            try:
                return self._subscriptions.count_try_and_may_try_again(envelope)
            except Exception as error:
                log_error("event_not_tried", error)
                if not self._running:
                    return True
                time.sleep(DATABASE_RETRY_SECONDS)

    def _acknowledge_batch(
        self,
        messages: Sequence[Message],
        failed: Mapping[int, BaseException],
        *,
        beside_mark: bool,
    ) -> None:
        """
        Acknowledge a batch in which all was handled, at once; otherwise answer to each message.

        Not at once beside a mark, which is answered before it is acknowledged, nor while an event
        waits for another try: it came earlier, and would be acknowledged with the rest.
        """
        if failed or beside_mark or self._failing:
            for index, message in enumerate(messages):
                self._acknowledge_or_reject(message, failed.get(index))
        else:
            events.labels(self._principal, "handled").inc(len(messages))
            self._consumer.acknowledge_all(messages)

    def _handle_one_by_one(
        self, envelopes: Sequence[Envelope | Malformed]
    ) -> dict[int, BaseException]:
        """Handle each event in a transaction of its own, so that a failure affects no other."""
        outcomes = {
            index: self._handle_in_own_transaction(envelope)
            for index, envelope in enumerate(envelopes)
        }
        return {index: error for index, error in outcomes.items() if error is not None}

    def _handle_in_own_transaction(self, envelope: Envelope | Malformed) -> BaseException | None:
        while True:
            try:
                return self._subscriptions.handle([envelope]).get(0)
            except Exception as error:
                if not is_database_away(error) or not self._running:
                    return error
                log_error("database_away", error)
                time.sleep(DATABASE_RETRY_SECONDS)

    def _open_envelope(self, message: Message) -> Envelope | Malformed:
        try:
            return open_envelope(message)
        except Exception as error:
            return error if isinstance(error, Malformed) else Malformed("form")

    def _acknowledge_or_reject(self, message: Message, error: BaseException | None) -> None:
        if error is None:
            events.labels(self._principal, "handled").inc()
            self._consumer.acknowledge(message)
        elif isinstance(error, Malformed | ContractBroken):
            rule = getattr(error, "rule", "contract")
            events.labels(self._principal, "parked").inc()
            log("event_parked", rule=rule, **loggable_event(message))
            self._consumer.reject(message)
        else:
            events.labels(self._principal, "again").inc()
            self._failing += 1
            self._given_back += 1
            self.container.spawn_managed_thread(lambda: self._requeue_later(message), "event retry")

    def _requeue_later(self, message: Message) -> None:
        time.sleep(RETRY_SECONDS)
        self._consumer.requeue(message)
        time.sleep(BACK_SECONDS)
        self._failing -= 1
