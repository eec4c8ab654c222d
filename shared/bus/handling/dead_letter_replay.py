"""
Dead letters of a service: listed, replayed and deleted by the service itself.

A dead letter is never republished: the service takes it out of its own dead-letter queue and
handles it as if it had just arrived. Of its headers only `x-death[0]`, written by the broker, is
trusted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from amqp import Channel
from amqp.basic_message import Message

from shared.bus.broker.connection import brief_connection
from shared.bus.broker.malformed_message_channel import tolerant_channel
from shared.bus.handling.envelope import Malformed, loggable_event, open_envelope
from shared.bus.handling.subscriptions import Subscriptions
from shared.bus.service_declarations import Service
from shared.contracts.every_service import operations
from shared.database.watching.metrics import make_outbox_metric_source
from shared.dates.clock import now
from shared.register.queues import is_events_queue, reader_of_queue
from shared.runtime.logs import log
from shared.runtime.trace import HEADER
from shared.runtime.version import version_of_code

LISTED_AT_MOST = 200
MOST_FORGOTTEN = 20_000
"""The length limit of a dead-letter queue."""
CONNECT_SECONDS = 3.0


class DeadLetters:
    """Answers the methods of operations (`operations.health` and others) for one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings
        self._version = version_of_code()  # made as the process starts

    def service_health(self) -> operations.HealthAnswer:
        """Return the answer of `operations.health`."""
        store = self._service.store
        with store.read() as read:
            values = {
                metric.name: metric.value
                for metric in make_outbox_metric_source(store.metadata)(read, now())
            }
        return operations.HealthAnswer(
            outbox=int(values["outbox_waiting"]),
            outbox_oldest_seconds=values["outbox_oldest_seconds"],
            returned=int(values["returned"]),
            version=self._version,
        )

    def service_metrics(self) -> list[operations.Metric]:
        """Return the answer of `operations.measure`, read from one snapshot of the database."""
        store, moment = self._service.store, now()
        metric_sources = (make_outbox_metric_source(store.metadata), *self._service.metric_sources)
        with store.read() as read:
            return [
                operations.Metric(name=row.name, value=row.value, label=row.label)
                for rows in metric_sources
                for row in rows(read, moment)
            ]

    def list_letters(self) -> list[operations.DeadLetter]:
        """Return the dead letters without their bodies, oldest first."""
        with self._open_channel() as channel:
            return [
                _describe_letter(letter) for letter in self._take_letters(channel, LISTED_AT_MOST)
            ]

    def replay_letters(self, most: int) -> operations.ReplayDeadAnswer:
        """Handle up to `most` dead letters again; those that fail are kept."""
        subscriptions = Subscriptions(self._service)
        outcomes = {True: 0, False: 0}
        with self._open_channel() as channel:
            for letter in self._take_letters(channel, most):
                replayed = self._replay_letter(subscriptions, letter)
                if replayed:
                    channel.basic_ack(letter.delivery_tag)
                outcomes[replayed] += 1
        return operations.ReplayDeadAnswer(replayed=outcomes[True], kept=outcomes[False])

    def delete_requests(self) -> int:
        """
        Delete requests from the dead-letter queue, and return their number.

        Releases before this one rejected requests into it, with the passwords in them.
        """
        forgotten = 0
        with self._open_channel() as channel:
            for letter in self._take_letters(channel, MOST_FORGOTTEN):
                dead_in = str(_newest_death(letter).get("queue"))
                if dead_in.startswith(f"in.{self._settings.principal}.rpc"):
                    channel.basic_ack(letter.delivery_tag)
                    forgotten += 1
        if forgotten:
            log("dead_requests_forgotten", count=forgotten)
        return forgotten

    def _replay_letter(self, subscriptions: Subscriptions, letter: Message) -> bool:
        try:
            if not self._died_as_own_event(letter):
                return False
            return not subscriptions.handle([open_envelope(letter, replayed=True)])
        except Malformed:
            return False

    def _died_as_own_event(self, letter: Message) -> bool:
        queue = str(_newest_death(letter).get("queue") or "in.")
        return is_events_queue(queue) and reader_of_queue(queue) == self._settings.principal

    @contextmanager
    def _open_channel(self) -> Iterator[Channel]:
        """Open a channel; dead letters not acknowledged on it return to the queue on close."""
        with brief_connection(self._settings.amqp_uri, CONNECT_SECONDS) as connection:
            yield tolerant_channel(connection)

    def _take_letters(self, channel: Channel, most: int) -> Iterator[Message]:
        """Yield dead letters from the queue, one in memory at a time."""
        for _ in range(most):
            letter = channel.basic_get(f"dead.{self._settings.principal}")
            if letter is None:
                return
            yield letter


def _newest_death(letter: Message) -> dict[str, Any]:
    deaths = (letter.properties.get("application_headers") or {}).get("x-death") or [{}]
    return deaths[0]


def _describe_letter(letter: Message) -> operations.DeadLetter:
    death = _newest_death(letter)
    died = death.get("time")
    printed = loggable_event(letter)
    return operations.DeadLetter(
        message_id=printed["message_id"],
        source=printed["source"],
        size=printed["size"],
        sha256=printed["sha256"],
        trace=printed.get(HEADER, ""),
        type=str(letter.properties.get("type", ""))[:80],
        reason=str(death.get("reason", "")),
        died_at=died.replace(tzinfo=UTC) if isinstance(died, datetime) else None,
    )
