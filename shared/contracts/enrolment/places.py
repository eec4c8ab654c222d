"""
Places of a provider: its answers to families, and the events that it publishes to the portal.

A provider decides alone: offers, applications, bookings and absences are its own. Every method is
asked of one provider (`to` its principal) for one child; ids, days and codes travel, never a name.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.enrolment.conditions import Conditions, whole_conditions
from shared.contracts.enrolment.school_year.enrolments import (
    CardSchoolEnrolment,
    CardSchoolRequest,
    CardSchoolWaiver,
)
from shared.contracts.enrolment.school_year.renewals import RenewalLine
from shared.contracts.errors import Refusal
from shared.contracts.message import Event, Method
from shared.contracts.message_schemas import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Content,
    Day,
    Id,
    Moment,
    Version,
    Weekdays,
    items,
    maybe_text,
    one_of,
    text,
)

OWNER = "enrolment"

BOOKINGS = ("whole", "by_day")
"""Ways of booking an activity: every session with the place, or day by day."""
ALLOCATIONS = ("order", "criteria", "draw")
"""Ways of giving places: order of arrival, the provider's criteria, a seeded draw."""
AVAILABILITY = ("open", "few", "full")
TERM, HOLIDAYS, ALWAYS = "term", "holidays", "always"
RUNS_IN = (TERM, HOLIDAYS, ALWAYS)
"""Times at which a group meets: in term, in the school holidays, or in both."""

EN_ROUTE, DECIDING, OFFERED, ACCEPTED = "en_route", "deciding", "offered", "accepted"
WAITING, REFUSED, WITHDRAWN, EXPIRED = "waiting", "refused", "withdrawn", "expired"
APPLICATION_STATES = (
    EN_ROUTE,  # the child's file has not come from the dossier yet
    DECIDING,  # the window is open, or an agent decides
    OFFERED,  # a place is kept until `answer_until`
    ACCEPTED,
    WAITING,  # on the waiting list, with a rank
    REFUSED,
    WITHDRAWN,
    EXPIRED,  # the offer was not answered in time
)
REASONS = (
    "capacity",
    "age",
    "conditions",
    "not_guardian",
    "no_file",
    "closed",
    "criteria",
    "other",
)
"""
Reasons of a refusal; with `capacity` stand places and day (CE 429361), with `conditions` what the
group asks and the child does not fulfil, nothing of the child.
"""
EXCEPTIONS = ("derogation", "sibling", "moving", "agreement", "continuity", "other")
"""Reasons for which an agent takes a child that does not fulfil the conditions of a group."""

BOOKED, CANCELLED, EXCUSED, CLOSED = "booked", "cancelled", "excused", "closed"
OTHER, FREE, FULL, PRESENT, ABSENT = "other", "free", "full", "present", "absent"
DAY_STATES = (
    FREE,  # may be booked
    FULL,
    BOOKED,
    CANCELLED,  # in time: it does not count
    EXCUSED,  # absent for a reason that the provider accepts: it does not count
    CLOSED,  # the provider cancelled the session
    OTHER,  # the day of the child's other household, which alone may change it
    PRESENT,
    ABSENT,
)

OUTCOMES = ("booked", "cancelled", "excused", "late", "full", "other_household", "closed", "gone")
"""
Outcomes of one requested change. `late`: the deadline has passed, the session counts;
`gone`: there is no such session, or nothing was booked.
"""

TELEPHONE, DOOR, LETTER, SERVICE = "telephone", "door", "letter", "service"
ASKED_BY = (
    TELEPHONE,
    DOOR,
    LETTER,
    SERVICE,  # nobody asked: the provider corrects itself
)
"""Ways in which what an agent changes of a child's day was asked for."""

MOST_SESSIONS = 200

ApplicationState = Annotated[str, one_of(APPLICATION_STATES)]
Asked = Annotated[Conditions, Default(lambda: whole_conditions({}))]
"""Conditions of an activity or a group; none where the sender left them out."""


class BookedDay(TypedDict):
    """
    One session of one child.

    `until` is the last instant at which the state may still be changed (book what is free, cancel
    what is booked); null where it no longer may. On a card, which may be hours old, an instant that
    has passed is still valid and says the same. `seen_at`: when ticked present. `asked_by`: where
    an agent changed the household's own day last, how that was asked for; else null.
    """

    session_id: Id
    day: Day
    starts_at: Moment
    ends_at: Moment
    activity_id: Id
    activity: Annotated[str, text(120)]
    group: Annotated[str, text(120)]
    state: Annotated[str, one_of(DAY_STATES)]
    until: Annotated[Moment | None, NONE]
    seen_at: Annotated[Moment | None, NONE]
    asked_by: Annotated[str | None, one_of(ASKED_BY), NONE]


class PlaceWeek(TypedDict):
    """The weekdays of a place that is booked by the day, for the asking household."""

    place_id: Id
    weekdays: Weekdays


@dataclass(frozen=True)
class CalendarRequest:
    child_id: Id
    first: Day
    last: Day


@dataclass(frozen=True)
class CalendarAnswer:
    days: list[BookedDay]
    places: list[PlaceWeek] = field(default_factory=list)


calendar = Method(OWNER, "calendar", CalendarRequest, CalendarAnswer)
"""The child's sessions, bookable or booked, between two days (at most 62), by start."""


@dataclass(frozen=True)
class ApplyRequest:
    """
    A request for a place; `weekdays` is for what is booked by the day.

    `link_version` is the dossier's answer to `open_link`: the application waits `en_route` until
    that file has arrived.
    """

    child_id: Id
    group_id: Id
    link_version: Version
    weekdays: Weekdays = field(default_factory=list)
    from_day: Day | None = None
    criteria: list[Code] = field(default_factory=list)


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
    book: Annotated[list[Id], items(0, MOST_SESSIONS)] = field(default_factory=list)
    cancel: Annotated[list[Id], items(0, MOST_SESSIONS)] = field(default_factory=list)


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
    sessions: Annotated[list[Id], items(1, MOST_SESSIONS)]
    reason: Annotated[str, one_of(("sick", "other"))]


declare_absence = Method(
    OWNER, "declare_absence", DeclareAbsenceRequest, BookingOutcomes, writes=True
)
"""
The child will not come: cancelled in time, excused, or late (it counts).

What it costs is billing's to say.
"""


class ActivityTerms(TypedDict):
    """
    Terms of applying for an activity; cutoffs are "<working days before>@HH:MM" (Europe/Paris).

    Its conditions are asked in each of its groups, beside those of the group.
    """

    site: Annotated[str, text(120)]
    school_year: Annotated[str, text(9)]
    booking: Annotated[str, one_of(BOOKINGS)]
    allocation: Annotated[str, one_of(ALLOCATIONS)]
    opens_at: Moment
    closes_at: Annotated[Moment | None, NONE]
    book_before: Annotated[str, text(12)]
    cancel_before: Annotated[str, text(12)]
    conditions: Asked


class Timetable(TypedDict):
    """The ages that a group is for, and the days and hours at which it meets."""

    born_from: Annotated[Day | None, NONE]
    born_to: Annotated[Day | None, NONE]
    weekdays: Weekdays
    starts: Annotated[str, text(5)]
    ends: Annotated[str, text(5)]
    first_day: Day
    last_day: Day
    conditions: Asked


class ImportedCriterion(TypedDict):
    """A criterion of the provider's, with its points."""

    code: Code
    label: Annotated[str, text(120)]
    points: Annotated[int, Default(0)]


class ImportedGroup(Timetable):
    """
    A group from elsewhere, known by its reference; `places` null: no limit.

    `site` is its own, "" where it meets where its activity is.
    """

    reference: Annotated[str, text(60)]
    label: Annotated[str, text(120)]
    site: Annotated[str, maybe_text(120), EMPTY]
    places: Annotated[int | None, NONE]
    runs_in: Annotated[str, one_of(RUNS_IN)]


class ImportedActivity(ActivityTerms):
    """An activity from elsewhere; `criteria` and the `seed` of a draw decide ranks."""

    reference: Annotated[str, text(60)]
    code: Code
    label: Annotated[str, text(120)]
    description: Annotated[str, maybe_text(500), EMPTY]
    answer_days: Annotated[int, validate.Range(1, 60), Default(3)]
    criteria: Annotated[list[ImportedCriterion], Default(list)]
    seed: Annotated[str, maybe_text(40), EMPTY]
    groups: list[ImportedGroup]


class DayOff(TypedDict):
    """A day of the calendar on which a provider is closed."""

    day: Day
    kind: Code
    label: Annotated[str, text(80)]


@dataclass(frozen=True, kw_only=True)
class ImportOfferRequest:
    days_off: list[DayOff] = field(default_factory=list)
    activities: Annotated[list[ImportedActivity], items(1, 50)]


@dataclass(frozen=True)
class ImportOfferAnswer:
    """`groups` maps references of groups to their ids."""

    groups: dict[str, str]


import_offer = Method(OWNER, "import_offer", ImportOfferRequest, ImportOfferAnswer, writes=True)
"""
A provider's offer from another software, open at once.

Repeating it with the same references changes nothing that the provider has changed since.
"""


class ImportedPlace(TypedDict):
    """A child's place from elsewhere; `group` is a reference of `import_offer`."""

    child_id: Id
    group: Annotated[str, text(60)]
    valid_from: Day
    weekdays: Weekdays


@dataclass(frozen=True)
class ImportPlacesRequest:
    places: Annotated[list[ImportedPlace], items(1, 500)]


@dataclass(frozen=True)
class ImportPlacesAnswer:
    """
    `given` counts the children who have their place now.

    `waiting` are children whose file has not come from the dossier yet: ask again a little later.
    """

    given: int
    waiting: list[Id]


import_places = Method(OWNER, "import_places", ImportPlacesRequest, ImportPlacesAnswer, writes=True)
"""Children who already have a place. Safe to repeat."""


class Criterion(TypedDict):
    """A criterion of the provider's as families read it: without its points."""

    code: Code
    label: Annotated[str, text(120)]


class OfferedGroup(Timetable):
    """A group as families read it, with where it meets."""

    group_id: Id
    label: Annotated[str, text(120)]
    site: Annotated[str, maybe_text(120), EMPTY]
    availability: Annotated[str, one_of(AVAILABILITY)]
    runs_in: Annotated[str, one_of(RUNS_IN), Default(TERM)]


class OfferedActivity(ActivityTerms):
    """An activity as families read it."""

    code: Code
    label: Annotated[str, text(120)]
    description: str
    criteria: Annotated[list[Criterion], Default(list)]
    groups: list[OfferedGroup]


@dataclass(frozen=True)
class ActivityPublished:
    activity_id: Id
    version: Version
    content: OfferedActivity | None


activity_published = Event(OWNER, "activity_published", ActivityPublished)
"""The whole of one activity as the public may read it; null: no longer offered. No person in it."""


class CardPlace(TypedDict):
    """A child's place, with its hours and the weekdays of the household whose card it is."""

    place_id: Id
    activity_id: Id
    activity: Annotated[str, text(120)]
    group_id: Annotated[str, EMPTY]
    group: Annotated[str, text(120)]
    site: Annotated[str, text(120)]
    booking: Annotated[str, one_of(BOOKINGS)]
    weekdays: Weekdays
    starts: Annotated[str, EMPTY]
    ends: Annotated[str, EMPTY]
    runs_in: Annotated[str, one_of(RUNS_IN), Default(TERM)]
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]


class CardApplication(TypedDict):
    """An application, on the card of the household that asked."""

    application_id: Id
    activity_id: Id
    activity: Annotated[str, text(120)]
    group: Annotated[str, text(120)]
    state: ApplicationState
    rank: Annotated[int | None, NONE]
    answer_until: Annotated[Moment | None, NONE]
    reason: Annotated[str, EMPTY]
    reason_detail: Annotated[Content, Default(dict)]
    submitted_at: Moment


class CardChild(TypedDict):
    """One child as one household sees it."""

    child_id: Id
    places: list[CardPlace]
    applications: list[CardApplication]
    days: list[BookedDay]
    renewals: Annotated[list[RenewalLine], Default(list)]
    school_requests: Annotated[list[CardSchoolRequest], Default(list)]
    school_enrolments: Annotated[list[CardSchoolEnrolment], Default(list)]
    school_waivers: Annotated[list[CardSchoolWaiver], Default(list)]


@dataclass(frozen=True)
class FamilyCard:
    household_id: Id
    version: Version
    at: Moment
    children: list[CardChild]


family_card = Event(OWNER, "family_card", FamilyCard)
"""
All that one household sees of its children at one provider: whole state, versioned per household.

`days` are bookings and marks, from today over fourteen days. A place is the child's and is shown to
both households, with the weekdays of each; an application to the household that applied. A day of
the other household is `other`, as long as the child is expected. `renewals` are the lines of
campaigns for next year, shown to the household with the place. A request for a school is shown to
the household that asked; an enrolment or a waiver to all, but to no other than a protected one.
"""

NOTICES = (
    "closure",
    "closure_lifted",
    "outing",
    "place_given",
    "place_offered",
    "offer_expired",
    "refused",
    "place_ended",
    "renewal_open",
    "renewal_reminder",
    "renewal_ending",
    "renewal_released",
    "operator_changed",
    "food",
    "health_unseen",
    "menu_to_check",
    "school_decided",
    "school_withdrawn",
    "school_admitted",
    "school_papers",
    "waiver_decided",
)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    `key` is unique per provider and household.

    `detail` holds days, moments, activity labels, codes and the provider's telephone number; never
    a name, a price or health.
    """

    household_id: Id
    key: Annotated[str, text(80)]
    kind: Annotated[str, one_of(NOTICES)]
    child_ids: list[Id]
    detail: Content = field(default_factory=dict)
    at: Moment


notice = Event(OWNER, "notice", Notice)
"""A notice to a household, sent once."""


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
