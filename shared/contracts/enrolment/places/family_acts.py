"""
A family's acts at a provider: places asked for, answered and given up, days booked and cancelled.

A provider decides alone. Every method is asked of one provider (`to` its principal) for one child;
ids, days and codes travel, never a name.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.enrolment.places.states import ApplicationState, BookedDay
from shared.contracts.errors import Refusal
from shared.contracts.message import Event, Method
from shared.contracts.values import (
    NONE,
    Code,
    Content,
    Day,
    Id,
    Moment,
    Version,
    Weekdays,
    list_length,
    one_of,
    text,
)

OWNER = "enrolment"

OUTCOMES = ("booked", "cancelled", "excused", "late", "full", "other_household", "closed", "gone")
"""
Outcomes of one requested change. `late`: the deadline has passed, the session counts;
`gone`: there is no such session, or nothing was booked.
"""

MOST_SESSIONS = 200


class PlaceWeek(TypedDict):
    """The weekdays of a place that is booked by the day, for the asking household."""

    place_id: Id
    weekdays: Weekdays


class SpecialDay(TypedDict):
    """A day that the provider's calendar sets apart, under the name that families read."""

    day: Day
    kind: Code
    label: Annotated[str, text(80)]


@dataclass(frozen=True)
class CalendarRequest:
    child_id: Id
    first: Day
    last: Day


@dataclass(frozen=True)
class CalendarAnswer:
    days: list[BookedDay]
    places: list[PlaceWeek] = field(default_factory=list)
    special_days: list[SpecialDay] = field(default_factory=list)


calendar = Method(OWNER, "calendar", CalendarRequest, CalendarAnswer)
"""
The child's sessions, bookable or booked, between two days (at most 62), by start.

`special_days` say why others are empty: public and school holidays, bridges, days closed.
"""


@dataclass(frozen=True)
class ApplyRequest:
    """
    A request for a place; `weekdays` is for what is booked by the day: without any, all of its own.

    `no_fixed_day`: none of them, single days are booked one by one once there is a place.

    `link_version` is the dossier's answer to `open_link`: the application waits `en_route` until
    that file has arrived.
    """

    child_id: Id
    group_id: Id
    link_version: Version
    weekdays: Weekdays = field(default_factory=list)
    from_day: Day | None = None
    criteria: list[Code] = field(default_factory=list)
    no_fixed_day: bool = False


@dataclass(frozen=True)
class ApplyAnswer:
    application_id: Id
    state: ApplicationState
    rank: int | None = None
    answer_until: Moment | None = None
    reason: str = ""
    reason_detail: Content = field(default_factory=dict)


apply = Method(OWNER, "apply", ApplyRequest, ApplyAnswer, writes=True)
"""
Ask for a place.

Refusals: NotFound (no such group), OfferClosed, AlreadyApplied, Clash.
"""


@dataclass(frozen=True)
class ApplicationStatus:
    """The state of an application after a family acted on it."""

    state: ApplicationState


@dataclass(frozen=True)
class WithdrawApplicationRequest:
    child_id: Id
    application_id: Id


withdraw_application = Method(
    OWNER, "withdraw_application", WithdrawApplicationRequest, ApplicationStatus, writes=True
)
"""Take an application back, or give a place up."""


@dataclass(frozen=True)
class AnswerOfferRequest:
    child_id: Id
    application_id: Id
    accept: bool


answer_offer = Method(OWNER, "answer_offer", AnswerOfferRequest, ApplicationStatus, writes=True)
"""Accept or decline a place that was offered; TooLate once it has expired."""


class SessionOutcome(TypedDict):
    """The outcome of one session; `until` is the deadline that decided."""

    session_id: Id
    outcome: Annotated[str, one_of(OUTCOMES)]
    until: Annotated[Moment | None, NONE]


@dataclass(frozen=True)
class BookingOutcomes:
    outcomes: list[SessionOutcome]


@dataclass(frozen=True)
class ChangeBookingsRequest:
    child_id: Id
    book: Annotated[list[Id], list_length(0, MOST_SESSIONS)] = field(default_factory=list)
    cancel: Annotated[list[Id], list_length(0, MOST_SESSIONS)] = field(default_factory=list)


change_bookings = Method(
    OWNER, "change_bookings", ChangeBookingsRequest, BookingOutcomes, writes=True
)
"""Book and cancel single sessions; each has its own outcome, and one does not hinder another."""


@dataclass(frozen=True)
class SetWeekRequest:
    child_id: Id
    place_id: Id
    weekdays: Weekdays
    from_day: Day


set_week = Method(OWNER, "set_week", SetWeekRequest, BookingOutcomes, writes=True)
"""
Change the weekly pattern of a place from a day on, for the days of the guardian's household.

The outcomes are those of the sessions whose weekday changes; too late or full, they stay as they
were. Refusals: NotFound, BadRequest where every session is booked with the place.
"""


@dataclass(frozen=True)
class DeclareAbsenceRequest:
    child_id: Id
    sessions: Annotated[list[Id], list_length(1, MOST_SESSIONS)]
    reason: Annotated[str, one_of(("sick", "other"))]


declare_absence = Method(
    OWNER, "declare_absence", DeclareAbsenceRequest, BookingOutcomes, writes=True
)
"""
The child will not come: cancelled in time, excused, or late (it counts).

What it costs is billing's to say.
"""


@dataclass(frozen=True, kw_only=True)
class OrderOutcome:
    """`code` is "done" or a refusal's code; `answer` the method's answer or a refusal's detail."""

    act_id: Id
    code: Code
    answer: Content = field(default_factory=dict)
    at: Moment


order_outcome = Event(OWNER, "order_outcome", OrderOutcome)
"""Outcome of a family's signed order that waited for the provider."""


class OfferClosed(Refusal):
    """The group takes no application now; `detail["opens_at"]` where it will."""

    code = "offer_closed"


class AlreadyApplied(Refusal):
    """The child has an application or a place there; `detail["application_id"]`."""

    code = "already_applied"


class Clash(Refusal):
    """
    The child has a place here at the same hours, and cannot be in both.

    `detail` has that place (`place_id`), the days it shares (`weekdays`), `starts` and `ends`.
    """

    code = "clash"


class TooLate(Refusal):
    """The deadline has passed; it is `detail["until"]`."""

    code = "too_late"
