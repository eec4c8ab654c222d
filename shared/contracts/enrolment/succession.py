"""
Requests of operations when a provider goes live, and when another one takes over from it.

The former provider answers pages of its places, operations carry them to the successor: no database
is shared. Ids, days, codes and labels of the offer travel, never a name.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.enrolment.places.imports import DayOff, ImportedActivity
from shared.contracts.enrolment.places.states import ACCEPTED, EXCEPTIONS, WAITING
from shared.contracts.message import Empty, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Day,
    Id,
    Moment,
    PageAnswer,
    PageRequest,
    maybe_text,
    one_of,
    text,
)

OWNER = "enrolment"

AT_ONCE = 25
"""Most children in one page: fewer, where a message does not hold as many."""


@dataclass(frozen=True)
class PublishOfferAnswer:
    activities: int
    tariffs: int


publish_offer = Method(OWNER, "publish_offer", Empty, PublishOfferAnswer, writes=True)
"""Publish all of the offer and of the grids not published to families and billing yet."""


@dataclass(frozen=True, kw_only=True)
class SuccessionRequest(PageRequest):
    """A page of what goes on after the day `on`."""

    on: Day


@dataclass(frozen=True, kw_only=True)
class SuccessionOfferAnswer(PageAnswer):
    days_off: list[DayOff] = field(default_factory=list)
    activities: list[ImportedActivity]


succession_offer = Method(OWNER, "succession_offer", SuccessionRequest, SuccessionOfferAnswer)
"""
The open activities that go on after a day, one a page, as `import_offer` takes them.

References are "<provider>:<id>", so that the successor takes each once.
"""


class SuccessionApplication(TypedDict):
    """An application that led to a place, or waits for one."""

    application_id: Id
    group: Annotated[str, text(60)]
    subject: Id
    household_id: Annotated[Id | None, NONE]
    channel: Code
    weekdays: Annotated[str, maybe_text(7)]
    from_day: Annotated[Day | None, NONE]
    criteria: Annotated[list[Code], Default(list)]
    points: int
    state: Annotated[str, one_of((ACCEPTED, WAITING))]
    exception: Annotated[str, one_of(("", *EXCEPTIONS)), EMPTY]
    submitted_at: Moment
    decided_at: Annotated[Moment | None, NONE]


class SuccessionPattern(TypedDict):
    """The weekdays of a household from a day on."""

    household_id: Id
    valid_from: Day
    weekdays: str


class SuccessionBooking(TypedDict):
    """A session of the place, booked, cancelled or closed."""

    day: Day
    household_id: Id
    state: Code
    reason: Annotated[str, EMPTY]
    changed_by: Code
    changed_at: Moment


class SuccessionPlace(TypedDict):
    application_id: Id
    group: Annotated[str, text(60)]
    weekdays: Annotated[str, maybe_text(7)]
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]
    patterns: Annotated[list[SuccessionPattern], Default(list)]
    bookings: Annotated[list[SuccessionBooking], Default(list)]


class SuccessionChild(TypedDict):
    child_id: Id
    applications: list[SuccessionApplication]
    places: list[SuccessionPlace]


@dataclass(frozen=True, kw_only=True)
class SuccessionPlacesAnswer(PageAnswer):
    children: list[SuccessionChild]


succession_places = Method(OWNER, "succession_places", SuccessionRequest, SuccessionPlacesAnswer)
"""
The children with a place after a day, or who wait for one: applications, places, bookings after it.

An application keeps its id, its instants and its points: they are its rank, in a draw too.
"""


@dataclass(frozen=True)
class TakeOverRequest:
    """`label` is the predecessor's name, as families read it."""

    predecessor: Code
    label: Annotated[str, text(60)]
    on: Day
    children: list[SuccessionChild]


@dataclass(frozen=True)
class TakeOverAnswer:
    """`waiting` are children whose file has not come from the dossier yet: ask again later."""

    taken: int
    waiting: list[Id]


take_over = Method(OWNER, "take_over", TakeOverRequest, TakeOverAnswer, writes=True)
"""
Go on from the day after `on` with the predecessor's places; safe to repeat.

Each household is notified once.
"""


@dataclass(frozen=True)
class EndSuccessionRequest:
    on: Day


@dataclass(frozen=True)
class EndSuccessionAnswer:
    """The numbers of what ended."""

    places: int
    applications: int
    activities: int


end_succession = Method(
    OWNER, "end_succession", EndSuccessionRequest, EndSuccessionAnswer, writes=True
)
"""
End what the successor has taken: places with this day, applications that wait, the offer.

The successor notifies families; attendance and bills stay here. Safe to repeat.
"""
