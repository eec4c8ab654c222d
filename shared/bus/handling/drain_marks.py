"""
Marks: messages of operations that pass through a queue of events to show that it is drained.

A queue delivers in order. A consumer that receives a mark has therefore received all events that
were published before it, and answers once it has acknowledged them. A mark changes nothing, enters
no inbox and no dead-letter queue; one past its deadline is dropped.

A *hand* is a connection that consumes a queue. The queue's leader knows their number at once
(passive `queue.declare`); the broker's statistics lag (decision 0055). Each hand
must answer a mark.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared.bus.broker.connection import brief_connection
from shared.bus.broker.publisher import Publisher
from shared.bus.client import Call, Client
from shared.bus.handling.answer_publishing import publish_answer
from shared.bus.handling.envelope import Envelope, Malformed, deadline_of, reply_slot_of
from shared.contracts.errors import NotAllowed, Refusal
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.register.declarations import OPS
from shared.register.queues import reader_of_queue
from shared.runtime.ids import new_id
from shared.runtime.logs import log_error
from shared.settings import Settings

MARKED = ".marked"
"""Suffix of the tags of consumers that answer marks; former releases would reject a mark."""

CONNECT_SECONDS = 5.0
AGAIN_SECONDS = 0.2

Hands = frozenset[tuple[str, int]]
"""Consumers of a queue: the id of each connection, and its number of requeued events."""


def own_events_queues(settings: Settings) -> list[str]:
    """Return the queues of events of a process's principal, as the register says now."""
    return settings.register.now.events_queues_of(settings.principal)


class MarkAnswers:
    """The subscriber's side: recognises marks among events, and answers them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._principal = settings.principal
        self._publisher = Publisher(settings.amqp_uri, settings.principal)

    def is_mark(self, envelope: Envelope | Malformed) -> bool:
        """Return whether a message was sent by operations with the routing key of marks."""
        return (
            isinstance(envelope, Envelope)
            and envelope.source == OPS
            and envelope.key in map(operations.drain_mark_key, own_events_queues(self._settings))
        )

    def answer(self, mark: Envelope, answer: operations.AcknowledgedAnswer) -> None:
        """Answer a mark whose deadline has not passed; errors are logged."""
        try:
            deadline, slot = deadline_of(mark), reply_slot_of(mark)
            body = json.dumps({"answer": operations.acknowledged.dump_answer(answer)}).encode()
            publish_answer(self._publisher, self._principal, mark, slot, deadline, body)
        except Exception as error:  # an expired mark, or the broker is away
            log_error("mark_not_answered", error, message_id=mark.message_id)

    def close(self) -> None:
        """Close the connection."""
        self._publisher.close()


@dataclass(frozen=True)
class Round:
    """
    Result of one round of marks, by queue.

    A queue is in `hands` if all events published to it before the round are acknowledged, else in
    `unsettled`, with the reason as a text.
    """

    hands: dict[str, Hands]
    unsettled: dict[str, str]


class Marks:
    """
    The side of operations: sends marks through the queues of some principals.

    `readers` returns the consumer tags of each queue from the broker's management API, which
    lags by some seconds.
    """

    def __init__(
        self,
        settings: Settings,
        principals: Collection[str],
        readers: Callable[[], Mapping[str, Collection[str]]],
    ) -> None:
        self._readers = readers
        self._answering: set[str] = set()
        """Queues whose marks were answered: a new consumer is not listed at once."""
        self._uri = settings.amqp_uri
        self._queues = [
            queue for name in principals for queue in settings.register.now.events_queues_of(name)
        ]
        self._client = Client(settings)

    def send_round(self, seconds: float) -> Round:
        """Send a mark to each hand of each queue, and wait up to `seconds` for all answers."""
        end = time.monotonic() + seconds
        hands: dict[str, Hands] = {}
        unsettled: dict[str, str] = {}
        waiting = set(self._queues)
        while waiting:
            before = self._count_messages_and_consumers(waiting)
            answers = self._ask_each_consumer(before, end)
            after = self._count_messages_and_consumers(waiting)
            for queue in sorted(waiting):
                outcome = _drained_consumers(before[queue], after[queue], answers[queue])
                if isinstance(outcome, str):
                    unsettled[queue] = outcome
                else:
                    hands[queue] = outcome
                    self._answering.update({queue} if outcome else ())
                    unsettled.pop(queue, None)
                    waiting.discard(queue)
            if time.monotonic() > end:
                break
            time.sleep(AGAIN_SECONDS if waiting else 0)
        return Round(hands, unsettled)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _count_messages_and_consumers(self, queues: Collection[str]) -> dict[str, tuple[int, int]]:
        """Return by queue the number of ready messages, and of consumers (hands)."""
        counts = {}
        with brief_connection(self._uri, CONNECT_SECONDS) as connection:
            channel = connection.channel()
            for queue in queues:
                declared = channel.queue_declare(queue, passive=True)
                counts[queue] = declared.message_count, declared.consumer_count
        return counts

    def _ask_each_consumer(
        self,
        declared: Mapping[str, tuple[int, int]],
        end: float,
    ) -> dict[str, list[Any]]:
        """Send each queue as many marks as it has hands; return the answers and problems."""
        calls: list[tuple[str, Call]] = []
        outcomes: dict[str, list[Any]] = {queue: [] for queue in declared}
        readers = self._readers() if declared.keys() - self._answering else {}
        for queue, (_, hands) in declared.items():
            tags = readers.get(queue, ())
            if queue in self._answering or (tags and all(MARKED in tag for tag in tags)):
                calls += [(queue, _call_with_mark(queue)) for _ in range(hands)]
            elif hands:
                former = "a service of a former release reads it: start that one anew"
                outcomes[queue].append(former if tags else "who reads it is not known yet")
        deadline = max(end - time.monotonic(), AGAIN_SECONDS)
        answers = self._client.ask_all([call for _, call in calls], deadline)
        for (queue, _), answer in zip(calls, answers, strict=True):
            outcomes[queue].append(answer)
        return outcomes


def _call_with_mark(queue: str) -> Call:
    key = operations.drain_mark_key(queue)
    return Call(operations.acknowledged, reader_of_queue(queue), Empty(), None, new_id(), key)


def _drained_consumers(
    before: tuple[int, int], after: tuple[int, int], answers: Collection[Any]
) -> Hands | str:
    """Return the hands of a queue that is drained up to its marks, else the reason."""
    ready, count = before
    if not count:
        return frozenset() if before == after == (0, 0) else f"{ready} in it, nobody reads it"
    for answer in answers:
        if isinstance(answer, NotAllowed):
            return "takes no marks yet: `preau apply`"
        if isinstance(answer, Refusal):
            return "its service does not answer"
        if isinstance(answer, str):
            return answer
        if answer.failing:
            return f"{answer.failing} that failed and come again"
    answered = frozenset((answer.hand, answer.given_back) for answer in answers)
    times = Counter(hand for hand, _ in answered)
    whole = len(times) == len(answered) == count == after[1]
    return answered if whole else "not all who read it have answered"
