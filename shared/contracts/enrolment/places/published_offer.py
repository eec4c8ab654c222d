"""A provider's offer as the public may read it: whole activities, with no person in them."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.enrolment.place_conditions import Conditions, conditions_to_send
from shared.contracts.message import Event
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Day,
    Id,
    Moment,
    Version,
    Weekdays,
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

Asked = Annotated[Conditions, Default(lambda: conditions_to_send({}))]
"""Conditions of an activity or a group; none where the sender left them out."""


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
