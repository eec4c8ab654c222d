"""
Handovers of a child between two of its services, declared by a guardian (rule R12).

Each service receives its own side: from whom, or to whom, and when. Ticks pass through the dossier,
which forwards them and stores nothing of any day (rule R10).
"""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import (
    NONE,
    Code,
    Day,
    Id,
    Moment,
    OfChild,
    Version,
    Weekdays,
    list_length,
    one_of,
)

ENROLMENT = "enrolment"
HANDS, RECEIVES = "hands", "receives"
SIDES = (HANDS, RECEIVES)
OTHER_SIDE = {HANDS: RECEIVES, RECEIVES: HANDS}
HANDED, RECEIVED, NOT_COMING = "handed", "received", "not_coming"
CLEARED = "cleared"
ACTS_OF = {HANDS: (HANDED, NOT_COMING, CLEARED), RECEIVES: (RECEIVED, CLEARED)}
"""
Ticks of each side: it has handed the child over, or has none today; it has received it; either
side, that its last tick was a mistake.
"""
ACTS = (HANDED, NOT_COMING, RECEIVED, CLEARED)
MOST = 6
"""Most hand-overs that run for one child."""
MOST_HEADS = 20


Hour = Annotated[str, validate.Regexp(r"^([01]\d|2[0-3]):[0-5]\d\Z")]
"""An hour of France, HH:MM."""


@dataclass(frozen=True)
class DeclareHandoverRequest:
    child_id: Id
    from_provider: Code
    to_provider: Code
    weekdays: Weekdays
    at: Hour
    valid_from: Day
    valid_to: Day | None = None


declare_handover = Method(OWNER, "declare_handover", DeclareHandoverRequest, Empty, writes=True)
"""
Declares the weekdays and the hour at which one service hands the child to the other.

Refusals: NotFound (a service that does not have the child), BadRequest (twice the same service, no
day, days in the wrong order, six at most).
"""


@dataclass(frozen=True)
class EndHandoverRequest:
    child_id: Id
    relay_id: Id


end_handover = Method(OWNER, "end_handover", EndHandoverRequest, Empty, writes=True)
"""End a handover now; both services are informed. Refusals: NotFound."""


class GuardianHandover(TypedDict):
    """A hand-over as the guardians of the child see it: from one service to the other."""

    relay_id: Id
    from_provider: Code
    to_provider: Code
    weekdays: Weekdays
    at: Hour
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]


@dataclass(frozen=True)
class HandoversOfAnswer:
    relays: list[GuardianHandover]


handovers_of = Method(OWNER, "handovers_of", OfChild, HandoversOfAnswer)
"""The hand-overs of a child that run or are to come, by hour."""


@dataclass(frozen=True)
class HandoverDeclared:
    """A hand-over as one of the two services sees it: `other` is the code of the one beside it."""

    relay_id: Id
    version: Version
    child_id: Id
    side: Annotated[str, one_of(SIDES)]
    other: Code
    weekdays: Weekdays
    at: Hour
    valid_from: Day
    ended: bool
    valid_to: Day | None = None


handover_declared = Event(
    OWNER,
    "handover_declared",
    HandoverDeclared,
    addressed=True,
    ordered_by=attrgetter("relay_id"),
)
"""Sent to one of the two services: its own side of a handover."""


@dataclass(frozen=True)
class HandoverTick:
    """
    A tick of one side, on a day.

    `at` is when it was ticked, `mark_id` what the device called the tick, `after` the ticks of this
    side that it replaces (decision 0013); an older release sends neither of the two.
    """

    relay_id: Id
    day: Day
    act: Annotated[str, one_of(ACTS)]
    at: Moment
    mark_id: Id | None = None
    after: Annotated[list[Id], list_length(0, MOST_HEADS)] = field(default_factory=list)


handover_marked = Event(ENROLMENT, "handover_marked", HandoverTick)
"""A service has ticked its side of a handover; the event may come hours later."""

handover_passed = Event(
    OWNER, "handover_passed", HandoverTick, addressed=True, ordered_by=attrgetter("relay_id")
)
"""Sent to the other of the two services: a tick of the one beside it."""
