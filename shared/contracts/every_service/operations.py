"""Methods that every service answers to operations: its health, its dead letters, marks."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.every_service.comparison import MOST_DIFFERENCES, Differences
from shared.contracts.message import Empty, Method
from shared.contracts.values import EMPTY, NONE, Moment, list_length

OWNER = "any"


@dataclass(frozen=True)
class HealthAnswer:
    """
    `outbox`: rows waiting to leave; `returned`: publications given back by the broker, ever;
    `version`: that of the code from which the answering process was started.
    """

    outbox: int
    outbox_oldest_seconds: float
    returned: int
    version: str


health = Method(OWNER, "health", Empty, HealthAnswer)


class Metric(TypedDict):
    """One metric; `label` is a provider's code or a state, "" for none: never a family."""

    name: str
    value: float
    label: str


@dataclass(frozen=True)
class MeasureAnswer:
    measures: list[Metric]


measure = Method(OWNER, "measure", Empty, MeasureAnswer)
"""Queue lengths in the answering service's database, and ages in seconds."""


class DeadLetter(TypedDict):
    """A message in the dead queue, without its body."""

    message_id: str
    type: str
    source: str
    reason: str
    size: int
    sha256: str
    trace: Annotated[str, EMPTY]
    died_at: Annotated[Moment | None, NONE]


@dataclass(frozen=True)
class ListDeadAnswer:
    letters: list[DeadLetter]


list_dead = Method(OWNER, "list_dead", Empty, ListDeadAnswer)
"""The dead letters of the answering service, oldest first."""


@dataclass(frozen=True)
class ReplayDeadRequest:
    most: Annotated[int, validate.Range(1, 1000)] = 100


@dataclass(frozen=True)
class ReplayDeadAnswer:
    replayed: int
    kept: int


replay_dead = Method(OWNER, "replay_dead", ReplayDeadRequest, ReplayDeadAnswer, once=True)
"""The owner handles its dead letters again; those that fail, or were never its own, are kept."""


@dataclass(frozen=True)
class AcknowledgedAnswer:
    """
    The answer to a mark, which goes through the events of a service and is answered behind them.

    `hand`: which of its connections acknowledged what came before; `given_back`: how many events
    that one's process has given back to the queue, ever; `failing`: how many of them it is about
    to, or just has.
    """

    hand: str
    given_back: int
    failing: int


acknowledged = Method(OWNER, "acknowledged", Empty, AcknowledgedAnswer)


def drain_mark_key(queue: str) -> str:
    """Return the key by which marks reach a queue of events; operations alone may use it."""
    return f"mark.{queue.removeprefix('in.').replace('.events', '', 1)}"


@dataclass(frozen=True)
class ResyncRequest:
    """`mend`: what differs is published again, and what its publisher does not know is deleted."""

    mend: bool = True


@dataclass(frozen=True)
class ResyncAnswer:
    """A row for each event that the service stores, and each of its publishers."""

    states: Annotated[list[Differences], list_length(0, MOST_DIFFERENCES)]


resync = Method(OWNER, "resync", ResyncRequest, ResyncAnswer)
"""The service compares all that it stores of others' events with what they publish now."""
