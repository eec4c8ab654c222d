"""
Marks: messages of operations' own that go through a queue of events like any event.

A queue is handed out in its order. So who reads it, and is given a mark, was given before it what
was published before it to him; he answers once he has settled all of that. A mark changes nothing,
is in no inbox and is parked nowhere: one that nobody waits for any more is let go.

How many hands hold messages of a queue its leader knows at once (`queue.declare`, passive): the
broker's figures do not (decision 0055). Each hand has to answer a mark.
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
from shared.bus.handling.answers import publish_answer
from shared.bus.handling.envelope import Envelope, Malformed, deadline_of, slot_of
from shared.contracts import operations
from shared.contracts.errors import NotAllowed, Refusal
from shared.contracts.message import Empty
from shared.register.declarations import OPS
from shared.runtime.ids import new_id
from shared.runtime.logs import log_error
from shared.settings import Settings

MARKED = ".marked"
"""How the consumer's tag of who answers marks ends: to others none is sent, they would park it."""

CONNECT_SECONDS = 5.0
AGAIN_SECONDS = 0.2

Hands = frozenset[tuple[str, int]]
"""Who reads a queue: the id of each connection, and how often it has given an event back."""


def queue_of(principal: str) -> str:
    """Return the queue in which a principal's events lie."""
    return f"in.{principal}.events"


class MarkAnswers:
    """The subscriber's side: tells marks from events, and answers them."""

    def __init__(self, settings: Settings) -> None:
        self._principal = settings.principal
        self._publisher = Publisher(settings.amqp_uri, settings.principal)

    def is_mark(self, envelope: Envelope | Malformed) -> bool:
        """Return whether it came by the key of marks, from operations."""
        return (
            isinstance(envelope, Envelope)
            and envelope.source == OPS
            and envelope.key == operations.mark_key(self._principal)
        )

    def answer(self, mark: Envelope, answer: operations.SettledAnswer) -> None:
        """Answer a mark that is still waited for; whatever comes of that, it is settled."""
        try:
            deadline, slot = deadline_of(mark), slot_of(mark)
            body = json.dumps({"answer": operations.settled.dump_answer(answer)}).encode()
            publish_answer(self._publisher, self._principal, mark, slot, deadline, body)
        except Exception as error:  # a mark of long ago, or the broker is away
            log_error("mark_not_answered", error, message_id=mark.message_id)

    def close(self) -> None:
        """Give the connection up."""
        self._publisher.close()


@dataclass(frozen=True)
class Round:
    """
    What came of a mark for each hand of each queue.

    A queue is in one of the two: in `hands` where all that was published to it before the round was
    settled in it, else in `unsettled`, with the reason in words.
    """

    hands: dict[str, Hands]
    unsettled: dict[str, str]


class Marks:
    """
    The side of operations: sends marks through the queues of some principals.

    `readers` gives the tags of who reads each queue, as the broker's administrator sees them: some
    seconds after they began to.
    """

    def __init__(
        self,
        settings: Settings,
        principals: Collection[str],
        readers: Callable[[], Mapping[str, Collection[str]]],
    ) -> None:
        self._readers = readers
        self._answering: set[str] = set()
        """Who has answered marks: who reads a queue anew is not listed at once."""
        self._uri = settings.amqp_uri
        self._principals = principals
        self._client = Client(settings)

    def round(self, seconds: float) -> Round:
        """Send a mark to each hand of each queue, and wait for the answers, so long at most."""
        end = time.monotonic() + seconds
        hands: dict[str, Hands] = {}
        unsettled: dict[str, str] = {}
        open_ones = set(self._principals)
        while open_ones:
            before = self._declared(open_ones)
            found = self._answered(before, end)
            after = self._declared(open_ones)
            for name in sorted(open_ones):
                outcome = _outcome(before[name], after[name], found[name])
                if isinstance(outcome, str):
                    unsettled[queue_of(name)] = outcome
                else:
                    hands[queue_of(name)] = outcome
                    self._answering.update({name} if outcome else ())
                    unsettled.pop(queue_of(name), None)
                    open_ones.discard(name)
            if time.monotonic() > end:
                break
            time.sleep(AGAIN_SECONDS if open_ones else 0)
        return Round(hands, unsettled)

    def close(self) -> None:
        """Give the connections up."""
        self._client.close()

    def _declared(self, principals: Collection[str]) -> dict[str, tuple[int, int]]:
        """Return how many messages lie ready for each, and in how many hands others may be."""
        found = {}
        with brief_connection(self._uri, CONNECT_SECONDS) as connection:
            channel = connection.channel()
            for name in principals:
                said = channel.queue_declare(queue_of(name), passive=True)
                found[name] = said.message_count, said.consumer_count
        return found

    def _answered(
        self,
        declared: Mapping[str, tuple[int, int]],
        end: float,
    ) -> dict[str, list[Any]]:
        """Send as many marks to each as it has hands; return what is known of each one sent."""
        calls: list[Call] = []
        found: dict[str, list[Any]] = {name: [] for name in declared}
        readers = self._readers() if declared.keys() - self._answering else {}
        for name, (_, hands) in declared.items():
            tags = readers.get(queue_of(name), ())
            if name in self._answering or (tags and all(MARKED in tag for tag in tags)):
                calls += [_mark(name) for _ in range(hands)]
            elif hands:
                former = "a service of a former release reads it: start that one anew"
                found[name].append(former if tags else "who reads it is not known yet")
        answers = self._client.ask_all(calls, max(end - time.monotonic(), AGAIN_SECONDS))
        for call, answer in zip(calls, answers, strict=True):
            found[call.to].append(answer)
        return found


def _mark(principal: str) -> Call:
    return Call(
        operations.settled, principal, Empty(), None, new_id(), operations.mark_key(principal)
    )


def _outcome(
    before: tuple[int, int], after: tuple[int, int], found: Collection[Any]
) -> Hands | str:
    """Return the hands of a queue where all that lay before its marks is settled, else why not."""
    ready, count = before
    if not count:
        return frozenset() if before == after == (0, 0) else f"{ready} in it, nobody reads it"
    for answer in found:
        if isinstance(answer, NotAllowed):
            return "takes no marks yet: `preau apply`"
        if isinstance(answer, Refusal):
            return "its service does not answer"
        if isinstance(answer, str):
            return answer
        if answer.failing:
            return f"{answer.failing} that failed and come again"
    answered = frozenset((answer.hand, answer.given_back) for answer in found)
    each_once = Counter(hand for hand, _ in answered)
    whole = len(each_once) == len(answered) == count == after[1]
    return answered if whole else "not all who read it have answered"
